// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/precision/kernels.h"

#if defined(__x86_64__)
#define WEIGHTROOM_HAS_AVX2

#include <immintrin.h>

/// The rest of the program is compiled for every x86-64: only what is marked may use these instructions, and only what
/// avx2Kernels() gives may call it.
#define WEIGHTROOM_AVX2 __attribute__((target("avx2,f16c")))

namespace weightroom::engine::avx2 {

// Numbers go in groups of 32. A group in which all are numbers within the type's range is done by these kernels; any
// other one, and what is left at the end, is left to the plain ones, which know all rules.

inline constexpr std::size_t kGroup = 32;
inline constexpr std::size_t kVectors = 4;
inline constexpr std::size_t kPerVector = 8;

WEIGHTROOM_AVX2 inline __m256i loadBits(const std::byte* in)
{
    return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in));
}

WEIGHTROOM_AVX2 inline __m128i loadHalfBits(const std::byte* in)
{
    return _mm_loadu_si128(reinterpret_cast<const __m128i*>(in));
}

WEIGHTROOM_AVX2 inline void storeBits(std::byte* out, __m256i bits)
{
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), bits);
}

[[nodiscard]] std::span<const DecoderRow> decoders();
[[nodiscard]] std::span<const EncoderRow> encoders();

} // namespace weightroom::engine::avx2

#endif
