// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/folder_walk.h"
#include "model_engine/catalog/model_record.h"

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <vector>

namespace weightroom::engine {

/// What a walk found, as a model: a file, the shards of one set of weights, or the folder of a pipeline.
struct FoundModel {
    std::filesystem::path path; ///< as ModelRecord::path
    std::vector<ModelFile> files; ///< at least one
    std::filesystem::path shardIndex; ///< says which tensor lies in which shard; empty where there is none
    std::optional<Error> problem; ///< why it cannot be read, as far as its names tell
    std::optional<ModelIndex> index{}; ///< of the pipeline, or of the shards
    std::vector<ComponentVariants> variants{}; ///< as ModelRecord::variants
    std::string name{}; ///< how it is shown; empty: as its file
    Placement placement{};
};

/// Indices that were read before, by their state and not by their path: the folder may have been renamed.
class KnownIndices {
public:
    KnownIndices() = default;
    /// Those of these models.
    explicit KnownIndices(std::span<const ModelRecordPtr> models);

    /// nullptr when the file has to be read.
    [[nodiscard]] const ModelIndex* find(const FileIdentity& identity) const;

private:
    std::map<FileIdentity, ModelIndex> m_byIdentity; ///< without the device, whose number may change with each start
};

/// Which variant of the weights is wanted of a pipeline, by its folder: "fp16", … (see preferredSet()).
using WantedVariants = std::map<std::filesystem::path, std::string>;

/// Puts the files of a walk together. A folder with a model_index.json is one model: of each component that it names
/// the preferred set of weights (see preferredSet()); what lies beside that in the component's folder are variants of
/// it and no models of their own. Elsewhere numbered shards are one model, and every other file is one.
/// The same file reached twice is one model, under the path that sorts first; one in a snapshot beside the main one of
/// its repository comes after all others. Reads the indices of pipelines that are not known, nothing else. Sorted by
/// path.
[[nodiscard]] std::vector<FoundModel> modelsOf(
    WalkResult walk, const KnownIndices& known = {}, const WantedVariants& wanted = {});

} // namespace weightroom::engine
