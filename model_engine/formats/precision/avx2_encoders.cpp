// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/precision/avx2.h"

#ifdef WEIGHTROOM_HAS_AVX2

#include <algorithm>
#include <array>

namespace weightroom::engine::avx2 {
namespace {

using FloatGroup = __m256[kVectors];

WEIGHTROOM_AVX2 __m256 magnitude(__m256 number) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0F), number); }

/// Errors of numbers that are within the range.
struct Errors {
    __m256 largest;
    __m256d sum;
};

WEIGHTROOM_AVX2 void add(Errors& errors, const FloatGroup& some)
{
    const __m256 largest = _mm256_max_ps(_mm256_max_ps(some[0], some[1]), _mm256_max_ps(some[2], some[3]));
    errors.largest = _mm256_max_ps(errors.largest, largest);
    const __m256 sum = _mm256_add_ps(_mm256_add_ps(some[0], some[1]), _mm256_add_ps(some[2], some[3]));
    errors.sum = _mm256_add_pd(errors.sum, _mm256_cvtps_pd(_mm256_castps256_ps128(sum)));
    errors.sum = _mm256_add_pd(errors.sum, _mm256_cvtps_pd(_mm256_extractf128_ps(sum, 1)));
}

WEIGHTROOM_AVX2 PrecisionLoss lossOf(const Errors& errors)
{
    PrecisionLoss loss;
    alignas(sizeof(__m256)) std::array<float, kPerVector> largest;
    alignas(sizeof(__m256d)) std::array<double, kPerVector / 2> sums;
    _mm256_store_ps(largest.data(), errors.largest);
    _mm256_store_pd(sums.data(), errors.sum);
    for (const float some : largest)
        loss.largestError = std::max(loss.largestError, static_cast<double>(some));
    for (const double some : sums)
        loss.errorSum += some;
    return loss;
}

// --- From fp32 ---
//
// Each type: `encode` writes the words of 32 numbers within the range and gives their errors.

struct Half {
    static constexpr Dtype kDtype = Dtype::F16;
    static constexpr std::size_t kWidth = 2;
    static constexpr float kLargest = 65504.0F;

    WEIGHTROOM_AVX2 static void encode(const FloatGroup& numbers, std::byte* out, FloatGroup& errors)
    {
        for (std::size_t i = 0; i < kVectors; ++i) {
            const __m128i words = _mm256_cvtps_ph(numbers[i], _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
            _mm_storeu_si128(reinterpret_cast<__m128i*>(out + i * kPerVector * kWidth), words);
            errors[i] = magnitude(_mm256_sub_ps(_mm256_cvtph_ps(words), numbers[i]));
        }
    }
};

struct Bfloat16 {
    static constexpr Dtype kDtype = Dtype::Bf16;
    static constexpr std::size_t kWidth = 2;
    static constexpr float kLargest = 0x1.FEp127F;

    WEIGHTROOM_AVX2 static __m256i round(__m256 number)
    {
        const __m256i bits = _mm256_castps_si256(number);
        const __m256i odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1));
        return _mm256_add_epi32(bits, _mm256_add_epi32(odd, _mm256_set1_epi32(0x7FFF)));
    }

    WEIGHTROOM_AVX2 static void encode(const FloatGroup& numbers, std::byte* out, FloatGroup& errors)
    {
        __m256i rounded[kVectors];
        for (std::size_t i = 0; i < kVectors; ++i) {
            rounded[i] = round(numbers[i]);
            const __m256i kept = _mm256_andnot_si256(_mm256_set1_epi32(0xFFFF), rounded[i]);
            errors[i] = magnitude(_mm256_sub_ps(_mm256_castsi256_ps(kept), numbers[i]));
        }
        for (std::size_t i = 0; i < kVectors; i += 2) {
            const __m256i packed =
                _mm256_packus_epi32(_mm256_srli_epi32(rounded[i], 16), _mm256_srli_epi32(rounded[i + 1], 16));
            storeBits(out + i * kPerVector * kWidth, _mm256_permute4x64_epi64(packed, 0xD8));
        }
    }
};

/// A type of 8 bits. Adding a power of two whose last place is that of the type at the number's size rounds the number
/// to it; what is left of the sum then is how many of these places it has.
template <int exponentBias, int fractionBits>
struct EightBits {
    static constexpr int kDropped = 23 - fractionBits;
    static constexpr int kSmallestExponent = (127 - exponentBias + 1) << 23; ///< of a normal number, as fp32 has it

    WEIGHTROOM_AVX2 static __m256i round(__m256 number, __m256& error)
    {
        const __m256 size = magnitude(number);
        const __m256i sign =
            _mm256_and_si256(_mm256_srli_epi32(_mm256_castps_si256(number), 24), _mm256_set1_epi32(0x80));
        const __m256i exponent =
            _mm256_max_epi32(_mm256_and_si256(_mm256_castps_si256(size), _mm256_set1_epi32(0x7F80'0000)),
                _mm256_set1_epi32(kSmallestExponent));
        const __m256i power = _mm256_add_epi32(exponent, _mm256_set1_epi32(kDropped << 23));
        const __m256 sum = _mm256_add_ps(size, _mm256_castsi256_ps(power));
        error = magnitude(_mm256_sub_ps(_mm256_sub_ps(sum, _mm256_castsi256_ps(power)), size));
        const __m256i places = _mm256_sub_epi32(_mm256_castps_si256(sum), power);
        const __m256i above = _mm256_sub_epi32(exponent, _mm256_set1_epi32(kSmallestExponent));
        return _mm256_or_si256(sign, _mm256_add_epi32(places, _mm256_srli_epi32(above, kDropped)));
    }

    WEIGHTROOM_AVX2 static void encode(const FloatGroup& numbers, std::byte* out, FloatGroup& errors)
    {
        __m256i words[kVectors];
        for (std::size_t i = 0; i < kVectors; ++i)
            words[i] = round(numbers[i], errors[i]);
        const __m256i packed =
            _mm256_packus_epi16(_mm256_packus_epi32(words[0], words[1]), _mm256_packus_epi32(words[2], words[3]));
        storeBits(out, _mm256_permutevar8x32_epi32(packed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7)));
    }
};

struct F8E4M3 : EightBits<7, 3> {
    static constexpr Dtype kDtype = Dtype::F8E4M3;
    static constexpr std::size_t kWidth = 1;
    static constexpr float kLargest = 448.0F;
};

struct F8E5M2 : EightBits<15, 2> {
    static constexpr Dtype kDtype = Dtype::F8E5M2;
    static constexpr std::size_t kWidth = 1;
    static constexpr float kLargest = 57344.0F;
};

/// False, and nothing is done, when a number is beyond the range or none.
template <class Type>
WEIGHTROOM_AVX2 bool encodeGroup(const std::byte* in, std::byte* out, Errors& errors)
{
    FloatGroup numbers;
    __m256 isInside = _mm256_castsi256_ps(_mm256_set1_epi32(-1));
    for (std::size_t i = 0; i < kVectors; ++i) {
        numbers[i] = _mm256_loadu_ps(reinterpret_cast<const float*>(in) + i * kPerVector);
        isInside =
            _mm256_and_ps(isInside, _mm256_cmp_ps(magnitude(numbers[i]), _mm256_set1_ps(Type::kLargest), _CMP_LE_OQ));
    }
    if (_mm256_movemask_ps(isInside) != 0xFF)
        return false;
    FloatGroup some;
    Type::encode(numbers, out, some);
    add(errors, some);
    return true;
}

template <class Type>
WEIGHTROOM_AVX2 void encodeFloats(std::span<const std::byte> in, std::span<std::byte> out, PrecisionLoss& loss)
{
    const NumberEncoder plain = floatEncoderOf(plainKernels(), Type::kDtype);
    Errors errors{_mm256_setzero_ps(), _mm256_setzero_pd()};
    for (; out.size() >= kGroup * Type::kWidth; out = out.subspan(kGroup * Type::kWidth)) {
        if (!encodeGroup<Type>(in.data(), out.data(), errors))
            plain(in.first(kGroup * sizeof(float)), out.first(kGroup * Type::kWidth), loss);
        in = in.subspan(kGroup * sizeof(float));
    }
    loss += lossOf(errors);
    plain(in, out, loss);
}

// --- From fp64 to fp32 ---

constexpr std::size_t kDoublesPerVector = 4;

struct DoubleErrors {
    __m256d largest;
    __m256d sum;
};

WEIGHTROOM_AVX2 __m256d magnitude(__m256d number) { return _mm256_andnot_pd(_mm256_set1_pd(-0.0), number); }

/// Four numbers. False when one is beyond the range or none; what was done is done again then.
WEIGHTROOM_AVX2 bool narrowFour(const std::byte* in, std::byte* out, DoubleErrors& errors)
{
    const __m256d numbers = _mm256_loadu_pd(reinterpret_cast<const double*>(in));
    const __m256d isInside = _mm256_cmp_pd(magnitude(numbers), _mm256_set1_pd(0x1.FFFFFEp127), _CMP_LE_OQ);
    if (_mm256_movemask_pd(isInside) != 0xF)
        return false;
    const __m128 narrowed = _mm256_cvtpd_ps(numbers);
    _mm_storeu_ps(reinterpret_cast<float*>(out), narrowed);
    const __m256d some = magnitude(_mm256_sub_pd(_mm256_cvtps_pd(narrowed), numbers));
    errors.largest = _mm256_max_pd(errors.largest, some);
    errors.sum = _mm256_add_pd(errors.sum, some);
    return true;
}

WEIGHTROOM_AVX2 PrecisionLoss lossOf(const DoubleErrors& errors)
{
    PrecisionLoss loss;
    alignas(sizeof(__m256d)) std::array<double, kDoublesPerVector> largest;
    alignas(sizeof(__m256d)) std::array<double, kDoublesPerVector> sums;
    _mm256_store_pd(largest.data(), errors.largest);
    _mm256_store_pd(sums.data(), errors.sum);
    for (std::size_t i = 0; i < kDoublesPerVector; ++i) {
        loss.largestError = std::max(loss.largestError, largest[i]);
        loss.errorSum += sums[i];
    }
    return loss;
}

WEIGHTROOM_AVX2 void narrowDoubles(std::span<const std::byte> in, std::span<std::byte> out, PrecisionLoss& loss)
{
    constexpr std::size_t kWide = kDoublesPerVector * sizeof(double);
    constexpr std::size_t kNarrow = kDoublesPerVector * sizeof(float);
    const NumberEncoder plain = doubleEncoderOf(plainKernels(), Dtype::F32);
    DoubleErrors errors{_mm256_setzero_pd(), _mm256_setzero_pd()};
    for (; out.size() >= kNarrow; out = out.subspan(kNarrow)) {
        if (!narrowFour(in.data(), out.data(), errors))
            plain(in.first(kWide), out.first(kNarrow), loss);
        in = in.subspan(kWide);
    }
    loss += lossOf(errors);
    plain(in, out, loss);
}

constexpr std::array kEncoders{
    EncoderRow{Dtype::F32, nullptr, narrowDoubles},
    EncoderRow{Dtype::F16, encodeFloats<Half>, nullptr},
    EncoderRow{Dtype::Bf16, encodeFloats<Bfloat16>, nullptr},
    EncoderRow{Dtype::F8E4M3, encodeFloats<F8E4M3>, nullptr},
    EncoderRow{Dtype::F8E5M2, encodeFloats<F8E5M2>, nullptr},
};

} // namespace

std::span<const EncoderRow> encoders() { return kEncoders; }

} // namespace weightroom::engine::avx2

#endif
