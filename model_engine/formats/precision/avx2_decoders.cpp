// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/precision/avx2.h"

#ifdef WEIGHTROOM_HAS_AVX2

#include <array>

namespace weightroom::engine::avx2 {
namespace {

/// Number `vector` of the vectors of fp32 at `out`.
WEIGHTROOM_AVX2 void storeFloats(std::byte* out, std::size_t vector, __m256 numbers)
{
    _mm256_storeu_ps(reinterpret_cast<float*>(out) + vector * kPerVector, numbers);
}

// Each type: `decode` gives false, and does nothing, when one of 32 words is infinity or no number.

/// 16 words of fp16 as they lie in a register: exact, and without the penalty for subnormal numbers that arithmetic
/// has on some processors.
WEIGHTROOM_AVX2 void storeHalves(__m256i words, std::byte* out, std::size_t vector, __m256 factor)
{
    const __m256 low = _mm256_cvtph_ps(_mm256_castsi256_si128(words));
    const __m256 high = _mm256_cvtph_ps(_mm256_extracti128_si256(words, 1));
    storeFloats(out, vector, _mm256_mul_ps(low, factor));
    storeFloats(out, vector + 1, _mm256_mul_ps(high, factor));
}

struct FromHalf {
    static constexpr Dtype kDtype = Dtype::F16;
    static constexpr std::size_t kWidth = 2;

    WEIGHTROOM_AVX2 static bool decode(const std::byte* in, std::byte* out)
    {
        const __m256i first = loadBits(in);
        const __m256i second = loadBits(in + kGroup);
        const __m256i exponents = _mm256_set1_epi16(0x7C00);
        const __m256i isSpecial = _mm256_or_si256(_mm256_cmpeq_epi16(_mm256_and_si256(first, exponents), exponents),
            _mm256_cmpeq_epi16(_mm256_and_si256(second, exponents), exponents));
        if (_mm256_testz_si256(isSpecial, isSpecial) == 0)
            return false;
        storeHalves(first, out, 0, _mm256_set1_ps(1));
        storeHalves(second, out, 2, _mm256_set1_ps(1));
        return true;
    }
};

struct FromBfloat16 {
    static constexpr Dtype kDtype = Dtype::Bf16;
    static constexpr std::size_t kWidth = 2;

    /// The upper half of a number of fp32: there is nothing special.
    WEIGHTROOM_AVX2 static bool decode(const std::byte* in, std::byte* out)
    {
        for (std::size_t i = 0; i < kVectors; ++i) {
            const __m256i words = _mm256_cvtepu16_epi32(loadHalfBits(in + i * kPerVector * kWidth));
            storeBits(out + i * kPerVector * sizeof(float), _mm256_slli_epi32(words, 16));
        }
        return true;
    }
};

/// `words` have `special` in the bits of `special` when they are infinity or no number.
WEIGHTROOM_AVX2 bool hasSpecial(__m256i words, char special)
{
    const __m256i bits = _mm256_set1_epi8(special);
    return _mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_and_si256(words, bits), bits)) != 0;
}

struct FromF8E4M3 {
    static constexpr Dtype kDtype = Dtype::F8E4M3;
    static constexpr std::size_t kWidth = 1;

    /// As numbers of fp16 they are 2^8 times smaller, because of the bias of its exponent.
    WEIGHTROOM_AVX2 static bool decode(const std::byte* in, std::byte* out)
    {
        if (hasSpecial(loadBits(in), 0x7F))
            return false;
        for (std::size_t i = 0; i < kVectors; i += 2) {
            const __m256i words = _mm256_slli_epi16(_mm256_cvtepu8_epi16(loadHalfBits(in + i * kPerVector)), 8);
            const __m256i halves = _mm256_and_si256(_mm256_srai_epi16(words, 1), _mm256_set1_epi16(~0x4000));
            storeHalves(halves, out, i, _mm256_set1_ps(256));
        }
        return true;
    }
};

struct FromF8E5M2 {
    static constexpr Dtype kDtype = Dtype::F8E5M2;
    static constexpr std::size_t kWidth = 1;

    /// The upper half of a number of fp16.
    WEIGHTROOM_AVX2 static bool decode(const std::byte* in, std::byte* out)
    {
        if (hasSpecial(loadBits(in), 0x7C))
            return false;
        for (std::size_t i = 0; i < kVectors; i += 2) {
            const __m256i words = _mm256_cvtepu8_epi16(loadHalfBits(in + i * kPerVector));
            storeHalves(_mm256_slli_epi16(words, 8), out, i, _mm256_set1_ps(1));
        }
        return true;
    }
};

template <class Type>
WEIGHTROOM_AVX2 void decodeWords(std::span<const std::byte> in, std::span<std::byte> out)
{
    const NumberDecoder plain = decoderOf(plainKernels(), Type::kDtype);
    for (; in.size() >= kGroup * Type::kWidth; in = in.subspan(kGroup * Type::kWidth)) {
        if (!Type::decode(in.data(), out.data()))
            plain(in.first(kGroup * Type::kWidth), out.first(kGroup * sizeof(float)));
        out = out.subspan(kGroup * sizeof(float));
    }
    plain(in, out);
}

constexpr std::array kDecoders{
    DecoderRow{Dtype::F16, decodeWords<FromHalf>},
    DecoderRow{Dtype::Bf16, decodeWords<FromBfloat16>},
    DecoderRow{Dtype::F8E4M3, decodeWords<FromF8E4M3>},
    DecoderRow{Dtype::F8E5M2, decodeWords<FromF8E5M2>},
};

} // namespace

std::span<const DecoderRow> decoders() { return kDecoders; }

} // namespace weightroom::engine::avx2

#endif
