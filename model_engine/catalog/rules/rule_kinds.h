// SPDX-License-Identifier: GPL-3.0-or-later
//
// What all rows of one kind have in common, for the tables.
#pragma once

#include "model_engine/catalog/rules/rule.h"

namespace weightroom::engine {

constexpr Completeness blocks(BlockList first, BlockList second = {}, BlockList third = {})
{
    return {.blocks = {first, second, third}};
}

constexpr PartRule diffusionModel(PartRule rule)
{
    rule.alone = ModelKind::DiffusionModel;
    rule.component = ComponentKind::Unet;
    rule.places = PlaceSet::Diffusion;
    return rule;
}

constexpr PartRule videoModel(PartRule rule)
{
    rule.problem = ModelProblem::VideoModel;
    return diffusionModel(rule);
}

constexpr PartRule controlnet(PartRule rule)
{
    rule.alone = ModelKind::Controlnet;
    rule.component = ComponentKind::Controlnet;
    rule.places = PlaceSet::Controlnet;
    return rule;
}

constexpr PartRule adapter(ModelKind kind, PartRule rule)
{
    rule.alone = kind;
    rule.component = ComponentKind::Adapter;
    rule.places = PlaceSet::Adapter;
    return rule;
}

constexpr PartRule vae(PartRule rule)
{
    rule.alone = ModelKind::Vae;
    rule.component = ComponentKind::Vae;
    rule.places = PlaceSet::Vae;
    return rule;
}

constexpr PartRule textEncoder(PartRule rule)
{
    rule.alone = ModelKind::TextEncoder;
    rule.component = ComponentKind::Encoder;
    rule.places = PlaceSet::Encoder;
    return rule;
}

constexpr PartRule visionEncoder(PartRule rule)
{
    rule.alone = ModelKind::ClipVision;
    rule.component = ComponentKind::Encoder;
    rule.places = PlaceSet::Encoder;
    return rule;
}

constexpr PartRule upscaler(PartRule rule)
{
    rule.alone = ModelKind::Upscaler;
    rule.component = ComponentKind::Upscaler;
    rule.places = PlaceSet::Upscaler;
    return rule;
}

constexpr PartRule embedding(PartRule rule)
{
    rule.alone = ModelKind::TextualInversion;
    rule.component = ComponentKind::Embedding;
    rule.places = PlaceSet::Whole;
    return rule;
}

} // namespace weightroom::engine
