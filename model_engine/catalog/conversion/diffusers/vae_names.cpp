// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/diffusers/vae_names.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

using Name = std::optional<std::string>;

constexpr std::array kSingleModules{
    NamePair{"quant_conv", "quant_conv"},
    NamePair{"post_quant_conv", "post_quant_conv"},
    NamePair{"encoder.conv_in", "encoder.conv_in"},
    NamePair{"encoder.norm_out", "encoder.conv_norm_out"},
    NamePair{"encoder.conv_out", "encoder.conv_out"},
    NamePair{"decoder.conv_in", "decoder.conv_in"},
    NamePair{"decoder.norm_out", "decoder.conv_norm_out"},
    NamePair{"decoder.conv_out", "decoder.conv_out"},
};

constexpr std::array kResidualModules{
    NamePair{"norm1", "norm1"},
    NamePair{"conv1", "conv1"},
    NamePair{"norm2", "norm2"},
    NamePair{"conv2", "conv2"},
    NamePair{"nin_shortcut", "conv_shortcut"},
};

/// Names of today first: these are written.
constexpr std::array kAttentionModules{
    NamePair{"norm", "group_norm"},
    NamePair{"q", "to_q"},
    NamePair{"k", "to_k"},
    NamePair{"v", "to_v"},
    NamePair{"proj_out", "to_out.0"},
    NamePair{"q", "query"},
    NamePair{"k", "key"},
    NamePair{"v", "value"},
    NamePair{"proj_out", "proj_attn"},
};

/// The parts of the middle, with what lies in them.
struct MiddlePart {
    NamePair names;
    std::span<const NamePair> modules;
};

constexpr std::array kMiddleParts{
    MiddlePart{{"mid.block_1.", "mid_block.resnets.0."}, kResidualModules},
    MiddlePart{{"mid.attn_1.", "mid_block.attentions.0."}, kAttentionModules},
    MiddlePart{{"mid.block_2.", "mid_block.resnets.1."}, kResidualModules},
};

/// One of the two halves, and how its levels are called.
struct Half {
    std::string_view name;
    NamePair levels;
    NamePair resizing;
    bool countsBackwards; ///< diffusers counts the levels of the decoder from the inside
};

constexpr std::array kHalves{
    Half{"encoder.", {"down.", "down_blocks."}, {"downsample.conv.", "downsamplers.0.conv."}, false},
    Half{"decoder.", {"up.", "up_blocks."}, {"upsample.conv.", "upsamplers.0.conv."}, true},
};
constexpr NamePair kBlocks{"block.", "resnets."};

Naming otherThan(Naming naming) { return naming == Naming::Diffusers ? Naming::SingleFile : Naming::Diffusers; }

Name middle(const Half& half, NameReader name, Naming to)
{
    for (const MiddlePart& part : kMiddleParts) {
        if (name.take(part.names.in(otherThan(to))))
            return joined(std::string{half.name}.append(part.names.in(to)), renamed(name.rest(), part.modules, to));
    }
    return std::nullopt;
}

Name level(const Half& half, NameReader name, std::uint32_t levels, Naming to)
{
    const Naming from = otherThan(to);
    auto number = name.takeNumber();
    if (!number || *number >= levels)
        return std::nullopt;
    if (half.countsBackwards)
        number = levels - 1 - *number;
    const std::string beginning = std::string{half.name}.append(half.levels.in(to)) + std::to_string(*number) + ".";
    if (name.take(half.resizing.in(from)))
        return joined(beginning + std::string{half.resizing.in(to)}, std::string{name.rest()});
    const bool isBlock = name.take(kBlocks.in(from));
    const auto layer = isBlock ? name.takeNumber() : std::nullopt;
    if (!layer)
        return std::nullopt;
    return joined(beginning + std::string{kBlocks.in(to)} + std::to_string(*layer) + ".",
        renamed(name.rest(), kResidualModules, to));
}

Name otherName(std::string_view name, std::uint32_t levels, Naming to)
{
    if (auto single = renamed(name, kSingleModules, to))
        return single;
    for (const Half& half : kHalves) {
        NameReader reader{name};
        if (!reader.take(half.name))
            continue;
        if (auto part = middle(half, reader, to))
            return part;
        return reader.take(half.levels.in(otherThan(to))) ? level(half, reader, levels, to) : std::nullopt;
    }
    return std::nullopt;
}

} // namespace

VaeNames::VaeNames(std::span<const std::string_view> names)
{
    for (const std::string_view name : names) {
        NameReader reader{name};
        if (!reader.take("encoder.down.") && !reader.take("encoder.down_blocks."))
            continue;
        if (const auto number = reader.takeNumber())
            m_levels = std::max(m_levels, *number + 1);
    }
}

Name VaeNames::toDiffusers(std::string_view name) const { return otherName(name, m_levels, Naming::Diffusers); }

Name VaeNames::toSingleFile(std::string_view name) const { return otherName(name, m_levels, Naming::SingleFile); }

Shape vaeShape(std::string_view singleFileName, const Shape& shape, Naming to)
{
    if (singleFileName.find(".mid.attn_1.") == std::string_view::npos)
        return shape;
    if (to == Naming::Diffusers && shape.rank() == 4 && shape.at(2) == 1U && shape.at(3) == 1U)
        return {shape.dimensions[0], shape.dimensions[1]};
    if (to == Naming::SingleFile && shape.rank() == 2)
        return {shape.dimensions[0], shape.dimensions[1], 1, 1};
    return shape;
}

} // namespace weightroom::engine
