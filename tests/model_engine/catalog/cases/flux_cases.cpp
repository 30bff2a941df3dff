// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/blueprints/flux.h"
#include "model_engine/catalog/blueprints/models.h"
#include "tests/model_engine/catalog/cases/case_builders.h"

namespace weightroom::test {
namespace {

using namespace engine;
using Architecture::Chroma;
using Architecture::Flux;
using Architecture::Flux2;

Blueprint flux(FluxRelease release) { return fluxTransformer(release, Dtype::Bf16); }

Blueprint fluxWithInputs(std::uint64_t features)
{
    return reshaped(flux(FluxRelease::Dev), "img_in.weight", {3072, features});
}

/// Double blocks 8 to 18 were taken out.
Blueprint fluxLite()
{
    Blueprint lite = flux(FluxRelease::Dev);
    for (int block = 8; block < 19; ++block)
        lite = without(std::move(lite), "double_blocks." + std::to_string(block) + ".");
    return lite;
}

constexpr std::string_view kGuidance = "time_text_embed.guidance_embedder.";

Blueprint diffusers(std::uint64_t features)
{
    return reshaped(transformer("flux_dev_diffusers"), "x_embedder.weight", {3072, features});
}

Blueprint nunchaku()
{
    const Blueprint first = tensors({{"x_embedder.bias", {3072}}, {"context_embedder.bias", {3072}},
        {"time_text_embed.guidance_embedder.linear_1.bias", {3072}},
        {"transformer_blocks.0.mlp_context_fc1.qweight", {12288, 1536}},
        {"transformer_blocks.0.mlp_context_fc1.wscales", {48, 12288}},
        {"transformer_blocks.0.mlp_context_fc1.lora_down", {3072, 32}},
        {"transformer_blocks.0.mlp_context_fc1.lora_up", {12288, 32}},
        {"single_transformer_blocks.0.norm.linear.qweight", {2304, 1536}},
        {"single_transformer_blocks.0.norm.linear.wscales", {48, 9216}}});
    return deepened(deepened(first, "transformer_blocks.", 19), "single_transformer_blocks.", 38);
}

Cases flux1()
{
    return {
        diffusionCase("flux schnell", fluxSchnellModel(ModelSize::Full), Flux, "schnell", "flux.transformer"),
        diffusionCase("flux schnell, small", fluxSchnellModel(ModelSize::Small), Flux, "schnell", "flux.transformer"),
        diffusionCase("flux dev with prefix", at("model.diffusion_model.", flux(FluxRelease::Dev)), Flux, "dev",
            "flux.transformer"),
        diffusionCase("flux fill", flux(FluxRelease::Fill), Flux, "fill", "flux.transformer"),
        diffusionCase("flux control", flux(FluxRelease::Control), Flux, "control", "flux.transformer"),
        diffusionCase("flex 2", fluxWithInputs(196), Flux, "flex2", "flux.transformer"),
        diffusionCase("flux lite", fluxLite(), Flux, "lite", "flux.lite"),
        diffusionCase("flux dev in 4 bits", packedToNf4(flux(FluxRelease::Dev)), Flux, "dev", "flux.transformer"),
        diffusionCase(
            "flux schnell in 4 bits", packedToNf4(flux(FluxRelease::Schnell)), Flux, "schnell", "flux.transformer"),
        diffusionCase("flux fill in 4 bits", packedToNf4(flux(FluxRelease::Fill)), Flux, "fill", "flux.transformer"),
        diffusionCase(
            "flux control in 4 bits", packedToNf4(flux(FluxRelease::Control)), Flux, "control", "flux.transformer"),
        diffusionCase("diffusers flux dev", diffusers(64), Flux, "dev", "flux.diffusers"),
        diffusionCase(
            "diffusers flux fill with prefix", at("transformer.", diffusers(384)), Flux, "fill", "flux.diffusers"),
        diffusionCase("diffusers flux control", diffusers(128), Flux, "control", "flux.diffusers"),
        diffusionCase("diffusers flex 2", diffusers(196), Flux, "flex2", "flux.diffusers"),
        diffusionCase("diffusers flux schnell", without(diffusers(64), kGuidance), Flux, "schnell", "flux.diffusers"),
        diffusionCase("diffusers flux dev in 4 bits", packedToNf4(diffusers(64)), Flux, "dev", "flux.diffusers"),
        diffusionCase("diffusers flux schnell in 4 bits", packedToNf4(without(diffusers(64), kGuidance)), Flux,
            "schnell", "flux.diffusers"),
        diffusionCase("nunchaku flux dev", nunchaku(), Flux, "dev", "flux.nunchaku"),
        diffusionCase("nunchaku flux schnell", without(nunchaku(), kGuidance), Flux, "schnell", "flux.nunchaku"),
    };
}

Cases flux2AndChroma()
{
    const Blueprint radiance = transformer("chroma_radiance");
    return {
        diffusionCase("flux2 dev", transformer("flux2_dev"), Flux2, "dev", "flux2.transformer"),
        diffusionCase("flux2 klein 9b", transformer("flux2_klein_9b"), Flux2, "klein-9b", "flux2.transformer"),
        diffusionCase("flux2 klein 4b", at("model.diffusion_model.", transformer("flux2_klein_4b")), Flux2, "klein-4b",
            "flux2.transformer"),
        diffusionCase("flux2 klein 4b in 4 bits", packedToNf4(transformer("flux2_klein_4b")), Flux2, "klein-4b",
            "flux2.transformer"),
        diffusionCase("diffusers flux2 dev", transformer("flux2_dev_diffusers"), Flux2, "dev", "flux2.diffusers"),
        diffusionCase(
            "diffusers flux2 klein 9b", transformer("flux2_klein_9b_diffusers"), Flux2, "klein-9b", "flux2.diffusers"),
        diffusionCase(
            "diffusers flux2 klein 4b", transformer("flux2_klein_4b_diffusers"), Flux2, "klein-4b", "flux2.diffusers"),
        diffusionCase("chroma", transformer("chroma"), Chroma, "", "chroma.transformer"),
        diffusionCase("chroma radiance", radiance, Chroma, "radiance", "chroma.transformer"),
        diffusionCase("chroma radiance that predicts the picture", joined({radiance, tensors({{"__x0__", {}}})}),
            Chroma, "radiance-x0", "chroma.transformer", PredictionType::Sample),
        diffusionCase("diffusers chroma", transformer("chroma_diffusers"), Chroma, "", "chroma.diffusers"),
    };
}

} // namespace

Cases fluxCases() { return allOf({flux1, flux2AndChroma}); }

} // namespace weightroom::test
