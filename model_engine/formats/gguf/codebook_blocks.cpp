// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/gguf/block_decoders.h"

#include "model_engine/formats/gguf/codebooks.h"

#include <array>

namespace weightroom::engine {
namespace {

// What the digits of a codebook mean; ggml's tables hold these bytes in place of the digits.
constexpr std::array<float, 4> kIq2Levels{0x08, 0x19, 0x2b, 0};
constexpr std::array<float, 8> kIq3XxsLevels{0x04, 0x0c, 0x14, 0x1c, 0x24, 0x2c, 0x34, 0x3e};
constexpr std::array<float, 8> kIq3SLevels{0x01, 0x03, 0x05, 0x07, 0x09, 0x0b, 0x0d, 0x0f};

float withSign(float magnitude, std::uint32_t signs, std::size_t i)
{
    return ((signs >> i) & 1U) == 0 ? magnitude : -magnitude;
}

/// Seven signs are stored; the eighth makes the number of negative values even.
std::uint32_t eightSigns(std::uint32_t seven)
{
    const std::uint32_t stored = seven & 0x7FU;
    return stored | (static_cast<std::uint32_t>(std::popcount(stored)) % 2 << 7U);
}

/// Eight values of an entry of an IQ2 codebook.
void putEight(std::uint32_t entry, float scale, std::uint32_t signs, std::span<float> out)
{
    for (std::size_t i = 0; i < 8; ++i)
        out[i] = withSign(scale * kIq2Levels[(entry >> (2 * i)) & 3U], signs, i);
}

/// Eight values of two entries of an IQ3 codebook.
void putTwiceFour(std::uint32_t first, std::uint32_t second, const std::array<float, 8>& levels, float scale,
    std::uint32_t signs, std::span<float> out)
{
    for (std::size_t i = 0; i < 8; ++i) {
        const std::uint32_t digit = ((i < 4 ? first : second) >> (4 * (i % 4))) & 7U;
        out[i] = withSign(scale * levels[digit], signs, i);
    }
}

/// (scale × (0.5 + number)) × unit, in this order.
float scaleWithHalf(float scale, std::uint32_t number, float unit)
{
    return scale * (0.5F + static_cast<float>(number)) * unit;
}

//   IQ2_XXS | scale | 8 × (4 indices of 8 bits, 4 × 7 signs, scale of 4 bits) |
void decodeIq2Xxs(BlockBytes block, std::span<float> out)
{
    for (std::size_t group = 0; group < 8; ++group) {
        const std::size_t at = 2 + group * 8;
        const std::uint32_t signsAndScale = block.u32(at + 4);
        const float scale = scaleWithHalf(block.half(0), signsAndScale >> 28U, 0.25F);
        for (std::size_t i = 0; i < 4; ++i) {
            putEight(kIq2XxsCodebook[block.u8(at + i)], scale, eightSigns(signsAndScale >> (7 * i)),
                out.subspan(group * 32 + i * 8, 8));
        }
    }
}

/// The scale of the 16 values to which the eight values number `i` belong: two of 4 bits in each byte at `at`.
float scaleOfIq2(BlockBytes block, std::size_t at, std::size_t i)
{
    return scaleWithHalf(block.half(0), block.bits(at + i / 4, i / 2 % 2 * 4, 4), 0.25F);
}

//   IQ2_XS | scale | 32 × (index of 9 bits, 7 signs) | 16 scales of 4 bits |
//          0       2                                 66
void decodeIq2Xs(BlockBytes block, std::span<float> out)
{
    for (std::size_t i = 0; i < 32; ++i) {
        const std::uint32_t indexAndSigns = block.u16(2 + i * 2);
        putEight(kIq2XsCodebook[indexAndSigns & 511U], scaleOfIq2(block, 66, i), eightSigns(indexAndSigns >> 9U),
            out.subspan(i * 8, 8));
    }
}

//   IQ2_S | scale | 32 × 8 low bits of indices | 32 × 8 signs | 32 × 2 high bits of indices | 16 scales of 4 bits |
//         0       2                            34             66                            74
void decodeIq2S(BlockBytes block, std::span<float> out)
{
    for (std::size_t i = 0; i < 32; ++i) {
        const std::uint32_t index = block.u8(2 + i) | (block.bits(66 + i / 4, i % 4 * 2, 2) << 8U);
        putEight(kIq2SCodebook[index], scaleOfIq2(block, 74, i), block.u8(34 + i), out.subspan(i * 8, 8));
    }
}

//   IQ3_XXS | scale | 64 indices of 8 bits | 8 × (4 × 7 signs, scale of 4 bits) |
//           0       2                      66
void decodeIq3Xxs(BlockBytes block, std::span<float> out)
{
    for (std::size_t i = 0; i < 32; ++i) {
        const std::uint32_t signsAndScale = block.u32(66 + i / 4 * 4);
        const float scale = scaleWithHalf(block.half(0), signsAndScale >> 28U, 0.5F);
        putTwiceFour(kIq3XxsCodebook[block.u8(2 + i * 2)], kIq3XxsCodebook[block.u8(3 + i * 2)], kIq3XxsLevels, scale,
            eightSigns(signsAndScale >> (i % 4 * 7)), out.subspan(i * 8, 8));
    }
}

//   IQ3_S | scale | 64 × 8 low bits of indices | 64 high bits of indices | 32 × 8 signs | 8 scales of 4 bits |
//         0       2                            66                        74             106
void decodeIq3S(BlockBytes block, std::span<float> out)
{
    const auto entry = [block](std::size_t i) {
        return kIq3SCodebook[block.u8(2 + i) | (block.bits(66 + i / 8, i % 8, 1) << 8U)];
    };
    for (std::size_t i = 0; i < 32; ++i) {
        const std::uint32_t number = block.bits(106 + i / 8, i / 4 % 2 * 4, 4);
        const float scale = block.half(0) * static_cast<float>(1 + 2 * number);
        putTwiceFour(entry(i * 2), entry(i * 2 + 1), kIq3SLevels, scale, block.u8(74 + i), out.subspan(i * 8, 8));
    }
}

/// Eight values of an entry of the IQ1 codebook, -1, 0 or 1, all moved by an eighth up or down.
void putMoved(std::uint32_t entry, float scale, float delta, std::span<float> out)
{
    for (std::size_t i = 0; i < 8; ++i) {
        const int digit = static_cast<int>((entry >> (2 * i)) & 3U) - 1;
        out[i] = scale * (static_cast<float>(digit) + delta);
    }
}

float deltaOf(std::uint32_t sign) { return sign == 0 ? 0.125F : -0.125F; }

//   IQ1_S | scale | 32 × 8 low bits of indices | 8 × (4 × 3 high bits of indices, scale of 3 bits, sign of the move) |
//         0       2                            34
void decodeIq1S(BlockBytes block, std::span<float> out)
{
    for (std::size_t i = 0; i < 32; ++i) {
        const std::uint32_t rest = block.u16(34 + i / 4 * 2);
        const float scale = block.half(0) * static_cast<float>(2 * ((rest >> 12U) & 7U) + 1);
        const std::uint32_t index = block.u8(2 + i) | (((rest >> (i % 4 * 3)) & 7U) << 8U);
        putMoved(kIq1Codebook[index], scale, deltaOf(rest >> 15U), out.subspan(i * 8, 8));
    }
}

/// IQ1_M has its scale in pieces: 4 bits at the top of each of the four numbers with the group scales.
float scaleOfIq1M(BlockBytes block)
{
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < 4; ++i)
        bits |= (block.u16(48 + i * 2) >> 12U) << (4 * i);
    return fromHalf(static_cast<std::uint16_t>(bits));
}

//   IQ1_M | 32 × 8 low bits of indices | 32 × (3 high bits, sign of the move) | 4 × (4 scales of 3 bits, 4 bits of
//         0                            32                                     48   the scale) |
void decodeIq1M(BlockBytes block, std::span<float> out)
{
    const float scaleOfScales = scaleOfIq1M(block);
    for (std::size_t i = 0; i < 32; ++i) {
        const std::uint32_t number = (block.u16(48 + i / 8 * 2) >> (i / 2 % 4 * 3)) & 7U;
        const std::uint32_t rest = block.bits(32 + i / 2, i % 2 * 4, 4);
        putMoved(kIq1Codebook[block.u8(i) | ((rest & 7U) << 8U)], scaleOfScales * static_cast<float>(2 * number + 1),
            deltaOf(rest >> 3U), out.subspan(i * 8, 8));
    }
}

constexpr std::array kDecoders{
    BlockDecoderRow{Dtype::Iq1S, decodeIq1S},
    BlockDecoderRow{Dtype::Iq1M, decodeIq1M},
    BlockDecoderRow{Dtype::Iq2Xxs, decodeIq2Xxs},
    BlockDecoderRow{Dtype::Iq2Xs, decodeIq2Xs},
    BlockDecoderRow{Dtype::Iq2S, decodeIq2S},
    BlockDecoderRow{Dtype::Iq3Xxs, decodeIq3Xxs},
    BlockDecoderRow{Dtype::Iq3S, decodeIq3S},
};

} // namespace

std::span<const BlockDecoderRow> codebookDecoders() { return kDecoders; }

} // namespace weightroom::engine
