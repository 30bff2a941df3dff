// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/cases/case_builders.h"

namespace weightroom::test {
namespace {

using namespace engine;

IdentificationCase unknown(std::string name, Blueprint blueprint)
{
    return {.name = std::move(name),
        .blueprint = std::move(blueprint),
        .components = "other_tensors",
        .problems = "unknown-architecture"};
}

Cases lookAlikes()
{
    return {
        unknown("bert", encoderHeader("bert")),
        unknown("whisper", encoderHeader("whisper")),
        unknown("random names", tensors({{"a", {3}}, {"b.c", {1, 2, 3}}, {"", {}}})),
        unknown("unet of another width", ldmUnet({256, 4, {1, 2, 4, 4}, {1, 1, 1, 0}, 1, 1024, 0, true}, Dtype::F16)),
        unknown(
            "half a unet", tensors({{"input_blocks.0.0.weight", {320, 4, 3, 3}}, {"out.2.weight", {4, 320, 3, 3}}})),
        unknown("vae with 8 latent channels",
            reshaped(vaeHeader("kl_f8_diffusers"), "decoder.conv_in.weight", {512, 8, 3, 3})),
        unknown("t5 of another width",
            tensors({{"encoder.block.23.layer.1.DenseReluDense.wi_1.weight", {2816, 1024}},
                {"encoder.block.0.layer.0.layer_norm.weight", {1024}}})),
        unknown("flux of another width", reshaped(transformer("flux_dev_diffusers"), "x_embedder.bias", {2048})),
        unknown("names that only begin like a lora's",
            tensors({{"lora_unet_x.alpha", {}}, {"lora_unet_x.lora_down", {4, 768}}})),
        unknown("a row of another width", tensors({{"<token>", {1, 999}}})),
        unknown("a matrix of sd1's width", tensors({{"weight", {4096, 768}}})),
    };
}

/// Names that decide, below shapes that no rule may trust.
Cases hostile()
{
    return {
        unknown("scalars with the deciding names",
            tensors({{"input_blocks.0.0.weight", {}}, {"input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight", {}},
                {"out.2.weight", {}}, {"decoder.conv_in.weight", {}}, {"post_quant_conv.weight", {}},
                {"x.lora_down.weight", {}}, {"x.hada_w1_b", {}}, {"x.lokr_w1", {}}, {"x.a1.weight", {}},
                {"x.oft_blocks", {2}}, {"emb_params", {}}, {"string_to_param.*", {}}, {"clip_l", {}}})),
        unknown("no elements below the deciding names",
            tensors({{"input_blocks.0.0.weight", {0, 4, 3, 3}}, {"decoder.conv_in.weight", {0}},
                {"double_blocks.0.img_attn.norm.key_norm.scale", {0}}, {"img_in.bias", {0}}, {"head.modulation", {0}},
                {"model.norm.weight", {0}}, {"model.0.weight", {0, 0}}})),
        unknown("numbers that are no blocks",
            tensors({{"double_blocks.99999999999999999999.img_attn", {1}}, {"double_blocks..img_attn", {1}},
                {"double_blocks.-1.img_attn", {1}}, {"blocks.4294967295.x", {1}}})),
        unknown("names of nothing but dots",
            tensors({{".", {1}}, {"..", {1}}, {"text_encoders..", {1}}, {"text_encoders.", {1}},
                {"conditioner.embedders.", {1}}})),
    };
}

} // namespace

Cases unknownFiles() { return allOf({lookAlikes, hostile}); }

} // namespace weightroom::test
