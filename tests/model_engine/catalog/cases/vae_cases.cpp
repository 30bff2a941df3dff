// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/blueprints/models.h"
#include "tests/model_engine/catalog/cases/case_builders.h"

namespace weightroom::test {
namespace {

using namespace engine;
using enum Architecture;

constexpr Dtype kType = Dtype::F16;
constexpr const char* kSd = "sd1 sd2 sdxl";
constexpr const char* kFlux = "flux sd3";
constexpr const char* kWan = "qwen-image wan";

struct Facts {
    std::string variant;
    std::string component;
    std::string rule;
    Architecture architecture = Architecture::Unknown;
    std::string candidates{};
    std::string problems{};
};

IdentificationCase vae(std::string name, Blueprint blueprint, const Facts& facts)
{
    return {.name = std::move(name),
        .blueprint = std::move(blueprint),
        .kind = ModelKind::Vae,
        .architecture = facts.architecture,
        .variant = facts.variant,
        .components = facts.component,
        .rule = facts.rule,
        .problems = facts.problems,
        .candidates = facts.candidates};
}

Blueprint kl(Autoencoder kind) { return autoencoder(kind, kType); }

/// What the ×4 upscaler's has in the place of the fourth level: nothing.
Blueprint klF4()
{
    Blueprint all = kl(Autoencoder::KlF8);
    return without(without(std::move(all), "decoder.up.3."), "encoder.down.3.");
}

Blueprint svd() { return joined({kl(Autoencoder::KlF8), tensors({{"decoder.mid.block_1.mix_factor", {1}}})}); }

Blueprint taesd(std::uint64_t latentChannels)
{
    return reshaped(vaeHeader("taesd"), "taesd_decoder.1.weight", {64, latentChannels, 3, 3});
}

Blueprint tiny(std::uint64_t latentChannels)
{
    return reshaped(vaeHeader("taesd_diffusers"), "decoder.layers.0.weight", {64, latentChannels, 3, 3});
}

Blueprint tinyDecoder(std::uint64_t latentChannels)
{
    return tensors({{"1.weight", {64, latentChannels, 3, 3}}, {"1.bias", {64}}, {"3.conv.0.weight", {64, 64, 3, 3}}});
}

Cases imageVaes()
{
    const Blueprint flux2 =
        renamed(renamed(vaeHeader("flux2_diffusers"), "decoder.up_blocks.0.resnets.0.", "decoder.up.3.block.0."),
            "encoder.down_blocks.0.resnets.0.", "encoder.down.0.block.0.");
    return {
        vae("sdxl vae", sdxlVae(ModelSize::Full), {"kl-f8", "vae_kl_f8", "vae.kl_f8", Unknown, kSd}),
        vae("sdxl vae, small", sdxlVae(ModelSize::Small), {"kl-f8", "vae_kl_f8", "vae.kl_f8", Unknown, kSd}),
        vae("vae with prefix", at("first_stage_model.", kl(Autoencoder::KlF8)),
            {"kl-f8", "vae_kl_f8", "vae.kl_f8", Unknown, kSd}),
        vae("diffusers vae", vaeHeader("kl_f8_diffusers"), {"kl-f8", "vae_kl_f8", "vae.kl_f8_diffusers", Unknown, kSd}),
        vae("vae of the x4 upscaler", klF4(), {"kl-f4", "vae_kl_f4", "vae.kl_f4", SdX4Upscaler}),
        vae("flux vae", kl(Autoencoder::Flux), {"flux-or-sd3", "vae_flux", "vae.flux_or_sd3", Unknown, kFlux}),
        vae("flux vae, shrunk", shrunk(kl(Autoencoder::Flux), 64),
            {"flux-or-sd3", "vae_flux", "vae.flux_or_sd3", Unknown, kFlux}),
        vae("diffusers flux vae", vaeHeader("flux_diffusers"),
            {"flux-or-sd3", "vae_flux", "vae.flux_or_sd3_diffusers", Unknown, kFlux}),
        vae("flux2 vae", flux2, {"", "vae_flux2", "vae.flux2", Flux2}),
        vae("diffusers flux2 vae", vaeHeader("flux2_diffusers"), {"", "vae_flux2", "vae.flux2", Flux2}),
        vae("taesd", taesd(4), {"taesd", "vae_taesd", "vae.taesd", Unknown, kSd}),
        vae("taesd of 16 channels", taesd(16), {"taesd", "vae_taesd", "vae.taesd_16", Unknown, kFlux}),
        vae("diffusers taesd", tiny(4), {"taesd", "vae_taesd", "vae.taesd_diffusers", Unknown, kSd}),
        vae("diffusers taesd of 16 channels", tiny(16),
            {"taesd", "vae_taesd", "vae.taesd_16_diffusers", Unknown, kFlux}),
        vae("decoder of taesd", tinyDecoder(4), {"taesd-decoder", "vae_taesd", "vae.taesd_decoder", Unknown, kSd}),
        vae("decoder of taesd of 16 channels", tinyDecoder(16),
            {"taesd-decoder", "vae_taesd", "vae.taesd_16_decoder", Unknown, kFlux}),
        vae("encoder of taesd", tensors({{"0.weight", {64, 3, 3, 3}}, {"1.conv.0.weight", {64, 64, 3, 3}}}),
            {"taesd-encoder", "vae_taesd", "vae.taesd_encoder"}),
        vae("hunyuan image vae", vaeHeader("hunyuan_image_diffusers"),
            {"", "vae_hunyuan_image", "vae.hunyuan_image", HunyuanImage}),
        vae("hunyuan image refiner's vae", tensors({{"decoder.conv_in.weight", {1024, 32, 3, 3, 3}}}),
            {"refiner", "vae_hunyuan_image", "vae.hunyuan_image_refiner", HunyuanImage}),
        vae("dc-ae",
            tensors(
                {{"encoder.project_in.conv.bias", {128}}, {"decoder.stages.1.op_list.0.main.conv.conv.bias", {512}}}),
            {"dc-ae", "vae_dc_ae", "vae.dc_ae", Sana}),
        vae("diffusers dc-ae", vaeHeader("dc_ae_diffusers"), {"dc-ae", "vae_dc_ae", "vae.dc_ae_diffusers", Sana}),
    };
}

Cases cascadeVaes()
{
    const auto coder = [](const char* name) { return tensors({{name, {}}}); };
    return {
        vae("stable cascade stage a", vaeHeader("stable_cascade_stage_a"),
            {"stage-a", "vae_stage_a", "vae.stable_cascade_stage_a", StableCascade}),
        vae("stable cascade effnet", coder("backbone.1.0.block.0.1.num_batches_tracked"),
            {"effnet", "vae_stage_c", "vae.stable_cascade_effnet", StableCascade}),
        vae("stable cascade previewer", coder("blocks.11.num_batches_tracked"),
            {"previewer", "vae_stage_c", "vae.stable_cascade_previewer", StableCascade}),
        vae("stable cascade effnet and previewer", coder("encoder.backbone.1.0.block.0.1.num_batches_tracked"),
            {"stage-c", "vae_stage_c", "vae.stable_cascade_stage_c", StableCascade}),
    };
}

Cases videoVaes()
{
    return {
        vae("svd vae", svd(), {"temporal", "vae_svd", "vae.svd", Svd}),
        vae("diffusers svd vae", vaeHeader("svd_diffusers"), {"temporal", "vae_svd", "vae.svd_diffusers", Svd}),
        vae("wan 2.1 vae", vaeHeader("qwen_or_wan"),
            {"qwen-image-or-wan", "vae_wan", "vae.qwen_or_wan", Unknown, kWan}),
        vae("diffusers qwen vae", vaeHeader("qwen_diffusers"),
            {"qwen-image-or-wan", "vae_wan", "vae.qwen_or_wan_diffusers", Unknown, kWan}),
        vae("wan 2.2 vae", vaeHeader("wan_2.2"), {"2.2", "vae_wan", "vae.wan_2.2", Wan}),
        vae("diffusers wan 2.2 vae", vaeHeader("wan_2.2_diffusers"), {"2.2", "vae_wan", "vae.wan_2.2_diffusers", Wan}),
        vae("ltx vae", at("vae.", vaeHeader("ltx")), {"", "vae_ltx", "vae.ltx", Ltx}),
        vae("diffusers ltx vae", vaeHeader("ltx_diffusers"), {"", "vae_ltx", "vae.ltx", Ltx}),
        vae("hunyuan video vae", vaeHeader("hunyuan_video_diffusers"),
            {"", "vae_hunyuan_video", "vae.hunyuan_video", HunyuanVideo}),
        vae("hunyuan video 1.5 vae", tensors({{"decoder.conv_in.conv.weight", {1024, 32, 3, 3, 3}}}),
            {"1.5", "vae_hunyuan_video", "vae.hunyuan_video_1.5", HunyuanVideo}),
        vae("mochi vae", tensors({{"decoder.blocks.2.blocks.3.stack.5.weight", {512, 512, 3, 3, 3}}}),
            {"", "vae_mochi", "vae.mochi", Mochi}),
        vae("mochi decoder", tensors({{"blocks.2.blocks.3.stack.5.weight", {512, 512, 3, 3, 3}}}),
            {"decoder", "vae_mochi", "vae.mochi_decoder", Mochi}),
        vae("diffusers mochi vae", vaeHeader("mochi_diffusers"), {"", "vae_mochi", "vae.mochi_diffusers", Mochi}),
        vae("cosmos vae", tensors({{"decoder.unpatcher3d.wavelets", {2}}}), {"", "vae_cosmos", "vae.cosmos", Cosmos}),
        vae("diffusers cosmos vae", vaeHeader("cosmos_diffusers"), {"", "vae_cosmos", "vae.cosmos_diffusers", Cosmos}),
        vae("taehv", tensors({{"decoder.1.weight", {256, 16, 3, 3}}, {"decoder.22.bias", {3}}}),
            {"taehv", "vae_taehv", "vae.taehv", Unknown, "", "video-model"}),
        vae("stable audio vae", at("pretransform.model.", tensors({{"decoder.layers.1.layers.0.beta", {2048}}})),
            {"", "vae_stable_audio", "vae.stable_audio", StableAudio, "", "audio-model"}),
        vae("ace step vae", tensors({{"vocoder.backbone.channel_layers.0.0.bias", {128}}}),
            {"", "vae_ace_step", "vae.ace_step", AceStep, "", "audio-model"}),
    };
}

} // namespace

Cases vaeCases() { return allOf({imageVaes, cascadeVaes, videoVaes}); }

} // namespace weightroom::test
