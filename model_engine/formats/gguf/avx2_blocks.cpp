// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/gguf/block_decoders.h"
#include "model_engine/formats/gguf/k_scales.h"
#include "model_engine/formats/precision/avx2.h"

#ifdef WEIGHTROOM_HAS_AVX2

#include <array>

namespace weightroom::engine {
namespace {

// The same operations in the same order as those of plain_blocks.cpp and k_blocks.cpp, on 8 numbers at once.

using avx2::kPerVector;

/// 8 bytes.
WEIGHTROOM_AVX2 __m128i loadEight(const std::byte* in) { return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(in)); }

/// The numbers that `count` bits of 8 bytes are, from bit `shift` on.
WEIGHTROOM_AVX2 __m256i eightBits(const std::byte* in, int shift, int count)
{
    const __m256i bytes = _mm256_cvtepu8_epi32(loadEight(in));
    return _mm256_and_si256(_mm256_srl_epi32(bytes, _mm_cvtsi32_si128(shift)), _mm256_set1_epi32((1 << count) - 1));
}

/// scale × number.
WEIGHTROOM_AVX2 __m256 scaled(float scale, __m256i numbers)
{
    return _mm256_mul_ps(_mm256_set1_ps(scale), _mm256_cvtepi32_ps(numbers));
}

WEIGHTROOM_AVX2 void decodeQ8_0(BlockBytes block, std::span<float> out)
{
    const float scale = block.half(0);
    for (std::size_t i = 0; i < out.size(); i += kPerVector) {
        const __m256i numbers = _mm256_cvtepi8_epi32(loadEight(block.from(2 + i)));
        _mm256_storeu_ps(out.data() + i, scaled(scale, numbers));
    }
}

WEIGHTROOM_AVX2 void decodeQ4_0(BlockBytes block, std::span<float> out)
{
    constexpr std::size_t kHalfBlock = 16;
    const float scale = block.half(0);
    for (std::size_t i = 0; i < out.size(); i += kPerVector) {
        const __m256i numbers = eightBits(block.from(2 + i % kHalfBlock), i < kHalfBlock ? 0 : 4, 4);
        _mm256_storeu_ps(out.data() + i, scaled(scale, _mm256_sub_epi32(numbers, _mm256_set1_epi32(8))));
    }
}

/// Low bits of number `i` and the seven behind it, in planes as k_blocks.cpp describes them.
WEIGHTROOM_AVX2 __m256i lowBits(BlockBytes block, std::size_t at, std::size_t count, std::size_t i)
{
    const std::size_t planes = 8 / count;
    const std::size_t plane = i / 32;
    return eightBits(block.from(at + plane / planes * 32 + i % 32), static_cast<int>(plane % planes * count),
        static_cast<int>(count));
}

WEIGHTROOM_AVX2 void decodeQ4K(BlockBytes block, std::span<float> out)
{
    for (std::size_t group = 0; group < 8; ++group) {
        const auto [scale, minimum] = scaleAndMinimum(block, group);
        for (std::size_t i = group * 32; i < (group + 1) * 32; i += kPerVector) {
            const __m256 products = scaled(scale, lowBits(block, 16, 4, i));
            _mm256_storeu_ps(out.data() + i, _mm256_sub_ps(products, _mm256_set1_ps(minimum)));
        }
    }
}

WEIGHTROOM_AVX2 void decodeQ5K(BlockBytes block, std::span<float> out)
{
    for (std::size_t group = 0; group < 8; ++group) {
        const auto [scale, minimum] = scaleAndMinimum(block, group);
        for (std::size_t i = group * 32; i < (group + 1) * 32; i += kPerVector) {
            const __m256i high = eightBits(block.from(16 + i % 32), static_cast<int>(group), 1);
            const __m256i numbers = _mm256_or_si256(lowBits(block, 48, 4, i), _mm256_slli_epi32(high, 4));
            _mm256_storeu_ps(out.data() + i, _mm256_sub_ps(scaled(scale, numbers), _mm256_set1_ps(minimum)));
        }
    }
}

WEIGHTROOM_AVX2 void decodeQ6K(BlockBytes block, std::span<float> out)
{
    const float scaleOfScales = block.half(208);
    for (std::size_t i = 0; i < out.size(); i += kPerVector) {
        const float scale = scaleOfScales * static_cast<float>(block.i8(192 + i / 16));
        const __m256i low = eightBits(block.from(i / 128 * 64 + i % 64), i % 128 < 64 ? 0 : 4, 4);
        const __m256i high = lowBits(block, 128, 2, i);
        const __m256i numbers = _mm256_or_si256(low, _mm256_slli_epi32(high, 4));
        _mm256_storeu_ps(out.data() + i, scaled(scale, _mm256_sub_epi32(numbers, _mm256_set1_epi32(32))));
    }
}

constexpr std::array kDecoders{
    BlockDecoderRow{Dtype::Q4_0, decodeQ4_0},
    BlockDecoderRow{Dtype::Q8_0, decodeQ8_0},
    BlockDecoderRow{Dtype::Q4K, decodeQ4K},
    BlockDecoderRow{Dtype::Q5K, decodeQ5K},
    BlockDecoderRow{Dtype::Q6K, decodeQ6K},
};

} // namespace

std::span<const BlockDecoderRow> avx2Decoders()
{
    return avx2Kernels() == nullptr ? std::span<const BlockDecoderRow>{} : kDecoders;
}

} // namespace weightroom::engine

#else

namespace weightroom::engine {

std::span<const BlockDecoderRow> avx2Decoders() { return {}; }

} // namespace weightroom::engine

#endif
