// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/compatibility_text.h"

#include "ui/bridge/conversion/json_text.h"
#include "ui/bridge/text/model_facts.h"
#include "ui/bridge/text/model_text.h"
#include "ui/bridge/text/units.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

namespace weightroom::ui {
namespace {

struct CompatibilityText {
    Q_DECLARE_TR_FUNCTIONS(CompatibilityText)
};

struct ReasonText {
    std::string_view reason;
    const char* sentence;
};
constexpr std::array kReasons{
    ReasonText{"same_architecture", QT_TRANSLATE_NOOP("CompatibilityText", "Same architecture")},
    ReasonText{
        "same_variant", QT_TRANSLATE_NOOP("CompatibilityText", "Same architecture, and the size that it is made for")},
    ReasonText{"other_architecture", QT_TRANSLATE_NOOP("CompatibilityText", "Another architecture")},
    ReasonText{"other_variant", QT_TRANSLATE_NOOP("CompatibilityText", "Same architecture in another size")},
    ReasonText{"variant_unknown",
        QT_TRANSLATE_NOOP(
            "CompatibilityText", "Same architecture, which comes in several sizes: which one is not known")},
    ReasonText{
        "reduced_model", QT_TRANSLATE_NOOP("CompatibilityText", "A model with fewer layers: a part has no effect")},
    ReasonText{
        "related_architecture", QT_TRANSLATE_NOOP("CompatibilityText", "A related architecture: most of it fits")},
    ReasonText{"among_candidates", QT_TRANSLATE_NOOP("CompatibilityText", "Its structure fits this one among others")},
    ReasonText{"not_among_candidates", QT_TRANSLATE_NOOP("CompatibilityText", "Its structure does not fit")},
    ReasonText{"base_unknown", QT_TRANSLATE_NOOP("CompatibilityText", "What it belongs to is not known")},
    ReasonText{"same_latents", QT_TRANSLATE_NOOP("CompatibilityText", "Works in the same latents")},
    ReasonText{"other_latents", QT_TRANSLATE_NOOP("CompatibilityText", "Works in other latents")},
    ReasonText{"other_latent_channels", QT_TRANSLATE_NOOP("CompatibilityText", "Works in latents with other channels")},
    ReasonText{"only_half", QT_TRANSLATE_NOOP("CompatibilityText", "Can only decode or only encode")},
    ReasonText{"used_encoder", QT_TRANSLATE_NOOP("CompatibilityText", "An encoder that the model uses")},
    ReasonText{"unused_encoder", QT_TRANSLATE_NOOP("CompatibilityText", "An encoder that the model does not use")},
    ReasonText{"other_encoder_size", QT_TRANSLATE_NOOP("CompatibilityText", "An encoder of another size")},
};

QString reasonText(const QString& word)
{
    const auto row = std::ranges::find_if(
        kReasons, [&](const ReasonText& text) { return word == QLatin1String(text.reason.data()); });
    return row == kReasons.end() ? word : QCoreApplication::translate("CompatibilityText", row->sentence);
}

Verdict verdictOf(const QString& word)
{
    if (word == QLatin1String("compatible"))
        return Verdict::Compatible;
    return word == QLatin1String("perhaps") ? Verdict::Perhaps : Verdict::Incompatible;
}

/// "It needs a VAE (flux); the library has: ae, ae-fp16."
QString needText(const engine::Json& need)
{
    QStringList names;
    for (const engine::Json& candidate : need.value("candidates", engine::Json::array()))
        names.append(textIn(candidate, "name"));
    QString what = kindText(kindFromId(textIn(need, "model_type")));
    const QString architectures = listText(need.value("architectures", engine::Json::array()));
    if (!architectures.isEmpty())
        what = CompatibilityText::tr("%1 (%2)", "kind, architectures").arg(what, architectures);
    if (names.isEmpty())
        return need.value("is_optional", false)
            ? CompatibilityText::tr("It can use another part: %1. The library has none.", "kind").arg(what)
            : CompatibilityText::tr("It needs another part: %1. The library has none.", "kind").arg(what);
    constexpr qsizetype kMostNames = 3;
    const QString list = names.mid(0, kMostNames).join(QStringLiteral(", "));
    return CompatibilityText::tr(
        "It needs another part: %1. The library has %n: %2.", "kind, names", static_cast<int>(names.size()))
        .arg(what, names.size() > kMostNames ? list + QStringLiteral(", \u2026") : list);
}

/// "GPU_0: fits as it is stored, 6.46 GiB." `rows`: of one device, from the precision that is stored downwards.
/// Compared with the whole device: what is free now changes with every load.
QString fitText(const QList<engine::Json>& rows)
{
    const auto bytes = [](const engine::Json& row, const char* field) {
        return bytesText(row.value(field, std::uint64_t{0}));
    };
    const engine::Json& stored = rows.first();
    const QString device = textIn(stored, "device_id");
    const QString size = bytes(stored, "needed_bytes");
    const auto fitting =
        std::ranges::find_if(rows, [](const engine::Json& row) { return row.value("fits_when_empty", false); });
    if (fitting == rows.begin())
        return CompatibilityText::tr("%1: fits as it is stored, %2.", "device, size").arg(device, size);
    if (fitting == rows.end())
        return CompatibilityText::tr("%1: too large, %2 of %3.", "device, size, size of the device")
            .arg(device, size, bytes(stored, "capacity_bytes"));
    return CompatibilityText::tr(
        "%1: too large as it is stored, %2. Converted to %3 it fits, about %4.", "device, size, precision, size")
        .arg(device, size, textIn(*fitting, "precision"), bytes(*fitting, "needed_bytes"));
}

QStringList deviceTexts(const engine::Json& answer)
{
    QStringList sentences;
    QList<engine::Json> rows;
    const engine::Json all = answer.value("devices", engine::Json::array());
    for (std::size_t i = 0; i < all.size(); ++i) {
        rows.append(all[i]);
        const bool isLast = i + 1 == all.size() || textIn(all[i + 1], "device_id") != textIn(all[i], "device_id");
        if (isLast) {
            sentences.append(fitText(rows));
            rows.clear();
        }
    }
    return sentences;
}

} // namespace

CompatibilityView compatibilityView(const engine::Json& answer)
{
    CompatibilityView view{
        .modelId = textIn(answer, "model_id"), .matches = {}, .needs = {}, .devices = deviceTexts(answer)};
    for (const engine::Json& match : answer.value("works_with", engine::Json::array())) {
        view.matches.append({.modelId = textIn(match, "model_id"),
            .kind = kindText(kindFromId(textIn(match, "model_type"))),
            .name = textIn(match, "name"),
            .verdict = verdictOf(textIn(match, "verdict")),
            .reason = reasonText(textIn(match, "reason")),
            .detail = textIn(match, "detail")});
    }
    for (const engine::Json& need : answer.value("needs", engine::Json::array()))
        view.needs.append(needText(need));
    return view;
}

} // namespace weightroom::ui
