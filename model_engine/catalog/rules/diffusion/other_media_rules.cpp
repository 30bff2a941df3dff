// SPDX-License-Identifier: GPL-3.0-or-later
//
// Diffusion models that make no pictures: they are known and can be kept, and the answer says what they are.
#include "model_engine/catalog/rules/rule_kinds.h"
#include "model_engine/catalog/rules/tables.h"

namespace weightroom::engine {
namespace {

using enum Look;
using enum PredictionType;

constexpr std::array kWanSizes{
    VariantRule{"1.3b", {{{"head.modulation", LastDimension, 1536}}}},
    VariantRule{"5b", {{{"head.modulation", LastDimension, 3072}}}},
    VariantRule{.variant = "14b", .conditions = {{{"head.modulation", LastDimension, 5120}}}, .blocks = 40},
};
constexpr std::string_view kWanIn = "patch_embedding.weight"; // [width, latent channels and conditions, 1, 2, 2]
constexpr std::array kWanFlavours{
    VariantRule{"vace", {{{"vace_patch_embedding.weight", Exists}}}},
    VariantRule{"camera", {{{"control_adapter.conv.weight", Exists}}}},
    VariantRule{"s2v", {{{"casual_audio_encoder.encoder.final_linear.weight", Exists}}}},
    VariantRule{"humo", {{{"audio_proj.audio_proj_glob_1.layer.bias", Exists}}}},
    VariantRule{"animate", {{{"face_adapter.fuser_blocks.0.k_norm.weight", Exists}}}},
    VariantRule{"flf2v", {{{"img_emb.emb_pos", Exists}}}},
    VariantRule{"i2v", {{{"img_emb.proj.0.bias", Exists}}}},
    VariantRule{"i2v", {{{kWanIn, Dimension1, 36}}}},
    VariantRule{"ti2v", {{{kWanIn, Dimension1, 48}}}},
    VariantRule{"t2v", {{{kWanIn, Dimension1, 16}}}},
};
constexpr std::string_view kDiffusersWanTime = "condition_embedder.time_embedder.linear_1.bias";
constexpr std::array kDiffusersWanSizes{
    VariantRule{"1.3b", {{{kDiffusersWanTime, Dimension0, 1536}}}},
    VariantRule{"5b", {{{kDiffusersWanTime, Dimension0, 3072}}}},
    VariantRule{.variant = "14b", .conditions = {{{kDiffusersWanTime, Dimension0, 5120}}}, .blocks = 40},
};
constexpr std::array kDiffusersWanFlavours{
    VariantRule{"vace", {{{"vace_patch_embedding.weight", Exists}}}},
    VariantRule{"i2v", {{{"condition_embedder.image_embedder.norm1.weight", Exists}}}},
    VariantRule{"i2v", {{{kWanIn, Dimension1, 36}}}},
    VariantRule{"ti2v", {{{kWanIn, Dimension1, 48}}}},
    VariantRule{"t2v", {{{kWanIn, Dimension1, 16}}}},
};

constexpr std::array kLtxSizes{
    VariantRule{"2b", {{{"patchify_proj.bias", Dimension0, 2048}}}},
    VariantRule{.variant = "13b", .conditions = {{{"patchify_proj.bias", Dimension0, 4096}}}, .blocks = 48},
};
constexpr std::array kDiffusersLtxSizes{
    VariantRule{"2b", {{{"proj_in.bias", Dimension0, 2048}}}},
    VariantRule{.variant = "13b", .conditions = {{{"proj_in.bias", Dimension0, 4096}}}, .blocks = 48},
};

// Latent channels, the first picture's as well, and a mask.
constexpr std::array kHunyuanVideoVariants{
    VariantRule{"1.5", {{{"vision_in.proj.0.bias", Exists}}}},
    VariantRule{"t2v", {{{"img_in.proj.weight", Dimension1, 16}}}},
    VariantRule{"skyreels-i2v", {{{"img_in.proj.weight", Dimension1, 32}}}},
    VariantRule{"i2v", {{{"img_in.proj.weight", Dimension1, 33}}}},
};
constexpr std::array kDiffusersHunyuanVideoVariants{
    VariantRule{"t2v", {{{"x_embedder.proj.weight", Dimension1, 16}}}},
    VariantRule{"i2v", {{{"x_embedder.proj.weight", Dimension1, 33}}}},
};

constexpr std::string_view kCosmosQuery = "blocks.block0.blocks.0.block.attn.to_q.1.weight"; // its norm: never packed
constexpr std::array kCosmosSizes{
    VariantRule{"7b",
        {{{"blocks.block27.blocks.0.block.attn.to_q.1.weight", Exists},
            {"blocks.block28.blocks.0.block.attn.to_q.1.weight", Absent}}}},
    VariantRule{"14b", {{{"blocks.block35.blocks.0.block.attn.to_q.1.weight", Exists}}}},
};

constexpr std::array kDiffusersCosmosSizes{
    VariantRule{"7b", {{{"time_embed.norm.weight", Dimension0, 4096}}}},
    VariantRule{.variant = "14b", .conditions = {{{"time_embed.norm.weight", Dimension0, 5120}}}, .blocks = 36},
};

constexpr std::array kKandinskyVideoSizes{
    VariantRule{"video-lite", {{{"visual_embeddings.in_layer.bias", Dimension0, 1792}}}},
    VariantRule{
        .variant = "video-pro", .conditions = {{{"visual_embeddings.in_layer.bias", Dimension0, 4096}}}, .blocks = 60},
};

constexpr PartRule audioModel(PartRule rule)
{
    rule.problem = ModelProblem::AudioModel;
    return diffusionModel(rule);
}

constexpr PartRule shapeModel(PartRule rule)
{
    rule.problem = ModelProblem::ShapeModel;
    return diffusionModel(rule);
}

constexpr std::array kRules{
    videoModel({.name = "hunyuan_video.transformer",
        .architecture = Architecture::HunyuanVideo,
        .conditions = {{{"txt_in.individual_token_refiner.blocks.0.norm1.weight", Exists},
            {"img_in.proj.weight", Rank, 5}}},
        .variants = kHunyuanVideoVariants,
        .prediction = Flow,
        .whole = blocks({"double_blocks.", 20}, {"single_blocks."})}),
    videoModel({.name = "hunyuan_video.diffusers",
        .architecture = Architecture::HunyuanVideo,
        .conditions = {{{"context_embedder.token_refiner.refiner_blocks.0.norm1.weight", Exists},
            {"x_embedder.proj.weight", Rank, 5}}},
        .variants = kDiffusersHunyuanVideoVariants,
        .prediction = Flow,
        .whole = blocks({"transformer_blocks.", 20}, {"single_transformer_blocks."})}),
    videoModel({.name = "mochi.transformer",
        .architecture = Architecture::Mochi,
        .conditions = {{{"t5_yproj.bias", Exists}, {"blocks.0.attn.k_norm_x.weight", Exists}}},
        .prediction = Flow,
        .whole = blocks({"blocks.", 48})}),
    videoModel({.name = "mochi.diffusers",
        .architecture = Architecture::Mochi,
        .conditions = {{{"patch_embed.proj.weight", Dimension1, 12},
            {"transformer_blocks.0.attn1.norm_added_k.weight", Exists},
            {"transformer_blocks.0.norm1_context.linear.bias", Exists}}},
        .prediction = Flow,
        .whole = blocks({"transformer_blocks.", 48})}),
    videoModel({.name = "ltx2.transformer",
        .architecture = Architecture::Ltx2,
        .conditions = {{{"av_ca_a2v_gate_adaln_single.emb.timestep_embedder.linear_1.bias", Exists},
            {"audio_patchify_proj.bias", Exists}}},
        .prediction = Flow,
        .whole = blocks({"transformer_blocks.", 48})}),
    // PixArt has a position embedding besides.
    videoModel({.name = "ltx.transformer",
        .architecture = Architecture::Ltx,
        .conditions = {{{"adaln_single.emb.timestep_embedder.linear_1.bias", Exists}, {"patchify_proj.bias", Exists},
            {"pos_embed.proj.bias", Absent}}},
        .variants = kLtxSizes,
        .prediction = Flow,
        .whole = blocks({"transformer_blocks.", 28})}),
    videoModel({.name = "ltx.diffusers",
        .architecture = Architecture::Ltx,
        .conditions = {{{"time_embed.emb.timestep_embedder.linear_1.bias", Exists}, {"proj_in.bias", Exists},
            {"transformer_blocks.0.attn1.norm_k.weight", Exists}, {"pos_embed.proj.bias", Absent}}},
        .variants = kDiffusersLtxSizes,
        .prediction = Flow,
        .whole = blocks({"transformer_blocks.", 28})}),
    audioModel({.name = "ace_step.transformer",
        .architecture = Architecture::AceStep,
        .conditions = {{{"genre_embedder.bias", Exists}, {"lyric_embs.weight", Exists}}},
        .prediction = Flow,
        .whole = blocks({"transformer_blocks."})}),
    audioModel({.name = "ace_step.1.5",
        .architecture = Architecture::AceStep,
        .conditions = {{{"encoder.lyric_encoder.layers.0.input_layernorm.weight", Exists}}},
        .variant = "1.5",
        .prediction = Flow}),
    audioModel({.name = "stable_audio.transformer",
        .architecture = Architecture::StableAudio,
        .conditions = {{{"transformer.rotary_pos_emb.inv_freq", Exists}}},
        .prediction = VPrediction,
        .whole = blocks({"transformer.layers."})}),
    audioModel({.name = "stable_audio.diffusers",
        .architecture = Architecture::StableAudio,
        .conditions = {{{"cross_attention_proj.0.weight", Exists}, {"global_proj.0.weight", Exists}}},
        .prediction = VPrediction,
        .whole = blocks({"transformer_blocks.", 24})}),
    videoModel({.name = "cosmos.transformer",
        .architecture = Architecture::Cosmos,
        .conditions = {{{kCosmosQuery, Exists}, {"x_embedder.proj.1.weight", Exists}}},
        .variants = kCosmosSizes,
        .prediction = Edm,
        .whole = blocks({"blocks.block", 28})}),
    videoModel({.name = "cosmos.diffusers",
        .architecture = Architecture::Cosmos,
        .conditions = {{{"time_embed.t_embedder.linear_1.weight", Exists},
            {"transformer_blocks.0.norm1.linear_1.weight", Exists}, {"learnable_pos_embed.pos_emb_t", Exists}}},
        .variants = kDiffusersCosmosSizes,
        .prediction = Edm,
        .whole = blocks({"transformer_blocks.", 28})}),
    videoModel({.name = "wan.transformer",
        .architecture = Architecture::Wan,
        .conditions = {{{"head.modulation", Exists}, {"blocks.0.cross_attn.norm_k.weight", Exists}}},
        .variants = kWanSizes,
        .flavours = kWanFlavours,
        .prediction = Flow,
        .whole = blocks({"blocks.", 30}, {"vace_blocks."})}),
    videoModel({.name = "wan.diffusers",
        .architecture = Architecture::Wan,
        .conditions = {{{"condition_embedder.time_proj.bias", Exists}, {"blocks.0.attn2.norm_k.weight", Exists},
            {"scale_shift_table", Exists}}},
        .variants = kDiffusersWanSizes,
        .flavours = kDiffusersWanFlavours,
        .prediction = Flow,
        .whole = blocks({"blocks.", 30}, {"vace_blocks."})}),
    shapeModel({.name = "hunyuan3d.transformer",
        .architecture = Architecture::Hunyuan3d,
        .conditions = {{{"latent_in.bias", Exists}, {"cond_in.bias", Exists}}},
        .prediction = Flow,
        .whole = blocks({"double_blocks.", 16}, {"single_blocks.", 32})}),
    diffusionModel({.name = "kandinsky5.image",
        .architecture = Architecture::Kandinsky5,
        .conditions = {{{"visual_transformer_blocks.0.cross_attention.key_norm.weight", Exists},
            {"visual_embeddings.in_layer.bias", Dimension0, 2560}}},
        .variant = "image-lite",
        .prediction = Flow,
        .whole = blocks({"visual_transformer_blocks."}, {"text_transformer_blocks."})}),
    videoModel({.name = "kandinsky5.video",
        .architecture = Architecture::Kandinsky5,
        .conditions = {{{"visual_transformer_blocks.0.cross_attention.key_norm.weight", Exists},
            {"visual_embeddings.in_layer.bias", Exists}}},
        .variants = kKandinskyVideoSizes,
        .prediction = Flow,
        .whole = blocks({"visual_transformer_blocks.", 32}, {"text_transformer_blocks.", 2})}),
};

} // namespace

RuleTable otherMediaRules() { return kRules; }

} // namespace weightroom::engine
