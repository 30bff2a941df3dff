// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/blueprints/text_encoders.h"

namespace weightroom::engine {
namespace {

constexpr std::uint64_t kClipVocabulary = 49408;
constexpr std::uint64_t kClipTokens = 77;

void transformersClipLayer(PartBuilder& part, const std::string& name, std::uint64_t width)
{
    for (const char* projection :
        {".self_attn.k_proj", ".self_attn.v_proj", ".self_attn.q_proj", ".self_attn.out_proj"})
        part.linear(name + projection, width, width);
    part.norm(name + ".layer_norm1", width);
    part.linear(name + ".mlp.fc1", 4 * width, width);
    part.linear(name + ".mlp.fc2", width, 4 * width);
    part.norm(name + ".layer_norm2", width);
}

void openClipLayer(PartBuilder& part, const std::string& name, std::uint64_t width)
{
    part.norm(name + ".ln_1", width);
    part.tensor(name + ".attn.in_proj_weight", {3 * width, width});
    part.tensor(name + ".attn.in_proj_bias", {3 * width});
    part.linear(name + ".attn.out_proj", width, width);
    part.norm(name + ".ln_2", width);
    part.linear(name + ".mlp.c_fc", 4 * width, width);
    part.linear(name + ".mlp.c_proj", width, 4 * width);
}

} // namespace

Blueprint transformersClip(const ClipDesign& design, Dtype dtype)
{
    PartBuilder part{dtype};
    part.tensor("text_model.embeddings.position_ids", {1, kClipTokens}, Dtype::I64);
    part.tensor("text_model.embeddings.token_embedding.weight", {kClipVocabulary, design.width});
    part.tensor("text_model.embeddings.position_embedding.weight", {kClipTokens, design.width});
    for (std::uint64_t layer = 0; layer < design.layers; ++layer)
        transformersClipLayer(part, "text_model.encoder.layers." + std::to_string(layer), design.width);
    part.norm("text_model.final_layer_norm", design.width);
    return part.take();
}

Blueprint openClip(const ClipDesign& design, Dtype dtype)
{
    PartBuilder part{dtype};
    part.tensor("positional_embedding", {kClipTokens, design.width});
    part.tensor("text_projection", {design.width, design.width});
    part.tensor("logit_scale", {});
    part.tensor("token_embedding.weight", {kClipVocabulary, design.width});
    for (std::uint64_t layer = 0; layer < design.layers; ++layer)
        openClipLayer(part, "transformer.resblocks." + std::to_string(layer), design.width);
    part.norm("ln_final", design.width);
    return part.take();
}

Blueprint t5Xxl(Dtype dtype)
{
    constexpr std::uint64_t kWidth = 4096;
    constexpr std::uint64_t kInner = 10240;
    PartBuilder part{dtype};
    part.tensor("shared.weight", {32128, kWidth});
    part.tensor("encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight", {32, 64});
    for (int block = 0; block < 24; ++block) {
        const std::string name = "encoder.block." + std::to_string(block) + ".layer.";
        for (const char* projection : {"q", "k", "v", "o"})
            part.linear(name + "0.SelfAttention." + projection, kWidth, kWidth, Bias::Without);
        part.tensor(name + "0.layer_norm.weight", {kWidth});
        part.linear(name + "1.DenseReluDense.wi_0", kInner, kWidth, Bias::Without);
        part.linear(name + "1.DenseReluDense.wi_1", kInner, kWidth, Bias::Without);
        part.linear(name + "1.DenseReluDense.wo", kWidth, kInner, Bias::Without);
        part.tensor(name + "1.layer_norm.weight", {kWidth});
    }
    part.tensor("encoder.final_layer_norm.weight", {kWidth});
    return part.take();
}

} // namespace weightroom::engine
