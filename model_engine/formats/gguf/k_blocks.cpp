// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/gguf/block_decoders.h"
#include "model_engine/formats/gguf/k_scales.h"

#include <array>

namespace weightroom::engine {
namespace {

// 256 numbers in groups of 16 or 32. The low bits of the numbers lie in planes: 32 neighbouring numbers share 32 bytes
// with the 32 that follow them, each taking the next higher bits.

/// Where the low bits of number `i` lie, `count` bits each, from byte `at` on.
std::uint32_t lowBits(BlockBytes block, std::size_t at, std::size_t count, std::size_t i)
{
    const std::size_t planes = 8 / count; // how many numbers share a byte
    const std::size_t plane = i / 32;
    return block.bits(at + plane / planes * 32 + i % 32, plane % planes * count, count);
}

/// The one high bit of number `i`: eight planes in 32 bytes.
std::uint32_t highBit(BlockBytes block, std::size_t at, std::size_t i) { return block.bits(at + i % 32, i / 32, 1); }

//   Q2_K | 16 scales and minima of 4 bits | 64 bytes | scale of the scales | scale of the minima |
//        0                                16         80                    82
void decodeQ2K(BlockBytes block, std::span<float> out)
{
    const float scaleOfScales = block.half(80);
    const float scaleOfMinima = block.half(82);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const float scale = scaleOfScales * static_cast<float>(block.bits(i / 16, 0, 4));
        const float minimum = scaleOfMinima * static_cast<float>(block.bits(i / 16, 4, 4));
        out[i] = scale * static_cast<float>(lowBits(block, 16, 2, i)) - minimum;
    }
}

/// Scale number `group` of 16 in the 12 bytes at `at`: 4 low bits in the first eight bytes, 2 high bits in the last
/// four.
int scaleOfQ3K(BlockBytes block, std::size_t at, std::size_t group)
{
    const std::uint32_t low = block.bits(at + group % 8, group < 8 ? 0 : 4, 4);
    const std::uint32_t high = block.bits(at + 8 + group % 4, group / 4 * 2, 2);
    return static_cast<int>(low | (high << 4U)) - 32;
}

//   Q3_K | 32 bytes of high bits | 64 bytes | 16 scales of 6 bits | scale of the scales |
//        0                       32         96                    108
void decodeQ3K(BlockBytes block, std::span<float> out)
{
    const float scaleOfScales = block.half(108);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const float scale = scaleOfScales * static_cast<float>(scaleOfQ3K(block, 96, i / 16));
        const int low = static_cast<int>(lowBits(block, 32, 2, i));
        // A high bit that is not set takes four away.
        out[i] = scale * static_cast<float>(highBit(block, 0, i) == 0 ? low - 4 : low);
    }
}

//   Q4_K | scale of the scales | scale of the minima | 8 scales and minima of 6 bits | 128 bytes |
//        0                     2                     4                               16
void decodeQ4K(BlockBytes block, std::span<float> out)
{
    for (std::size_t group = 0; group < 8; ++group) {
        const auto [scale, minimum] = scaleAndMinimum(block, group);
        for (std::size_t i = group * 32; i < (group + 1) * 32; ++i)
            out[i] = scale * static_cast<float>(lowBits(block, 16, 4, i)) - minimum;
    }
}

//   Q5_K | the same | 32 bytes of high bits | 128 bytes |
//        0          16                      48
void decodeQ5K(BlockBytes block, std::span<float> out)
{
    for (std::size_t group = 0; group < 8; ++group) {
        const auto [scale, minimum] = scaleAndMinimum(block, group);
        for (std::size_t i = group * 32; i < (group + 1) * 32; ++i) {
            const std::uint32_t number = lowBits(block, 48, 4, i) | (highBit(block, 16, i) << 4U);
            out[i] = scale * static_cast<float>(number) - minimum;
        }
    }
}

//   Q6_K | 128 bytes of low bits | 64 bytes of high bits | 16 scales of 8 bits | scale of the scales |
//        0                       128                     192                   208
void decodeQ6K(BlockBytes block, std::span<float> out)
{
    const float scaleOfScales = block.half(208);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const float scale = scaleOfScales * static_cast<float>(block.i8(192 + i / 16));
        // The low bits lie in planes of 64 numbers, unlike those of the other types.
        const std::uint32_t low = block.bits(i / 128 * 64 + i % 64, i % 128 < 64 ? 0 : 4, 4);
        const std::uint32_t high = lowBits(block, 128, 2, i);
        out[i] = scale * static_cast<float>(static_cast<int>(low | (high << 4U)) - 32);
    }
}

constexpr std::array kDecoders{
    BlockDecoderRow{Dtype::Q2K, decodeQ2K},
    BlockDecoderRow{Dtype::Q3K, decodeQ3K},
    BlockDecoderRow{Dtype::Q4K, decodeQ4K},
    BlockDecoderRow{Dtype::Q5K, decodeQ5K},
    BlockDecoderRow{Dtype::Q6K, decodeQ6K},
};

} // namespace

std::span<const BlockDecoderRow> superBlockDecoders() { return kDecoders; }

} // namespace weightroom::engine
