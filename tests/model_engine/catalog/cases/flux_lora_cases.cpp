// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/cases/case_builders.h"

namespace weightroom::test {
namespace {

using namespace engine;
using enum Architecture;

IdentificationCase lora(std::string name, Blueprint blueprint, Architecture architecture, std::string rule,
    std::string baseVariant = "", std::string variant = "kohya")
{
    IdentificationCase file =
        loraCase(std::move(name), std::move(blueprint), architecture, std::move(variant), std::move(rule));
    file.baseVariant = std::move(baseVariant);
    return file;
}

IdentificationCase open(std::string name, Blueprint blueprint, std::string candidates, std::string rule)
{
    IdentificationCase file =
        loraCase(std::move(name), std::move(blueprint), Architecture::Unknown, "kohya", std::move(rule));
    file.candidates = std::move(candidates);
    return file;
}

/// A layer of the first block of Black Forest Labs' names.
Blueprint block(const char* layer, std::uint64_t in, std::uint64_t out)
{
    return loraLayer(std::string{"lora_unet_"} + layer, in, out);
}

/// The same of diffusers, in the dialect of PEFT.
Blueprint diffusersBlock(const char* layer, std::uint64_t in, std::uint64_t out)
{
    return loraLayer(std::string{"transformer."} + layer, in, out, kPeft);
}

Cases flux1()
{
    const Blueprint control =
        joined({loraLayer("img_in", 128, 3072, kPeft), loraLayer("double_blocks.0.img_attn.qkv", 3072, 9216, kPeft),
            tensors({{"double_blocks.0.img_attn.norm.key_norm.scale", {128}}})});
    return {
        lora("flux lora of the feed-forward's first layer", block("double_blocks_0_img_mlp_0", 3072, 12288), Flux,
            "lora.flux_mlp_in"),
        lora("flux lora of the feed-forward's second layer", block("double_blocks_0_txt_mlp_2", 12288, 3072), Flux,
            "lora.flux_mlp_out"),
        lora("flux lora of linear1", block("single_blocks_0_linear1", 3072, 21504), Flux, "lora.flux_linear1"),
        lora("flux lora of linear2", block("single_blocks_0_linear2", 15360, 3072), Flux, "lora.flux_linear2"),
        lora("flux lora of the modulation", block("single_blocks_0_modulation_lin", 3072, 9216), Flux,
            "lora.flux_modulation"),
        lora("flux lora of XLabs",
            loraLayer("double_blocks.0.processor.qkv_lora1", 3072, 9216, {".down.weight", ".up.weight"}), Flux,
            "lora.flux_xlabs", "", "xlabs"),
        lora("flux lora of diffusers", diffusersBlock("single_transformer_blocks.0.proj_mlp", 3072, 12288), Flux,
            "lora.flux_single", "", "peft"),
        lora("flux lora of the context", block("txt_in", 4096, 3072), Flux, "lora.flux_context"),
        lora("flux lora of the pooled context", block("vector_in_in_layer", 768, 3072), Flux, "lora.flux_vector"),
        lora("flux lora of attention alone", block("double_blocks_18_img_attn_qkv", 3072, 9216), Flux,
            "lora.flux_depth"),
        lora("flux lora of the second stream",
            diffusersBlock("transformer_blocks.0.ff_context.net.0.proj", 3072, 12288), Flux, "lora.flux_double", "",
            "peft"),
        lora("flux lora with the first text encoder",
            joined({loraLayer("lora_te1_text_model_encoder_layers_0_mlp_fc1", 768, 3072),
                block("double_blocks_0_img_mlp_0", 3072, 12288)}),
            Flux, "lora.flux_mlp_in"),
        lora("flux control lora", control, Flux, "lora.flux_control", "", "control"),
        open("lora of the first blocks' attention", block("double_blocks_0_img_attn_qkv", 3072, 9216), "flux flux2",
            "lora.flux_or_flux2"),
    };
}

Cases flux2()
{
    return {
        lora("flux.2 lora of the shared modulation", block("double_stream_modulation_img_lin", 6144, 36864), Flux2,
            "lora.flux2_modulation"),
        lora("klein 4b lora of diffusers",
            diffusersBlock("single_transformer_blocks.0.attn.to_qkv_mlp_proj", 3072, 27648), Flux2, "lora.flux2_fused",
            "klein-4b", "peft"),
        lora("klein 9b lora of diffusers",
            diffusersBlock("single_transformer_blocks.0.attn.to_qkv_mlp_proj", 4096, 36864), Flux2, "lora.flux2_fused",
            "klein-9b", "peft"),
        lora("flux.2 dev lora of diffusers",
            diffusersBlock("single_transformer_blocks.0.attn.to_qkv_mlp_proj", 6144, 55296), Flux2, "lora.flux2_fused",
            "dev", "peft"),
        lora("klein 4b lora of the second stream",
            diffusersBlock("transformer_blocks.0.ff_context.linear_in", 3072, 18432), Flux2, "lora.flux2_feed_forward",
            "klein-4b", "peft"),
        lora("klein 9b lora of the second stream",
            diffusersBlock("transformer_blocks.0.ff_context.linear_in", 4096, 24576), Flux2, "lora.flux2_feed_forward",
            "klein-9b", "peft"),
        lora("flux.2 dev lora of the second stream", diffusersBlock("transformer_blocks.0.ff.linear_in", 6144, 36864),
            Flux2, "lora.flux2_feed_forward", "dev", "peft"),
        lora("klein 4b lora of the context", block("txt_in", 7680, 3072), Flux2, "lora.flux2_context", "klein-4b"),
        lora("klein 9b lora of the context", block("txt_in", 12288, 4096), Flux2, "lora.flux2_context", "klein-9b"),
        lora("flux.2 dev lora of the context", diffusersBlock("context_embedder", 15360, 6144), Flux2,
            "lora.flux2_context", "dev", "peft"),
        lora("klein 9b lora of attention alone", block("double_blocks_0_img_attn_qkv", 4096, 12288), Flux2,
            "lora.flux2_width", "klein-9b"),
        lora("flux.2 dev lora of attention alone", block("double_blocks_0_img_attn_qkv", 6144, 18432), Flux2,
            "lora.flux2_width", "dev"),
        lora("klein 4b lora of the feed-forward's first layer", block("double_blocks_0_img_mlp_0", 3072, 18432), Flux2,
            "lora.flux2_mlp_in", "klein-4b"),
        lora("klein 4b lora of the feed-forward's second layer", block("double_blocks_0_img_mlp_2", 9216, 3072), Flux2,
            "lora.flux2_mlp_out", "klein-4b"),
        lora("klein 4b lora of linear1", block("single_blocks_0_linear1", 3072, 27648), Flux2, "lora.flux2_linear1",
            "klein-4b"),
        lora("klein 4b lora of linear2", block("single_blocks_0_linear2", 12288, 3072), Flux2, "lora.flux2_linear2",
            "klein-4b"),
        // Attention alone would leave it open, or say Flux.1 for its depth.
        lora("klein 4b lora of all layers",
            joined({block("double_blocks_0_img_attn_qkv", 3072, 9216), block("double_blocks_4_img_mlp_0", 3072, 18432),
                block("single_blocks_19_linear1", 3072, 27648), block("single_blocks_19_linear2", 12288, 3072)}),
            Flux2, "lora.flux2_mlp_in", "klein-4b"),
    };
}

} // namespace

Cases fluxLoraCases() { return allOf({flux1, flux2}); }

} // namespace weightroom::test
