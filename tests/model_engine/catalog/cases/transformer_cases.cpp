// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/cases/case_builders.h"

namespace weightroom::test {
namespace {

using namespace engine;
using enum Architecture;
using PredictionType::Epsilon;
using PredictionType::Flow;
using PredictionType::VPrediction;

/// NVlabs' names: PixArt's, with a norm of the caption and convolutions in the place of the MLP.
Blueprint sana(std::uint64_t width, int blocks)
{
    Blueprint all = tensors({{"attention_y_norm.weight", {width}}, {"t_block.1.bias", {6 * width}},
        {"x_embedder.proj.weight", {width, 32, 1, 1}}, {"y_embedder.y_proj.fc1.bias", {width}}});
    for (int block = 0; block < blocks; ++block) {
        const std::string name = "blocks." + std::to_string(block) + ".";
        all = joined({std::move(all),
            tensors({{name + "scale_shift_table", {6, width}}, {name + "cross_attn.q_linear.bias", {width}},
                {name + "cross_attn.kv_linear.bias", {2 * width}},
                {name + "mlp.inverted_conv.conv.weight", {5 * width, width, 1, 1}}})});
    }
    return all;
}

Cases sd3()
{
    return {
        diffusionCase("sd3 medium", transformer("sd3_medium"), Sd3, "medium", "sd3.mmdit"),
        diffusionCase("sd3.5 medium", transformer("sd3.5_medium"), Sd35, "medium", "sd3.5.mmdit"),
        diffusionCase(
            "sd3.5 large", at("model.diffusion_model.", transformer("sd3.5_large")), Sd35, "large", "sd3.5.mmdit"),
        diffusionCase("sd3.5 large in 4 bits", packedToNf4(transformer("sd3.5_large")), Sd35, "large", "sd3.5.mmdit"),
        diffusionCase("diffusers sd3 medium", transformer("sd3_medium_diffusers"), Sd3, "medium", "sd3.diffusers"),
        diffusionCase(
            "diffusers sd3.5 medium", transformer("sd3.5_medium_diffusers"), Sd35, "medium", "sd3.5.diffusers"),
        diffusionCase("diffusers sd3.5 large", transformer("sd3.5_large_diffusers"), Sd35, "large", "sd3.5.diffusers"),
    };
}

Cases pixartAndSana()
{
    return {
        diffusionCase("pixart alpha", transformer("pixart_alpha"), Pixart, "alpha", "pixart.transformer", Epsilon),
        diffusionCase("pixart alpha of 512 pixels", without(transformer("pixart_alpha"), "ar_embedder."), Pixart,
            "alpha", "pixart.transformer", Epsilon),
        diffusionCase("pixart sigma", transformer("pixart_sigma"), Pixart, "sigma", "pixart.transformer", Epsilon),
        diffusionCase("pixart without an empty caption", without(transformer("pixart_sigma"), "y_embedder.y_embedding"),
            Pixart, "alpha-or-sigma", "pixart.transformer", Epsilon),
        diffusionCase("diffusers pixart alpha", transformer("pixart_alpha_diffusers"), Pixart, "alpha",
            "pixart.diffusers", Epsilon),
        diffusionCase("diffusers pixart sigma", transformer("pixart_sigma_diffusers"), Pixart, "alpha-or-sigma",
            "pixart.diffusers", Epsilon),
        diffusionCase("sana 600m", sana(1152, 28), Sana, "600m", "sana.transformer"),
        diffusionCase("sana 1600m", sana(2240, 20), Sana, "1600m", "sana.transformer"),
        diffusionCase("sana 4800m", sana(2240, 60), Sana, "4800m", "sana.transformer"),
        diffusionCase("diffusers sana 600m", transformer("sana_600m_diffusers"), Sana, "600m", "sana.diffusers"),
        diffusionCase("diffusers sana 1600m", transformer("sana_diffusers"), Sana, "1600m", "sana.diffusers"),
        diffusionCase("diffusers sana 4800m", deepened(transformer("sana_diffusers"), "transformer_blocks.", 60), Sana,
            "4800m", "sana.diffusers"),
    };
}

Cases cascade()
{
    const Blueprint c = transformer("stable_cascade_c");
    const Blueprint b = transformer("stable_cascade_b");
    return {
        diffusionCase("stable cascade c", c, StableCascade, "stage-c", "stable_cascade.stage_c", Epsilon),
        diffusionCase("stable cascade c lite", reshaped(c, "clip_txt_mapper.bias", {1536}), StableCascade,
            "stage-c-lite", "stable_cascade.stage_c", Epsilon),
        diffusionCase("stable cascade b", b, StableCascade, "stage-b", "stable_cascade.stage_b", Epsilon),
        diffusionCase("stable cascade b lite", reshaped(b, "down_blocks.1.0.channelwise.0.weight", {2304, 576}),
            StableCascade, "stage-b-lite", "stable_cascade.stage_b", Epsilon),
    };
}

Cases hunyuan()
{
    const Blueprint dit = transformer("hunyuan_dit");
    const Blueprint image = transformer("hunyuan_image");
    const Blueprint refiner =
        reshaped(reshaped(image, "img_in.proj.weight", {3328, 128, 1, 1, 1}), "img_in.proj.bias", {3328});
    return {
        diffusionCase("hunyuan dit 1.2", dit, HunyuanDit, "1.2", "hunyuan_dit.transformer", VPrediction),
        diffusionCase("hunyuan dit 1.1", reshaped(dit, "extra_embedder.0.weight", {5632, 3968}), HunyuanDit, "1.1",
            "hunyuan_dit.transformer", VPrediction),
        diffusionCase("diffusers hunyuan dit", transformer("hunyuan_dit_diffusers"), HunyuanDit, "",
            "hunyuan_dit.diffusers", VPrediction),
        diffusionCase("hunyuan image", image, HunyuanImage, "2.1", "hunyuan_image.transformer"),
        diffusionCase("hunyuan image refiner", refiner, HunyuanImage, "2.1-refiner", "hunyuan_image.refiner"),
        diffusionCase("diffusers hunyuan image", transformer("hunyuan_image_diffusers"), HunyuanImage, "2.1",
            "hunyuan_image.diffusers"),
    };
}

Cases others()
{
    const Blueprint qwen = transformer("qwen_image");
    return {
        diffusionCase("auraflow", at("model.", transformer("auraflow")), AuraFlow, "", "auraflow.mmdit"),
        diffusionCase("diffusers auraflow", transformer("auraflow_diffusers"), AuraFlow, "", "auraflow.diffusers"),
        diffusionCase("lumina 2", transformer("lumina2"), Lumina2, "", "lumina2.transformer"),
        diffusionCase("diffusers lumina 2", transformer("lumina2_diffusers"), Lumina2, "", "lumina2.diffusers"),
        diffusionCase("z-image", transformer("z_image"), ZImage, "", "z_image.transformer"),
        diffusionCase("z-image in 4 bits", packedToNf4(transformer("z_image")), ZImage, "", "z_image.transformer"),
        diffusionCase("diffusers z-image", transformer("z_image_diffusers"), ZImage, "", "z_image.transformer"),
        diffusionCase("qwen image", qwen, QwenImage, "", "qwen_image.transformer"),
        diffusionCase("qwen image edit 2511", joined({qwen, tensors({{"__index_timestep_zero__", {}}})}), QwenImage,
            "edit-2511", "qwen_image.transformer"),
        diffusionCase("qwen image layered",
            joined({qwen, tensors({{"time_text_embed.addition_t_embedding.weight", {2, 3072}}})}), QwenImage, "layered",
            "qwen_image.transformer"),
        diffusionCase("hidream", transformer("hidream"), HiDream, "", "hidream.transformer", Flow, "no-image-pipeline"),
        diffusionCase(
            "omnigen 2", transformer("omnigen2"), OmniGen2, "", "omnigen2.transformer", Flow, "no-image-pipeline"),
    };
}

Cases cosmos()
{
    const Blueprint two = transformer("cosmos_predict2");
    const Blueprint diffusers = transformer("cosmos_predict2_diffusers");
    constexpr const char* kIn = "x_embedder.proj.1.weight";
    constexpr const char* kDiffusersIn = "patch_embed.proj.weight";
    return {
        diffusionCase("cosmos predict 2", at("net.", two), CosmosPredict2, "2b-t2i", "cosmos_predict2.transformer"),
        diffusionCase("cosmos predict 2 for videos", deepened(reshaped(two, kIn, {5120, 72}), "blocks.", 36),
            CosmosPredict2, "14b-v2w", "cosmos_predict2.transformer"),
        diffusionCase("diffusers cosmos predict 2", diffusers, CosmosPredict2, "2b-t2i", "cosmos_predict2.diffusers"),
        diffusionCase("diffusers cosmos predict 2 for videos",
            deepened(reshaped(diffusers, kDiffusersIn, {5120, 72}), "transformer_blocks.", 36), CosmosPredict2,
            "14b-v2w", "cosmos_predict2.diffusers"),
        diffusionCase("anima", at("net.", transformer("anima")), Anima, "", "anima.transformer"),
    };
}

} // namespace

Cases transformerCases() { return allOf({sd3, pixartAndSana, cascade, hunyuan, others, cosmos}); }

} // namespace weightroom::test
