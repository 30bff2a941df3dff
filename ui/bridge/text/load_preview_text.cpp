// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/load_preview_text.h"

#include "ui/bridge/text/units.h"

#include <QCoreApplication>
#include <QStringBuilder>
#include <QStringList>

#include <algorithm>

namespace weightroom::ui {
namespace {

struct LoadPreviewText {
    Q_DECLARE_TR_FUNCTIONS(LoadPreviewText)
};

/// Alignment makes a few hundred bytes of difference, of which nobody wants to read.
constexpr quint64 kWorthTelling = quint64{1} << 20;

/// What takes less, in seconds, needs no waiting.
constexpr double kNoticed = 0.1;

QString textIn(const engine::Json& row, const char* field)
{
    return QString::fromStdString(row.at(field).get<std::string>());
}

QString fitText(const LoadPreviewView& preview)
{
    const QString text = preview.fits
        ? LoadPreviewText::tr("Fits on %1: needs %2, %3 are free.", "device, size, size")
        : LoadPreviewText::tr("Does not fit on %1 now: needs %2, %3 are free.", "device, size, size");
    return text.arg(preview.deviceId, bytesText(preview.needed), bytesText(preview.free));
}

/// "fp32 → fp16, fp32 → fp8_e4m3fn", each once.
QString conversionsText(const engine::Json& precision)
{
    QStringList texts;
    for (const engine::Json& component : precision.at("components")) {
        for (const engine::Json& change : component.at("changes")) {
            const QString text = LoadPreviewText::tr("%1 \u2192 %2", "types of numbers, before and after a conversion")
                                     .arg(textIn(change, "from"), textIn(change, "to"));
            if (!texts.contains(text))
                texts.append(text);
        }
    }
    return texts.join(QStringLiteral(", "));
}

QString conversionSentence(const LoadPreviewView& preview)
{
    if (preview.loadedSize <= preview.size)
        return LoadPreviewText::tr("Converts %1 on the way, which saves %2.", "types, size")
            .arg(preview.conversions, bytesText(preview.size - preview.loadedSize));
    return LoadPreviewText::tr("Converts %1 on the way, which takes %2 more.", "types, size")
        .arg(preview.conversions, bytesText(preview.loadedSize - preview.size));
}

QList<EvictionView> evictionViews(const engine::Json& cache, const LibraryView& library)
{
    QList<EvictionView> views;
    for (const engine::Json& row : cache.at("would_evict"))
        views.append({.modelName = library.nameOf(textIn(row, "model_id")),
            .component = textIn(row, "component_id"),
            .bytes = row.at("bytes").get<quint64>(),
            .modelId = textIn(row, "model_id")});
    return views;
}

QString evictionLines(const QList<EvictionView>& evictions)
{
    QStringList lines;
    for (const EvictionView& eviction : evictions)
        lines.append(LoadPreviewText::tr("%1: %2, %3", "model, component, size")
                         .arg(eviction.modelName, eviction.component, bytesText(eviction.bytes)));
    return lines.join(QLatin1Char('\n'));
}

/// Its beginning and its end, which tell versions apart: a sentence names several models, and a name may be long.
QString shortName(const QString& name)
{
    constexpr qsizetype kMostCharacters = 40;
    constexpr qsizetype kEnd = 16;
    return name.size() <= kMostCharacters
        ? name
        : QString(name.left(kMostCharacters - kEnd - 1) % u'\u2026' % name.right(kEnd));
}

/// "coat (812.0 MiB), hat (96.0 MiB) and 2 more": models, in the order in which they would go.
QString evictedModels(const QList<EvictionView>& evictions)
{
    constexpr qsizetype kMostNames = 3;
    QList<EvictionView> models; // with the bytes of all their components
    for (const EvictionView& eviction : evictions) {
        const auto same = std::ranges::find_if(models, [&](const EvictionView& model) {
            return model.modelId == eviction.modelId && model.modelName == eviction.modelName;
        });
        if (same == models.end())
            models.append(eviction);
        else
            same->bytes += eviction.bytes;
    }
    QStringList texts;
    for (const EvictionView& model : models.mid(0, kMostNames))
        texts.append(
            LoadPreviewText::tr("%1 (%2)", "model, size").arg(shortName(model.modelName), bytesText(model.bytes)));
    const QString first = texts.join(QStringLiteral(", "));
    const auto others = static_cast<int>(models.size() - texts.size());
    return others == 0 ? first : LoadPreviewText::tr("%1 and %n more", "models", others).arg(first);
}

/// Whole components go: that may be more than has to.
QString evictionSentence(const LoadPreviewView& preview)
{
    quint64 goes = 0;
    for (const EvictionView& eviction : preview.evictions)
        goes += eviction.bytes;
    if (goes == 0)
        return LoadPreviewText::tr(
            "%1 of the cache would have to go, and nothing can: it is in use or kept there.", "size")
            .arg(bytesText(preview.evicted));
    if (goes < preview.evicted)
        return LoadPreviewText::tr(
            "%1 of the cache would have to go, and only %2 can: the rest is in use or kept there.", "sizes")
            .arg(bytesText(preview.evicted), bytesText(goes));
    return LoadPreviewText::tr("%1 of the cache would have to go: %2.", "size, models")
        .arg(bytesText(goes), evictedModels(preview.evictions));
}

} // namespace

LoadPreviewView loadPreviewView(const engine::Json& answer, const LibraryView& library)
{
    const engine::Json& device = answer.at("device");
    const engine::Json& cache = answer.at("cache");
    const engine::Json& seconds = answer.at("predicted_time").at("total_seconds");
    LoadPreviewView view{.modelId = textIn(answer, "model_id"),
        .deviceId = textIn(device, "device_id"),
        .size = answer.at("precision").at("size_bytes").get<quint64>(),
        .loadedSize = answer.at("precision").at("loaded_bytes").get<quint64>(),
        .conversions = conversionsText(answer.at("precision")),
        .needed = device.at("needed_bytes").get<quint64>(),
        .free = device.at("free_bytes").get<quint64>(),
        .evicted = cache.at("evicted_bytes").get<quint64>(),
        .evictions = evictionViews(cache, library),
        .fits = device.at("fits").get<bool>(),
        .fitsCache = cache.at("fits").get<bool>(),
        .seconds = seconds.is_null() ? std::nullopt : std::optional(seconds.get<double>())};
    view.text = loadPreviewText(view);
    view.evictionText = evictionLines(view.evictions);
    return view;
}

QString loadPreviewText(const LoadPreviewView& preview)
{
    QStringList sentences{fitText(preview)};
    if (!preview.conversions.isEmpty())
        sentences.append(conversionSentence(preview));
    const quint64 there = preview.loadedSize - std::min(preview.loadedSize, preview.needed);
    if (there >= kWorthTelling)
        sentences.append(
            LoadPreviewText::tr("%1 of it are there already.", "size: of a model, on a device").arg(bytesText(there)));
    if (!preview.fitsCache)
        sentences.append(LoadPreviewText::tr("The RAM cache is too small for it."));
    else if (preview.evicted >= kWorthTelling)
        sentences.append(evictionSentence(preview));
    if (preview.seconds >= kNoticed && preview.fits && preview.fitsCache)
        sentences.append(LoadPreviewText::tr("Takes about %1.", "duration")
                             .arg(durationText(std::chrono::duration<double>(*preview.seconds))));
    return sentences.join(QLatin1Char(' '));
}

} // namespace weightroom::ui
