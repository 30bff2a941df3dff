// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/byte_source.h"
#include "model_engine/formats/tensor_index.h"

#include <span>
#include <string_view>

namespace weightroom::engine {

/// One of the files of a model.
struct ModelSource {
    const ByteSource& source;
    std::string_view namePrefix; ///< what the model's index puts in front of the names of its tensors: "unet/"
};

/// Reads the headers of all files of a model as one index: TensorEntry::file tells which one a tensor lies in, and
/// names are unique over all of them. A single file without a prefix is what readTensorIndex() gives. The format is
/// that of the files, or Diffusers where the names have prefixes. Errors: those of readTensorIndex(), with the path of
/// the file; InvalidFormat when two shards hold the same tensor.
[[nodiscard]] Result<TensorIndex> readModelFiles(std::span<const ModelSource> sources);

} // namespace weightroom::engine
