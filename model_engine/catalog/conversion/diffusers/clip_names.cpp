// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/diffusers/clip_names.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

using Name = std::optional<std::string>;

constexpr NamePair kLayers{"transformer.resblocks.", "text_model.encoder.layers."};

constexpr std::array kSingleModules{
    NamePair{"positional_embedding", "text_model.embeddings.position_embedding.weight"},
    NamePair{"token_embedding", "text_model.embeddings.token_embedding"},
    NamePair{"ln_final", "text_model.final_layer_norm"},
    NamePair{"logit_scale", "logit_scale"},
};

constexpr std::array kLayerModules{
    NamePair{"ln_1", "layer_norm1"},
    NamePair{"ln_2", "layer_norm2"},
    NamePair{"mlp.c_fc", "mlp.fc1"},
    NamePair{"mlp.c_proj", "mlp.fc2"},
    NamePair{"attn.out_proj", "self_attn.out_proj"},
};

/// What is joined, and how it ends in transformers.
constexpr std::array kJoined{
    NamePair{"attn.in_proj_weight", "weight"},
    NamePair{"attn.in_proj_bias", "bias"},
};
constexpr std::array<std::string_view, 3> kProjections{"q_proj.", "k_proj.", "v_proj."};

Name otherName(std::string_view name, Naming to)
{
    if (auto single = renamed(name, kSingleModules, to))
        return single;
    NameReader reader{name};
    if (!reader.take(kLayers.in(to == Naming::Diffusers ? Naming::SingleFile : Naming::Diffusers)))
        return std::nullopt;
    const auto layer = reader.takeNumber();
    if (!layer)
        return std::nullopt;
    return joined(
        std::string{kLayers.in(to)} + std::to_string(*layer) + ".", renamed(reader.rest(), kLayerModules, to));
}

JoinedAttention attentionOf(std::uint32_t layer, const NamePair& tensor)
{
    const std::string number = std::to_string(layer) + ".";
    JoinedAttention attention{std::string{kLayers.single} + number + std::string{tensor.single}, {}};
    std::ranges::transform(kProjections, attention.parts.begin(), [&](std::string_view projection) {
        return std::string{kLayers.diffusers} + number + "self_attn." + std::string{projection}
        + std::string{tensor.diffusers};
    });
    return attention;
}

} // namespace

Name openClipToTransformers(std::string_view name) { return otherName(name, Naming::Diffusers); }

Name transformersToOpenClip(std::string_view name) { return otherName(name, Naming::SingleFile); }

std::optional<JoinedAttention> attentionOfOpenClip(std::string_view name)
{
    NameReader reader{name};
    const auto layer = reader.take(kLayers.single) ? reader.takeNumber() : std::nullopt;
    const auto tensor = std::ranges::find(kJoined, reader.rest(), &NamePair::single);
    if (!layer || tensor == kJoined.end())
        return std::nullopt;
    return attentionOf(*layer, *tensor);
}

std::optional<JoinedAttention> attentionOfTransformers(std::string_view name)
{
    NameReader reader{name};
    const auto layer = reader.take(kLayers.diffusers) ? reader.takeNumber() : std::nullopt;
    if (!layer || !reader.take("self_attn."))
        return std::nullopt;
    if (std::ranges::none_of(kProjections, [&](std::string_view projection) { return reader.take(projection); }))
        return std::nullopt;
    const auto tensor = std::ranges::find(kJoined, reader.rest(), &NamePair::diffusers);
    if (tensor == kJoined.end())
        return std::nullopt;
    return attentionOf(*layer, *tensor);
}

} // namespace weightroom::engine
