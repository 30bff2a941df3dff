// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/gguf/block_bytes.h"

namespace weightroom::engine {

/// Of 32 numbers that are scale × number − minimum.
struct ScaleAndMinimum {
    float scale;
    float minimum;
};

/// Of group number `group` of eight, in Q4_K and Q5_K. Both have 6 bits in the 12 bytes from 4 on: those of the first
/// four groups stand for themselves; of the others the low 4 bits share the last four bytes, and the high 2 bits fill
/// up the bytes of the first four.
[[nodiscard]] inline ScaleAndMinimum scaleAndMinimum(BlockBytes block, std::size_t group)
{
    constexpr std::size_t kScales = 4;
    constexpr std::size_t kMinima = 8;
    constexpr std::size_t kRest = 12;
    const std::size_t i = group % 4;
    std::uint32_t scale = block.bits(kScales + i, 0, 6);
    std::uint32_t minimum = block.bits(kMinima + i, 0, 6);
    if (group >= 4) {
        scale = block.bits(kRest + i, 0, 4) | (block.bits(kScales + i, 6, 2) << 4U);
        minimum = block.bits(kRest + i, 4, 4) | (block.bits(kMinima + i, 6, 2) << 4U);
    }
    return {block.half(0) * static_cast<float>(scale), block.half(2) * static_cast<float>(minimum)};
}

} // namespace weightroom::engine
