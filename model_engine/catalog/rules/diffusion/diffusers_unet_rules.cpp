// SPDX-License-Identifier: GPL-3.0-or-later
//
// UNets of the latent diffusion family with the names of diffusers.
#include "model_engine/catalog/rules/rule_kinds.h"
#include "model_engine/catalog/rules/tables.h"

namespace weightroom::engine {
namespace {

using enum Look;
using enum PredictionType;

constexpr std::string_view kIn = "conv_in.weight";
constexpr std::string_view kContext0 = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight";
constexpr std::string_view kContext1 = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight";
constexpr std::string_view kAddEmbedding = "add_embedding.linear_1.weight"; // of size and pooled text
constexpr std::string_view kClassEmbedding = "class_embedding.linear_1.weight"; // of the picture to vary
constexpr std::string_view kTemporal = "down_blocks.0.attentions.0.temporal_transformer_blocks.0.norm_in.weight";

constexpr VariantRule kPlain{"", {{{kIn, Dimension1, 4}}}};
constexpr VariantRule kInpainting{"inpainting", {{{kIn, Dimension1, 9}}}};
constexpr VariantRule kIp2p{"ip2p", {{{kIn, Dimension1, 8}}}};

constexpr std::array kSd1Variants{kPlain, kInpainting, kIp2p};
constexpr std::array kSd2Variants{
    VariantRule{"unclip-l", {{{kIn, Dimension1, 4}, {kClassEmbedding, Width, 1536}}}, VPrediction},
    VariantRule{"unclip-h", {{{kIn, Dimension1, 4}, {kClassEmbedding, Width, 2048}}}, VPrediction},
    VariantRule{"", {{{kIn, Dimension1, 4}, {kClassEmbedding, Absent}}}},
    VariantRule{"inpainting", {{{kIn, Dimension1, 9}}}, Epsilon},
    kIp2p,
    VariantRule{"depth", {{{kIn, Dimension1, 5}}}, Epsilon},
};
constexpr std::array kSvdVariants{
    VariantRule{"svd", {{{kAddEmbedding, Width, 768}}}},
    VariantRule{"sv3d-u", {{{kAddEmbedding, Width, 256}}}},
    VariantRule{"sv3d-p", {{{kAddEmbedding, Width, 1280}}}},
};

constexpr Completeness kFourLevels = blocks({"down_blocks.", 4}, {"up_blocks.", 4});
constexpr Completeness kThreeLevels = blocks({"down_blocks.", 3}, {"up_blocks.", 3});

constexpr std::array kRules{
    videoModel({.name = "diffusers_unet.svd",
        .architecture = Architecture::Svd,
        .conditions = {{{kIn, Dimension0, 320}, {kTemporal, Exists}}},
        .variants = kSvdVariants,
        .prediction = VPrediction,
        .whole = kFourLevels}),
    diffusionModel({.name = "diffusers_unet.sd1",
        .architecture = Architecture::Sd1,
        .conditions = {{{kIn, Dimension0, 320}, {kContext0, Width, 768}}},
        .variants = kSd1Variants,
        .prediction = Epsilon,
        .whole = kFourLevels}),
    diffusionModel({.name = "diffusers_unet.sd2",
        .architecture = Architecture::Sd2,
        .conditions = {{{kIn, Dimension0, 320}, {kContext0, Width, 1024}}},
        .variants = kSd2Variants,
        .whole = kFourLevels}),
    diffusionModel({.name = "diffusers_unet.sd_x4_upscaler",
        .architecture = Architecture::SdX4Upscaler,
        .conditions = {{{kIn, Dimension0, 256}, {kIn, Dimension1, 7}, {"class_embedding.weight", Exists}}},
        .prediction = VPrediction,
        .whole = kFourLevels}),
    diffusionModel({.name = "diffusers_unet.sdxl",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kIn, Dimension0, 320}, {kContext1, Width, 2048}, {kAddEmbedding, Width, 2816},
            {"down_blocks.2.attentions.0.transformer_blocks.9.norm1.weight", Exists}}},
        .variants = kSd1Variants,
        .prediction = Epsilon,
        .whole = kThreeLevels}),
    diffusionModel({.name = "diffusers_unet.sdxl_refiner",
        .architecture = Architecture::SdxlRefiner,
        .conditions = {{{kIn, Dimension0, 384}, {kContext1, Width, 1280}, {kAddEmbedding, Width, 2560}}},
        .variants = kSd1Variants,
        .prediction = Epsilon,
        .whole = kFourLevels}),
    diffusionModel({.name = "diffusers_unet.ssd_1b",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kIn, Dimension0, 320}, {kContext1, Width, 2048}, {kAddEmbedding, Width, 2816},
            {"down_blocks.2.attentions.0.transformer_blocks.3.norm1.weight", Exists},
            {"down_blocks.2.attentions.0.transformer_blocks.4.norm1.weight", Absent}}},
        .variant = "ssd-1b",
        .prediction = Epsilon,
        .whole = kThreeLevels}),
    diffusionModel({.name = "diffusers_unet.segmind_vega",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kIn, Dimension0, 320}, {kContext1, Width, 2048}, {kAddEmbedding, Width, 2816},
            {"down_blocks.2.attentions.0.transformer_blocks.1.norm1.weight", Exists},
            {"down_blocks.2.attentions.0.transformer_blocks.2.norm1.weight", Absent}}},
        .variant = "segmind-vega",
        .prediction = Epsilon,
        .whole = kThreeLevels}),
    diffusionModel({.name = "diffusers_unet.koala_700m",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kIn, Dimension0, 320}, {kContext1, Width, 2048}, {kAddEmbedding, Width, 2816},
            {"down_blocks.2.attentions.0.transformer_blocks.4.norm1.weight", Exists},
            {"down_blocks.2.attentions.0.transformer_blocks.5.norm1.weight", Absent}}},
        .variant = "koala-700m",
        .prediction = Epsilon,
        .whole = kThreeLevels}),
    diffusionModel({.name = "diffusers_unet.koala_1b",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kIn, Dimension0, 320}, {kContext1, Width, 2048}, {kAddEmbedding, Width, 2816},
            {"down_blocks.2.attentions.0.transformer_blocks.5.norm1.weight", Exists},
            {"down_blocks.2.attentions.0.transformer_blocks.6.norm1.weight", Absent}}},
        .variant = "koala-1b",
        .prediction = Epsilon,
        .whole = kThreeLevels}),
};

} // namespace

RuleTable diffusersUnetRules() { return kRules; }

} // namespace weightroom::engine
