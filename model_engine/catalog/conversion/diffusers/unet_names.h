// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/conversion/diffusers/names.h"

#include <set>

namespace weightroom::engine {

//   single file                     diffusers
//   input_blocks.0.0                conv_in
//   input_blocks.{1+3b+l}.0, .1     down_blocks.{b}.resnets.{l}, .attentions.{l}       l: 0, 1
//   input_blocks.{3+3b}.0.op        down_blocks.{b}.downsamplers.0.conv
//   middle_block.0, .1, .2          mid_block.resnets.0, .attentions.0, .resnets.1
//   output_blocks.{3b+l}.0, .1      up_blocks.{b}.resnets.{l}, .attentions.{l}         l: 0, 1, 2
//   output_blocks.{2+3b}.1 or .2    up_blocks.{b}.upsamplers.0                         behind the attention, if any
//
// So it is for UNets with two residual blocks a level: SD1, SD2, SDXL and what was made from them.

/// The other names of a UNet's tensors, without the prefix of the part. Nothing for names that a UNet has not.
class UnetNames {
public:
    /// `names` are all that the UNet has, in diffusers' naming: they tell which of the up blocks have attention.
    /// Renaming to diffusers needs none.
    explicit UnetNames(std::span<const std::string_view> names = {});

    [[nodiscard]] static std::optional<std::string> toDiffusers(std::string_view name);
    [[nodiscard]] std::optional<std::string> toSingleFile(std::string_view name) const;

private:
    [[nodiscard]] std::optional<std::string> fromUpBlock(NameReader name) const;

    std::set<std::uint32_t> m_upBlocksWithAttention;
};

} // namespace weightroom::engine
