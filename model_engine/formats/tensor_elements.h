// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/byte_source.h"
#include "model_engine/formats/tensor_index.h"

#include <cstddef>
#include <functional>
#include <span>

namespace weightroom::engine {

/// Takes bytes in their order; an error ends the reading.
using ElementSink = std::function<Result<>(std::span<const std::byte>)>;

/// Reads the elements of a tensor as they are stored, one behind the other in the order of its shape: a strided view is
/// gathered. The sink gets blocks of at most 1 MiB, each of whole elements (of whole blocks, for a type that packs
/// several into one), contiguousSize(entry) in all. A contiguous tensor takes one block
/// of memory, a view its whole range, which is never larger than its file. Errors: those of the source and of the sink;
/// Unsupported for a view of a type that packs several elements into a byte or a block, which no format has.
[[nodiscard]] Result<> readElements(const ByteSource& source, const TensorEntry& entry, const ElementSink& sink);

} // namespace weightroom::engine
