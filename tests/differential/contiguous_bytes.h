// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/byte_source.h"
#include "model_engine/formats/tensor_index.h"

#include <vector>

namespace weightroom::test {

/// The elements of a tensor, one behind the other in the order of its shape, wherever they lie in the file. The tensor
/// is read whole: for small files.
[[nodiscard]] engine::Result<std::vector<std::byte>> contiguousBytes(
    const engine::ByteSource& source, const engine::TensorEntry& entry);

} // namespace weightroom::test
