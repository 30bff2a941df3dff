// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/dtype.h"
#include "model_engine/core/result.h"

#include <cstddef>
#include <span>

namespace weightroom::engine {

/// True for the types that dequantize() knows: all that GGUF files hold weights in, and F32, F16 and BF16. Not Q8_1 and
/// Q8_K, which ggml uses while it computes and no reference reads from files.
[[nodiscard]] bool canDequantize(Dtype dtype);

/// Computes the values of whole blocks, in the order of the file. The results are those of gguf-py 0.19 to the last bit
/// (of a value that is not a number only that it is none); tests/differential compares them.
/// Pure computation on the caller's thread. Errors: Unsupported for other types; InvalidValue when `blocks` are not
/// whole blocks or `out` has not exactly as much room as they have values.
[[nodiscard]] Result<> dequantize(Dtype dtype, std::span<const std::byte> blocks, std::span<float> out);

} // namespace weightroom::engine
