// SPDX-License-Identifier: GPL-3.0-or-later
//
// Encoders of pictures.
#include "model_engine/catalog/rules/rule_kinds.h"
#include "model_engine/catalog/rules/tables.h"

namespace weightroom::engine {
namespace {

using enum Look;

constexpr std::string_view kNorm = "vision_model.encoder.layers.0.layer_norm1.weight"; // [width]
constexpr std::string_view kOpenClipNorm = "visual.transformer.resblocks.0.ln_1.weight";
constexpr std::string_view kPositions = "vision_model.embeddings.position_embedding.weight"; // patches and a class
constexpr std::string_view kPatches = "vision_model.embeddings.patch_embedding.weight";

constexpr std::array kClipLVariants{
    VariantRule{"336-llava", {{{kPositions, Dimension0, 577}, {"multi_modal_projector.linear_1.bias", Exists}}}},
    VariantRule{"336", {{{kPositions, Dimension0, 577}}}},
    VariantRule{"224", {{{kPositions, Dimension0, 257}}}},
};
constexpr std::array kSiglipVariants{
    VariantRule{"naflex", {{{kPatches, Rank, 2}}}},
    VariantRule{"224", {{{kPositions, Dimension0, 256}}}},
    VariantRule{"384", {{{kPositions, Dimension0, 729}}}},
    VariantRule{"512", {{{kPositions, Dimension0, 1024}}}},
};

constexpr Completeness kLayers = blocks({"vision_model.encoder.layers."});
constexpr Completeness kOpenClipLayers = blocks({"visual.transformer.resblocks."});

constexpr std::array kRules{
    visionEncoder({.name = "clip_vision_g.transformers",
        .componentId = "encoder_clip_vision_g",
        .architecture = Architecture::ClipG,
        .conditions = {{{kNorm, Dimension0, 1664}, {"vision_model.encoder.layers.47.layer_norm1.weight", Exists}}},
        .whole = kLayers}),
    visionEncoder({.name = "clip_vision_h.transformers",
        .componentId = "encoder_clip_vision_h",
        .architecture = Architecture::ClipH,
        .conditions = {{{kNorm, Dimension0, 1280}, {"vision_model.encoder.layers.30.layer_norm1.weight", Exists}}},
        .whole = kLayers}),
    visionEncoder({.name = "clip_vision_l.transformers",
        .componentId = "encoder_clip_vision_l",
        .architecture = Architecture::ClipL,
        .conditions = {{{kNorm, Dimension0, 1024}, {"vision_model.encoder.layers.22.layer_norm1.weight", Exists}}},
        .variants = kClipLVariants,
        .whole = kLayers}),
    visionEncoder({.name = "siglip",
        .componentId = "encoder_siglip",
        .architecture = Architecture::Siglip,
        .conditions = {{{kNorm, Dimension0, 1152}, {"vision_model.encoder.layers.22.layer_norm1.weight", Exists}}},
        .variants = kSiglipVariants,
        .whole = kLayers}),
    visionEncoder({.name = "clip_vision_g.open_clip",
        .componentId = "encoder_clip_vision_g",
        .architecture = Architecture::ClipG,
        .conditions = {{{kOpenClipNorm, Dimension0, 1664}}},
        .whole = kOpenClipLayers}),
    visionEncoder({.name = "clip_vision_h.open_clip",
        .componentId = "encoder_clip_vision_h",
        .architecture = Architecture::ClipH,
        .conditions = {{{kOpenClipNorm, Dimension0, 1280}}},
        .whole = kOpenClipLayers}),
    visionEncoder({.name = "clip_vision_l.open_clip",
        .componentId = "encoder_clip_vision_l",
        .architecture = Architecture::ClipL,
        .conditions = {{{kOpenClipNorm, Dimension0, 1024}}},
        .whole = kOpenClipLayers}),
    visionEncoder({.name = "dinov2.giant",
        .componentId = "encoder_dinov2",
        .architecture = Architecture::Dinov2,
        .conditions = {{{"encoder.layer.39.layer_scale2.lambda1", Exists}}},
        .variant = "giant",
        .whole = blocks({"encoder.layer."})}),
    visionEncoder({.name = "dinov2.large",
        .componentId = "encoder_dinov2",
        .architecture = Architecture::Dinov2,
        .conditions = {{{"encoder.layer.23.layer_scale2.lambda1", Exists},
            {"encoder.layer.24.layer_scale2.lambda1", Absent}}},
        .variant = "large",
        .whole = blocks({"encoder.layer."})}),
};

} // namespace

RuleTable visionRules() { return kRules; }

} // namespace weightroom::engine
