// SPDX-License-Identifier: GPL-3.0-or-later
//
// T2I-Adapters, IP-Adapters, motion modules, hypernetworks.
#include "model_engine/catalog/rules/rule_kinds.h"
#include "model_engine/catalog/rules/tables.h"

namespace weightroom::engine {
namespace {

using enum Look;

constexpr PartRule t2iAdapter(PartRule rule) { return adapter(ModelKind::T2iAdapter, rule); }

constexpr PartRule ipAdapter(PartRule rule) { return adapter(ModelKind::IpAdapter, rule); }

constexpr PartRule motionModule(PartRule rule) { return adapter(ModelKind::MotionModule, rule); }

constexpr PartRule hypernetwork(PartRule rule) { return adapter(ModelKind::Hypernetwork, rule); }

// The picture is folded by 8 (SD1) or 16 (SDXL): 64 or 256 inputs for each channel of a grey or colour picture.
constexpr std::string_view kT2iIn = "conv_in.weight";
constexpr std::string_view kT2iBody = "body.0.";
constexpr std::string_view kLightIn = "body.0.in_conv.weight";

constexpr std::string_view kIpKey = "ip_adapter.1.to_k_ip.weight"; // [channels, width of the context]
// Which encoder's features it takes shows in the width of its first layer. Plain ones take the projected features
// (ViT-L 768, ViT-H 1024, ViT-bigG 1280), the others the last hidden layer (ViT-L 1024, ViT-H 1280, ViT-bigG 1664,
// SigLIP 1152).
constexpr std::string_view kIpPlain = "image_proj.proj.weight";
constexpr std::string_view kIpFace = "image_proj.proj.0.weight";
constexpr std::string_view kIpFacePlus = "image_proj.perceiver_resampler.proj_in.weight";
constexpr std::string_view kIpPlus = "image_proj.proj_in.weight";
constexpr std::string_view kIpLatents = "image_proj.latents";
constexpr std::array kIpVariants{
    VariantRule{"faceid-plus-vit-h", {{{kIpFacePlus, LastDimension, 1280}}}},
    VariantRule{"faceid-plus-vit-bigg", {{{kIpFacePlus, LastDimension, 1664}}}},
    VariantRule{"faceid-plus", {{{kIpFacePlus, Exists}}}},
    VariantRule{"faceid", {{{kIpFace, LastDimension, 512}}}},
    VariantRule{"full-face-vit-h", {{{kIpFace, LastDimension, 1280}}}},
    VariantRule{"full-face-vit-bigg", {{{kIpFace, LastDimension, 1664}}}},
    VariantRule{"siglip", {{{kIpFace, LastDimension, 1152}}}},
    VariantRule{"full-face", {{{kIpFace, Exists}}}},
    VariantRule{"plus-vit-l", {{{kIpPlus, LastDimension, 1024}, {kIpLatents, Exists}}}},
    VariantRule{"plus-vit-h", {{{kIpPlus, LastDimension, 1280}, {kIpLatents, Exists}}}},
    VariantRule{"plus-vit-bigg", {{{kIpPlus, LastDimension, 1664}, {kIpLatents, Exists}}}},
    VariantRule{"plus-siglip", {{{kIpPlus, LastDimension, 1152}, {kIpLatents, Exists}}}},
    VariantRule{"plus", {{{kIpLatents, Exists}}}},
    VariantRule{"vit-l", {{{kIpPlain, LastDimension, 768}}}},
    VariantRule{"vit-h", {{{kIpPlain, LastDimension, 1024}}}},
    VariantRule{"vit-bigg", {{{kIpPlain, LastDimension, 1280}}}},
    VariantRule{"siglip", {{{kIpPlain, LastDimension, 1152}}}},
    VariantRule{"", {}},
};
constexpr std::array kXlabsVariants{
    VariantRule{"xlabs-vit-l", {{{"ip_adapter_proj_model.proj.weight", LastDimension, 768}}}},
    VariantRule{"xlabs", {}},
};
constexpr std::array kReduxVariants{
    VariantRule{"redux-siglip", {{{"redux_up.weight", LastDimension, 1152}}}},
    VariantRule{"redux", {}},
};

constexpr std::string_view kAnimateDiff =
    "down_blocks.0.motion_modules.0.temporal_transformer.transformer_blocks.0.attention_blocks.0.pos_encoder.pe";
constexpr std::string_view kDiffusersMotion = "down_blocks.0.motion_modules.0.transformer_blocks.0.pos_embed.pe";
constexpr std::array kMotionVariants{
    VariantRule{"animatediff-v2", {{{"mid_block.motion_modules.0.temporal_transformer.norm.bias", Exists}}}},
    VariantRule{"animatediff", {}},
};
constexpr std::array kDiffusersMotionVariants{
    VariantRule{"animatediff-v2", {{{"mid_block.motion_modules.0.norm.bias", Exists}}}},
    VariantRule{"animatediff", {}},
};

constexpr std::array kRules{
    t2iAdapter({.name = "t2i_adapter.sd1_colour",
        .architecture = Architecture::Sd1,
        .conditions = {{{kT2iIn, Dimension1, 192}, {kT2iIn, Dimension0, 320}, {kT2iBody, AnyBelow}}}}),
    t2iAdapter({.name = "t2i_adapter.sd1_grey",
        .architecture = Architecture::Sd1,
        .conditions = {{{kT2iIn, Dimension1, 64}, {kT2iIn, Dimension0, 320}, {kT2iBody, AnyBelow}}}}),
    t2iAdapter({.name = "t2i_adapter.sdxl_colour",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kT2iIn, Dimension1, 768}, {kT2iIn, Dimension0, 320}, {kT2iBody, AnyBelow}}}}),
    t2iAdapter({.name = "t2i_adapter.sdxl_grey",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kT2iIn, Dimension1, 256}, {kT2iIn, Dimension0, 320}, {kT2iBody, AnyBelow}}}}),
    t2iAdapter({.name = "t2i_adapter.light_colour",
        .architecture = Architecture::Sd1,
        .conditions = {{{kLightIn, Dimension1, 192}, {kT2iIn, Absent}}},
        .variant = "light"}),
    t2iAdapter({.name = "t2i_adapter.light_grey",
        .architecture = Architecture::Sd1,
        .conditions = {{{kLightIn, Dimension1, 64}, {kT2iIn, Absent}}},
        .variant = "light"}),

    ipAdapter({.name = "ip_adapter.sd1",
        .architecture = Architecture::Sd1,
        .conditions = {{{kIpKey, Width, 768}}},
        .variants = kIpVariants}),
    ipAdapter({.name = "ip_adapter.sd2",
        .architecture = Architecture::Sd2,
        .conditions = {{{kIpKey, Width, 1024}}},
        .variants = kIpVariants}),
    ipAdapter({.name = "ip_adapter.sdxl",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kIpKey, Width, 2048}}},
        .variants = kIpVariants}),
    ipAdapter({.name = "ip_adapter.xlabs",
        .architecture = Architecture::Flux,
        .conditions = {{{"ip_adapter_proj_model.", AnyBelow}}},
        .variants = kXlabsVariants}),
    // A style model that translates pictures for Flux: no adapter of its attention, but used as one.
    ipAdapter({.name = "flux_redux",
        .architecture = Architecture::Flux,
        .conditions = {{{"redux_down.weight", Exists}, {"redux_up.weight", Exists}}},
        .variants = kReduxVariants}),
    ipAdapter({.name = "ip_adapter.unknown_base",
        .conditions = {{{"image_proj.", AnyBelow}, {"ip_adapter.", AnyBelow}}},
        .variants = kIpVariants,
        .confidence = 0.5}),

    motionModule({.name = "motion_module.animatediff_sdxl",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kAnimateDiff, LastDimension, 320},
            {"down_blocks.3.motion_modules.0.temporal_transformer.norm.bias", Absent}}},
        .variants = kMotionVariants}),
    motionModule({.name = "motion_module.animatediff_sd1",
        .architecture = Architecture::Sd1,
        .conditions = {{{kAnimateDiff, LastDimension, 320},
            {"down_blocks.3.motion_modules.0.temporal_transformer.norm.bias", Exists}}},
        .variants = kMotionVariants}),
    motionModule({.name = "motion_module.diffusers_sdxl",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kDiffusersMotion, LastDimension, 320}, {"down_blocks.3.motion_modules.0.norm.bias", Absent}}},
        .variants = kDiffusersMotionVariants}),
    motionModule({.name = "motion_module.diffusers_sd1",
        .architecture = Architecture::Sd1,
        .conditions = {{{kDiffusersMotion, LastDimension, 320}, {"down_blocks.3.motion_modules.0.norm.bias", Exists}}},
        .variants = kDiffusersMotionVariants}),
    motionModule({.name = "motion_module.hotshot_xl",
        .architecture = Architecture::Sdxl,
        .conditions = {{{"down_blocks.0.temporal_attentions.0.", AnyBelow}}},
        .variant = "hotshot-xl"}),

    // A pair of networks for each width of the context that they change.
    hypernetwork({.name = "hypernetwork.sd1",
        .architecture = Architecture::Sd1,
        .conditions = {{{"768.0.linear.0.weight", LastDimension, 768}}}}),
    hypernetwork({.name = "hypernetwork.sd2",
        .architecture = Architecture::Sd2,
        .conditions = {{{"1024.0.linear.0.weight", LastDimension, 1024}}}}),
    hypernetwork({.name = "hypernetwork.unknown_base",
        .conditions = {{{"320.0.linear.0.weight", LastDimension, 320}}},
        .confidence = 0.5}),
};

} // namespace

RuleTable adapterRules() { return kRules; }

} // namespace weightroom::engine
