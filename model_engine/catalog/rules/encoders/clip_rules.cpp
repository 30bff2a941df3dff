// SPDX-License-Identifier: GPL-3.0-or-later
//
// CLIP text encoders: told by their width and their deepest layer, from norms that no quantisation packs.
#include "model_engine/catalog/rules/known_tensors.h"
#include "model_engine/catalog/rules/rule_kinds.h"
#include "model_engine/catalog/rules/tables.h"

namespace weightroom::engine {
namespace {

using enum Look;

constexpr std::string_view kNorm = "text_model.encoder.layers.0.layer_norm1.weight"; // [width]
constexpr std::string_view kOldNorm = "encoder.layers.0.layer_norm1.weight";
constexpr std::string_view kOpenClipNorm = "ln_final.weight";

constexpr std::array kClipLVariants{
    VariantRule{"long", {{{"text_model.embeddings.position_embedding.weight", Dimension0, 248}}}},
    VariantRule{"", {}},
};

constexpr std::array kRules{
    textEncoder({.name = "clip_l.transformers",
        .architecture = Architecture::ClipL,
        .conditions = {{{kNorm, Dimension0, 768}, {"text_model.encoder.layers.11.layer_norm1.weight", Exists},
            {"text_model.encoder.layers.12.layer_norm1.weight", Absent}}},
        .variants = kClipLVariants,
        .whole = {.tensors = clipLTensors}}),
    // Checkpoints from before transformers put "text_model." in front.
    textEncoder({.name = "clip_l.old_transformers",
        .architecture = Architecture::ClipL,
        .conditions = {{{kOldNorm, Dimension0, 768}, {"embeddings.token_embedding.weight", Exists},
            {"encoder.layers.11.layer_norm1.weight", Exists}, {"encoder.layers.12.layer_norm1.weight", Absent}}},
        .whole = blocks({"encoder.layers."})}),
    textEncoder({.name = "clip_l.open_clip",
        .architecture = Architecture::ClipL,
        .conditions = {{{kOpenClipNorm, Dimension0, 768}, {"transformer.resblocks.11.ln_1.weight", Exists},
            {"transformer.resblocks.12.ln_1.weight", Absent}}},
        .whole = blocks({"transformer.resblocks."})}),
    textEncoder({.name = "clip_g.transformers",
        .architecture = Architecture::ClipG,
        .conditions = {{{kNorm, Dimension0, 1280}, {"text_model.encoder.layers.31.layer_norm1.weight", Exists},
            {"text_model.encoder.layers.32.layer_norm1.weight", Absent}}},
        .whole = {.tensors = clipGTensors}}),
    textEncoder({.name = "clip_g.open_clip",
        .architecture = Architecture::ClipG,
        .conditions = {{{kOpenClipNorm, Dimension0, 1280}, {"transformer.resblocks.31.ln_1.weight", Exists},
            {"transformer.resblocks.32.ln_1.weight", Absent}}},
        .whole = {.tensors = openClipGTensors}}),
    textEncoder({.name = "clip_h.transformers",
        .architecture = Architecture::ClipH,
        .conditions = {{{kNorm, Dimension0, 1024}, {"text_model.encoder.layers.22.layer_norm1.weight", Exists}}},
        .whole = {.tensors = clipHTensors}}),
    textEncoder({.name = "clip_h.open_clip",
        .architecture = Architecture::ClipH,
        .conditions = {{{kOpenClipNorm, Dimension0, 1024}, {"transformer.resblocks.22.ln_1.weight", Exists}}},
        .whole = {.tensors = openClipHTensors}}),
    textEncoder({.name = "jina_clip_2",
        .architecture = Architecture::JinaClip,
        .conditions = {{{"model.encoder.layers.0.mixer.Wqkv.weight", Exists}}},
        .whole = blocks({"model.encoder.layers."})}),
};

} // namespace

RuleTable clipRules() { return kRules; }

} // namespace weightroom::engine
