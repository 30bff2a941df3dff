// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/byte_source.h"
#include "model_engine/formats/tensor_index.h"

namespace weightroom::engine {

/// The one door to all formats: decides by content (never by the file's name alone) which reader fits, and reads the
/// header only; no byte of tensor data is touched. Files that are broken in a well-known way are named for what they
/// are: an empty file, a Git LFS pointer, an HTML page saved as a model. Errors: FileTruncated, InvalidFormat,
/// HeaderTooLarge, UnknownDtype, UnknownFormat, Unsupported, UnsafePickle, and those of the source.
[[nodiscard]] Result<TensorIndex> readTensorIndex(const ByteSource& source);

} // namespace weightroom::engine
