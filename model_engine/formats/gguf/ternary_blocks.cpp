// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/gguf/block_decoders.h"

#include <array>

namespace weightroom::engine {
namespace {

/// A byte holds up to five digits to the base of three as a fraction of 256: after the digits before it were shifted
/// out to the left (the multiplication wraps on purpose), three times the rest has the digit above the point.
int ternaryDigit(std::uint32_t byte, std::size_t digit)
{
    constexpr std::array<std::uint32_t, 5> kPowers{1, 3, 9, 27, 81};
    const std::uint32_t rest = (byte * kPowers[digit]) & 0xFFU;
    return static_cast<int>((rest * 3) >> 8U) - 1;
}

/// Digit after digit of `bytes` bytes at `at`: first the first digits of all, then the second ones.
void putDigits(BlockBytes block, std::size_t at, std::size_t bytes, float scale, std::span<float> out)
{
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = scale * static_cast<float>(ternaryDigit(block.u8(at + i % bytes), i / bytes));
}

//   TQ1_0 | 32 bytes of 5 digits | 16 bytes of 5 digits | 4 bytes of 4 digits | scale |
//         0                      32                     48                    52
void decodeTq1_0(BlockBytes block, std::span<float> out)
{
    const float scale = block.half(52);
    putDigits(block, 0, 32, scale, out.first(160));
    putDigits(block, 32, 16, scale, out.subspan(160, 80));
    putDigits(block, 48, 4, scale, out.last(16));
}

//   TQ2_0 | 64 bytes of 4 numbers | scale |
void decodeTq2_0(BlockBytes block, std::span<float> out)
{
    const float scale = block.half(64);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::uint32_t number = block.bits(i / 128 * 32 + i % 32, i % 128 / 32 * 2, 2);
        out[i] = scale * static_cast<float>(static_cast<int>(number) - 1);
    }
}

constexpr std::array kDecoders{
    BlockDecoderRow{Dtype::Tq1_0, decodeTq1_0},
    BlockDecoderRow{Dtype::Tq2_0, decodeTq2_0},
};

} // namespace

std::span<const BlockDecoderRow> ternaryDecoders() { return kDecoders; }

} // namespace weightroom::engine
