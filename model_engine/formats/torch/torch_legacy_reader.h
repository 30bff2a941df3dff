// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/byte_source.h"
#include "model_engine/formats/tensor_index.h"

namespace weightroom::engine {

//   | magic number | 1001 | system | what there is | [key, key, …] | n, n elements | n, n elements | …
//   pickles, one after the other, of no announced length              8 bytes, then the storage

/// Reads what torch.save wrote before 1.6 (and writes with _use_new_zipfile_serialization=False). A pickle that does
/// not begin with PyTorch's magic number is refused by name, after it was read in the same way: what it would call is
/// told.
///
/// Where a pickle ends is known only when it was read, so the file is read in blocks of 64 KiB and more: a beginning of
/// the storages may be read along and is not looked at. See readTorchArchive() for errors and costs.
[[nodiscard]] Result<TensorIndex> readTorchLegacy(const ByteSource& source);

} // namespace weightroom::engine
