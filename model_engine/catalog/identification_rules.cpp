// SPDX-License-Identifier: GPL-3.0-or-later
//
// The facts come from the model definitions themselves (Stability-AI/generative-models, black-forest-labs/flux,
// diffusers, transformers, open_clip) and agree with what ComfyUI and InvokeAI look for.
#include "model_engine/catalog/identification_rules.h"

namespace weightroom::engine {
namespace {

using enum Look;

// Places

constexpr Place samePlace(std::string_view prefix) { return {prefix, prefix}; }

constexpr std::array kDiffusionPlaces{
    samePlace("model.diffusion_model."),
    samePlace("diffusion_model."),
    samePlace("unet."),
    samePlace("transformer."),
    samePlace("module."),
    samePlace(""),
};

constexpr std::array kVaePlaces{samePlace("first_stage_model."), samePlace("vae."), samePlace("")};

constexpr std::array kControlnetPlaces{samePlace("control_model."), samePlace("")};

/// Text encoders with the names of transformers.
constexpr std::array kTransformersPlaces{
    Place{"cond_stage_model.transformer.", "cond_stage_model."},
    Place{"conditioner.embedders.0.transformer.", "conditioner.embedders.0."},
    Place{"conditioner.embedders.1.transformer.", "conditioner.embedders.1."},
    Place{"text_encoders.clip_l.transformer.", "text_encoders.clip_l."},
    Place{"text_encoders.clip_g.transformer.", "text_encoders.clip_g."},
    Place{"text_encoders.t5xxl.transformer.", "text_encoders.t5xxl."},
    samePlace("text_encoders.clip_l."),
    samePlace("text_encoders.clip_g."),
    samePlace("text_encoders.t5xxl."),
    samePlace("text_encoder."),
    samePlace("text_encoder_2."),
    samePlace(""),
};

/// Text encoders with the names of open_clip.
constexpr std::array kOpenClipPlaces{
    Place{"cond_stage_model.model.", "cond_stage_model."},
    Place{"conditioner.embedders.0.model.", "conditioner.embedders.0."},
    Place{"conditioner.embedders.1.model.", "conditioner.embedders.1."},
    samePlace("text_encoders.clip_g."),
    samePlace(""),
};

// Variants

// Input channels: 4 of the noisy latent; 4 more for the image to edit, 4 + 1 more for the masked image and its mask, 1
// for depth.
constexpr std::array kLdmVariants{
    VariantRule{"", {{{"input_blocks.0.0.weight", Dimension1, 4}}}},
    VariantRule{"inpainting", {{{"input_blocks.0.0.weight", Dimension1, 9}}}},
    VariantRule{"ip2p", {{{"input_blocks.0.0.weight", Dimension1, 8}}}},
    VariantRule{"depth", {{{"input_blocks.0.0.weight", Dimension1, 5}}}},
};

constexpr std::array kSd2Variants{
    VariantRule{"unclip", {{{"input_blocks.0.0.weight", Dimension1, 4}, {"label_emb.0.0.weight", Exists}}}},
    kLdmVariants[0],
    kLdmVariants[1],
    kLdmVariants[2],
    kLdmVariants[3],
};

constexpr std::array kDiffusersUnetVariants{
    VariantRule{"", {{{"conv_in.weight", Dimension1, 4}}}},
    VariantRule{"inpainting", {{{"conv_in.weight", Dimension1, 9}}}},
    VariantRule{"ip2p", {{{"conv_in.weight", Dimension1, 8}}}},
    VariantRule{"depth", {{{"conv_in.weight", Dimension1, 5}}}},
};

// Input features: 64 = 16 latent channels in patches of 2 × 2; 128 with a control image; 384 with a masked image and
// its mask.
constexpr std::string_view kFluxGuidance = "guidance_in.in_layer.weight";
constexpr std::array kFluxVariants{
    VariantRule{"dev", {{{"img_in.weight", Dimension1, 64}, {kFluxGuidance, Exists}}}},
    VariantRule{"schnell", {{{"img_in.weight", Dimension1, 64}, {kFluxGuidance, Absent}}}},
    VariantRule{"control", {{{"img_in.weight", Dimension1, 128}, {kFluxGuidance, Exists}}}},
    VariantRule{"fill", {{{"img_in.weight", Dimension1, 384}, {kFluxGuidance, Exists}}}},
    VariantRule{"flex2", {{{"img_in.weight", Dimension1, 196}}}},
};

constexpr std::string_view kDiffusersGuidance = "time_text_embed.guidance_embedder.linear_1.weight";
constexpr std::array kDiffusersFluxVariants{
    VariantRule{"dev", {{{"x_embedder.weight", Dimension1, 64}, {kDiffusersGuidance, Exists}}}},
    VariantRule{"schnell", {{{"x_embedder.weight", Dimension1, 64}, {kDiffusersGuidance, Absent}}}},
    VariantRule{"control", {{{"x_embedder.weight", Dimension1, 128}, {kDiffusersGuidance, Exists}}}},
    VariantRule{"fill", {{{"x_embedder.weight", Dimension1, 384}, {kDiffusersGuidance, Exists}}}},
    VariantRule{"flex2", {{{"x_embedder.weight", Dimension1, 196}}}},
};

// Keys that several rules look at

constexpr std::string_view kLdmIn = "input_blocks.0.0.weight"; // [model channels, input channels, 3, 3]
constexpr std::string_view kLdmOut = "out.2.weight"; // a ControlNet has none
// [channels, context width]
constexpr std::string_view kLdmContext1 = "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight";
constexpr std::string_view kLdmContext4 = "input_blocks.4.1.transformer_blocks.0.attn2.to_k.weight";
// The distilled SSD-1B has 4 of 10.
constexpr std::string_view kLdmDepth10 = "input_blocks.7.1.transformer_blocks.9.attn2.to_k.weight";
constexpr std::string_view kLdmLabel = "label_emb.0.0.weight"; // [embedding, width of the pooled condition]
constexpr std::string_view kLdmVideo = "input_blocks.1.0.time_stack.emb_layers.1.weight";
constexpr std::string_view kDownContext0 = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight";
constexpr std::string_view kDownContext1 = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight";
constexpr std::string_view kDownDepth10 = "down_blocks.2.attentions.0.transformer_blocks.9.attn2.to_k.weight";
constexpr std::string_view kAddEmbedding = "add_embedding.linear_1.weight";
constexpr std::string_view kFc1 = "text_model.encoder.layers.0.mlp.fc1.weight"; // [4 × width, width]

// Told by a bias: a packed weight of 4 bits has other dimensions than the layer.
constexpr std::uint64_t kFluxWidth = 3072;

// The table

constexpr PartRule diffusionModel(std::string_view name, Architecture architecture, std::string_view id,
    std::span<const VariantRule> variants, Conditions conditions)
{
    return {name, ModelKind::DiffusionModel, ComponentKind::Unet, id, architecture, kDiffusionPlaces, conditions,
        variants, "", 1};
}

constexpr PartRule vae(std::string_view name, std::string_view id, std::string_view variant, Conditions conditions)
{
    // The VAEs of SD1, SD2 and SDXL have one structure, and so have those of Flux and SD3: the architecture stays
    // unknown.
    return {
        name, ModelKind::Vae, ComponentKind::Vae, id, Architecture::Unknown, kVaePlaces, conditions, {}, variant, 1};
}

constexpr PartRule encoder(std::string_view name, Architecture architecture, std::string_view id,
    std::span<const Place> places, Conditions conditions, std::string_view variant = "")
{
    return {name, ModelKind::TextEncoder, ComponentKind::Encoder, id, architecture, places, conditions, {}, variant, 1};
}

constexpr PartRule controlnet(
    std::string_view name, Architecture architecture, std::string_view id, Conditions conditions, double confidence = 1)
{
    return {name, ModelKind::Controlnet, ComponentKind::Controlnet, id, architecture, kControlnetPlaces, conditions, {},
        "", confidence};
}

constexpr std::array kPartRules{
    // Diffusion models with the names of their authors
    diffusionModel("flux.transformer", Architecture::Flux, "unet_flux", kFluxVariants,
        {{{"double_blocks.0.img_attn.norm.key_norm.scale", Exists}, {"img_in.bias", Dimension0, kFluxWidth},
            {"vector_in.in_layer.weight", LastDimension, 768}, {"txt_in.weight", LastDimension, 4096},
            {"final_layer.linear.weight", Exists}}}),
    diffusionModel("ldm_unet.sd1", Architecture::Sd1, "unet_sd1", kLdmVariants,
        {{{kLdmIn, Dimension0, 320}, {kLdmContext1, LastDimension, 768}, {kLdmLabel, Absent}, {kLdmOut, Exists}}}),
    diffusionModel("ldm_unet.sd2", Architecture::Sd2, "unet_sd2", kSd2Variants,
        {{{kLdmIn, Dimension0, 320}, {kLdmContext1, LastDimension, 1024}, {kLdmVideo, Absent}, {kLdmOut, Exists}}}),
    diffusionModel("ldm_unet.sdxl", Architecture::Sdxl, "unet_sdxl", kLdmVariants,
        {{{kLdmIn, Dimension0, 320}, {kLdmContext4, LastDimension, 2048}, {kLdmLabel, LastDimension, 2816},
            {kLdmDepth10, Exists}, {kLdmOut, Exists}}}),
    diffusionModel("ldm_unet.sdxl_refiner", Architecture::SdxlRefiner, "unet_sdxl_refiner", kLdmVariants,
        {{{kLdmIn, Dimension0, 384}, {kLdmContext4, LastDimension, 1280}, {kLdmLabel, LastDimension, 2560},
            {kLdmOut, Exists}}}),

    // Diffusion models with the names of diffusers
    diffusionModel("diffusers_transformer.flux", Architecture::Flux, "unet_flux", kDiffusersFluxVariants,
        {{{"single_transformer_blocks.0.proj_mlp.weight", Exists}, {"x_embedder.bias", Dimension0, kFluxWidth},
            {"context_embedder.weight", LastDimension, 4096},
            {"time_text_embed.text_embedder.linear_1.weight", LastDimension, 768}, {"proj_out.weight", Exists}}}),
    diffusionModel("diffusers_unet.sd1", Architecture::Sd1, "unet_sd1", kDiffusersUnetVariants,
        {{{"conv_in.weight", Dimension0, 320}, {kDownContext0, LastDimension, 768}, {"conv_out.weight", Exists}}}),
    diffusionModel("diffusers_unet.sd2", Architecture::Sd2, "unet_sd2", kDiffusersUnetVariants,
        {{{"conv_in.weight", Dimension0, 320}, {kDownContext0, LastDimension, 1024}, {"conv_out.weight", Exists},
            {"down_blocks.0.temporal_transformer_blocks.0.norm_in.weight", Absent}}}),
    diffusionModel("diffusers_unet.sdxl", Architecture::Sdxl, "unet_sdxl", kDiffusersUnetVariants,
        {{{"conv_in.weight", Dimension0, 320}, {kDownContext1, LastDimension, 2048},
            {kAddEmbedding, LastDimension, 2816}, {kDownDepth10, Exists}, {"conv_out.weight", Exists}}}),
    diffusionModel("diffusers_unet.sdxl_refiner", Architecture::SdxlRefiner, "unet_sdxl_refiner",
        kDiffusersUnetVariants,
        {{{"conv_in.weight", Dimension0, 384}, {kDownContext1, LastDimension, 1280},
            {kAddEmbedding, LastDimension, 2560}, {"conv_out.weight", Exists}}}),

    // ControlNets: the width of the context tells the base, as in the UNet that they are a copy of
    controlnet("ldm_controlnet.sd1", Architecture::Sd1, "controlnet_sd1",
        {{{"zero_convs.0.0.weight", Exists}, {kLdmContext1, LastDimension, 768}}}),
    controlnet("ldm_controlnet.sd2", Architecture::Sd2, "controlnet_sd2",
        {{{"zero_convs.0.0.weight", Exists}, {kLdmContext1, LastDimension, 1024}}}),
    controlnet("ldm_controlnet.sdxl", Architecture::Sdxl, "controlnet_sdxl",
        {{{"zero_convs.0.0.weight", Exists}, {kLdmContext4, LastDimension, 2048}}}),
    controlnet("diffusers_controlnet.sd1", Architecture::Sd1, "controlnet_sd1",
        {{{"controlnet_cond_embedding.conv_in.weight", Exists}, {kDownContext0, LastDimension, 768}}}),
    controlnet("diffusers_controlnet.sd2", Architecture::Sd2, "controlnet_sd2",
        {{{"controlnet_cond_embedding.conv_in.weight", Exists}, {kDownContext0, LastDimension, 1024}}}),
    controlnet("diffusers_controlnet.sdxl", Architecture::Sdxl, "controlnet_sdxl",
        {{{"controlnet_cond_embedding.conv_in.weight", Exists}, {kDownContext1, LastDimension, 2048}}}),
    controlnet("flux_controlnet.diffusers", Architecture::Flux, "controlnet_flux",
        {{{"controlnet_x_embedder.bias", Dimension0, kFluxWidth}, {"context_embedder.weight", LastDimension, 4096}}}),
    controlnet("flux_controlnet.xlabs", Architecture::Flux, "controlnet_flux",
        {{{"controlnet_blocks.0.bias", Dimension0, kFluxWidth},
            {"double_blocks.0.img_attn.norm.key_norm.scale", Exists}, {"txt_in.weight", LastDimension, 4096}}}),
    // The small ones have no attention in them: nothing tells their base.
    controlnet("ldm_controlnet.unknown_base", Architecture::Unknown, "controlnet_unknown",
        {{{"zero_convs.0.0.weight", Exists}, {"input_hint_block.0.weight", Exists}}}, 0.5),
    controlnet("diffusers_controlnet.unknown_base", Architecture::Unknown, "controlnet_unknown",
        {{{"controlnet_cond_embedding.conv_in.weight", Exists}, {"controlnet_down_blocks.0.weight", Exists}}}, 0.5),

    // VAEs: latent channels
    vae("vae.kl_f8", "vae_kl_f8", "kl-f8",
        {{{"decoder.conv_in.weight", Dimension1, 4}, {"post_quant_conv.weight", Exists},
            {"decoder.up.0.block.0.norm1.weight", Exists}, {"decoder.mid.block_1.mix_factor", Absent}}}),
    vae("vae.kl_f8_diffusers", "vae_kl_f8", "kl-f8",
        {{{"decoder.conv_in.weight", Dimension1, 4}, {"post_quant_conv.weight", Exists},
            {"decoder.up_blocks.0.resnets.0.norm1.weight", Exists}}}),
    vae("vae.flux_or_sd3", "vae_flux", "flux-or-sd3",
        {{{"decoder.conv_in.weight", Dimension1, 16}, {"post_quant_conv.weight", Absent},
            {"decoder.up.0.block.0.norm1.weight", Exists}}}),
    vae("vae.flux_or_sd3_diffusers", "vae_flux", "flux-or-sd3",
        {{{"decoder.conv_in.weight", Dimension1, 16}, {"post_quant_conv.weight", Absent},
            {"decoder.up_blocks.0.resnets.0.norm1.weight", Exists}}}),

    // Text encoders: width and the deepest layer
    encoder("clip_l.transformers", Architecture::ClipL, "encoder_clip_l", kTransformersPlaces,
        {{{kFc1, LastDimension, 768}, {"text_model.encoder.layers.11.mlp.fc1.weight", Exists},
            {"text_model.encoder.layers.12.mlp.fc1.weight", Absent}}}),
    // Checkpoints from before transformers put "text_model." in front.
    encoder("clip_l.old_transformers", Architecture::ClipL, "encoder_clip_l", kTransformersPlaces,
        {{{"encoder.layers.0.mlp.fc1.weight", LastDimension, 768},
            {"embeddings.token_embedding.weight", LastDimension, 768}, {"encoder.layers.11.mlp.fc1.weight", Exists},
            {"encoder.layers.12.mlp.fc1.weight", Absent}}}),
    encoder("clip_g.transformers", Architecture::ClipG, "encoder_clip_g", kTransformersPlaces,
        {{{kFc1, LastDimension, 1280}, {"text_model.encoder.layers.31.mlp.fc1.weight", Exists},
            {"text_model.encoder.layers.32.mlp.fc1.weight", Absent}}}),
    encoder("clip_g.open_clip", Architecture::ClipG, "encoder_clip_g", kOpenClipPlaces,
        {{{"ln_final.weight", LastDimension, 1280}, {"transformer.resblocks.31.ln_1.weight", Exists},
            {"transformer.resblocks.32.ln_1.weight", Absent}}}),
    encoder("open_clip_h.open_clip", Architecture::Unknown, "encoder_open_clip_h", kOpenClipPlaces,
        {{{"ln_final.weight", LastDimension, 1024}, {"transformer.resblocks.22.ln_1.weight", Exists}}}, "open-clip-h"),
    encoder("open_clip_h.transformers", Architecture::Unknown, "encoder_open_clip_h", kTransformersPlaces,
        {{{kFc1, LastDimension, 1024}, {"text_model.encoder.layers.22.mlp.fc1.weight", Exists}}}, "open-clip-h"),
    // Rows and not columns of wi_1: packed weights change the last dimension.
    encoder("t5_xxl", Architecture::T5Xxl, "encoder_t5_xxl", kTransformersPlaces,
        {{{"encoder.block.23.layer.1.DenseReluDense.wi_1.weight", Dimension0, 10240},
            {"encoder.block.24.layer.0.layer_norm.weight", Absent}}}),
};

} // namespace

std::span<const PartRule> partRules() { return kPartRules; }

} // namespace weightroom::engine
