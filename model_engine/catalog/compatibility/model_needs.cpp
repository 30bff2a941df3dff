// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/compatibility/model_needs.h"

#include "model_engine/catalog/compatibility/base_needs.h"
#include "model_engine/catalog/compatibility/vision_features.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

bool brings(const Identification& model, ComponentKind kind)
{
    return std::ranges::find(model.components, kind, &ComponentRecord::kind) != model.components.end();
}

/// "encoder_t5_xxl": the id of a component says which encoder it is.
bool bringsEncoder(const Identification& model, Architecture encoder)
{
    std::string id = "encoder_" + std::string{toText(encoder)};
    std::ranges::replace_if(
        id, [](char c) { return c == '-' || c == '.'; }, '_');
    return std::ranges::any_of(
        model.components, [&](const ComponentRecord& component) { return component.id.text.starts_with(id); });
}

std::vector<ModelNeed> needsOfBase(const Identification& model)
{
    std::vector<ModelNeed> missing;
    const BaseNeeds* needs = needsOf(model);
    if (!brings(model, ComponentKind::Vae)) {
        ModelNeed vae{.kind = ModelKind::Vae, .architectures = {}, .variant = {}, .isOptional = false};
        if (needs != nullptr && needs->vae != Architecture::Unknown)
            vae.architectures.push_back(needs->vae);
        missing.push_back(std::move(vae));
    }
    const bool isKnown = needs != nullptr && needs->encoders.front().architecture != Architecture::Unknown;
    if (!isKnown) {
        if (!brings(model, ComponentKind::Encoder))
            missing.push_back(
                {.kind = ModelKind::TextEncoder, .architectures = {}, .variant = {}, .isOptional = false});
        return missing;
    }
    for (const EncoderNeed& encoder : needs->encoders) {
        if (encoder.architecture != Architecture::Unknown && !bringsEncoder(model, encoder.architecture))
            missing.push_back({.kind = ModelKind::TextEncoder,
                .architectures = {encoder.architecture},
                .variant = std::string{encoder.variant},
                .isOptional = encoder.isOptional});
    }
    return missing;
}

/// Whether it is of no use without a base.
bool needsABase(ModelKind kind)
{
    switch (kind) {
    case ModelKind::Lora:
    case ModelKind::Controlnet:
    case ModelKind::T2iAdapter:
    case ModelKind::IpAdapter:
    case ModelKind::TextualInversion:
    case ModelKind::Hypernetwork:
    case ModelKind::MotionModule:
        return true;
    default:
        return false;
    }
}

} // namespace

std::vector<ModelNeed> missingNeedsOf(const Identification& model)
{
    if (isBase(model))
        return needsOfBase(model);
    if (!needsABase(model.kind))
        return {};
    ModelNeed base{.kind = ModelKind::Checkpoint,
        .architectures = model.candidates,
        .variant = model.baseVariant,
        .isOptional = false};
    if (model.architecture != Architecture::Unknown)
        base.architectures = {model.architecture};
    std::vector<ModelNeed> missing{std::move(base)};
    if (model.kind == ModelKind::IpAdapter && takesVisionFeatures(model)) {
        ModelNeed encoder{.kind = ModelKind::ClipVision, .architectures = {}, .variant = {}, .isOptional = false};
        if (const Architecture known = visionEncoderOf(model); known != Architecture::Unknown)
            encoder.architectures.push_back(known);
        missing.push_back(std::move(encoder));
    }
    return missing;
}

std::optional<Compatibility> fulfils(
    const Identification& candidate, const ModelNeed& need, const Identification& model)
{
    const bool isWanted = need.kind == ModelKind::Checkpoint ? isBase(candidate) : candidate.kind == need.kind;
    // Of several encoders each fulfils one need.
    const bool isOther = need.kind == ModelKind::TextEncoder && !need.architectures.empty()
        && std::ranges::find(need.architectures, candidate.architecture) == need.architectures.end();
    if (!isWanted || isOther)
        return std::nullopt;
    auto fit = compatibilityOf(candidate, model);
    return fit && fit->verdict != Verdict::Incompatible ? fit : std::nullopt;
}

} // namespace weightroom::engine
