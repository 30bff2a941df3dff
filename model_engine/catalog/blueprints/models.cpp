// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/blueprints/models.h"

#include "model_engine/catalog/blueprints/flux.h"
#include "model_engine/catalog/blueprints/kohya_lora.h"
#include "model_engine/catalog/blueprints/ldm.h"
#include "model_engine/catalog/blueprints/text_encoders.h"

namespace weightroom::engine {
namespace {

// Chosen so that a part has 3 to 20 MB. One divisor for a part wherever it appears: equal parts must stay equal.
constexpr std::uint64_t kSd1UnetDivisor = 256;
constexpr std::uint64_t kSdxlUnetDivisor = 512;
constexpr std::uint64_t kFluxDivisor = 1536;
constexpr std::uint64_t kControlnetDivisor = 128;
constexpr std::uint64_t kVaeDivisor = 48;
constexpr std::uint64_t kClipLDivisor = 64;
constexpr std::uint64_t kClipGDivisor = 512;

// A LoRA is small by its rank.
constexpr std::uint64_t kSmallRank = 2;
constexpr std::uint64_t kFullRank = 32;

Blueprint sized(Blueprint part, ModelSize size, std::uint64_t divisor)
{
    return size == ModelSize::Full ? part : shrunk(std::move(part), divisor);
}

Blueprint vaeOf(ModelSize size) { return sized(autoencoder(Autoencoder::KlF8, Dtype::F16), size, kVaeDivisor); }

Blueprint clipLOf(ModelSize size) { return sized(transformersClip(kClipL, Dtype::F16), size, kClipLDivisor); }

// The VAE of SD1 was trained apart from that of SDXL; the CLIP-L of both is OpenAI's.
constexpr std::string_view kSdxlVaeWeights = "vae_sdxl";
constexpr std::string_view kClipLWeights = "clip_l";

} // namespace

Blueprint sd1Checkpoint(ModelSize size)
{
    return joined({
        placed(sized(ldmUnet(sd1Unet(), Dtype::F16), size, kSd1UnetDivisor), "model.diffusion_model.", "unet_sd1"),
        placed(vaeOf(size), "first_stage_model.", "vae_sd1"),
        placed(clipLOf(size), "cond_stage_model.transformer.", kClipLWeights),
        placed(noiseSchedule(), "", "schedule_sd1"),
    });
}

Blueprint sdxlCheckpoint(ModelSize size)
{
    return joined({
        placed(sized(ldmUnet(sdxlUnet(), Dtype::F16), size, kSdxlUnetDivisor), "model.diffusion_model.", "unet_sdxl"),
        placed(vaeOf(size), "first_stage_model.", kSdxlVaeWeights),
        placed(clipLOf(size), "conditioner.embedders.0.transformer.", kClipLWeights),
        placed(sized(openClip(kClipG, Dtype::F16), size, kClipGDivisor), "conditioner.embedders.1.model.", "clip_g"),
    });
}

Blueprint fluxSchnellModel(ModelSize size)
{
    return placed(sized(fluxTransformer(FluxRelease::Schnell, Dtype::Bf16), size, kFluxDivisor), "", "flux_schnell");
}

Blueprint sdxlLora(ModelSize size)
{
    const std::uint64_t rank = size == ModelSize::Full ? kFullRank : kSmallRank;
    return placed(joined({
                      kohyaLora(ldmUnet(sdxlUnet(), Dtype::F16), "lora_unet", rank),
                      kohyaLora(transformersClip(kClipL, Dtype::F16), "lora_te1", rank),
                      kohyaLora(transformersClip(kClipG, Dtype::F16), "lora_te2", rank),
                  }),
        "", "lora_sdxl");
}

Blueprint sd1Controlnet(ModelSize size)
{
    return placed(
        sized(ldmControlnet(sd1Unet(), Dtype::F16), size, kControlnetDivisor), "control_model.", "controlnet_sd1");
}

Blueprint sdxlVae(ModelSize size) { return placed(vaeOf(size), "", kSdxlVaeWeights); }

Blueprint clipLEncoder(ModelSize size) { return placed(clipLOf(size), "", kClipLWeights); }

} // namespace weightroom::engine
