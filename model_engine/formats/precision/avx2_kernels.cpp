// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/precision/avx2.h"

#ifdef WEIGHTROOM_HAS_AVX2

#include <cpuid.h>

namespace weightroom::engine {
namespace {

bool hasF16c()
{
    unsigned a = 0;
    unsigned b = 0;
    unsigned c = 0;
    unsigned d = 0;
    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_F16C) != 0;
}

} // namespace

const PrecisionKernels* avx2Kernels()
{
    // It looks whether the system keeps the wide registers, too.
    static const bool isThere = __builtin_cpu_supports("avx2") != 0 && hasF16c();
    static const PrecisionKernels kernels{"avx2", avx2::decoders(), avx2::encoders()};
    return isThere ? &kernels : nullptr;
}

} // namespace weightroom::engine

#else

namespace weightroom::engine {

const PrecisionKernels* avx2Kernels() { return nullptr; }

} // namespace weightroom::engine

#endif
