// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/load_preview_text.h"

#include "ui/bridge/units.h"

#include <QCoreApplication>
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
                                     .arg(QString::fromStdString(change.at("from").get<std::string>()),
                                         QString::fromStdString(change.at("to").get<std::string>()));
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

} // namespace

LoadPreviewView loadPreviewView(const engine::Json& answer)
{
    const engine::Json& device = answer.at("device");
    const engine::Json& cache = answer.at("cache");
    const engine::Json& seconds = answer.at("predicted_time").at("total_seconds");
    LoadPreviewView view{.modelId = QString::fromStdString(answer.at("model_id").get<std::string>()),
        .deviceId = QString::fromStdString(device.at("device_id").get<std::string>()),
        .size = answer.at("precision").at("size_bytes").get<quint64>(),
        .loadedSize = answer.at("precision").at("loaded_bytes").get<quint64>(),
        .conversions = conversionsText(answer.at("precision")),
        .needed = device.at("needed_bytes").get<quint64>(),
        .free = device.at("free_bytes").get<quint64>(),
        .evicted = cache.at("evicted_bytes").get<quint64>(),
        .fits = device.at("fits").get<bool>(),
        .fitsCache = cache.at("fits").get<bool>(),
        .seconds = seconds.is_null() ? std::nullopt : std::optional(seconds.get<double>())};
    view.text = loadPreviewText(view);
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
        sentences.append(
            LoadPreviewText::tr("%1 of the cache would have to go.", "size").arg(bytesText(preview.evicted)));
    if (preview.seconds >= kNoticed && preview.fits && preview.fitsCache)
        sentences.append(LoadPreviewText::tr("Takes about %1.", "duration")
                             .arg(durationText(std::chrono::duration<double>(*preview.seconds))));
    return sentences.join(QLatin1Char(' '));
}

} // namespace weightroom::ui
