// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/precision.h"

#include "model_engine/formats/gguf_dequantize.h"
#include "model_engine/formats/small_floats.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>

namespace weightroom::engine {
namespace {

/// Numbers that are on their way at once: a multiple of every block, and 16 KiB of the first-level cache.
constexpr std::size_t kNumbersAtOnce = 4096;

template <class T>
T loadAt(std::span<const std::byte> bytes, std::size_t index)
{
    T value;
    std::memcpy(&value, bytes.data() + index * sizeof(T), sizeof(T));
    return value;
}

template <class T>
void storeAt(std::span<std::byte> bytes, std::size_t index, T value)
{
    std::memcpy(bytes.data() + index * sizeof(T), &value, sizeof(T));
}

// --- Into numbers ---

using Decoder = void (*)(std::span<const std::byte>, std::span<float>);

void decodeF32(std::span<const std::byte> in, std::span<float> out) { std::memcpy(out.data(), in.data(), in.size()); }

template <SmallFloat type, class Word>
void decodeSmall(std::span<const std::byte> in, std::span<float> out)
{
    for (std::size_t i = 0; i < out.size(); ++i)
        out[i] = fromSmall<type>(loadAt<Word>(in, i));
}

/// The fnuz types: every word is a finite number, but for what would be minus zero.
template <std::uint32_t exponentBits, std::uint32_t fractionBits, std::uint32_t bias>
void decodeFnuz(std::span<const std::byte> in, std::span<float> out)
{
    constexpr std::uint32_t kNan = 0x80;
    constexpr std::uint32_t kFractions = 1U << fractionBits;
    for (std::size_t i = 0; i < out.size(); ++i) {
        const std::uint32_t word = loadAt<std::uint8_t>(in, i);
        const std::uint32_t exponent = (word & 0x7FU) >> fractionBits;
        const std::uint32_t fraction = word & (kFractions - 1U);
        const std::uint32_t significand = exponent == 0 ? fraction : kFractions + fraction;
        const int power = static_cast<int>(std::max(exponent, 1U)) - static_cast<int>(bias + fractionBits);
        const float magnitude = std::ldexp(static_cast<float>(significand), power);
        out[i] = word == kNan ? std::numeric_limits<float>::quiet_NaN() : (word > kNan ? -magnitude : magnitude);
    }
}

struct DecoderRow {
    Dtype dtype;
    Decoder decode;
};

constexpr std::array kDecoders{
    DecoderRow{Dtype::F32, decodeF32},
    DecoderRow{Dtype::F16, decodeSmall<kHalf, std::uint16_t>},
    DecoderRow{Dtype::Bf16, decodeSmall<kBfloat16, std::uint16_t>},
    DecoderRow{Dtype::F8E4M3, decodeSmall<kF8E4M3, std::uint8_t>},
    DecoderRow{Dtype::F8E5M2, decodeSmall<kF8E5M2, std::uint8_t>},
    DecoderRow{Dtype::F8E4M3Fnuz, decodeFnuz<4, 3, 8>},
    DecoderRow{Dtype::F8E5M2Fnuz, decodeFnuz<5, 2, 16>},
};

/// nullptr for types that dequantize() may know.
Decoder decoderOf(Dtype dtype)
{
    const auto row = std::ranges::find(kDecoders, dtype, &DecoderRow::dtype);
    return row == kDecoders.end() ? nullptr : row->decode;
}

Result<> decode(Dtype dtype, std::span<const std::byte> in, std::span<float> out)
{
    const Decoder decoder = decoderOf(dtype);
    if (decoder == nullptr)
        return dequantize(dtype, in, out);
    decoder(in, out);
    return {};
}

// --- Out of numbers ---

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

using Encoder = void (*)(std::span<const float>, std::span<std::byte>, PrecisionLoss&);
using SingleEncoder = Encoded (*)(float, std::span<std::byte>, std::size_t);

template <SmallFloat type, class Word>
Encoded encodeOne(float number, std::span<std::byte> out, std::size_t index)
{
    const SmallWord small = toSmall<type>(number);
    storeAt(out, index, static_cast<Word>(small.word));
    return {fromSmall<type>(small.word), small.isOverflow};
}

Encoded encodeF32(float number, std::span<std::byte> out, std::size_t index)
{
    storeAt(out, index, number);
    return {number, false};
}

template <SingleEncoder encode>
void encodeAll(std::span<const float> in, std::span<std::byte> out, PrecisionLoss& loss)
{
    PrecisionLoss part; // of its own: bytes that are written could be those of `loss`, as far as the compiler knows
    for (std::size_t i = 0; i < in.size(); ++i) {
        const Encoded encoded = encode(in[i], out, i);
        note(part, in[i], encoded.value, encoded.isOverflow);
    }
    loss += part;
}

/// Nothing is lost.
void copyAll(std::span<const float> in, std::span<std::byte> out, PrecisionLoss&)
{
    std::memcpy(out.data(), in.data(), in.size_bytes());
}

struct EncoderRow {
    Dtype dtype;
    Encoder encodeAll;
    SingleEncoder encodeOne;
};

template <SingleEncoder encode>
constexpr EncoderRow encoderRow(Dtype dtype)
{
    return {dtype, encodeAll<encode>, encode};
}

constexpr std::array kEncoders{
    EncoderRow{Dtype::F32, copyAll, encodeF32},
    encoderRow<encodeOne<kHalf, std::uint16_t>>(Dtype::F16),
    encoderRow<encodeOne<kBfloat16, std::uint16_t>>(Dtype::Bf16),
    encoderRow<encodeOne<kF8E4M3, std::uint8_t>>(Dtype::F8E4M3),
    encoderRow<encodeOne<kF8E5M2, std::uint8_t>>(Dtype::F8E5M2),
};

const EncoderRow* encoderOf(Dtype dtype)
{
    const auto row = std::ranges::find(kEncoders, dtype, &EncoderRow::dtype);
    return row == kEncoders.end() ? nullptr : &*row;
}

// --- From fp64 ---

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

void convertDoubles(
    std::span<const std::byte> in, const EncoderRow& encoder, std::span<std::byte> out, PrecisionLoss& loss)
{
    const std::size_t count = in.size() / sizeof(double);
    for (std::size_t i = 0; i < count; ++i) {
        const auto number = loadAt<double>(in, i);
        const bool isWide = encoder.dtype == Dtype::F32;
        const float narrowed = isWide ? static_cast<float>(number) : cutToOdd(number);
        const Encoded encoded = encoder.encodeOne(narrowed, out, i);
        const bool isOverflow = encoded.isOverflow || (isWide && std::isinf(narrowed) && !std::isinf(number));
        note(loss, number, encoded.value, isOverflow);
    }
}

Result<> convertNumbers(
    Dtype from, std::span<const std::byte> in, const EncoderRow& encoder, std::span<std::byte> out, PrecisionLoss& loss)
{
    std::array<float, kNumbersAtOnce> numbers;
    const DtypeTraits& source = traitsOf(from);
    const std::size_t width = traitsOf(encoder.dtype).bitsPerBlock / 8;
    while (!out.empty()) {
        const std::size_t count = std::min(kNumbersAtOnce, out.size() / width);
        const std::size_t size = count / source.elementsPerBlock * source.bitsPerBlock / 8;
        const std::span<float> some = std::span{numbers}.first(count);
        if (auto decoded = decode(from, in.first(size), some); !decoded)
            return decoded;
        encoder.encodeAll(some, out, loss);
        in = in.subspan(size);
        out = out.subspan(count * width);
    }
    return {};
}

} // namespace

bool isPrecision(Dtype dtype) { return encoderOf(dtype) != nullptr; }

bool hasNumbers(Dtype dtype) { return dtype == Dtype::F64 || decoderOf(dtype) != nullptr || canDequantize(dtype); }

Result<> convertElements(
    Dtype from, std::span<const std::byte> in, Dtype to, std::span<std::byte> out, PrecisionLoss& loss)
{
    const EncoderRow* encoder = encoderOf(to);
    if (encoder == nullptr || !hasNumbers(from)) {
        return fail(ErrorCode::Unsupported,
            "numbers of the type " + std::string{toText(from)} + " cannot be brought to " + std::string{toText(to)});
    }
    const std::uint64_t elements = out.size() / (traitsOf(to).bitsPerBlock / 8);
    if (bytesOf(to, elements) != Bytes{out.size()} || bytesOf(from, elements) != Bytes{in.size()}) {
        return fail(ErrorCode::InvalidValue,
            std::to_string(in.size()) + " bytes of " + std::string{toText(from)} + " are not "
                + std::to_string(out.size()) + " bytes of " + std::string{toText(to)});
    }
    loss.elements += elements;
    if (from != Dtype::F64)
        return convertNumbers(from, in, *encoder, out, loss);
    convertDoubles(in, *encoder, out, loss);
    return {};
}

} // namespace weightroom::engine
