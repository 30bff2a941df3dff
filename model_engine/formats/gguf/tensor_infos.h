// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/checked_cursor.h"
#include "model_engine/formats/gguf/metadata.h"
#include "model_engine/formats/tensor_index.h"

#include <vector>

namespace weightroom::engine {

/// Reads the descriptions of `count` tensors, in the order of the file. Each is right in itself: name unique, type
/// known, rows of whole blocks, size within 64 bits. Where they lie to each other and in the file has not been looked
/// at yet; ranges count from the begin of the data. Shapes are those before a conversion reshaped the tensor, where the
/// metadata knows them. Errors name the tensor: InvalidFormat, UnknownDtype with the number of the type, those of the
/// cursor.
[[nodiscard]] Result<std::vector<TensorEntry>> readGgufTensorInfos(
    CheckedCursor& cursor, std::uint64_t count, const GgufMetadata& metadata);

} // namespace weightroom::engine
