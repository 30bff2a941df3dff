// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/folder_walk.h"
#include "model_engine/catalog/model_record.h"

#include <filesystem>
#include <optional>
#include <vector>

namespace weightroom::engine {

/// What a walk found, as a model: a file, the shards of one set of weights, or the folder of a pipeline.
struct FoundModel {
    std::filesystem::path path; ///< as ModelRecord::path
    std::vector<ModelFile> files; ///< at least one
    std::filesystem::path shardIndex; ///< says which tensor lies in which shard; empty where there is none
    std::optional<Error> problem; ///< why it cannot be read, as far as its names tell
    std::string name{}; ///< how it is shown; empty: as its file
    Placement placement{};
};

/// Puts the files of a walk together. A folder with a model_index.json is one model: of each component that it names
/// the preferred set of weights (see preferredSet()); what lies beside that in the component's folder are variants of
/// it and no models of their own. Elsewhere numbered shards are one model, and every other file is one.
/// The same file reached twice is one model, under the path that sorts first; one in a snapshot beside the main one of
/// its repository comes after all others. Reads the indices of pipelines, nothing else. Sorted by path.
[[nodiscard]] std::vector<FoundModel> modelsOf(const WalkResult& walk);

} // namespace weightroom::engine
