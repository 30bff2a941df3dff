// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/diffusers/unet_names.h"

#include <array>

namespace weightroom::engine {
namespace {

using Name = std::optional<std::string>;

/// Residual blocks a level on the way down, and one more on the way up.
constexpr std::uint32_t kLayers = 2;
/// What a level has: the blocks, and the change of size behind them.
constexpr std::uint32_t kLevel = kLayers + 1;

constexpr std::array kSingleModules{
    NamePair{"time_embed.0", "time_embedding.linear_1"},
    NamePair{"time_embed.2", "time_embedding.linear_2"},
    NamePair{"label_emb.0.0", "add_embedding.linear_1"},
    NamePair{"label_emb.0.2", "add_embedding.linear_2"},
    NamePair{"input_blocks.0.0", "conv_in"},
    NamePair{"middle_block.1", "mid_block.attentions.0"},
    NamePair{"out.0", "conv_norm_out"},
    NamePair{"out.2", "conv_out"},
};

constexpr std::array kResidualModules{
    NamePair{"in_layers.0", "norm1"},
    NamePair{"in_layers.2", "conv1"},
    NamePair{"emb_layers.1", "time_emb_proj"},
    NamePair{"out_layers.0", "norm2"},
    NamePair{"out_layers.3", "conv2"},
    NamePair{"skip_connection", "conv_shortcut"},
};

/// The modules of an attention have the same names.
Name sameName(std::string_view rest) { return rest.empty() ? Name{} : Name{rest}; }

Name residual(std::string_view rest, Naming to) { return renamed(rest, kResidualModules, to); }

std::string numbered(std::string_view list, std::uint32_t number)
{
    return std::string{list} + std::to_string(number) + ".";
}

Name fromMiddleBlock(NameReader name)
{
    const auto part = name.takeNumber();
    if (part != 0U && part != 2U)
        return std::nullopt;
    return joined(numbered("mid_block.resnets.", *part / 2), residual(name.rest(), Naming::Diffusers));
}

/// Behind the numbers of block and part: a residual block, or the attention behind it.
Name layerToDiffusers(std::string block, std::uint32_t layer, std::uint32_t part, std::string_view rest)
{
    if (part == 0)
        return joined(block + numbered("resnets.", layer), residual(rest, Naming::Diffusers));
    return part == 1 ? joined(block + numbered("attentions.", layer), sameName(rest)) : std::nullopt;
}

Name fromInputBlock(NameReader name)
{
    const auto number = name.takeNumber();
    const auto part = name.takeNumber();
    if (!number || !part || *number == 0)
        return std::nullopt;
    const std::uint32_t layer = (*number - 1) % kLevel;
    const std::string block = numbered("down_blocks.", (*number - 1) / kLevel);
    if (layer < kLayers)
        return layerToDiffusers(block, layer, *part, name.rest());
    return *part == 0 && name.take("op.") ? joined(block + "downsamplers.0.conv.", sameName(name.rest()))
                                          : std::nullopt;
}

Name fromOutputBlock(NameReader name)
{
    const auto number = name.takeNumber();
    const auto part = name.takeNumber();
    if (!number || !part)
        return std::nullopt;
    const std::uint32_t layer = *number % kLevel;
    const std::string block = numbered("up_blocks.", *number / kLevel);
    const bool mayEnlarge = layer == kLayers && (*part == 1 || *part == 2);
    if (mayEnlarge && name.take("conv."))
        return joined(block + "upsamplers.0.conv.", sameName(name.rest()));
    return layerToDiffusers(block, layer, *part, name.rest());
}

Name fromDownBlock(NameReader name)
{
    const auto block = name.takeNumber();
    if (!block)
        return std::nullopt;
    const std::uint32_t first = 1 + *block * kLevel;
    if (name.take("downsamplers.0.conv."))
        return joined(numbered("input_blocks.", first + kLayers) + "0.op.", sameName(name.rest()));
    const bool isResidual = name.take("resnets.");
    if (!isResidual && !name.take("attentions."))
        return std::nullopt;
    const auto layer = name.takeNumber();
    if (!layer || *layer >= kLayers)
        return std::nullopt;
    const std::string input = numbered("input_blocks.", first + *layer);
    return isResidual ? joined(input + "0.", residual(name.rest(), Naming::SingleFile))
                      : joined(input + "1.", sameName(name.rest()));
}

Name fromMiddleResidual(NameReader name)
{
    const auto number = name.takeNumber();
    if (!number || *number > 1)
        return std::nullopt;
    return joined(numbered("middle_block.", *number * 2), residual(name.rest(), Naming::SingleFile));
}

} // namespace

UnetNames::UnetNames(std::span<const std::string_view> names)
{
    for (const std::string_view name : names) {
        NameReader reader{name};
        if (!reader.take("up_blocks."))
            continue;
        const auto block = reader.takeNumber();
        if (block && reader.take("attentions."))
            m_upBlocksWithAttention.insert(*block);
    }
}

Name UnetNames::toDiffusers(std::string_view name)
{
    if (auto single = renamed(name, kSingleModules, Naming::Diffusers))
        return single;
    NameReader reader{name};
    if (reader.take("input_blocks."))
        return fromInputBlock(reader);
    if (reader.take("middle_block."))
        return fromMiddleBlock(reader);
    return reader.take("output_blocks.") ? fromOutputBlock(reader) : std::nullopt;
}

Name UnetNames::toSingleFile(std::string_view name) const
{
    if (auto single = renamed(name, kSingleModules, Naming::SingleFile))
        return single;
    NameReader reader{name};
    if (reader.take("down_blocks."))
        return fromDownBlock(reader);
    if (reader.take("mid_block.resnets."))
        return fromMiddleResidual(reader);
    return reader.take("up_blocks.") ? fromUpBlock(reader) : std::nullopt;
}

Name UnetNames::fromUpBlock(NameReader name) const
{
    const auto block = name.takeNumber();
    if (!block)
        return std::nullopt;
    const std::uint32_t first = *block * kLevel;
    if (name.take("upsamplers.0.conv.")) {
        const bool isBehindAttention = m_upBlocksWithAttention.contains(*block);
        const std::string part = isBehindAttention ? "2.conv." : "1.conv.";
        return joined(numbered("output_blocks.", first + kLayers) + part, sameName(name.rest()));
    }
    const bool isResidual = name.take("resnets.");
    if (!isResidual && !name.take("attentions."))
        return std::nullopt;
    const auto layer = name.takeNumber();
    if (!layer || *layer > kLayers)
        return std::nullopt;
    const std::string output = numbered("output_blocks.", first + *layer);
    return isResidual ? joined(output + "0.", residual(name.rest(), Naming::SingleFile))
                      : joined(output + "1.", sameName(name.rest()));
}

} // namespace weightroom::engine
