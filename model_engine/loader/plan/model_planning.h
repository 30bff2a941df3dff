// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"
#include "model_engine/core/files/file.h"
#include "model_engine/core/result.h"
#include "model_engine/formats/tensor_index.h"

#include <span>
#include <vector>

namespace weightroom::engine {

/// Opens the files of a model, in its order. Errors: FileChanged, when one is not as the last scan saw it; those of
/// InputFile::open().
[[nodiscard]] Result<std::vector<InputFile>> openModelFiles(const ModelRecord& model);

/// Reads the headers of these files. Errors: those of readModelFiles().
[[nodiscard]] Result<TensorIndex> readModelIndex(const ModelRecord& model, std::span<const InputFile> files);

} // namespace weightroom::engine
