// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"
#include "model_engine/catalog/scan/folder_walk.h"

#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace weightroom::engine {

/// A file of a model that a walk found, as a ModelFile.
struct FoundPart {
    std::string path; ///< as FoundFile::path
    FileIdentity identity;
    std::string namePrefix{};
};

/// What a walk found, as a model: a file, the shards of one set of weights, or the folder of a pipeline. A scan has one
/// for every model before it has any record: what few models have, and what all those of a folder have in common, lies
/// elsewhere and is shared, and a copy changes nothing of it.
struct FoundModel {
    std::string path; ///< the text of ModelRecord::path
    std::vector<FoundPart> files; ///< at least one
    std::vector<ComponentVariants> variants{}; ///< as ModelRecord::variants
    std::string name{}; ///< how it is shown; empty: as its file
    std::shared_ptr<const Error> problem{}; ///< why it cannot be read, as far as its names tell; mostly nullptr
    std::shared_ptr<const ModelIndex> index{}; ///< of the pipeline, or of the shards; mostly nullptr
    std::shared_ptr<const Placement> placement{}; ///< nullptr: nobody says anything about it

    /// What says which tensor lies in which shard; nullptr where there is no such file.
    [[nodiscard]] const ModelIndex* shardIndex() const;
};

/// The file as a record has it.
[[nodiscard]] ModelFile modelFileOf(const FoundPart& file);
/// Enters into a record what is known of its model beside its files: where it lies, and how it is shown.
void placeAsFound(ModelRecord& record, const FoundModel& found);
/// As if a walk had found these files: for a model of which it is known where it lies.
[[nodiscard]] FoundModel foundAt(const std::filesystem::path& path, std::span<const ModelFile> files);

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
/// path. Folders are put together on up to `threads` threads; how many says nothing about the result.
[[nodiscard]] std::vector<FoundModel> modelsOf(
    WalkResult walk, const KnownIndices& known = {}, const WantedVariants& wanted = {}, unsigned threads = 1);

} // namespace weightroom::engine
