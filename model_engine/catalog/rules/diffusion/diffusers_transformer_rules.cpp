// SPDX-License-Identifier: GPL-3.0-or-later
//
// Transformers for pictures with the names that diffusers gave them.
#include "model_engine/catalog/rules/rule_kinds.h"
#include "model_engine/catalog/rules/tables.h"

namespace weightroom::engine {
namespace {

using enum Look;
using enum PredictionType;

constexpr std::string_view kPosition = "pos_embed.proj.bias"; // [width]
constexpr std::string_view kJointAttention = "transformer_blocks.0.attn.add_q_proj.bias";
constexpr std::string_view kKeyNorm = "transformer_blocks.0.attn.norm_k.weight";
constexpr std::string_view kPooledText = "time_text_embed.text_embedder.linear_1.bias";

constexpr std::array kSd35Variants{
    VariantRule{.variant = "large", .conditions = {{{kPosition, Dimension0, 2432}}}, .blocks = 38},
    VariantRule{"medium", {{{kPosition, Dimension0, 1536}, {"transformer_blocks.0.attn2.to_q.bias", Exists}}}},
};

// Sigma and the smaller alpha models do not know the picture's shape.
constexpr std::array kPixartVariants{
    VariantRule{"alpha", {{{"adaln_single.emb.resolution_embedder.linear_1.bias", Exists}}}},
    VariantRule{"alpha-or-sigma", {{{"adaln_single.emb.resolution_embedder.linear_1.bias", Absent}}}},
};

constexpr std::array kSanaVariants{
    VariantRule{.variant = "600m", .conditions = {{{"caption_norm.weight", Dimension0, 1152}}}, .blocks = 28},
    VariantRule{
        "1600m", {{{"caption_norm.weight", Dimension0, 2240}, {"transformer_blocks.20.scale_shift_table", Absent}}}},
    VariantRule{.variant = "4800m",
        .conditions = {{{"caption_norm.weight", Dimension0, 2240},
            {"transformer_blocks.20.scale_shift_table", Exists}}},
        .blocks = 60},
};

constexpr std::array kCosmosSizes{
    VariantRule{"2b", {{{"patch_embed.proj.weight", Dimension0, 2048}}}},
    VariantRule{.variant = "14b", .conditions = {{{"patch_embed.proj.weight", Dimension0, 5120}}}, .blocks = 36},
};
constexpr std::array kCosmosFlavours{
    VariantRule{"t2i", {{{"patch_embed.proj.weight", Width, 68}}}},
    VariantRule{"v2w", {{{"patch_embed.proj.weight", Width, 72}}}},
};

constexpr std::array kRules{
    diffusionModel({.name = "sd3.diffusers",
        .architecture = Architecture::Sd3,
        .conditions = {{{kJointAttention, Exists}, {kPosition, Dimension0, 1536}, {kPooledText, Exists},
            {kKeyNorm, Absent}}},
        .variant = "medium",
        .prediction = Flow,
        .whole = blocks({"transformer_blocks.", 24})}),
    diffusionModel({.name = "sd3.5.diffusers",
        .architecture = Architecture::Sd35,
        .conditions = {{{kJointAttention, Exists}, {kPosition, Exists}, {kPooledText, Exists}, {kKeyNorm, Exists}}},
        .variants = kSd35Variants,
        .prediction = Flow,
        .whole = blocks({"transformer_blocks.", 24})}),
    diffusionModel({.name = "pixart.diffusers",
        .architecture = Architecture::Pixart,
        .conditions = {{{"adaln_single.emb.timestep_embedder.linear_1.bias", Exists}, {kPosition, Dimension0, 1152}}},
        .variants = kPixartVariants,
        .prediction = Epsilon,
        .whole = blocks({"transformer_blocks.", 28})}),
    diffusionModel({.name = "auraflow.diffusers",
        .architecture = Architecture::AuraFlow,
        .conditions = {{{"joint_transformer_blocks.0.attn.add_k_proj.weight", Exists},
            {"time_step_proj.linear_1.bias", Exists}}},
        .prediction = Flow,
        .whole = blocks({"joint_transformer_blocks.", 4}, {"single_transformer_blocks.", 32})}),
    diffusionModel({.name = "hunyuan_dit.diffusers",
        .architecture = Architecture::HunyuanDit,
        .conditions = {{{"text_embedding_padding", Exists}, {"time_extra_emb.pooler.k_proj.bias", Exists},
            {"blocks.0.attn2.to_q.bias", Exists}}},
        .prediction = VPrediction,
        .whole = blocks({"blocks.", 40})}),
    diffusionModel({.name = "sana.diffusers",
        .architecture = Architecture::Sana,
        .conditions = {{{"caption_norm.weight", Exists}, {"transformer_blocks.0.ff.conv_inverted.bias", Exists}}},
        .variants = kSanaVariants,
        .prediction = Flow,
        .whole = blocks({"transformer_blocks.", 20})}),
    diffusionModel({.name = "lumina2.diffusers",
        .architecture = Architecture::Lumina2,
        .conditions = {{{"time_caption_embed.caption_embedder.1.bias", Dimension0, 2304},
            {"layers.0.norm1.linear.bias", Exists}, {"ref_image_patch_embedder.bias", Absent}}},
        .prediction = Flow,
        .whole = blocks({"layers.", 26}, {"noise_refiner.", 2}, {"context_refiner.", 2})}),
    diffusionModel({.name = "hunyuan_image.diffusers",
        .architecture = Architecture::HunyuanImage,
        .conditions = {{{"context_embedder.token_refiner.refiner_blocks.0.norm1.weight", Exists},
            {"x_embedder.proj.weight", Rank, 4}}},
        .variant = "2.1",
        .prediction = Flow,
        .whole = blocks({"transformer_blocks.", 20}, {"single_transformer_blocks.", 40})}),
    // Cosmos 1 learned its positions.
    diffusionModel({.name = "cosmos_predict2.diffusers",
        .architecture = Architecture::CosmosPredict2,
        .conditions = {{{"time_embed.t_embedder.linear_1.weight", Exists},
            {"transformer_blocks.0.norm1.linear_1.weight", Exists}, {"learnable_pos_embed.pos_emb_t", Absent}}},
        .variants = kCosmosSizes,
        .flavours = kCosmosFlavours,
        .prediction = Flow,
        .whole = blocks({"transformer_blocks.", 28})}),
};

} // namespace

RuleTable diffusersTransformerRules() { return kRules; }

} // namespace weightroom::engine
