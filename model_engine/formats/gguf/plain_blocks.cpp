// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/gguf/block_decoders.h"

#include <array>

namespace weightroom::engine {
namespace {

constexpr std::size_t kHalfBlock = 16;

void decodeF32(BlockBytes block, std::span<float> out) { out[0] = std::bit_cast<float>(block.u32(0)); }
void decodeF16(BlockBytes block, std::span<float> out) { out[0] = block.half(0); }
void decodeBf16(BlockBytes block, std::span<float> out) { out[0] = std::bit_cast<float>(block.u16(0) << 16U); }

/// Number `i` of 32 numbers of 4 bits: the low halves of the bytes come first.
std::uint32_t nibble(BlockBytes block, std::size_t at, std::size_t i)
{
    return block.bits(at + i % kHalfBlock, i < kHalfBlock ? 0 : 4, 4);
}

/// The same with a fifth bit out of the 32 bits at `high`.
std::uint32_t fiveBits(BlockBytes block, std::size_t at, std::size_t high, std::size_t i)
{
    return nibble(block, at, i) | (((block.u32(high) >> i) & 1U) << 4U);
}

//   Q4_0 | scale | 16 bytes |
void decodeQ4_0(BlockBytes block, std::span<float> out)
{
    const float scale = block.half(0);
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = scale * static_cast<float>(static_cast<int>(nibble(block, 2, i)) - 8);
}

//   Q4_1 | scale | minimum | 16 bytes |
void decodeQ4_1(BlockBytes block, std::span<float> out)
{
    const float scale = block.half(0);
    const float minimum = block.half(2);
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = scale * static_cast<float>(nibble(block, 4, i)) + minimum;
}

//   Q5_0 | scale | 32 fifth bits | 16 bytes |
void decodeQ5_0(BlockBytes block, std::span<float> out)
{
    const float scale = block.half(0);
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = scale * static_cast<float>(static_cast<int>(fiveBits(block, 6, 2, i)) - 16);
}

//   Q5_1 | scale | minimum | 32 fifth bits | 16 bytes |
void decodeQ5_1(BlockBytes block, std::span<float> out)
{
    const float scale = block.half(0);
    const float minimum = block.half(2);
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = scale * static_cast<float>(fiveBits(block, 8, 4, i)) + minimum;
}

//   Q8_0 | scale | 32 bytes |
void decodeQ8_0(BlockBytes block, std::span<float> out)
{
    const float scale = block.half(0);
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = scale * static_cast<float>(block.i8(2 + i));
}

constexpr std::array kDecoders{
    BlockDecoderRow{Dtype::F32, decodeF32},
    BlockDecoderRow{Dtype::F16, decodeF16},
    BlockDecoderRow{Dtype::Bf16, decodeBf16},
    BlockDecoderRow{Dtype::Q4_0, decodeQ4_0},
    BlockDecoderRow{Dtype::Q4_1, decodeQ4_1},
    BlockDecoderRow{Dtype::Q5_0, decodeQ5_0},
    BlockDecoderRow{Dtype::Q5_1, decodeQ5_1},
    BlockDecoderRow{Dtype::Q8_0, decodeQ8_0},
};

} // namespace

std::span<const BlockDecoderRow> plainDecoders() { return kDecoders; }

} // namespace weightroom::engine
