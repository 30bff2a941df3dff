// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/model_text.h"

#include "ui/bridge/text/units.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <array>

namespace weightroom::ui {
namespace {

struct ModelText {
    Q_DECLARE_TR_FUNCTIONS(ModelText)
};

struct Wording {
    const char* text;
    const char* comment;
};

template <class Kind>
struct KindText {
    Kind kind;
    Wording wording;
};

constexpr std::array kKindTexts{
    KindText<ModelKind>{ModelKind::Unknown, QT_TRANSLATE_NOOP3("ModelText", "Unknown", "kind of model")},
    KindText<ModelKind>{ModelKind::Checkpoint, QT_TRANSLATE_NOOP3("ModelText", "Checkpoint", "kind of model")},
    KindText<ModelKind>{ModelKind::DiffusionModel, QT_TRANSLATE_NOOP3("ModelText", "Diffusion model", "kind of model")},
    KindText<ModelKind>{ModelKind::Lora, QT_TRANSLATE_NOOP3("ModelText", "LoRA", "kind of model")},
    KindText<ModelKind>{ModelKind::Controlnet, QT_TRANSLATE_NOOP3("ModelText", "ControlNet", "kind of model")},
    KindText<ModelKind>{ModelKind::Vae, QT_TRANSLATE_NOOP3("ModelText", "VAE", "kind of model")},
    KindText<ModelKind>{ModelKind::TextEncoder, QT_TRANSLATE_NOOP3("ModelText", "Text encoder", "kind of model")},
    KindText<ModelKind>{ModelKind::T2iAdapter, QT_TRANSLATE_NOOP3("ModelText", "T2I-Adapter", "kind of model")},
    KindText<ModelKind>{ModelKind::IpAdapter, QT_TRANSLATE_NOOP3("ModelText", "IP-Adapter", "kind of model")},
    KindText<ModelKind>{ModelKind::ClipVision, QT_TRANSLATE_NOOP3("ModelText", "Vision encoder", "kind of model")},
    KindText<ModelKind>{
        ModelKind::TextualInversion, QT_TRANSLATE_NOOP3("ModelText", "Textual inversion", "kind of model")},
    KindText<ModelKind>{ModelKind::Upscaler, QT_TRANSLATE_NOOP3("ModelText", "Upscaler", "kind of model")},
    KindText<ModelKind>{ModelKind::Hypernetwork, QT_TRANSLATE_NOOP3("ModelText", "Hypernetwork", "kind of model")},
    KindText<ModelKind>{ModelKind::MotionModule, QT_TRANSLATE_NOOP3("ModelText", "Motion module", "kind of model")},
};

constexpr std::array kComponentKindTexts{
    KindText<ComponentKind>{ComponentKind::Other, QT_TRANSLATE_NOOP3("ModelText", "Other", "kind of component")},
    KindText<ComponentKind>{
        ComponentKind::Unet, QT_TRANSLATE_NOOP3("ModelText", "Diffusion model", "kind of component")},
    KindText<ComponentKind>{ComponentKind::Vae, QT_TRANSLATE_NOOP3("ModelText", "VAE", "kind of component")},
    KindText<ComponentKind>{ComponentKind::Encoder, QT_TRANSLATE_NOOP3("ModelText", "Encoder", "kind of component")},
    KindText<ComponentKind>{ComponentKind::Lora, QT_TRANSLATE_NOOP3("ModelText", "LoRA", "kind of component")},
    KindText<ComponentKind>{
        ComponentKind::Controlnet, QT_TRANSLATE_NOOP3("ModelText", "ControlNet", "kind of component")},
    KindText<ComponentKind>{
        ComponentKind::Embedding, QT_TRANSLATE_NOOP3("ModelText", "Embedding", "kind of component")},
    KindText<ComponentKind>{ComponentKind::Adapter, QT_TRANSLATE_NOOP3("ModelText", "Adapter", "kind of component")},
    KindText<ComponentKind>{ComponentKind::Upscaler, QT_TRANSLATE_NOOP3("ModelText", "Upscaler", "kind of component")},
};

template <class Rows, class Kind>
QString textOf(const Rows& rows, Kind kind)
{
    const auto row = std::ranges::find(rows, kind, [](const auto& candidate) { return candidate.kind; });
    return row == rows.end() ? QString()
                             : QCoreApplication::translate("ModelText", row->wording.text, row->wording.comment);
}

QString busyText(const ModelRow& row, int percent)
{
    if (row.status.loadingOn.isEmpty())
        return ModelText::tr("Caching %1", "state with a percentage").arg(percentText(percent));
    if (percent < 0)
        return ModelText::tr("Loading\u2026", "state");
    return ModelText::tr("Loading %1", "state with a percentage").arg(percentText(percent));
}

QString timeText(const QDateTime& moment) { return momentText(moment, QDate::currentDate()); }

/// Two digits say how large an error is.
QString errorText(double error) { return QLocale().toString(error, 'g', 2); }

/// "HOST_0 until 14:35, GPU_0"
QString devicesText(const ModelStatus& status)
{
    QStringList texts;
    for (const QString& device : status.loadedOn) {
        const QDateTime until = status.loadedUntil.value(device);
        texts.append(
            until.isValid() ? ModelText::tr("%1 until %2", "device, time").arg(device, timeText(until)) : device);
    }
    return texts.join(QStringLiteral(", "));
}

} // namespace

QString kindText(ModelKind kind) { return textOf(kKindTexts, kind); }

QString componentKindText(ComponentKind kind) { return textOf(kComponentKindTexts, kind); }

QString findingText(Finding finding)
{
    switch (finding) {
    case Finding::None:
        break;
    case Finding::Duplicate:
        return ModelText::tr("Perhaps twice", "finding: models with the same tensors");
    case Finding::Misplaced:
        return ModelText::tr("Misplaced", "finding: models in the folder of another kind");
    case Finding::Incomplete:
        return ModelText::tr("Incomplete", "finding: models without all tensors");
    case Finding::Unrecognised:
        return ModelText::tr("Not recognised", "finding: models of which no rule is known");
    case Finding::Unusable:
        return ModelText::tr("Cannot be used", "finding: files that cannot be read");
    }
    return {};
}

QString findingSentence(Finding finding)
{
    switch (finding) {
    case Finding::Duplicate:
        return ModelText::tr("Another model of the library has tensors of the same names and shapes and the same size: "
                             "it may be the same one.");
    case Finding::Misplaced:
        return ModelText::tr("It lies in a folder for models of another kind: other programs may not find it.");
    case Finding::None:
    case Finding::Incomplete: // said with their numbers among the remarks
    case Finding::Unrecognised:
    case Finding::Unusable:
        break;
    }
    return {};
}

QString conditionText(ModelCondition condition)
{
    switch (condition) {
    case ModelCondition::Unknown:
        return ModelText::tr("Unknown", "state");
    case ModelCondition::Loaded:
        return ModelText::tr("Loaded", "state");
    case ModelCondition::Loading:
        return ModelText::tr("Loading", "state");
    case ModelCondition::Cached:
        return ModelText::tr("Cached", "state");
    case ModelCondition::PartlyCached:
        return ModelText::tr("Partly cached", "state");
    case ModelCondition::OnDisk:
        return ModelText::tr("On disk", "state");
    case ModelCondition::Unusable:
        return ModelText::tr("Cannot be used", "state");
    }
    return {};
}

QString statusText(const ModelRow& row, int percent)
{
    const ModelStatus& status = row.status;
    if (status.condition == ModelCondition::Loading || percent >= 0)
        return busyText(row, percent);
    if (status.condition == ModelCondition::Loaded && !status.loadedUntil.isEmpty())
        return ModelText::tr("On %1", "state: where it is loaded until when").arg(devicesText(status));
    if (status.condition == ModelCondition::Loaded)
        return ModelText::tr("Loaded on %1", "state with devices").arg(status.loadedOn.join(QStringLiteral(", ")));
    if (status.condition == ModelCondition::Unusable && row.facts->problem)
        return ModelText::tr("Cannot be used: %1", "state with a sentence").arg(row.facts->problem->sentence);
    return conditionText(status.condition);
}

QStringList loadedUntilTexts(const ModelStatus& status)
{
    QStringList sentences;
    for (const auto& [device, until] : status.loadedUntil.asKeyValueRange())
        sentences.append(ModelText::tr("It stays on %1 until %2, unless it is loaded again before.", "device, time")
                             .arg(device, timeText(until)));
    return sentences;
}

QStringList conversionTexts(const ModelStatus& status)
{
    QStringList sentences;
    for (const ConversionLoss& loss : status.conversions) {
        QString text = ModelText::tr("Converted on the way to %1: %2 take %3. Largest error %4, mean error %5.",
            "device, size before, size after, numbers")
                           .arg(loss.device, bytesText(loss.storedBytes), bytesText(loss.loadedBytes),
                               errorText(loss.largestError), errorText(loss.meanError));
        if (loss.overflowed > 0)
            text += QLatin1Char(' ')
                + ModelText::tr("Numbers that are too large for it: %1.", "how many").arg(countText(loss.overflowed));
        sentences.append(text);
    }
    return sentences;
}

} // namespace weightroom::ui
