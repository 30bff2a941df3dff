// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/blueprints/flux.h"
#include "model_engine/catalog/blueprints/models.h"
#include "model_engine/catalog/blueprints/text_encoders.h"
#include "tests/model_engine/catalog/cases/case_builders.h"

namespace weightroom::test {
namespace {

using namespace engine;
using enum Architecture;
using PredictionType::Epsilon;
using PredictionType::Flow;
using PredictionType::VPrediction;

constexpr Dtype kType = Dtype::F16;

IdentificationCase checkpoint(std::string name, Blueprint blueprint, Architecture architecture, std::string variant,
    std::string components, std::string rule, PredictionType prediction = Epsilon)
{
    return {.name = std::move(name),
        .blueprint = std::move(blueprint),
        .kind = ModelKind::Checkpoint,
        .architecture = architecture,
        .variant = std::move(variant),
        .components = std::move(components),
        .rule = std::move(rule),
        .prediction = prediction};
}

Blueprint vae(Autoencoder kind = Autoencoder::KlF8) { return autoencoder(kind, kType); }

Blueprint unet(const UnetDesign& design) { return at("model.diffusion_model.", ldmUnet(design, kType)); }

Blueprint sdxlEncoders()
{
    return joined({at("conditioner.embedders.0.transformer.", transformersClip(kClipL, kType)),
        at("conditioner.embedders.1.model.", openClip(kClipG, kType))});
}

Blueprint emaCopy()
{
    return tensors({{"model_ema.decay", {}}, {"model_ema.diffusion_modelout2weight", {4, 320, 3, 3}}});
}

Cases stableDiffusion()
{
    const Blueprint vaeAndClip =
        joined({at("first_stage_model.", vae()), at("cond_stage_model.transformer.", transformersClip(kClipL, kType))});
    const Blueprint unclip =
        joined({unet(sd2Unet()), tensors({{"model.diffusion_model.label_emb.0.0.weight", {1280, 2048}}}),
            at("embedder.model.visual.transformer.resblocks.0.", tensors({{"ln_1.weight", {1280}}}))});
    return {
        checkpoint("sd1 checkpoint", sd1Checkpoint(ModelSize::Full), Sd1, "",
            "unet_sd1 vae_kl_f8 encoder_clip_l other_tensors", "ldm_unet.sd1"),
        checkpoint("sd1 checkpoint, small", sd1Checkpoint(ModelSize::Small), Sd1, "",
            "unet_sd1 vae_kl_f8 encoder_clip_l other_tensors", "ldm_unet.sd1"),
        checkpoint("sd1 inpainting checkpoint",
            joined({at("model.diffusion_model.", ldmUnet(withInputs(sd1Unet(), 9), kType)), vaeAndClip}), Sd1,
            "inpainting", "unet_sd1 vae_kl_f8 encoder_clip_l", "ldm_unet.sd1"),
        checkpoint("sd1 with an EMA copy", joined({sd1Checkpoint(ModelSize::Small), emaCopy()}), Sd1, "",
            "unet_sd1 vae_kl_f8 encoder_clip_l ema_copy other_tensors", "ldm_unet.sd1"),
        checkpoint("sd2 checkpoint",
            joined({unet(sd2Unet()), at("first_stage_model.", vae()),
                at("cond_stage_model.model.", openClip(kOpenClipH, kType))}),
            Sd2, "", "unet_sd2 vae_kl_f8 encoder_clip_h", "ldm_unet.sd2", PredictionType::Unknown),
        checkpoint("sd2 unclip checkpoint", unclip, Sd2, "unclip-h", "unet_sd2 encoder_clip_vision_h", "ldm_unet.sd2",
            VPrediction),
        checkpoint("sdxl checkpoint", sdxlCheckpoint(ModelSize::Full), Sdxl, "",
            "unet_sdxl vae_kl_f8 encoder_clip_l encoder_clip_g", "ldm_unet.sdxl"),
        checkpoint("sdxl checkpoint, small", sdxlCheckpoint(ModelSize::Small), Sdxl, "",
            "unet_sdxl vae_kl_f8 encoder_clip_l encoder_clip_g", "ldm_unet.sdxl"),
        checkpoint("sdxl with baked-in VAE only", joined({unet(sdxlUnet()), at("first_stage_model.", vae())}), Sdxl, "",
            "unet_sdxl vae_kl_f8", "vae.kl_f8"),
        checkpoint("sdxl with left-over LoRA keys",
            joined({unet(sdxlUnet()), sdxlEncoders(), sdxlLora(ModelSize::Small)}), Sdxl, "",
            "unet_sdxl encoder_clip_l encoder_clip_g other_tensors", "ldm_unet.sdxl"),
        checkpoint("sdxl checkpoint that predicts v",
            joined({sdxlCheckpoint(ModelSize::Small), tensors({{"v_pred", {}}})}), Sdxl, "",
            "unet_sdxl vae_kl_f8 encoder_clip_l encoder_clip_g other_tensors", "ldm_unet.sdxl", VPrediction),
        checkpoint("sdxl refiner checkpoint",
            joined({unet(sdxlRefinerUnet()), at("first_stage_model.", vae()),
                at("conditioner.embedders.0.model.", openClip(kClipG, kType))}),
            SdxlRefiner, "", "unet_sdxl_refiner vae_kl_f8 encoder_clip_g", "ldm_unet.sdxl_refiner"),
    };
}

Cases allInOne()
{
    const Blueprint clips = joined({at("text_encoders.clip_l.transformer.", transformersClip(kClipL, kType)),
        tensors({{"text_encoders.clip_l.logit_scale", {}}})});
    const Blueprint t5 = at("text_encoders.t5xxl.transformer.", t5Xxl(kType));
    return {
        checkpoint("flux all in one",
            joined({at("model.diffusion_model.", fluxTransformer(FluxRelease::Dev, kType)),
                at("vae.", vae(Autoencoder::Flux)), clips, t5}),
            Flux, "dev", "unet_flux vae_flux encoder_clip_l encoder_t5_xxl", "flux.transformer", Flow),
        checkpoint("sd3.5 all in one",
            joined({at("model.diffusion_model.", transformer("sd3.5_large")),
                at("first_stage_model.", vae(Autoencoder::Flux)), clips,
                at("text_encoders.clip_g.transformer.", transformersClip(kClipG, kType)), t5}),
            Sd35, "large", "unet_sd3_5 vae_flux encoder_clip_l encoder_clip_g encoder_t5_xxl", "sd3.5.mmdit", Flow),
        checkpoint("z-image with its language model",
            joined({at("model.diffusion_model.", transformer("z_image")), at("vae.", vae(Autoencoder::Flux)),
                at("text_encoders.qwen3_4b.transformer.", encoderHeader("qwen3_4b"))}),
            ZImage, "", "unet_z_image vae_flux encoder_qwen3", "qwen3.4b", Flow),
        checkpoint("lumina 2 with its language model",
            joined({at("model.diffusion_model.", transformer("lumina2")), at("vae.", vae(Autoencoder::Flux)),
                at("text_encoders.gemma2_2b.transformer.", encoderHeader("gemma2_2b"))}),
            Lumina2, "", "unet_lumina2 vae_flux encoder_gemma2", "gemma2.2b", Flow),
    };
}

/// Files that hold more than one part of a kind, or two in one place: each kind is found once.
Cases filesWithTooMuch()
{
    const Blueprint sd1 = unet(sd1Unet());
    IdentificationCase both = diffusionCase(
        "unet and vae without prefixes", joined({ldmUnet(sd1Unet(), kType), vae()}), Sd1, "", "ldm_unet.sd1", Epsilon);
    IdentificationCase two = diffusionCase("two diffusion models",
        joined({sd1, at("unet.", ldmUnet(sdxlUnet(), kType))}), Sd1, "", "ldm_unet.sd1", Epsilon);
    two.components += " other_tensors";
    IdentificationCase ema = diffusionCase(
        "sdxl unet with an EMA copy", joined({unet(sdxlUnet()), emaCopy()}), Sdxl, "", "ldm_unet.sdxl", Epsilon);
    ema.components += " ema_copy";
    return {
        both,
        two,
        ema,
        checkpoint("sd1 with a controlnet", joined({sd1Checkpoint(ModelSize::Small), sd1Controlnet(ModelSize::Small)}),
            Sd1, "", "unet_sd1 vae_kl_f8 encoder_clip_l controlnet_sd1 other_tensors", "ldm_controlnet.sd1"),
        checkpoint("clip-g under both its names",
            joined({sd1, at("text_encoders.clip_g.transformer.", transformersClip(kClipG, kType)),
                at("conditioner.embedders.1.model.", openClip(kClipG, kType))}),
            Sd1, "", "unet_sd1 encoder_clip_g other_tensors", "clip_g.transformers"),
    };
}

} // namespace

Cases checkpointCases() { return allOf({stableDiffusion, allInOne, filesWithTooMuch}); }

} // namespace weightroom::test
