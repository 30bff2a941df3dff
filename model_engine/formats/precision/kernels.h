// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/precision.h"

#include <cstddef>
#include <span>
#include <string_view>

namespace weightroom::engine {

// The loops that convertElements() spends its time in, once for each set of instructions. Their results are the same to
// the last bit, but for PrecisionLoss::errorSum: its additions have another order, and up to four errors are added in
// fp32 first, so that it may differ by kSumTolerance of itself.
//
// Numbers lie as bytes, at any address. `in` and `out` are of just as many numbers.

inline constexpr double kSumTolerance = 0x1p-22;

/// Numbers of a type into fp32.
using NumberDecoder = void (*)(std::span<const std::byte> in, std::span<std::byte> out);
/// Numbers of fp32, or of fp64, into a type. Adds to the loss all but PrecisionLoss::elements.
using NumberEncoder = void (*)(std::span<const std::byte> in, std::span<std::byte> out, PrecisionLoss& loss);

struct DecoderRow {
    Dtype dtype;
    NumberDecoder decode;
};

struct EncoderRow {
    Dtype dtype;
    NumberEncoder fromFloats; ///< nullptr: as the plain one does it
    NumberEncoder fromDoubles; ///< likewise
};

struct PrecisionKernels {
    std::string_view name; ///< "plain", "avx2"
    std::span<const DecoderRow> decoders; ///< what is not there, the plain one does
    std::span<const EncoderRow> encoders;
};

/// For every processor, and with all the types that there are: the measure for the others.
[[nodiscard]] const PrecisionKernels& plainKernels();
/// nullptr where the processor has not AVX2 and F16C, or is of another family.
[[nodiscard]] const PrecisionKernels* avx2Kernels();
/// The fastest that this processor has.
[[nodiscard]] const PrecisionKernels& bestKernels();

/// nullptr for types that it cannot read; GGUF's are those of dequantize().
[[nodiscard]] NumberDecoder decoderOf(const PrecisionKernels& kernels, Dtype dtype);
/// nullptr for types that it cannot write.
[[nodiscard]] NumberEncoder floatEncoderOf(const PrecisionKernels& kernels, Dtype dtype);
[[nodiscard]] NumberEncoder doubleEncoderOf(const PrecisionKernels& kernels, Dtype dtype);

/// convertElements() by these kernels.
[[nodiscard]] Result<> convertElementsBy(const PrecisionKernels& kernels, Dtype from, std::span<const std::byte> in,
    Dtype to, std::span<std::byte> out, PrecisionLoss& loss);

} // namespace weightroom::engine
