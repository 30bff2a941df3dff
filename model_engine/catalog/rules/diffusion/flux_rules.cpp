// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/rules/known_tensors.h"
#include "model_engine/catalog/rules/rule_kinds.h"
#include "model_engine/catalog/rules/tables.h"

namespace weightroom::engine {
namespace {

using enum Look;
using enum PredictionType;

constexpr std::uint64_t kWidth = 3072;

// Told by biases and norms: a weight that is packed to 4 bits has other dimensions than the layer.
constexpr std::string_view kIn = "img_in.weight";
constexpr std::string_view kInBias = "img_in.bias";
constexpr std::string_view kVectorIn = "vector_in.in_layer.bias";
constexpr std::string_view kKeyNorm = "double_blocks.0.img_attn.norm.key_norm.scale";
constexpr std::string_view kModulation =
    "double_blocks.0.img_mod.lin.bias"; // Flux.2 and Chroma have one for all blocks
constexpr std::string_view kGuidance = "guidance_in.in_layer.weight";
constexpr std::string_view kDistilledGuidance = "distilled_guidance_layer.norms.0.scale";

// Input features: 64 = 16 latent channels in patches of 2 × 2; 128 with a control image; 384 with a masked image and
// its mask. Packed to 4 bits, half of features × 3072 bytes are left.
constexpr std::uint64_t packed(std::uint64_t features) { return features * kWidth / 2; }
constexpr std::array kFluxVariants{
    VariantRule{"dev", {{{kIn, Dimension1, 64}, {kGuidance, Exists}}}},
    VariantRule{"schnell", {{{kIn, Dimension1, 64}, {kGuidance, Absent}}}},
    VariantRule{"control", {{{kIn, Dimension1, 128}, {kGuidance, Exists}}}},
    VariantRule{"fill", {{{kIn, Dimension1, 384}, {kGuidance, Exists}}}},
    VariantRule{"flex2", {{{kIn, Dimension1, 196}}}},
    VariantRule{"dev", {{{kIn, Dimension0, packed(64)}, {kIn, Dimension1, 1}, {kGuidance, Exists}}}},
    VariantRule{"schnell", {{{kIn, Dimension0, packed(64)}, {kIn, Dimension1, 1}, {kGuidance, Absent}}}},
    VariantRule{"control", {{{kIn, Dimension0, packed(128)}, {kIn, Dimension1, 1}, {kGuidance, Exists}}}},
    VariantRule{"fill", {{{kIn, Dimension0, packed(384)}, {kIn, Dimension1, 1}, {kGuidance, Exists}}}},
};

constexpr std::string_view kDiffusersIn = "x_embedder.weight";
constexpr std::string_view kDiffusersGuidance = "time_text_embed.guidance_embedder.linear_1.weight";
constexpr std::array kDiffusersFluxVariants{
    VariantRule{"dev", {{{kDiffusersIn, Dimension1, 64}, {kDiffusersGuidance, Exists}}}},
    VariantRule{"schnell", {{{kDiffusersIn, Dimension1, 64}, {kDiffusersGuidance, Absent}}}},
    VariantRule{"control", {{{kDiffusersIn, Dimension1, 128}, {kDiffusersGuidance, Exists}}}},
    VariantRule{"fill", {{{kDiffusersIn, Dimension1, 384}, {kDiffusersGuidance, Exists}}}},
    VariantRule{"flex2", {{{kDiffusersIn, Dimension1, 196}}}},
    VariantRule{"dev", {{{kDiffusersIn, Dimension1, 1}, {kDiffusersGuidance, Exists}}}},
    VariantRule{"schnell", {{{kDiffusersIn, Dimension1, 1}, {kDiffusersGuidance, Absent}}}},
};

// The bias of the input layer stays as it is.
constexpr std::array kNunchakuVariants{
    VariantRule{"dev", {{{"time_text_embed.guidance_embedder.linear_1.bias", Exists}}}},
    VariantRule{"schnell", {{{"time_text_embed.guidance_embedder.linear_1.bias", Absent}}}},
};

// The depth of the three releases: 48 single blocks, 24, 20.
constexpr std::array kFlux2Variants{
    VariantRule{.variant = "dev", .conditions = {{{"single_blocks.47.norm.key_norm.scale", Exists}}}, .blocks = 8},
    VariantRule{.variant = "klein-9b",
        .conditions = {{{"single_blocks.23.norm.key_norm.scale", Exists},
            {"single_blocks.24.norm.key_norm.scale", Absent}}},
        .blocks = 8},
    VariantRule{"klein-4b",
        {{{"single_blocks.19.norm.key_norm.scale", Exists}, {"single_blocks.20.norm.key_norm.scale", Absent}}}},
};
constexpr std::array kDiffusersFlux2Variants{
    VariantRule{
        .variant = "dev", .conditions = {{{"single_transformer_blocks.47.attn.norm_k.weight", Exists}}}, .blocks = 8},
    VariantRule{.variant = "klein-9b",
        .conditions = {{{"single_transformer_blocks.23.attn.norm_k.weight", Exists},
            {"single_transformer_blocks.24.attn.norm_k.weight", Absent}}},
        .blocks = 8},
    VariantRule{"klein-4b",
        {{{"single_transformer_blocks.19.attn.norm_k.weight", Exists},
            {"single_transformer_blocks.20.attn.norm_k.weight", Absent}}}},
};

constexpr std::array kChromaVariants{
    VariantRule{"radiance-x0", {{{"nerf_blocks.0.norm.scale", Exists}, {"__x0__", Exists}}}, Sample},
    VariantRule{"radiance", {{{"nerf_blocks.0.norm.scale", Exists}}}},
    VariantRule{"", {{{"nerf_blocks.0.norm.scale", Absent}}}},
};

constexpr Completeness kFlux2Blocks = blocks({"double_blocks.", 5}, {"single_blocks.", 20});
constexpr Completeness kDiffusersFlux2Blocks = blocks({"transformer_blocks.", 5}, {"single_transformer_blocks.", 20});
constexpr Completeness kChromaBlocks = blocks({"double_blocks.", 19}, {"single_blocks.", 38});
constexpr Completeness kDiffusersChromaBlocks = blocks({"transformer_blocks.", 19}, {"single_transformer_blocks.", 38});
// The lite release has eight double blocks.
constexpr Completeness kLiteBlocks = blocks({"double_blocks.", 8}, {"single_blocks.", 38});
constexpr Completeness kDiffusersBlocks = blocks({"transformer_blocks.", 8}, {"single_transformer_blocks.", 38});

constexpr std::array kRules{
    diffusionModel({.name = "flux2.transformer",
        .architecture = Architecture::Flux2,
        .conditions = {{{"double_stream_modulation_img.lin.weight", Exists}, {kKeyNorm, Exists}}},
        .variants = kFlux2Variants,
        .prediction = Flow,
        .whole = kFlux2Blocks}),
    diffusionModel({.name = "flux2.diffusers",
        .architecture = Architecture::Flux2,
        .conditions = {{{"double_stream_modulation_img.linear.weight", Exists},
            {"transformer_blocks.0.attn.norm_added_k.weight", Exists}}},
        .variants = kDiffusersFlux2Variants,
        .prediction = Flow,
        .whole = kDiffusersFlux2Blocks}),
    diffusionModel({.name = "chroma.transformer",
        .architecture = Architecture::Chroma,
        .conditions = {{{kDistilledGuidance, Exists}, {kKeyNorm, Exists}}},
        .variants = kChromaVariants,
        .prediction = Flow,
        .whole = kChromaBlocks}),
    diffusionModel({.name = "chroma.diffusers",
        .architecture = Architecture::Chroma,
        .conditions = {{{"distilled_guidance_layer.in_proj.bias", Exists}, {"context_embedder.bias", Exists},
            {"transformer_blocks.0.attn.norm_added_k.weight", Exists}}},
        .prediction = Flow,
        .whole = kDiffusersChromaBlocks}),
    // Eight of the nineteen double blocks were left.
    diffusionModel({.name = "flux.lite",
        .architecture = Architecture::Flux,
        .conditions = {{{kKeyNorm, Exists}, {kInBias, Dimension0, kWidth}, {kVectorIn, Exists}, {kModulation, Exists},
            {"double_blocks.7.img_mod.lin.bias", Exists}, {"double_blocks.8.img_mod.lin.bias", Absent}}},
        .variant = "lite",
        .prediction = Flow,
        .whole = kLiteBlocks}),
    diffusionModel({.name = "flux.transformer",
        .architecture = Architecture::Flux,
        .conditions = {{{kKeyNorm, Exists}, {kInBias, Dimension0, kWidth}, {kVectorIn, Exists}, {kModulation, Exists}}},
        .variants = kFluxVariants,
        .prediction = Flow,
        .whole = {.tensors = fluxTensors}}),
    diffusionModel({.name = "flux.diffusers",
        .architecture = Architecture::Flux,
        .conditions = {{{"single_transformer_blocks.0.proj_mlp.bias", Exists}, {"x_embedder.bias", Dimension0, kWidth},
            {"context_embedder.bias", Dimension0, kWidth}, {"time_text_embed.text_embedder.linear_1.bias", Exists}}},
        .variants = kDiffusersFluxVariants,
        .prediction = Flow,
        .whole = kDiffusersBlocks}),
    // SVDQuant: weights of 4 bits beside a low-rank pair, which is no LoRA.
    diffusionModel({.name = "flux.nunchaku",
        .architecture = Architecture::Flux,
        .conditions = {{{"single_transformer_blocks.0.norm.linear.qweight", Exists},
            {"transformer_blocks.0.mlp_context_fc1.qweight", Exists}}},
        .variants = kNunchakuVariants,
        .prediction = Flow,
        .whole = kDiffusersBlocks}),
};

} // namespace

RuleTable fluxRules() { return kRules; }

} // namespace weightroom::engine
