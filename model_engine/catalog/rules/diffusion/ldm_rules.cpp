// SPDX-License-Identifier: GPL-3.0-or-later
//
// UNets of the latent diffusion family with the names of their authors (CompVis, Stability AI).
#include "model_engine/catalog/rules/known_tensors.h"
#include "model_engine/catalog/rules/rule_kinds.h"
#include "model_engine/catalog/rules/tables.h"

namespace weightroom::engine {
namespace {

using enum Look;
using enum PredictionType;

constexpr std::string_view kIn = "input_blocks.0.0.weight"; // [model channels, input channels, 3, 3]
constexpr std::string_view kLabel = "label_emb.0.0.weight"; // [embedding, width of the pooled condition]
// [channels, width of the context]
constexpr std::string_view kContext1 = "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight";
constexpr std::string_view kContext3 = "input_blocks.3.1.transformer_blocks.0.attn2.to_k.weight";
constexpr std::string_view kContext4 = "input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight";
constexpr std::string_view kVideo = "input_blocks.1.0.time_stack.emb_layers.1.bias";

// Input channels: 4 of the noisy latent; 4 more for the image to edit, 4 + 1 more for the masked image and its mask, 1
// for depth.
constexpr VariantRule kPlain{"", {{{kIn, Dimension1, 4}}}};
constexpr VariantRule kInpainting{"inpainting", {{{kIn, Dimension1, 9}}}};
constexpr VariantRule kIp2p{"ip2p", {{{kIn, Dimension1, 8}}}};

constexpr std::array kSd1Variants{
    kPlain,
    kInpainting,
    VariantRule{"zero123", {{{kIn, Dimension1, 8}, {"/cc_projection.weight", Exists}}}},
    kIp2p,
};
// Nothing in the structure tells SD 2.0 base from SD 2.1 with 768 pixels, which predicts v.
constexpr std::array kSd2Variants{
    VariantRule{"unclip-l", {{{kIn, Dimension1, 4}, {kLabel, Width, 1536}}}, VPrediction},
    VariantRule{"unclip-h", {{{kIn, Dimension1, 4}, {kLabel, Width, 2048}}}, VPrediction},
    VariantRule{"", {{{kIn, Dimension1, 4}, {kLabel, Absent}}}},
    VariantRule{"inpainting", {{{kIn, Dimension1, 9}}}, Epsilon},
    kIp2p,
    VariantRule{"depth", {{{kIn, Dimension1, 5}}}, Epsilon},
};
constexpr std::array kSdxlVariants{kPlain, kInpainting, kIp2p};
constexpr std::array kSvdVariants{
    VariantRule{"svd", {{{kLabel, Width, 768}}}},
    VariantRule{"sv3d-u", {{{kLabel, Width, 256}}}},
    VariantRule{"sv3d-p", {{{kLabel, Width, 1280}}}},
};

// Blocks of a UNet with four levels, with three, and with one residual block a level.
constexpr Completeness kFourLevels = blocks({"input_blocks.", 12}, {"output_blocks.", 12});
constexpr Completeness kThreeLevels = blocks({"input_blocks.", 9}, {"output_blocks.", 9});
constexpr Completeness kKoalaBlocks = blocks({"input_blocks.", 6}, {"output_blocks.", 6});

constexpr std::array kRules{
    diffusionModel({.name = "ldm_unet.sd1",
        .architecture = Architecture::Sd1,
        .conditions = {{{kIn, Dimension0, 320}, {kContext1, Width, 768}, {kLabel, Absent}}},
        .variants = kSd1Variants,
        .prediction = Epsilon,
        .whole = {.tensors = sdUnetTensors}}),
    videoModel({.name = "ldm_unet.svd",
        .architecture = Architecture::Svd,
        .conditions = {{{kIn, Dimension0, 320}, {kVideo, Exists}, {kContext1, Width, 1024}}},
        .variants = kSvdVariants,
        .prediction = VPrediction,
        .whole = kFourLevels}),
    diffusionModel({.name = "ldm_unet.sd2",
        .architecture = Architecture::Sd2,
        .conditions = {{{kIn, Dimension0, 320}, {kContext1, Width, 1024}, {kVideo, Absent}}},
        .variants = kSd2Variants,
        .whole = {.tensors = sdUnetTensors}}),
    diffusionModel({.name = "ldm_unet.sd_x4_upscaler",
        .architecture = Architecture::SdX4Upscaler,
        .conditions = {{{kIn, Dimension0, 256}, {kIn, Dimension1, 7}, {"label_emb.weight", Exists},
            {kContext4, Noted}}},
        .prediction = VPrediction,
        .whole = kFourLevels}),
    diffusionModel({.name = "ldm_unet.sdxl",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kIn, Dimension0, 320}, {kContext4, Width, 2048}, {kLabel, Width, 2816},
            {"input_blocks.7.1.transformer_blocks.9.norm1.weight", Exists}}},
        .variants = kSdxlVariants,
        .prediction = Epsilon,
        .whole = {.tensors = sdxlUnetTensors}}),
    diffusionModel({.name = "ldm_unet.sdxl_refiner",
        .architecture = Architecture::SdxlRefiner,
        .conditions = {{{kIn, Dimension0, 384}, {kContext4, Width, 1280}, {kLabel, Width, 2560}}},
        .variants = kSdxlVariants,
        .prediction = Epsilon,
        .whole = {.tensors = sdxlRefinerUnetTensors}}),
    // SDXL with fewer transformer blocks: 2 and 4, 1 and 2.
    diffusionModel({.name = "ldm_unet.ssd_1b",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kIn, Dimension0, 320}, {kContext4, Width, 2048}, {kLabel, Width, 2816},
            {"input_blocks.7.1.transformer_blocks.3.norm1.weight", Exists},
            {"input_blocks.7.1.transformer_blocks.4.norm1.weight", Absent}}},
        .variant = "ssd-1b",
        .prediction = Epsilon,
        .whole = kThreeLevels}),
    diffusionModel({.name = "ldm_unet.segmind_vega",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kIn, Dimension0, 320}, {kContext4, Width, 2048}, {kLabel, Width, 2816},
            {"input_blocks.7.1.transformer_blocks.1.norm1.weight", Exists},
            {"input_blocks.7.1.transformer_blocks.2.norm1.weight", Absent}}},
        .variant = "segmind-vega",
        .prediction = Epsilon,
        .whole = kThreeLevels}),
    // One residual block a level; 2 transformer blocks and 5 or 6.
    diffusionModel({.name = "ldm_unet.koala_700m",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kIn, Dimension0, 320}, {kContext3, Width, 2048}, {kLabel, Width, 2816},
            {"input_blocks.5.1.transformer_blocks.4.norm1.weight", Exists},
            {"input_blocks.5.1.transformer_blocks.5.norm1.weight", Absent}}},
        .variant = "koala-700m",
        .prediction = Epsilon,
        .whole = kKoalaBlocks}),
    diffusionModel({.name = "ldm_unet.koala_1b",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kIn, Dimension0, 320}, {kContext3, Width, 2048}, {kLabel, Width, 2816},
            {"input_blocks.5.1.transformer_blocks.5.norm1.weight", Exists}}},
        .variant = "koala-1b",
        .prediction = Epsilon,
        .whole = kKoalaBlocks}),
};

} // namespace

RuleTable ldmRules() { return kRules; }

} // namespace weightroom::engine
