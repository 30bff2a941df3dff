// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/blueprints/models.h"
#include "model_engine/catalog/blueprints/text_encoders.h"
#include "tests/model_engine/catalog/cases/case_builders.h"

namespace weightroom::test {
namespace {

using namespace engine;
using enum Architecture;

constexpr Dtype kType = Dtype::F16;

IdentificationCase encoder(
    std::string name, Blueprint blueprint, Architecture architecture, std::string variant, std::string rule)
{
    return {.name = std::move(name),
        .blueprint = std::move(blueprint),
        .kind = ModelKind::TextEncoder,
        .architecture = architecture,
        .variant = std::move(variant),
        .components = componentId("encoder", architecture),
        .rule = std::move(rule)};
}

IdentificationCase vision(std::string name, Blueprint blueprint, Architecture architecture, std::string variant,
    std::string component, std::string rule)
{
    return {.name = std::move(name),
        .blueprint = std::move(blueprint),
        .kind = ModelKind::ClipVision,
        .architecture = architecture,
        .variant = std::move(variant),
        .components = std::move(component),
        .rule = std::move(rule)};
}

Blueprint clipLong()
{
    return reshaped(transformersClip(kClipL, kType), "text_model.embeddings.position_embedding.weight", {248, 768});
}

Cases clip()
{
    const Blueprint l = transformersClip(kClipL, kType);
    return {
        encoder("clip-l", clipLEncoder(ModelSize::Full), ClipL, "", "clip_l.transformers"),
        encoder("clip-l, small", clipLEncoder(ModelSize::Small), ClipL, "", "clip_l.transformers"),
        encoder("clip-l for long prompts", clipLong(), ClipL, "long", "clip_l.transformers"),
        encoder("clip-l in 4 bits", packedToNf4(l), ClipL, "", "clip_l.transformers"),
        encoder("clip-l with its half for pictures", joined({l, encoderHeader("clip_vision_l")}), ClipL, "",
            "clip_l.transformers"),
        encoder("old sd1 text encoder", at("cond_stage_model.transformer.", renamed(l, "text_model.", "")), ClipL, "",
            "clip_l.old_transformers"),
        encoder("clip-l of open_clip", openClip(kClipL, kType), ClipL, "", "clip_l.open_clip"),
        encoder("clip-g of transformers", transformersClip(kClipG, kType), ClipG, "", "clip_g.transformers"),
        encoder("clip-g of open_clip", openClip(kClipG, kType), ClipG, "", "clip_g.open_clip"),
        encoder("clip-h of transformers", transformersClip(kOpenClipH, kType), ClipH, "", "clip_h.transformers"),
        encoder("clip-h of open_clip", openClip(kOpenClipH, kType), ClipH, "", "clip_h.open_clip"),
        encoder("clip-h of open_clip with its last layer", openClip({1024, 24}, kType), ClipH, "", "clip_h.open_clip"),
        encoder("jina clip 2", tensors({{"model.encoder.layers.0.mixer.Wqkv.weight", {3072, 1024}}}), JinaClip, "",
            "jina_clip_2"),
    };
}

/// As llama.cpp names it.
Blueprint t5Gguf(Blueprint t5)
{
    struct Name {
        std::string_view transformers;
        std::string_view gguf;
    };
    for (const auto& [transformers, gguf] :
        {Name{"encoder.block.", "enc.blk."}, {".layer.0.SelfAttention.q.", ".attn_q."},
            {".layer.0.SelfAttention.k.", ".attn_k."}, {".layer.0.SelfAttention.v.", ".attn_v."},
            {".layer.0.SelfAttention.o.", ".attn_o."}, {".layer.0.layer_norm.", ".attn_norm."},
            {".layer.0.SelfAttention.relative_attention_bias.", ".attn_rel_b."},
            {".layer.1.DenseReluDense.wi_1.", ".ffn_up."}, {".layer.1.DenseReluDense.wo.", ".ffn_down."},
            {".layer.1.DenseReluDense.wi_0.", ".ffn_gate."}, {".layer.1.layer_norm.", ".ffn_norm."},
            {"shared.", "token_embd."}})
        t5 = renamed(std::move(t5), transformers, gguf);
    return t5;
}

Blueprint wanUmt5()
{
    return tensors({{"token_embedding.weight", {256384, 4096}}, {"blocks.0.norm1.weight", {4096}},
        {"blocks.0.attn.q.weight", {4096, 4096}}, {"blocks.0.pos_embedding.embedding.weight", {32, 64}},
        {"blocks.1.norm1.weight", {4096}}, {"norm.weight", {4096}}});
}

Cases t5()
{
    const Blueprint xl = encoderHeader("t5_xl");
    return {
        encoder("t5 xxl", t5Xxl(Dtype::Bf16), T5Xxl, "", "t5_xxl"),
        encoder("t5 xxl with prefix", at("text_encoder_2.", t5Xxl(Dtype::Bf16)), T5Xxl, "", "t5_xxl"),
        encoder("t5 xxl in 4 bits", packedToNf4(t5Xxl(Dtype::Bf16)), T5Xxl, "", "t5_xxl"),
        encoder("t5 xxl 1.0", encoderHeader("t5_xxl_1.0"), T5Xxl, "1.0", "t5_xxl.1.0"),
        encoder("t5 xl", xl, T5Xl, "", "t5_xl"),
        encoder("mt5 xl", reshaped(xl, "shared.weight", {250112, 2048}), T5Xl, "mt5", "t5_xl"),
        encoder("t5 base", encoderHeader("t5_base"), T5Base, "", "t5_base"),
        encoder("byt5 small", encoderHeader("byt5_small"), Byt5, "small", "byt5_small"),
        encoder("umt5 xxl", encoderHeader("umt5_xxl"), Umt5Xxl, "", "umt5_xxl"),
        encoder("umt5 xxl of Wan", wanUmt5(), Umt5Xxl, "", "umt5_xxl.wan"),
        encoder("t5 xxl in gguf", t5Gguf(t5Xxl(Dtype::Q4K)), T5Xxl, "", "t5_xxl.gguf"),
        encoder("umt5 xxl in gguf", t5Gguf(without(encoderHeader("umt5_xxl"), "encoder.embed_tokens.")), Umt5Xxl, "",
            "umt5_xxl.gguf"),
        encoder("t5 xl in gguf", t5Gguf(without(xl, "encoder.embed_tokens.")), T5Xl, "", "t5_xl.gguf"),
    };
}

/// The names of open_clip for the half that sees.
Blueprint openClipVision(std::uint64_t width, int layers)
{
    Blueprint all = tensors({{"visual.class_embedding", {width}}, {"visual.conv1.weight", {width, 3, 14, 14}}});
    for (int layer = 0; layer < layers; ++layer) {
        const std::string name = "visual.transformer.resblocks." + std::to_string(layer) + ".";
        all = joined({std::move(all),
            tensors({{name + "ln_1.weight", {width}}, {name + "attn.in_proj_weight", {3 * width, width}}})});
    }
    return all;
}

constexpr const char* kPositions = "vision_model.embeddings.position_embedding.weight";

Blueprint clipVision336() { return reshaped(encoderHeader("clip_vision_l"), kPositions, {577, 1024}); }

Blueprint siglip(std::uint64_t patches) { return reshaped(encoderHeader("siglip"), kPositions, {patches, 1152}); }

Cases visions()
{
    const Blueprint llava = joined({clipVision336(), tensors({{"multi_modal_projector.linear_1.bias", {4096}}})});
    const Blueprint naflex =
        reshaped(encoderHeader("siglip"), "vision_model.embeddings.patch_embedding.weight", {1152, 588});
    constexpr const char* kL = "encoder_clip_vision_l";
    return {
        vision("clip vision l", encoderHeader("clip_vision_l"), ClipL, "224", kL, "clip_vision_l.transformers"),
        vision("clip vision l of 336 pixels", clipVision336(), ClipL, "336", kL, "clip_vision_l.transformers"),
        vision("clip vision of llava", llava, ClipL, "336-llava", kL, "clip_vision_l.transformers"),
        vision("clip vision h", encoderHeader("clip_vision_h"), ClipH, "", "encoder_clip_vision_h",
            "clip_vision_h.transformers"),
        vision("clip vision g", encoderHeader("clip_vision_g"), ClipG, "", "encoder_clip_vision_g",
            "clip_vision_g.transformers"),
        vision("clip vision l of open_clip", openClipVision(1024, 24), ClipL, "", kL, "clip_vision_l.open_clip"),
        vision("clip vision h of open_clip", openClipVision(1280, 32), ClipH, "", "encoder_clip_vision_h",
            "clip_vision_h.open_clip"),
        vision("clip vision g of open_clip", openClipVision(1664, 48), ClipG, "", "encoder_clip_vision_g",
            "clip_vision_g.open_clip"),
        vision("siglip of 224 pixels", siglip(256), Siglip, "224", "encoder_siglip", "siglip"),
        vision("siglip of 384 pixels", siglip(729), Siglip, "384", "encoder_siglip", "siglip"),
        vision("siglip of 512 pixels", siglip(1024), Siglip, "512", "encoder_siglip", "siglip"),
        vision("siglip for any shape", naflex, Siglip, "naflex", "encoder_siglip", "siglip"),
        vision("dinov2 large", encoderHeader("dinov2_large"), Dinov2, "large", "encoder_dinov2", "dinov2.large"),
        vision("dinov2 giant", encoderHeader("dinov2_giant"), Dinov2, "giant", "encoder_dinov2", "dinov2.giant"),
    };
}

} // namespace

Cases encoderCases() { return allOf({clip, t5, visions}); }

} // namespace weightroom::test
