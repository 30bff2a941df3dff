// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/conversion/diffusers/names.h"
#include "model_engine/core/shape.h"

namespace weightroom::engine {

//   single file                          diffusers
//   encoder.down.{b}.block.{l}           encoder.down_blocks.{b}.resnets.{l}
//   encoder.down.{b}.downsample          encoder.down_blocks.{b}.downsamplers.0
//   decoder.up.{b}.block.{l}             decoder.up_blocks.{levels-1-b}.resnets.{l}     they count from the image, and
//   decoder.up.{b}.upsample              decoder.up_blocks.{levels-1-b}.upsamplers.0    to it
//   *.mid.block_1, .attn_1, .block_2     *.mid_block.resnets.0, .attentions.0, .resnets.1
//
// The attention's projections are convolutions of 1 × 1 in single files, and matrices in diffusers.

/// The other names of the tensors of an AutoencoderKL, without the prefix of the part. Nothing for names that it has
/// not.
class VaeNames {
public:
    /// All names that it has, in either naming: they tell how many levels there are.
    explicit VaeNames(std::span<const std::string_view> names);

    [[nodiscard]] std::optional<std::string> toDiffusers(std::string_view name) const;
    /// Also from the names that diffusers' attention had before version 0.17 ("query", …).
    [[nodiscard]] std::optional<std::string> toSingleFile(std::string_view name) const;

private:
    std::uint32_t m_levels = 0;
};

/// The shape of a tensor of a VAE in the other naming; `singleFileName` is its name there.
[[nodiscard]] Shape vaeShape(std::string_view singleFileName, const Shape& shape, Naming to);

} // namespace weightroom::engine
