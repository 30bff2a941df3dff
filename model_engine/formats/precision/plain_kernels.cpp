// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/precision/kernels.h"
#include "model_engine/formats/precision/number_bytes.h"
#include "model_engine/formats/small_floats.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace weightroom::engine {
namespace {

// --- Into fp32 ---

void decodeF32(std::span<const std::byte> in, std::span<std::byte> out)
{
    if (!in.empty())
        std::memcpy(out.data(), in.data(), in.size());
}

template <SmallFloat type, class Word>
void decodeSmall(std::span<const std::byte> in, std::span<std::byte> out)
{
    for (std::size_t i = 0; i < in.size() / sizeof(Word); ++i)
        storeAt(out, i, fromSmall<type>(loadAt<Word>(in, i)));
}

/// The fnuz types: every word is a finite number, but for what would be minus zero.
template <std::uint32_t exponentBits, std::uint32_t fractionBits, std::uint32_t bias>
void decodeFnuz(std::span<const std::byte> in, std::span<std::byte> out)
{
    constexpr std::uint32_t kNan = 0x80;
    constexpr std::uint32_t kFractions = 1U << fractionBits;
    for (std::size_t i = 0; i < in.size(); ++i) {
        const std::uint32_t word = loadAt<std::uint8_t>(in, i);
        const std::uint32_t exponent = (word & 0x7FU) >> fractionBits;
        const std::uint32_t fraction = word & (kFractions - 1U);
        const std::uint32_t significand = exponent == 0 ? fraction : kFractions + fraction;
        const int power = static_cast<int>(std::max(exponent, 1U)) - static_cast<int>(bias + fractionBits);
        const float magnitude = std::ldexp(static_cast<float>(significand), power);
        const float number = word > kNan ? -magnitude : magnitude;
        storeAt(out, i, word == kNan ? std::numeric_limits<float>::quiet_NaN() : number);
    }
}

constexpr std::array kDecoders{
    DecoderRow{Dtype::F32, decodeF32},
    DecoderRow{Dtype::F16, decodeSmall<kHalf, std::uint16_t>},
    DecoderRow{Dtype::Bf16, decodeSmall<kBfloat16, std::uint16_t>},
    DecoderRow{Dtype::F8E4M3, decodeSmall<kF8E4M3, std::uint8_t>},
    DecoderRow{Dtype::F8E5M2, decodeSmall<kF8E5M2, std::uint8_t>},
    DecoderRow{Dtype::F8E4M3Fnuz, decodeFnuz<4, 3, 8>},
    DecoderRow{Dtype::F8E5M2Fnuz, decodeFnuz<5, 2, 16>},
};

// --- Out of fp32 and fp64 ---

/// `before` may be wider than what was made of it: the error of a number of fp64 is its own.
template <class Number>
void note(PrecisionLoss& loss, Number before, float after, bool isOverflow)
{
    loss.overflowed += isOverflow ? 1 : 0;
    const double error = std::abs(static_cast<double>(after - before));
    if (isOverflow || !(error <= std::numeric_limits<double>::max())) // NaN, and infinity that stayed itself
        return;
    loss.largestError = std::max(loss.largestError, error);
    loss.errorSum += error;
}

struct Encoded {
    float value; ///< what the word stands for
    bool isOverflow;
};

using SingleEncoder = Encoded (*)(float, std::span<std::byte>, std::size_t);

template <SmallFloat type, class Word>
Encoded encodeOne(float number, std::span<std::byte> out, std::size_t index)
{
    const SmallWord small = toSmall<type>(number);
    storeAt(out, index, static_cast<Word>(small.word));
    return {fromSmall<type>(small.word), small.isOverflow};
}

template <SingleEncoder encode>
void encodeFloats(std::span<const std::byte> in, std::span<std::byte> out, PrecisionLoss& loss)
{
    PrecisionLoss part; // of its own: bytes that are written could be those of `loss`, as far as the compiler knows
    for (std::size_t i = 0; i < in.size() / sizeof(float); ++i) {
        const auto number = loadAt<float>(in, i);
        const Encoded encoded = encode(number, out, i);
        note(part, number, encoded.value, encoded.isOverflow);
    }
    loss += part;
}

/// Nothing is lost.
void copyFloats(std::span<const std::byte> in, std::span<std::byte> out, PrecisionLoss&) { decodeF32(in, out); }

/// Rounded towards zero, and odd when something was cut off: rounding this to fewer places gives what rounding the
/// number itself would.
float cutToOdd(double number)
{
    auto cut = static_cast<float>(number);
    if (std::abs(static_cast<double>(cut)) > std::abs(number))
        cut = std::nextafter(cut, 0.0F);
    if (static_cast<double>(cut) == number || std::isnan(number))
        return cut;
    return std::bit_cast<float>(std::bit_cast<std::uint32_t>(cut) | 1U);
}

template <SingleEncoder encode>
void encodeDoubles(std::span<const std::byte> in, std::span<std::byte> out, PrecisionLoss& loss)
{
    PrecisionLoss part;
    for (std::size_t i = 0; i < in.size() / sizeof(double); ++i) {
        const auto number = loadAt<double>(in, i);
        const Encoded encoded = encode(cutToOdd(number), out, i);
        note(part, number, encoded.value, encoded.isOverflow);
    }
    loss += part;
}

void narrowDoubles(std::span<const std::byte> in, std::span<std::byte> out, PrecisionLoss& loss)
{
    PrecisionLoss part;
    for (std::size_t i = 0; i < in.size() / sizeof(double); ++i) {
        const auto number = loadAt<double>(in, i);
        const auto narrowed = static_cast<float>(number);
        storeAt(out, i, narrowed);
        note(part, number, narrowed, std::isinf(narrowed) && !std::isinf(number));
    }
    loss += part;
}

template <SingleEncoder encode>
constexpr EncoderRow encoderRow(Dtype dtype)
{
    return {dtype, encodeFloats<encode>, encodeDoubles<encode>};
}

constexpr std::array kEncoders{
    EncoderRow{Dtype::F32, copyFloats, narrowDoubles},
    encoderRow<encodeOne<kHalf, std::uint16_t>>(Dtype::F16),
    encoderRow<encodeOne<kBfloat16, std::uint16_t>>(Dtype::Bf16),
    encoderRow<encodeOne<kF8E4M3, std::uint8_t>>(Dtype::F8E4M3),
    encoderRow<encodeOne<kF8E5M2, std::uint8_t>>(Dtype::F8E5M2),
};

constexpr PrecisionKernels kPlain{"plain", kDecoders, kEncoders};

} // namespace

const PrecisionKernels& plainKernels() { return kPlain; }

} // namespace weightroom::engine
