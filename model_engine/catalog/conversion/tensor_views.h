// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/formats/tensor_index.h"

namespace weightroom::engine {

/// The rows [`first`, `first` + `count`) of the outermost dimension, as a tensor of its own. The caller knows that they
/// are there; rows of block types fill whole blocks (GGUF sees to that).
[[nodiscard]] TensorEntry rowsOf(const TensorEntry& entry, std::uint64_t first, std::uint64_t count);

/// A matrix of a plain type with rows and columns exchanged: a strided view of the same bytes.
[[nodiscard]] TensorEntry transposed(const TensorEntry& matrix);

} // namespace weightroom::engine
