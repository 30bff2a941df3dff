// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/dtype.h"
#include "model_engine/core/result.h"

#include <algorithm>
#include <cstddef>
#include <span>

namespace weightroom::engine {

/// What was lost when numbers were brought to another type.
struct PrecisionLoss {
    std::uint64_t elements = 0; ///< that were brought to another type
    std::uint64_t overflowed = 0; ///< that are beyond it: infinity in fp16, bf16 and fp32, the largest number in fp8
    double largestError = 0; ///< of those that are numbers before and after, and have not overflowed
    double errorSum = 0; ///< of the same

    [[nodiscard]] double meanError() const { return elements == 0 ? 0 : errorSum / static_cast<double>(elements); }
    PrecisionLoss& operator+=(const PrecisionLoss& other)
    {
        elements += other.elements;
        overflowed += other.overflowed;
        largestError = std::max(largestError, other.largestError);
        errorSum += other.errorSum;
        return *this;
    }
};

/// The types that numbers can be brought to: fp32, fp16, bf16, fp8_e4m3, fp8_e5m2.
[[nodiscard]] bool isPrecision(Dtype dtype);
/// The types whose numbers can be brought to these: the same, fp64, the fnuz types of fp8, and what dequantize() knows.
[[nodiscard]] bool hasNumbers(Dtype dtype);

/// Brings elements from one type to another: rounded to nearest, ties to even, also from fp64, which is rounded once.
/// NaN stays NaN. What rounds beyond the largest number becomes infinity in fp32, fp16 and bf16; in fp8 it becomes the
/// largest number, and so does infinity. `in` has whole blocks of its type, and `out` room for just as many elements.
/// The fastest loops that the processor has (precision/kernels.h); how fast they are stands in docs/performance.md.
/// Errors: Unsupported for other types; InvalidValue when the sizes do not fit.
[[nodiscard]] Result<> convertElements(
    Dtype from, std::span<const std::byte> in, Dtype to, std::span<std::byte> out, PrecisionLoss& loss);

} // namespace weightroom::engine
