// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"
#include "model_engine/formats/tensor_index.h"

#include <filesystem>
#include <span>

namespace weightroom::engine {

/// Compares a "….index.json", which says in which shard each tensor lies, with what the shards really hold: `shards`
/// are their paths, in the order of TensorEntry::file. Its total_size is a hint of its writer and not looked at;
/// tensors that it does not name are no mistake (tied weights). Errors: those of reading a small file; InvalidJson;
/// InvalidFormat, naming the tensor or the shard that is wrong; a shard is named without a folder, always.
[[nodiscard]] Result<> checkShardIndex(
    const std::filesystem::path& file, const TensorIndex& index, std::span<const std::filesystem::path> shards);

} // namespace weightroom::engine
