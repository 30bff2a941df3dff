// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/byte_source.h"
#include "model_engine/formats/tensor_index.h"

namespace weightroom::engine {

/// Reads the zip archive that torch.save writes since 1.6:
///
///     root/data.pkl          what there is, with references to storages
///     root/byteorder         "little" or "big"; little when it is missing
///     root/data/0, 1, …      the storages, stored as they are
///     root/version, root/.data/serialization_id, …
///
/// Other archives are told by their entries and refused by name. See readTorchArchive() for errors and costs.
[[nodiscard]] Result<TensorIndex> readTorchZip(const ByteSource& source);

} // namespace weightroom::engine
