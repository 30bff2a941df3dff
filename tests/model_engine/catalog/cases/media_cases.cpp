// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/cases/case_builders.h"

namespace weightroom::test {
namespace {

using namespace engine;
using enum Architecture;
using PredictionType::Edm;
using PredictionType::Flow;
using PredictionType::VPrediction;

struct Media {
    Architecture architecture;
    std::string rule;
    PredictionType prediction = Flow;
    std::string problems = "video-model";
};

IdentificationCase model(std::string name, Blueprint blueprint, std::string variant, const Media& media)
{
    return diffusionCase(std::move(name), std::move(blueprint), media.architecture, std::move(variant), media.rule,
        media.prediction, media.problems);
}

Blueprint marked(const char* header, const char* name, const Shape& shape)
{
    return joined({video(header), tensors({{name, shape}})});
}

Cases wan()
{
    const Media original{.architecture = Wan, .rule = "wan.transformer"};
    const Media diffusers{.architecture = Wan, .rule = "wan.diffusers"};
    const Blueprint t2v = video("wan_14b_diffusers");
    constexpr const char* kIn = "patch_embedding.weight";
    constexpr const char* kTime = "condition_embedder.time_embedder.linear_1.bias";
    return {
        model("wan 14b", video("wan_14b"), "14b-t2v", original),
        model("wan 1.3b", at("model.diffusion_model.", video("wan_1.3b")), "1.3b-t2v", original),
        model("wan 5b", video("wan_5b"), "5b-ti2v", original),
        model("wan 14b i2v", video("wan_14b_i2v"), "14b-i2v", original),
        model("wan 2.2 14b i2v", reshaped(video("wan_14b"), kIn, {5120, 36, 1, 2, 2}), "14b-i2v", original),
        model("wan 14b from first to last", marked("wan_14b_i2v", "img_emb.emb_pos", {1, 514, 1280}), "14b-flf2v",
            original),
        model("wan 14b vace", video("wan_14b_vace"), "14b-vace", original),
        model("wan camera", marked("wan_14b", "control_adapter.conv.weight", {5120, 24, 2, 2}), "14b-camera", original),
        model("wan s2v", marked("wan_14b", "casual_audio_encoder.encoder.final_linear.weight", {5120, 5120}), "14b-s2v",
            original),
        model("wan humo", marked("wan_14b", "audio_proj.audio_proj_glob_1.layer.bias", {512}), "14b-humo", original),
        model("wan animate", marked("wan_14b", "face_adapter.fuser_blocks.0.k_norm.weight", {128}), "14b-animate",
            original),
        model("diffusers wan 14b", t2v, "14b-t2v", diffusers),
        model("diffusers wan 1.3b", reshaped(t2v, kTime, {1536}), "1.3b-t2v", diffusers),
        model(
            "diffusers wan 5b", reshaped(reshaped(t2v, kTime, {3072}), kIn, {3072, 48, 1, 2, 2}), "5b-ti2v", diffusers),
        model("diffusers wan 14b i2v", video("wan_14b_i2v_diffusers"), "14b-i2v", diffusers),
        model("diffusers wan 2.2 14b i2v", reshaped(t2v, kIn, {5120, 36, 1, 2, 2}), "14b-i2v", diffusers),
        model("diffusers wan vace", joined({t2v, tensors({{"vace_patch_embedding.weight", {5120, 96, 1, 2, 2}}})}),
            "14b-vace", diffusers),
    };
}

Cases hunyuanVideo()
{
    const Media original{.architecture = HunyuanVideo, .rule = "hunyuan_video.transformer"};
    const Media diffusers{.architecture = HunyuanVideo, .rule = "hunyuan_video.diffusers"};
    const Blueprint t2v = video("hunyuan_video");
    const Blueprint t2vDiffusers = video("hunyuan_video_diffusers");
    constexpr const char* kIn = "img_in.proj.weight";
    return {
        model("hunyuan video", at("model.model.", t2v), "t2v", original),
        model("hunyuan video i2v", reshaped(t2v, kIn, {3072, 33, 1, 2, 2}), "i2v", original),
        model("skyreels", reshaped(t2v, kIn, {3072, 32, 1, 2, 2}), "skyreels-i2v", original),
        model("hunyuan video 1.5", joined({t2v, tensors({{"vision_in.proj.0.bias", {1152}}})}), "1.5", original),
        model("diffusers hunyuan video", t2vDiffusers, "t2v", diffusers),
        model("diffusers hunyuan video i2v", reshaped(t2vDiffusers, "x_embedder.proj.weight", {3072, 33, 1, 2, 2}),
            "i2v", diffusers),
    };
}

Cases otherVideos()
{
    const Blueprint kandinsky = video("kandinsky5_video");
    constexpr const char* kVisual = "visual_embeddings.in_layer.bias";
    const Media cosmos{.architecture = Cosmos, .rule = "cosmos.transformer", .prediction = Edm};
    const Media diffusersCosmos{.architecture = Cosmos, .rule = "cosmos.diffusers", .prediction = Edm};
    // The lists of the authors' names are "blocks.block0.", "blocks.block1.", …
    const Blueprint cosmos14b = deepened(video("cosmos"), "blocks.block", 36);
    return {
        model("mochi", video("mochi"), "", {.architecture = Mochi, .rule = "mochi.transformer"}),
        model("diffusers mochi", video("mochi_diffusers"), "", {.architecture = Mochi, .rule = "mochi.diffusers"}),
        model("ltx 2b", video("ltx"), "2b", {.architecture = Ltx, .rule = "ltx.transformer"}),
        model("ltx 13b", deepened(reshaped(video("ltx"), "patchify_proj.bias", {4096}), "transformer_blocks.", 48),
            "13b", {.architecture = Ltx, .rule = "ltx.transformer"}),
        model("diffusers ltx 2b", video("ltx_diffusers"), "2b", {.architecture = Ltx, .rule = "ltx.diffusers"}),
        model("diffusers ltx 13b",
            deepened(reshaped(video("ltx_diffusers"), "proj_in.bias", {4096}), "transformer_blocks.", 48), "13b",
            {.architecture = Ltx, .rule = "ltx.diffusers"}),
        model("ltx 2", video("ltx2"), "", {.architecture = Ltx2, .rule = "ltx2.transformer"}),
        model("cosmos 7b", at("net.", video("cosmos")), "7b", cosmos),
        model("cosmos 14b", cosmos14b, "14b", cosmos),
        model("diffusers cosmos 7b", video("cosmos_diffusers"), "7b", diffusersCosmos),
        model("diffusers cosmos 14b",
            deepened(reshaped(video("cosmos_diffusers"), "time_embed.norm.weight", {5120}), "transformer_blocks.", 36),
            "14b", diffusersCosmos),
        model("kandinsky 5 video lite", kandinsky, "video-lite",
            {.architecture = Kandinsky5, .rule = "kandinsky5.video"}),
        model("kandinsky 5 video pro", deepened(reshaped(kandinsky, kVisual, {4096}), "visual_transformer_blocks.", 60),
            "video-pro", {.architecture = Kandinsky5, .rule = "kandinsky5.video"}),
        model("kandinsky 5 image", reshaped(kandinsky, kVisual, {2560}), "image-lite",
            {.architecture = Kandinsky5, .rule = "kandinsky5.image", .problems = ""}),
    };
}

Cases soundAndShapes()
{
    const std::string audio = "audio-model";
    return {
        model("ace step", video("ace_step"), "",
            {.architecture = AceStep, .rule = "ace_step.transformer", .problems = audio}),
        model("ace step 1.5", tensors({{"encoder.lyric_encoder.layers.0.input_layernorm.weight", {2048}}}), "1.5",
            {.architecture = AceStep, .rule = "ace_step.1.5", .problems = audio}),
        model("stable audio",
            at("model.model.",
                tensors({{"transformer.rotary_pos_emb.inv_freq", {16}},
                    {"transformer.layers.0.self_attn.to_qkv.weight", {4608, 1536}}})),
            "",
            {.architecture = StableAudio,
                .rule = "stable_audio.transformer",
                .prediction = VPrediction,
                .problems = audio}),
        model("diffusers stable audio", video("stable_audio_diffusers"), "",
            {.architecture = StableAudio,
                .rule = "stable_audio.diffusers",
                .prediction = VPrediction,
                .problems = audio}),
        model("hunyuan 3d", video("hunyuan3d"), "",
            {.architecture = Hunyuan3d, .rule = "hunyuan3d.transformer", .problems = "3d-model"}),
    };
}

} // namespace

Cases mediaCases() { return allOf({wan, hunyuanVideo, otherVideos, soundAndShapes}); }

} // namespace weightroom::test
