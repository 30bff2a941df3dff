// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/model_text.h"

#include "ui/bridge/units.h"

#include <QCoreApplication>

namespace weightroom::ui {
namespace {

struct ModelText {
    Q_DECLARE_TR_FUNCTIONS(ModelText)
};

QString busyText(const ModelRow& row, int percent)
{
    if (row.status.loadingOn.isEmpty())
        return ModelText::tr("Caching %1", "state with a percentage").arg(percentText(percent));
    if (percent < 0)
        return ModelText::tr("Loading\u2026", "state");
    return ModelText::tr("Loading %1", "state with a percentage").arg(percentText(percent));
}

} // namespace

QString kindText(ModelKind kind)
{
    switch (kind) {
    case ModelKind::Unknown:
        return ModelText::tr("Unknown", "kind of model");
    case ModelKind::Checkpoint:
        return ModelText::tr("Checkpoint", "kind of model");
    case ModelKind::DiffusionModel:
        return ModelText::tr("Diffusion model", "kind of model");
    case ModelKind::Lora:
        return ModelText::tr("LoRA", "kind of model");
    case ModelKind::Controlnet:
        return ModelText::tr("ControlNet", "kind of model");
    case ModelKind::Vae:
        return ModelText::tr("VAE", "kind of model");
    case ModelKind::TextEncoder:
        return ModelText::tr("Text encoder", "kind of model");
    }
    return {};
}

QString componentKindText(ComponentKind kind)
{
    switch (kind) {
    case ComponentKind::Other:
        return ModelText::tr("Other", "kind of component");
    case ComponentKind::Unet:
        return ModelText::tr("Diffusion model", "kind of component");
    case ComponentKind::Vae:
        return ModelText::tr("VAE", "kind of component");
    case ComponentKind::Encoder:
        return ModelText::tr("Text encoder", "kind of component");
    case ComponentKind::Lora:
        return ModelText::tr("LoRA", "kind of component");
    case ComponentKind::Controlnet:
        return ModelText::tr("ControlNet", "kind of component");
    case ComponentKind::Embedding:
        return ModelText::tr("Embedding", "kind of component");
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
    if (status.condition == ModelCondition::Loaded)
        return ModelText::tr("Loaded on %1", "state with devices").arg(status.loadedOn.join(QStringLiteral(", ")));
    if (status.condition == ModelCondition::Unusable && row.facts->problem)
        return ModelText::tr("Cannot be used: %1", "state with a sentence").arg(row.facts->problem->sentence);
    return conditionText(status.condition);
}

} // namespace weightroom::ui
