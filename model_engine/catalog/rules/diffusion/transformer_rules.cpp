// SPDX-License-Identifier: GPL-3.0-or-later
//
// Transformers for pictures with the names of their authors. Where diffusers kept the names, one row is enough.
#include "model_engine/catalog/rules/rule_kinds.h"
#include "model_engine/catalog/rules/tables.h"

namespace weightroom::engine {
namespace {

using enum Look;
using enum PredictionType;

// SD3 and 3.5: 64 channels a block of depth, 24 blocks or 38.
constexpr std::string_view kSd3In = "x_embedder.proj.bias";
constexpr std::string_view kSd3Block = "joint_blocks.0.context_block.attn.qkv.bias";
constexpr std::string_view kSd3Norm = "joint_blocks.0.context_block.attn.ln_q.weight";
constexpr std::array kSd35Variants{
    VariantRule{.variant = "large", .conditions = {{{kSd3In, Dimension0, 2432}}}, .blocks = 38},
    VariantRule{"medium", {{{kSd3In, Dimension0, 1536}, {"joint_blocks.0.x_block.attn2.qkv.bias", Exists}}}},
};

constexpr std::array kSanaVariants{
    VariantRule{.variant = "600m", .conditions = {{{"attention_y_norm.weight", Dimension0, 1152}}}, .blocks = 28},
    VariantRule{"1600m", {{{"attention_y_norm.weight", Dimension0, 2240}, {"blocks.20.scale_shift_table", Absent}}}},
    VariantRule{.variant = "4800m",
        .conditions = {{{"attention_y_norm.weight", Dimension0, 2240}, {"blocks.20.scale_shift_table", Exists}}},
        .blocks = 60},
};

// Only the larger alpha models know the picture's shape; the length of the empty caption tells the others apart.
constexpr std::array kPixartVariants{
    VariantRule{"alpha", {{{"ar_embedder.mlp.0.bias", Exists}}}},
    VariantRule{"alpha", {{{"y_embedder.y_embedding", Dimension0, 120}}}},
    VariantRule{"sigma", {{{"y_embedder.y_embedding", Dimension0, 300}}}},
    VariantRule{"alpha-or-sigma", {{{"y_embedder.y_embedding", Absent}}}},
};

constexpr std::array kHunyuanDitVariants{
    VariantRule{"1.1", {{{"extra_embedder.0.weight", Width, 3968}}}},
    VariantRule{"1.2", {{{"extra_embedder.0.weight", Width, 1024}}}},
};

constexpr std::array kStageCVariants{
    VariantRule{"stage-c", {{{"clip_txt_mapper.bias", Dimension0, 2048}}}},
    VariantRule{"stage-c-lite", {{{"clip_txt_mapper.bias", Dimension0, 1536}}}},
};
constexpr std::array kStageBVariants{
    VariantRule{"stage-b", {{{"down_blocks.1.0.channelwise.0.weight", Width, 640}}}},
    VariantRule{"stage-b-lite", {{{"down_blocks.1.0.channelwise.0.weight", Width, 576}}}},
};

// The edit models before 2511 are built like the first one.
constexpr std::array kQwenVariants{
    VariantRule{"layered", {{{"time_text_embed.addition_t_embedding.weight", Exists}}}},
    VariantRule{"edit-2511", {{{"__index_timestep_zero__", Exists}}}},
    VariantRule{"", {}},
};

constexpr std::array kHunyuanImageVariants{
    VariantRule{"2.1-refiner", {{{"img_in.proj.bias", Dimension0, 3328}}}},
    VariantRule{"2.1", {{{"img_in.proj.bias", Dimension0, 3584}}}},
};

constexpr std::array kCosmosSizes{
    VariantRule{"2b", {{{"x_embedder.proj.1.weight", Dimension0, 2048}}}},
    VariantRule{.variant = "14b", .conditions = {{{"x_embedder.proj.1.weight", Dimension0, 5120}}}, .blocks = 36},
};
// (latent channels + a mask of the padding) × 4 pixels of a patch
constexpr std::array kCosmosFlavours{
    VariantRule{"t2i", {{{"x_embedder.proj.1.weight", Width, 68}}}},
    VariantRule{"v2w", {{{"x_embedder.proj.1.weight", Width, 72}}}},
};

constexpr std::string_view kHunyuanText = "txt_in.individual_token_refiner.blocks.0.norm1.weight";
constexpr std::string_view kCosmosBlock = "blocks.0.mlp.layer1.weight";
constexpr std::string_view kAnimaAdapter = "llm_adapter.blocks.0.cross_attn.q_proj.weight";

constexpr std::array kRules{
    diffusionModel({.name = "sd3.mmdit",
        .architecture = Architecture::Sd3,
        .conditions = {{{kSd3Block, Exists}, {kSd3Norm, Absent}, {kSd3In, Dimension0, 1536}}},
        .variant = "medium",
        .prediction = Flow,
        .whole = blocks({"joint_blocks.", 24})}),
    diffusionModel({.name = "sd3.5.mmdit",
        .architecture = Architecture::Sd35,
        .conditions = {{{kSd3Block, Exists}, {kSd3Norm, Exists}}},
        .variants = kSd35Variants,
        .prediction = Flow,
        .whole = blocks({"joint_blocks.", 24})}),
    diffusionModel({.name = "stable_cascade.stage_c",
        .architecture = Architecture::StableCascade,
        .conditions = {{{"clf.1.weight", Exists}, {"clip_txt_mapper.bias", Exists}}},
        .variants = kStageCVariants,
        .prediction = Epsilon,
        .whole = blocks({"down_blocks.0."}, {"down_blocks.1."}, {"up_blocks.0."})}),
    diffusionModel({.name = "stable_cascade.stage_b",
        .architecture = Architecture::StableCascade,
        .conditions = {{{"clf.1.weight", Exists}, {"clip_mapper.bias", Exists}}},
        .variants = kStageBVariants,
        .prediction = Epsilon,
        .whole = blocks({"down_blocks.0."}, {"down_blocks.1."}, {"up_blocks.0."})}),
    diffusionModel({.name = "auraflow.mmdit",
        .architecture = Architecture::AuraFlow,
        .conditions = {{{"double_layers.0.attn.w1q.weight", Exists}, {"cond_seq_linear.weight", Exists}}},
        .prediction = Flow,
        .whole = blocks({"double_layers.", 4}, {"single_layers.", 32})}),
    diffusionModel({.name = "hunyuan_dit.transformer",
        .architecture = Architecture::HunyuanDit,
        .conditions = {{{"mlp_t5.0.bias", Exists}, {"blocks.0.attn1.Wqkv.bias", Exists}}},
        .variants = kHunyuanDitVariants,
        .prediction = VPrediction,
        .whole = blocks({"blocks.", 40})}),
    // Before PixArt, whose keys it has too.
    diffusionModel({.name = "sana.transformer",
        .architecture = Architecture::Sana,
        .conditions = {{{"attention_y_norm.weight", Exists}, {"blocks.0.cross_attn.q_linear.bias", Exists}}},
        .variants = kSanaVariants,
        .prediction = Flow,
        .whole = blocks({"blocks.", 20})}),
    diffusionModel({.name = "pixart.transformer",
        .architecture = Architecture::Pixart,
        .conditions = {{{"t_block.1.bias", Exists}, {"y_embedder.y_proj.fc1.bias", Exists},
            {"blocks.0.cross_attn.q_linear.bias", Dimension0, 1152}}},
        .variants = kPixartVariants,
        .prediction = Epsilon,
        .whole = blocks({"blocks.", 28})}),
    diffusionModel({.name = "hunyuan_image.transformer",
        .architecture = Architecture::HunyuanImage,
        .conditions = {{{kHunyuanText, Exists}, {"img_in.proj.weight", Rank, 4}, {"byt5_in.fc1.bias", Noted}}},
        .variants = kHunyuanImageVariants,
        .prediction = Flow,
        .whole = blocks({"double_blocks.", 20}, {"single_blocks.", 40})}),
    diffusionModel({.name = "hunyuan_image.refiner",
        .architecture = Architecture::HunyuanImage,
        .conditions = {{{kHunyuanText, Exists}, {"img_in.proj.bias", Dimension0, 3328}}},
        .variants = kHunyuanImageVariants,
        .prediction = Flow,
        .whole = blocks({"double_blocks."}, {"single_blocks."})}),
    diffusionModel({.name = "qwen_image.transformer",
        .architecture = Architecture::QwenImage,
        .conditions = {{{"txt_norm.weight", Dimension0, 3584}, {"img_in.bias", Dimension0, 3072},
            {"transformer_blocks.0.attn.norm_added_k.weight", Exists}}},
        .variants = kQwenVariants,
        .prediction = Flow,
        .whole = blocks({"transformer_blocks.", 60})}),
    // diffusers keeps these names.
    diffusionModel({.name = "z_image.transformer",
        .architecture = Architecture::ZImage,
        .conditions = {{{"cap_embedder.1.bias", Dimension0, 3840}, {"layers.0.adaLN_modulation.0.bias", Exists},
            {"noise_refiner.0.attention_norm1.weight", Exists}}},
        .prediction = Flow,
        .whole = blocks({"layers.", 30}, {"noise_refiner.", 2}, {"context_refiner.", 2})}),
    diffusionModel({.name = "lumina2.transformer",
        .architecture = Architecture::Lumina2,
        .conditions = {{{"cap_embedder.1.bias", Dimension0, 2304}, {"layers.0.adaLN_modulation.1.bias", Exists},
            {"noise_refiner.0.attention_norm1.weight", Exists}}},
        .prediction = Flow,
        .whole = blocks({"layers.", 26}, {"noise_refiner.", 2}, {"context_refiner.", 2})}),
    diffusionModel({.name = "hidream.transformer",
        .architecture = Architecture::HiDream,
        .conditions = {{{"caption_projection.0.linear.weight", Exists},
            {"double_stream_blocks.0.block.adaLN_modulation.1.bias", Exists}}},
        .prediction = Flow,
        .problem = ModelProblem::NoImagePipeline,
        .whole = blocks({"double_stream_blocks.", 16}, {"single_stream_blocks.", 32})}),
    diffusionModel({.name = "omnigen2.transformer",
        .architecture = Architecture::OmniGen2,
        .conditions = {{{"time_caption_embed.timestep_embedder.linear_1.bias", Exists},
            {"ref_image_patch_embedder.bias", Exists}}},
        .prediction = Flow,
        .problem = ModelProblem::NoImagePipeline,
        .whole = blocks({"layers.", 26}, {"noise_refiner.", 2}, {"context_refiner.", 2})}),
    diffusionModel({.name = "anima.transformer",
        .architecture = Architecture::Anima,
        .conditions = {{{kCosmosBlock, Exists}, {"x_embedder.proj.1.weight", Exists}, {kAnimaAdapter, Exists}}},
        .prediction = Flow,
        .whole = blocks({"blocks.", 28}, {"llm_adapter.blocks.", 6})}),
    diffusionModel({.name = "cosmos_predict2.transformer",
        .architecture = Architecture::CosmosPredict2,
        .conditions = {{{kCosmosBlock, Exists}, {"x_embedder.proj.1.weight", Exists}, {kAnimaAdapter, Absent}}},
        .variants = kCosmosSizes,
        .flavours = kCosmosFlavours,
        .prediction = Flow,
        .whole = blocks({"blocks.", 28})}),
};

} // namespace

RuleTable transformerRules() { return kRules; }

} // namespace weightroom::engine
