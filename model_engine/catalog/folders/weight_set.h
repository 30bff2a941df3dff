// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/scan/folder_walk.h"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace weightroom::engine {

/// Files in one folder that hold one set of weights together: one file, or numbered shards.
///
///     diffusion_pytorch_model.fp16-00001-of-00002.safetensors  ┐ name "diffusion_pytorch_model.fp16.safetensors",
///     diffusion_pytorch_model.fp16-00002-of-00002.safetensors  ┘ two shards
struct WeightSet {
    std::string name; ///< of the file, without the number of the shard
    std::vector<FoundFile> files; ///< in the order of their numbers
    std::uint32_t shards = 0; ///< how many there must be; 0: one file without a number

    [[nodiscard]] bool isSharded() const { return shards > 0; }
    [[nodiscard]] bool isComplete() const { return !isSharded() || files.size() == shards; }
    /// "the shards 2, 3 of 5 are missing"; empty when it is complete.
    [[nodiscard]] std::string missing() const;
    /// "fp16" of "model.fp16.safetensors", "non_ema", …; empty where the name has no such part.
    [[nodiscard]] std::string variant() const;
};

/// The number in a shard's name, and the name without it.
struct ShardName {
    std::string set;
    std::uint32_t number = 0; ///< from 1
    std::uint32_t count = 0;
};

/// Nothing when the name is no shard's: "-00002-of-00005" with a number that can be.
[[nodiscard]] std::optional<ShardName> parseShardName(std::string_view fileName);

/// The files of one folder, sorted by path, as sets. The same shard is never in two sets; what is numbered twice or
/// beyond its count stays a file of its own.
[[nodiscard]] std::vector<WeightSet> weightSetsOf(std::vector<FoundFile> files);

/// The set that stands for a component of a pipeline, among those that lie side by side as variants: complete ones
/// before others, safetensors before pickles, the usual names before others, no variant before "fp16" before others.
/// Before all that comes a complete set of the variant that is `wanted` (empty: none is); a component without one has
/// its preferred set all the same, as when diffusers is asked for a variant. nullptr when there is none.
[[nodiscard]] const WeightSet* preferredSet(std::span<const WeightSet> sets, std::string_view wanted = {});

} // namespace weightroom::engine
