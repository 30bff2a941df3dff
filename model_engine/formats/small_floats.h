// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cstdint>

namespace weightroom::engine {

/// A floating-point type of 8 or 16 bits: sign, exponent, fraction, and what it does beyond its largest number.
struct SmallFloat {
    std::uint32_t exponentBits;
    std::uint32_t fractionBits;
    std::uint32_t bias; ///< of the exponent
    std::uint32_t largest; ///< the word of the largest number
    std::uint32_t beyond; ///< what a number that rounds to more becomes: infinity, or the largest number again
    std::uint32_t nan; ///< a word that is no number
    bool hasInfinity; ///< all words of the largest exponent are infinity or NaN; otherwise `nan` alone is none

    [[nodiscard]] constexpr std::uint32_t signBit() const { return 1U << (exponentBits + fractionBits); }
    /// A number beyond the largest is brought back to it.
    [[nodiscard]] constexpr bool saturates() const { return beyond == largest; }
};

/// As IEEE 754 and torch: beyond the largest number is infinity.
inline constexpr SmallFloat kHalf{5, 10, 15, 0x7BFF, 0x7C00, 0x7E00, true};
inline constexpr SmallFloat kBfloat16{8, 7, 127, 0x7F7F, 0x7F80, 0x7FC0, true};
/// As CUDA and ONNX by default: beyond the largest number, infinity included, is the largest number. Torch gives NaN
/// (e4m3) and infinity (e5m2): one weight of them blackens every picture, one that is smaller than it was does not.
inline constexpr SmallFloat kF8E4M3{4, 3, 7, 0x7E, 0x7E, 0x7F, false};
inline constexpr SmallFloat kF8E5M2{5, 2, 15, 0x7B, 0x7B, 0x7F, true};

/// The number that a word stands for; exact.
template <SmallFloat type>
[[nodiscard]] constexpr float fromSmall(std::uint32_t word)
{
    constexpr std::uint32_t kFloatBias = 127;
    constexpr std::uint32_t kFloatFraction = 23;
    constexpr std::uint32_t kExponents = (1U << type.exponentBits) - 1U;
    const std::uint32_t sign = (word & type.signBit()) != 0 ? 0x8000'0000U : 0U;
    const std::uint32_t magnitude = word & (type.signBit() - 1U);
    const std::uint32_t exponent = magnitude >> type.fractionBits;
    const std::uint32_t fraction = magnitude & ((1U << type.fractionBits) - 1U);
    if (exponent == 0) { // zero and the subnormal numbers
        constexpr float kUnit =
            type.bias == kFloatBias ? 0x1p-133F : 1.0F / static_cast<float>(1U << (type.bias - 1U + type.fractionBits));
        return std::bit_cast<float>(sign | std::bit_cast<std::uint32_t>(static_cast<float>(fraction) * kUnit));
    }
    const bool isSpecial = type.hasInfinity ? exponent == kExponents : magnitude == type.nan;
    const std::uint32_t widened = isSpecial ? 0xFFU : exponent + (kFloatBias - type.bias);
    return std::bit_cast<float>(
        sign | (widened << kFloatFraction) | (fraction << (kFloatFraction - type.fractionBits)));
}

/// A number as a word, and whether it was beyond what the type has.
struct SmallWord {
    std::uint32_t word = 0;
    bool isOverflow = false;
};

/// Rounds to nearest, ties to even. The rounding mode of the thread is the default one.
template <SmallFloat type>
[[nodiscard]] constexpr SmallWord toSmall(float value)
{
    constexpr std::uint32_t kInfinity = 0x7F80'0000U;
    constexpr std::uint32_t kFloatFraction = 23;
    constexpr std::uint32_t kDropped = kFloatFraction - type.fractionBits;
    constexpr std::uint32_t kRebias = (127U - type.bias) << kFloatFraction;
    constexpr std::uint32_t kSmallestNormal = kRebias + (1U << kFloatFraction);
    const std::uint32_t bits = std::bit_cast<std::uint32_t>(value);
    const std::uint32_t magnitude = bits & 0x7FFF'FFFFU;
    const std::uint32_t sign = (bits >> 31U) != 0 ? type.signBit() : 0U;
    if (magnitude > kInfinity)
        return {type.nan | sign, false};
    std::uint32_t word = 0;
    if (kRebias != 0 && magnitude < kSmallestNormal) {
        // The sum has the fraction's last place where the type's smallest number has it: the addition rounds.
        constexpr std::uint32_t kMagic = kRebias + ((kDropped + 1U) << kFloatFraction);
        const float sum = std::bit_cast<float>(magnitude) + std::bit_cast<float>(kMagic);
        word = std::bit_cast<std::uint32_t>(sum) - kMagic;
    } else {
        const std::uint32_t odd = (magnitude >> kDropped) & 1U;
        word = (magnitude - kRebias + ((1U << (kDropped - 1U)) - 1U) + odd) >> kDropped;
    }
    if (word <= type.largest)
        return {word | sign, false};
    return {type.beyond | sign, magnitude != kInfinity || type.saturates()};
}

/// The value of an IEEE half-precision number; exact.
[[nodiscard]] constexpr float fromHalf(std::uint16_t bits) { return fromSmall<kHalf>(bits); }

} // namespace weightroom::engine
