// SPDX-License-Identifier: GPL-3.0-or-later
//
// ControlNets, asked for before the diffusion models of which they are a copy.
#include "model_engine/catalog/rules/known_tensors.h"
#include "model_engine/catalog/rules/rule_kinds.h"
#include "model_engine/catalog/rules/tables.h"

namespace weightroom::engine {
namespace {

using enum Look;

// LDM names
constexpr std::string_view kZero = "zero_convs.0.0.weight";
constexpr std::string_view kContext1 = "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight";
constexpr std::string_view kContext4 = "input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight";
constexpr std::string_view kLabel = "label_emb.0.0.weight";

// diffusers' names
constexpr std::string_view kHint = "controlnet_cond_embedding.conv_in.weight";
constexpr std::string_view kDownContext0 = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight";
constexpr std::string_view kDownContext1 = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight";
constexpr std::string_view kAddEmbedding = "add_embedding.linear_1.weight";

// Control-LoRAs: the second factor of the same layers
constexpr std::string_view kControlLora = "lora_controlnet";
constexpr std::string_view kLoraContext1 = "input_blocks.1.1.transformer_blocks.0.attn2.to_k.down";
constexpr std::string_view kLoraContext4 = "input_blocks.4.1.transformer_blocks.0.attn2.to_k.down";

constexpr std::string_view kFluxBlock = "double_blocks.0.img_attn.norm.key_norm.scale";
constexpr std::string_view kBlock = "controlnet_blocks.0.weight";
constexpr std::uint64_t kFluxWidth = 3072;

/// The weights are what is to be added to the UNet's own.
constexpr std::array kLdmVariants{
    VariantRule{"difference", {{{"/difference", Exists}}}},
    VariantRule{"", {}},
};
// One row for each kind of control.
constexpr std::array kUnionVariants{
    VariantRule{"union-promax", {{{"task_embedding", Dimension0, 8}}}},
    VariantRule{"union", {{{"task_embedding", Exists}}}},
    VariantRule{"", {}},
};
constexpr std::array kFluxVariants{
    VariantRule{"union", {{{"controlnet_mode_embedder.weight", Exists}}}},
    VariantRule{"", {}},
};

constexpr std::array kRules{
    controlnet({.name = "control_lora.sdxl",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kControlLora, Exists}, {kLoraContext4, LastDimension, 2048}}},
        .variant = "control-lora"}),
    controlnet({.name = "control_lora.sd1",
        .architecture = Architecture::Sd1,
        .conditions = {{{kControlLora, Exists}, {kLoraContext1, LastDimension, 768}}},
        .variant = "control-lora"}),
    controlnet({.name = "control_lora.sd2",
        .architecture = Architecture::Sd2,
        .conditions = {{{kControlLora, Exists}, {kLoraContext1, LastDimension, 1024}}},
        .variant = "control-lora"}),
    controlnet({.name = "control_lora.unknown_base",
        .conditions = {{{kControlLora, Exists}}},
        .variant = "control-lora",
        .confidence = 0.5}),
    controlnet({.name = "ldm_controlnet.sd1",
        .architecture = Architecture::Sd1,
        .conditions = {{{kZero, Exists}, {kContext1, Width, 768}}},
        .variants = kLdmVariants,
        .whole = {.tensors = sdControlnetTensors}}),
    controlnet({.name = "ldm_controlnet.sd2",
        .architecture = Architecture::Sd2,
        .conditions = {{{kZero, Exists}, {kContext1, Width, 1024}}},
        .variants = kLdmVariants,
        .whole = {.tensors = sdControlnetTensors}}),
    controlnet({.name = "ldm_controlnet.sdxl",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kZero, Exists}, {kContext4, Width, 2048}}},
        .variants = kLdmVariants,
        .whole = {.tensors = sdxlControlnetTensors}}),
    controlnet({.name = "ldm_controlnet.sdxl_small",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kZero, Exists}, {kLabel, Width, 2816}}},
        .variants = kLdmVariants}),
    controlnet({.name = "diffusers_controlnet.sd1",
        .architecture = Architecture::Sd1,
        .conditions = {{{kHint, Exists}, {kDownContext0, Width, 768}}}}),
    controlnet({.name = "diffusers_controlnet.sd2",
        .architecture = Architecture::Sd2,
        .conditions = {{{kHint, Exists}, {kDownContext0, Width, 1024}}}}),
    controlnet({.name = "diffusers_controlnet.sdxl",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kHint, Exists}, {kDownContext1, Width, 2048}}},
        .variants = kUnionVariants}),
    // The small ones have no attention in them; the embedding of sizes is SDXL's.
    controlnet({.name = "diffusers_controlnet.sdxl_small",
        .architecture = Architecture::Sdxl,
        .conditions = {{{kHint, Exists}, {kAddEmbedding, Width, 2816}}}}),
    controlnet({.name = "controlnet_lllite.sdxl",
        .architecture = Architecture::Sdxl,
        .conditions = {{{"lllite_unet", AnyBelow}}},
        .variant = "lllite"}),
    controlnet({.name = "controlnet_lllite.anima",
        .architecture = Architecture::Anima,
        .conditions = {{{"lllite_dit_blocks", AnyBelow}}},
        .variant = "lllite"}),
    controlnet({.name = "flux_controlnet.xlabs",
        .architecture = Architecture::Flux,
        .conditions = {{{"controlnet_blocks.0.bias", Dimension0, kFluxWidth}, {kFluxBlock, Exists}}}}),
    controlnet({.name = "flux_controlnet.mistoline",
        .architecture = Architecture::Flux,
        .conditions = {{{"controlnet_blocks.0.linear.bias", Dimension0, kFluxWidth}, {kFluxBlock, Exists}}}}),
    controlnet({.name = "qwen_controlnet.diffusers",
        .architecture = Architecture::QwenImage,
        .conditions = {{{"controlnet_x_embedder.bias", Exists}, {"txt_norm.weight", Exists},
            {"transformer_blocks.0.img_mlp.net.0.proj.bias", Exists}}}}),
    controlnet({.name = "qwen_controlnet.diffsynth",
        .architecture = Architecture::QwenImage,
        .conditions = {{{"controlnet_blocks.0.input_proj.weight", Exists}, {"controlnet_blocks.0.x_rms.weight", Exists},
            {"img_in.weight", Exists}}}}),
    controlnet({.name = "flux_controlnet.diffusers",
        .architecture = Architecture::Flux,
        .conditions = {{{"controlnet_x_embedder.bias", Dimension0, kFluxWidth}, {"context_embedder.bias", Exists},
            {"transformer_blocks.0.attn.norm_added_k.weight", Exists}}},
        .variants = kFluxVariants}),
    controlnet({.name = "sd3_controlnet.stability",
        .architecture = Architecture::Sd35,
        .conditions = {{{kBlock, Exists}, {"pos_embed_input.proj.weight", Exists},
            {"transformer_blocks.0.adaLN_modulation.1.bias", Exists}}},
        .variant = "large"}),
    controlnet({.name = "sd3_controlnet.diffusers",
        .architecture = Architecture::Sd3,
        .conditions = {{{kBlock, Exists}, {"pos_embed_input.proj.weight", Exists},
            {"transformer_blocks.0.adaLN_modulation.1.bias", Absent}}}}),
    controlnet({.name = "hunyuan_dit_controlnet",
        .architecture = Architecture::HunyuanDit,
        .conditions = {{{"after_proj_list.18.bias", Exists}}}}),
    controlnet({.name = "z_image_controlnet",
        .architecture = Architecture::ZImage,
        .conditions = {{{"control_layers.0.adaLN_modulation.0.bias", Exists},
            {"control_all_x_embedder.2-1.bias", Noted}}}}),
    // Nothing tells their base.
    controlnet({.name = "ldm_controlnet.unknown_base",
        .conditions = {{{kZero, Exists}, {"input_hint_block.0.weight", Exists}}},
        .confidence = 0.5}),
    controlnet({.name = "diffusers_controlnet.unknown_base",
        .conditions = {{{kHint, Exists}, {"controlnet_down_blocks.0.weight", Exists}}},
        .confidence = 0.5}),
};

} // namespace

RuleTable controlnetRules() { return kRules; }

} // namespace weightroom::engine
