// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/identification_cases.h"

#include "model_engine/catalog/blueprints/flux.h"
#include "model_engine/catalog/blueprints/kohya_lora.h"
#include "model_engine/catalog/blueprints/ldm.h"
#include "model_engine/catalog/blueprints/models.h"
#include "model_engine/catalog/blueprints/text_encoders.h"

namespace weightroom::test {
namespace {

using namespace engine;

constexpr Dtype kType = Dtype::F16;

struct NameAndShape {
    std::string name;
    Shape shape;
};

Blueprint tensors(const std::vector<NameAndShape>& rows, Dtype dtype = kType)
{
    PartBuilder part{dtype};
    for (const NameAndShape& row : rows)
        part.tensor(row.name, row.shape);
    return part.take();
}

Blueprint at(std::string_view prefix, Blueprint part) { return placed(std::move(part), prefix, "test"); }

UnetDesign with(UnetDesign design, std::uint64_t inputChannels)
{
    design.inputChannels = inputChannels;
    return design;
}

Blueprint vae(Autoencoder kind = Autoencoder::KlF8) { return autoencoder(kind, kType); }

Blueprint flux(FluxRelease release) { return fluxTransformer(release, Dtype::Bf16); }

Blueprint sdxlEncoders()
{
    return joined({at("conditioner.embedders.0.transformer.", transformersClip(kClipL, kType)),
        at("conditioner.embedders.1.model.", openClip(kClipG, kType))});
}

/// The tensors of a diffusers UNet that tell what it is.
Blueprint diffusersUnet(std::uint64_t channels, std::uint64_t input, const std::vector<NameAndShape>& more)
{
    return joined({tensors({{"conv_in.weight", {channels, input, 3, 3}}, {"conv_out.weight", {4, channels, 3, 3}}}),
        tensors(more)});
}

constexpr const char* kDownContext0 = "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_k.weight";
constexpr const char* kDownContext1 = "down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k.weight";

Blueprint diffusersSdxlUnet(std::uint64_t input)
{
    return diffusersUnet(320, input,
        {{kDownContext1, {640, 2048}},
            {"down_blocks.2.attentions.0.transformer_blocks.9.attn2.to_k.weight", {1280, 2048}},
            {"add_embedding.linear_1.weight", {1280, 2816}}});
}

Blueprint diffusersFlux(FluxRelease release)
{
    Blueprint part =
        tensors({{"x_embedder.weight", {3072, release == FluxRelease::Fill ? 384U : 64U}}, {"x_embedder.bias", {3072}},
            {"context_embedder.weight", {3072, 4096}}, {"single_transformer_blocks.0.proj_mlp.weight", {12288, 3072}},
            {"time_text_embed.text_embedder.linear_1.weight", {3072, 768}}, {"proj_out.weight", {64, 3072}}});
    if (release == FluxRelease::Schnell)
        return part;
    return joined({part, tensors({{"time_text_embed.guidance_embedder.linear_1.weight", {3072, 256}}})});
}

Blueprint diffusersControlnet(const char* context, std::uint64_t width)
{
    return tensors({{"controlnet_cond_embedding.conv_in.weight", {16, 3, 3, 3}},
        {"controlnet_down_blocks.0.weight", {320, 320, 1, 1}}, {"conv_in.weight", {320, 4, 3, 3}},
        {context, {320, width}}});
}

Blueprint diffusersVae(std::uint64_t latentChannels)
{
    Blueprint part = tensors({{"decoder.conv_in.weight", {512, latentChannels, 3, 3}},
        {"decoder.up_blocks.0.resnets.0.norm1.weight", {512}}, {"encoder.conv_in.weight", {128, 3, 3, 3}}});
    return latentChannels == 4 ? joined({part, tensors({{"post_quant_conv.weight", {4, 4, 1, 1}}})}) : part;
}

/// A pair of one layer.
Blueprint loraLayer(const std::string& layer, std::uint64_t in, const char* down = ".lora_down.weight",
    const char* up = ".lora_up.weight")
{
    return tensors({{layer + down, {8, in}}, {layer + up, {640, 8}}});
}

using Cases = std::vector<IdentificationCase>;
using enum ModelKind;
using Architecture::ClipG;
using Architecture::ClipL;
using Architecture::Flux;
using Architecture::Sd1;
using Architecture::Sd2;
using Architecture::Sdxl;
using Architecture::SdxlRefiner;
using Architecture::T5Xxl;

Cases checkpoints()
{
    const Blueprint sdxl = at("model.diffusion_model.", ldmUnet(sdxlUnet(), kType));
    const Blueprint sd1Parts =
        joined({at("first_stage_model.", vae()), at("cond_stage_model.transformer.", transformersClip(kClipL, kType))});
    return {
        {"sd1 checkpoint", sd1Checkpoint(ModelSize::Full), Checkpoint, Sd1, "",
            "unet_sd1 vae_kl_f8 encoder_clip_l other_tensors", "ldm_unet.sd1"},
        {"sd1 checkpoint, small", sd1Checkpoint(ModelSize::Small), Checkpoint, Sd1, "",
            "unet_sd1 vae_kl_f8 encoder_clip_l other_tensors", "ldm_unet.sd1"},
        {"sd1 inpainting checkpoint",
            joined({at("model.diffusion_model.", ldmUnet(with(sd1Unet(), 9), kType)), sd1Parts}), Checkpoint, Sd1,
            "inpainting", "unet_sd1 vae_kl_f8 encoder_clip_l", "ldm_unet.sd1"},
        {"sd1 with an EMA copy",
            joined(
                {sd1Checkpoint(ModelSize::Small), tensors({{"model_ema.diffusion_modelout2weight", {4, 320, 3, 3}}})}),
            Checkpoint, Sd1, "", "unet_sd1 vae_kl_f8 encoder_clip_l ema_copy other_tensors", "ldm_unet.sd1"},
        {"sd2 checkpoint",
            joined({at("model.diffusion_model.", ldmUnet(sd2Unet(), kType)), at("first_stage_model.", vae()),
                at("cond_stage_model.model.", openClip(kOpenClipH, kType))}),
            Checkpoint, Sd2, "", "unet_sd2 vae_kl_f8 encoder_open_clip_h", "ldm_unet.sd2"},
        {"sdxl checkpoint", sdxlCheckpoint(ModelSize::Full), Checkpoint, Sdxl, "",
            "unet_sdxl vae_kl_f8 encoder_clip_l encoder_clip_g", "ldm_unet.sdxl"},
        {"sdxl checkpoint, small", sdxlCheckpoint(ModelSize::Small), Checkpoint, Sdxl, "",
            "unet_sdxl vae_kl_f8 encoder_clip_l encoder_clip_g", "ldm_unet.sdxl"},
        {"sdxl with baked-in VAE only", joined({sdxl, at("first_stage_model.", vae())}), Checkpoint, Sdxl, "",
            "unet_sdxl vae_kl_f8", "vae.kl_f8"},
        {"sdxl with left-over LoRA keys", joined({sdxl, sdxlEncoders(), sdxlLora(ModelSize::Small)}), Checkpoint, Sdxl,
            "", "unet_sdxl encoder_clip_l encoder_clip_g other_tensors", "ldm_unet.sdxl"},
        {"sdxl refiner checkpoint",
            joined({at("model.diffusion_model.", ldmUnet(sdxlRefinerUnet(), kType)), at("first_stage_model.", vae()),
                at("conditioner.embedders.0.model.", openClip(kClipG, kType))}),
            Checkpoint, SdxlRefiner, "", "unet_sdxl_refiner vae_kl_f8 encoder_clip_g", "ldm_unet.sdxl_refiner"},
        {"flux all in one",
            joined({at("model.diffusion_model.", flux(FluxRelease::Dev)), at("vae.", vae(Autoencoder::Flux)),
                at("text_encoders.clip_l.transformer.", transformersClip(kClipL, kType)),
                at("text_encoders.t5xxl.transformer.", t5Xxl(kType)),
                tensors({{"text_encoders.clip_l.logit_scale", {}}})}),
            Checkpoint, Flux, "dev", "unet_flux vae_flux encoder_clip_l encoder_t5_xxl", "flux.transformer"},
    };
}

/// Files that hold more than one part of a kind, or two in one place: each kind is found once.
Cases filesWithTooMuch()
{
    const Blueprint sd1 = at("model.diffusion_model.", ldmUnet(sd1Unet(), kType));
    return {
        {"sd1 with a controlnet", joined({sd1Checkpoint(ModelSize::Small), sd1Controlnet(ModelSize::Small)}),
            Checkpoint, Sd1, "", "unet_sd1 vae_kl_f8 encoder_clip_l controlnet_sd1 other_tensors",
            "ldm_controlnet.sd1"},
        {"unet and vae without prefixes", joined({ldmUnet(sd1Unet(), kType), vae()}), DiffusionModel, Sd1, "",
            "unet_sd1", "ldm_unet.sd1"},
        {"two diffusion models", joined({sd1, at("unet.", ldmUnet(sdxlUnet(), kType))}), DiffusionModel, Sd1, "",
            "unet_sd1 other_tensors", "ldm_unet.sd1"},
        {"clip-g under both its names",
            joined({sd1, at("text_encoders.clip_g.transformer.", transformersClip(kClipG, kType)),
                at("conditioner.embedders.1.model.", openClip(kClipG, kType))}),
            Checkpoint, Sd1, "", "unet_sd1 encoder_clip_g other_tensors", "clip_g.transformers"},
    };
}

Cases diffusionModels()
{
    return {
        {"sd1 unet alone", ldmUnet(sd1Unet(), kType), DiffusionModel, Sd1, "", "unet_sd1", "ldm_unet.sd1"},
        {"sd1 ip2p", at("model.diffusion_model.", ldmUnet(with(sd1Unet(), 8), kType)), DiffusionModel, Sd1, "ip2p",
            "unet_sd1", "ldm_unet.sd1"},
        {"sd1 with odd input channels", ldmUnet(with(sd1Unet(), 7), kType), DiffusionModel, Sd1, "unknown-variant",
            "unet_sd1", "ldm_unet.sd1"},
        {"sd2 depth", ldmUnet(with(sd2Unet(), 5), kType), DiffusionModel, Sd2, "depth", "unet_sd2", "ldm_unet.sd2"},
        {"sd2 unclip", joined({ldmUnet(sd2Unet(), kType), tensors({{"label_emb.0.0.weight", {1280, 2048}}})}),
            DiffusionModel, Sd2, "unclip", "unet_sd2", "ldm_unet.sd2"},
        {"sdxl inpainting unet", ldmUnet(with(sdxlUnet(), 9), kType), DiffusionModel, Sdxl, "inpainting", "unet_sdxl",
            "ldm_unet.sdxl"},
        {"sdxl unet with an EMA copy",
            joined({at("model.diffusion_model.", ldmUnet(sdxlUnet(), kType)), tensors({{"model_ema.decay", {}}})}),
            DiffusionModel, Sdxl, "", "unet_sdxl ema_copy", "ldm_unet.sdxl"},
        {"flux schnell", fluxSchnellModel(ModelSize::Full), DiffusionModel, Flux, "schnell", "unet_flux",
            "flux.transformer"},
        {"flux schnell, small", fluxSchnellModel(ModelSize::Small), DiffusionModel, Flux, "schnell", "unet_flux",
            "flux.transformer"},
        {"flux dev with prefix", at("model.diffusion_model.", flux(FluxRelease::Dev)), DiffusionModel, Flux, "dev",
            "unet_flux", "flux.transformer"},
        {"flux fill", flux(FluxRelease::Fill), DiffusionModel, Flux, "fill", "unet_flux", "flux.transformer"},
        {"flux control", flux(FluxRelease::Control), DiffusionModel, Flux, "control", "unet_flux", "flux.transformer"},
        {"diffusers sd1 unet", diffusersUnet(320, 4, {{kDownContext0, {320, 768}}}), DiffusionModel, Sd1, "",
            "unet_sd1", "diffusers_unet.sd1"},
        {"diffusers sd2 inpainting unet", diffusersUnet(320, 9, {{kDownContext0, {320, 1024}}}), DiffusionModel, Sd2,
            "inpainting", "unet_sd2", "diffusers_unet.sd2"},
        {"diffusers sdxl unet", diffusersSdxlUnet(4), DiffusionModel, Sdxl, "", "unet_sdxl", "diffusers_unet.sdxl"},
        {"diffusers sdxl ip2p unet with prefix", at("unet.", diffusersSdxlUnet(8)), DiffusionModel, Sdxl, "ip2p",
            "unet_sdxl", "diffusers_unet.sdxl"},
        {"diffusers refiner unet",
            diffusersUnet(384, 4, {{kDownContext1, {768, 1280}}, {"add_embedding.linear_1.weight", {1536, 2560}}}),
            DiffusionModel, SdxlRefiner, "", "unet_sdxl_refiner", "diffusers_unet.sdxl_refiner"},
        {"diffusers flux dev", diffusersFlux(FluxRelease::Dev), DiffusionModel, Flux, "dev", "unet_flux",
            "diffusers_transformer.flux"},
        {"diffusers flux fill with prefix", at("transformer.", diffusersFlux(FluxRelease::Fill)), DiffusionModel, Flux,
            "fill", "unet_flux", "diffusers_transformer.flux"},
        {"diffusers flux schnell", diffusersFlux(FluxRelease::Schnell), DiffusionModel, Flux, "schnell", "unet_flux",
            "diffusers_transformer.flux"},
    };
}

Cases vaesAndEncoders()
{
    return {
        {"sdxl vae", sdxlVae(ModelSize::Full), Vae, Architecture::Unknown, "kl-f8", "vae_kl_f8", "vae.kl_f8"},
        {"sdxl vae, small", sdxlVae(ModelSize::Small), Vae, Architecture::Unknown, "kl-f8", "vae_kl_f8", "vae.kl_f8"},
        {"vae with prefix", at("first_stage_model.", vae()), Vae, Architecture::Unknown, "kl-f8", "vae_kl_f8",
            "vae.kl_f8"},
        {"flux vae", vae(Autoencoder::Flux), Vae, Architecture::Unknown, "flux-or-sd3", "vae_flux", "vae.flux_or_sd3"},
        {"flux vae, shrunk", shrunk(vae(Autoencoder::Flux), 64), Vae, Architecture::Unknown, "flux-or-sd3", "vae_flux",
            "vae.flux_or_sd3"},
        {"diffusers vae", diffusersVae(4), Vae, Architecture::Unknown, "kl-f8", "vae_kl_f8", "vae.kl_f8_diffusers"},
        {"diffusers flux vae", diffusersVae(16), Vae, Architecture::Unknown, "flux-or-sd3", "vae_flux",
            "vae.flux_or_sd3_diffusers"},
        {"clip-l", clipLEncoder(ModelSize::Full), TextEncoder, ClipL, "", "encoder_clip_l", "clip_l.transformers"},
        {"clip-l, small", clipLEncoder(ModelSize::Small), TextEncoder, ClipL, "", "encoder_clip_l",
            "clip_l.transformers"},
        {"old sd1 text encoder",
            at("cond_stage_model.transformer.",
                tensors({{"encoder.layers.0.mlp.fc1.weight", {3072, 768}},
                    {"encoder.layers.11.mlp.fc1.weight", {3072, 768}},
                    {"embeddings.token_embedding.weight", {49408, 768}}})),
            TextEncoder, ClipL, "", "encoder_clip_l", "clip_l.old_transformers"},
        {"clip-g of transformers", transformersClip(kClipG, kType), TextEncoder, ClipG, "", "encoder_clip_g",
            "clip_g.transformers"},
        {"clip-g of open_clip", openClip(kClipG, kType), TextEncoder, ClipG, "", "encoder_clip_g", "clip_g.open_clip"},
        {"open_clip h", openClip(kOpenClipH, kType), TextEncoder, Architecture::Unknown, "open-clip-h",
            "encoder_open_clip_h", "open_clip_h.open_clip"},
        {"open_clip h of transformers", transformersClip(kOpenClipH, kType), TextEncoder, Architecture::Unknown,
            "open-clip-h", "encoder_open_clip_h", "open_clip_h.transformers"},
        {"t5 xxl", t5Xxl(Dtype::Bf16), TextEncoder, T5Xxl, "", "encoder_t5_xxl", "t5_xxl"},
    };
}

Cases controlnets()
{
    return {
        {"sd1 controlnet", sd1Controlnet(ModelSize::Full), Controlnet, Sd1, "", "controlnet_sd1", "ldm_controlnet.sd1"},
        {"sd1 controlnet, small", sd1Controlnet(ModelSize::Small), Controlnet, Sd1, "", "controlnet_sd1",
            "ldm_controlnet.sd1"},
        {"sd2 controlnet without prefix", ldmControlnet(sd2Unet(), kType), Controlnet, Sd2, "", "controlnet_sd2",
            "ldm_controlnet.sd2"},
        {"sdxl controlnet", ldmControlnet(sdxlUnet(), kType), Controlnet, Sdxl, "", "controlnet_sdxl",
            "ldm_controlnet.sdxl"},
        {"diffusers sd1 controlnet", diffusersControlnet(kDownContext0, 768), Controlnet, Sd1, "", "controlnet_sd1",
            "diffusers_controlnet.sd1"},
        {"diffusers sd2 controlnet", diffusersControlnet(kDownContext0, 1024), Controlnet, Sd2, "", "controlnet_sd2",
            "diffusers_controlnet.sd2"},
        {"diffusers sdxl controlnet", diffusersControlnet(kDownContext1, 2048), Controlnet, Sdxl, "", "controlnet_sdxl",
            "diffusers_controlnet.sdxl"},
        {"small diffusers sdxl controlnet", diffusersControlnet("mid_block.resnets.0.norm1.weight", 1), Controlnet,
            Architecture::Unknown, "", "controlnet_unknown", "diffusers_controlnet.unknown_base"},
        {"ldm controlnet without attention",
            tensors({{"zero_convs.0.0.weight", {320, 320, 1, 1}}, {"input_hint_block.0.weight", {16, 3, 3, 3}}}),
            Controlnet, Architecture::Unknown, "", "controlnet_unknown", "ldm_controlnet.unknown_base"},
        {"flux controlnet of diffusers",
            tensors({{"controlnet_x_embedder.bias", {3072}}, {"context_embedder.weight", {3072, 4096}},
                {"x_embedder.bias", {3072}}}),
            Controlnet, Flux, "", "controlnet_flux", "flux_controlnet.diffusers"},
        {"flux controlnet of XLabs",
            tensors({{"controlnet_blocks.0.bias", {3072}}, {"double_blocks.0.img_attn.norm.key_norm.scale", {128}},
                {"txt_in.weight", {3072, 4096}}}),
            Controlnet, Flux, "", "controlnet_flux", "flux_controlnet.xlabs"},
    };
}

Cases loras()
{
    const char* a = ".lora_A.weight";
    const char* b = ".lora_B.weight";
    return {
        {"kohya sdxl lora", sdxlLora(ModelSize::Full), Lora, Sdxl, "rank-32", "lora_sdxl", "lora.cross_attention"},
        {"kohya sdxl lora, small", sdxlLora(ModelSize::Small), Lora, Sdxl, "rank-2", "lora_sdxl",
            "lora.cross_attention"},
        {"kohya sd2 lora", kohyaLora(ldmUnet(sd2Unet(), kType), "lora_unet", 16), Lora, Sd2, "rank-16", "lora_sd2",
            "lora.cross_attention"},
        {"kohya sd1 lora of one layer",
            loraLayer("lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_v", 768), Lora, Sd1, "rank-8",
            "lora_sd1", "lora.cross_attention"},
        {"refiner lora", loraLayer("lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k", 1280), Lora,
            SdxlRefiner, "rank-8", "lora_sdxl_refiner", "lora.cross_attention"},
        {"peft sdxl lora", loraLayer("unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k", 2048, a, b),
            Lora, Sdxl, "rank-8", "lora_sdxl", "lora.cross_attention"},
        {"old diffusers sd1 lora",
            loraLayer("unet.down_blocks.0.attentions.0.transformer_blocks.0.attn2.processor.to_k", 768,
                "_lora.down.weight", "_lora.up.weight"),
            Lora, Sd1, "rank-8", "lora_sd1", "lora.cross_attention"},
        {"sdxl lora of the second text encoder",
            loraLayer("lora_te2_text_model_encoder_layers_3_self_attn_q_proj", 1280), Lora, Sdxl, "rank-8", "lora_sdxl",
            "lora.second_text_encoder"},
        {"sd1 lora of the text encoder", loraLayer("lora_te_text_model_encoder_layers_3_mlp_fc1", 768), Lora, Sd1,
            "rank-8", "lora_sd1", "lora.text_encoder"},
        {"sdxl slider", loraLayer("lora_unet_input_blocks_7_1_transformer_blocks_8_attn1_to_q", 1280), Lora, Sdxl,
            "rank-8", "lora_sdxl", "lora.deep_unet_block"},
        {"kohya flux lora",
            joined({loraLayer("lora_te1_text_model_encoder_layers_0_mlp_fc1", 768),
                loraLayer("lora_unet_double_blocks_0_img_attn_qkv", 3072)}),
            Lora, Flux, "rank-8", "lora_flux", "lora.flux_blocks"},
        {"peft flux lora", loraLayer("transformer.single_transformer_blocks.0.attn.to_q", 3072, a, b), Lora, Flux,
            "rank-8", "lora_flux", "lora.flux_blocks"},
        {"lora of an unknown base", loraLayer("transformer.transformer_blocks.0.attn.to_q", 3072, a, b), Lora,
            Architecture::Unknown, "rank-8", "lora_unknown", "lora.unknown_base"},
    };
}

} // namespace

std::vector<IdentificationCase> knownFiles()
{
    Cases all;
    for (const Cases& cases :
        {checkpoints(), filesWithTooMuch(), diffusionModels(), vaesAndEncoders(), controlnets(), loras()})
        all.insert(all.end(), cases.begin(), cases.end());
    return all;
}

std::vector<IdentificationCase> unknownFiles()
{
    const auto unknown = [](std::string name, Blueprint blueprint) {
        return IdentificationCase{
            std::move(name), std::move(blueprint), ModelKind::Unknown, Architecture::Unknown, "", "other_tensors", ""};
    };
    UnetDesign distilled = sdxlUnet();
    distilled.depths = {0, 2, 4};
    return {
        unknown("llama",
            tensors(
                {{"model.embed_tokens.weight", {128, 4096}}, {"model.layers.0.self_attn.q_proj.weight", {4096, 4096}},
                    {"model.layers.0.mlp.gate_proj.weight", {14336, 4096}}, {"lm_head.weight", {128, 4096}}})),
        unknown("bert",
            tensors({{"encoder.layer.0.attention.self.query.weight", {768, 768}},
                {"embeddings.word_embeddings.weight", {100, 768}}})),
        unknown("random names", tensors({{"a", {3}}, {"b.c", {1, 2, 3}}, {"", {}}})),
        unknown("scalars with the deciding names",
            tensors({{"input_blocks.0.0.weight", {}}, {"input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight", {}},
                {"out.2.weight", {}}, {"decoder.conv_in.weight", {}}, {"post_quant_conv.weight", {}},
                {"x.lora_down.weight", {}}})),
        unknown("unet of another width", ldmUnet({256, 4, {1, 2, 4, 4}, {1, 1, 1, 0}, 1, 1024, 0, true}, kType)),
        unknown("distilled sdxl", ldmUnet(distilled, kType)),
        unknown("half a unet",
            at("", tensors({{"input_blocks.0.0.weight", {320, 4, 3, 3}}, {"out.2.weight", {4, 320, 3, 3}}}))),
        unknown("vae with 8 latent channels", diffusersVae(8)),
        unknown("t5 xl", tensors({{"encoder.block.23.layer.1.DenseReluDense.wi_1.weight", {5120, 2048}}})),
        unknown("names that only begin like a lora's",
            tensors({{"lora_unet_x.alpha", {}}, {"lora_unet_x.lora_down", {4, 768}}})),
    };
}

} // namespace weightroom::test
