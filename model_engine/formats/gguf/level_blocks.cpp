// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/gguf/block_decoders.h"

#include <array>
#include <cmath>

namespace weightroom::engine {
namespace {

using Levels = std::array<int, 16>;

/// The levels of IQ4_NL and IQ4_XS, published with ggml (kvalues_iq4nl).
constexpr Levels kNonLinear{-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};

/// The numbers of E2M1 (OCP Microscaling Formats 1.0), doubled: 0, 0.5, 1, 1.5, 2, 3, 4, 6, and their negatives.
constexpr Levels kFp4Doubled{0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

/// Fills `out` from half as many bytes at `at`: first the low halves of the bytes, then the high ones.
void putLevels(BlockBytes block, std::size_t at, const Levels& levels, float scale, std::span<float> out)
{
    const std::size_t half = out.size() / 2;
    for (std::size_t i = 0; i < half; ++i) {
        out[i] = scale * static_cast<float>(levels[block.bits(at + i, 0, 4)]);
        out[i + half] = scale * static_cast<float>(levels[block.bits(at + i, 4, 4)]);
    }
}

//   IQ4_NL | scale | 16 bytes |
void decodeIq4Nl(BlockBytes block, std::span<float> out) { putLevels(block, 2, kNonLinear, block.half(0), out); }

//   IQ4_XS | scale of the scales | 8 × 2 high bits of the scales | 8 × 4 low bits | 128 bytes |
//          0                     2                               4                8
void decodeIq4Xs(BlockBytes block, std::span<float> out)
{
    for (std::size_t group = 0; group < 8; ++group) {
        const std::uint32_t low = block.bits(4 + group / 2, group % 2 * 4, 4);
        const std::uint32_t high = (block.u16(2) >> (2 * group)) & 3U;
        const float scale = block.half(0) * static_cast<float>(static_cast<int>(low | (high << 4U)) - 32);
        putLevels(block, 8 + group * 16, kNonLinear, scale, out.subspan(group * 32, 32));
    }
}

/// Half of the power of two that an E8M0 byte stands for, since the levels are doubled. 0 and 1 give subnormal numbers;
/// 255, which the standard reserves, gives 2^127 as in ggml.
float halfOfE8M0(std::uint32_t exponent)
{
    return std::bit_cast<float>(exponent < 2 ? 0x00200000U << exponent : (exponent - 1) << 23U);
}

//   MXFP4 | exponent | 16 bytes |
void decodeMxfp4(BlockBytes block, std::span<float> out)
{
    putLevels(block, 1, kFp4Doubled, halfOfE8M0(block.u8(0)), out);
}

/// Half of the number that an E4M3 byte without sign stands for. 127, which the standard has for "not a number", gives
/// 0 and the highest bit is not looked at otherwise, as in ggml.
float halfOfUnsignedE4M3(std::uint32_t bits)
{
    constexpr int kBias = 7;
    if (bits == 0x7FU)
        return 0.0F;
    const auto exponent = static_cast<int>((bits >> 3U) & 0xFU);
    const auto fraction = static_cast<float>(bits & 7U);
    const float number = exponent == 0 ? fraction * 0x1p-9F : std::ldexp(1.0F + fraction / 8.0F, exponent - kBias);
    return number * 0.5F;
}

//   NVFP4 | 4 scales | 4 × 8 bytes |
void decodeNvfp4(BlockBytes block, std::span<float> out)
{
    for (std::size_t group = 0; group < 4; ++group) {
        const float scale = halfOfUnsignedE4M3(block.u8(group));
        putLevels(block, 4 + group * 8, kFp4Doubled, scale, out.subspan(group * 16, 16));
    }
}

constexpr std::array kDecoders{
    BlockDecoderRow{Dtype::Iq4Nl, decodeIq4Nl},
    BlockDecoderRow{Dtype::Iq4Xs, decodeIq4Xs},
    BlockDecoderRow{Dtype::Mxfp4, decodeMxfp4},
    BlockDecoderRow{Dtype::Nvfp4, decodeNvfp4},
};

} // namespace

std::span<const BlockDecoderRow> levelDecoders() { return kDecoders; }

} // namespace weightroom::engine
