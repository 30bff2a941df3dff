// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/folders/found_model.h"

#include "model_engine/catalog/folders/pipeline_folder.h"
#include "model_engine/catalog/folders/weight_set.h"

#include <algorithm>
#include <map>
#include <set>

namespace weightroom::engine {
namespace {

using std::filesystem::path;

/// The files of each folder that has any, sorted by path.
using FilesByFolder = std::map<path, std::vector<FoundFile>>;

Error notAFile(const FoundFile& file)
{
    return {ErrorCode::NotRegularFile,
        "'" + file.path.string() + "' is a folder, a pipe, a device or a link that leads nowhere",
        {.path = file.path.string()}};
}

Error notThere(std::string detail, const path& where)
{
    return {ErrorCode::NotFound, std::move(detail), {.path = where.string()}};
}

/// "model.safetensors" in shards has its index in "model.safetensors.index.json".
path shardIndexOf(const WeightSet& set, const path& folder, const std::vector<path>& indices)
{
    path index = folder / (set.name + ".index.json");
    return std::ranges::binary_search(indices, index) ? index : path{};
}

FoundModel modelOf(const WeightSet& set, const path& folder, const std::vector<path>& indices)
{
    FoundModel model;
    model.path = set.files.front().path;
    for (const FoundFile& file : set.files)
        model.files.push_back({file.path, file.identity});
    if (set.files.front().kind != EntryKind::File) {
        model.files.front().identity = {};
        model.problem = notAFile(set.files.front());
    }
    if (!set.isSharded())
        return model;
    model.shardIndex = shardIndexOf(set, folder, indices);
    if (!set.isComplete())
        model.problem = notThere(set.missing(), folder);
    return model;
}

/// Why a component's weights cannot be read; nothing when they are there, and when it needs none.
std::optional<Error> problemOf(const PipelineComponent& component, const WeightSet* set, const path& folder)
{
    if (set == nullptr && component.hasWeights) {
        return notThere(
            "the pipeline names '" + component.name + "' (" + component.className + "), whose weights are not there",
            folder / component.name);
    }
    if (set != nullptr && !set->isComplete())
        return notThere("component '" + component.name + "': " + set->missing(), folder / component.name);
    return std::nullopt;
}

/// A pipeline, and nothing of its components' folders is left in `files`.
class Pipeline {
public:
    Pipeline(const path& index, FilesByFolder& files)
        : m_folder(index.parent_path())
        , m_files(files)
    {
        m_model.path = m_folder;
        const auto read = readPipelineIndex(index);
        if (!read)
            m_model.problem = read.error();
        else
            std::ranges::for_each(read->components, [this](const PipelineComponent& part) { add(part); });
    }

    /// Nothing when no component has weights in a format that was looked for.
    [[nodiscard]] std::optional<FoundModel> take(const path& index)
    {
        if (m_model.files.empty() && !m_model.problem)
            return std::nullopt;
        if (m_model.files.empty())
            m_model.files.push_back({index, {}});
        return std::move(m_model);
    }

private:
    void add(const PipelineComponent& component)
    {
        const auto found = m_files.extract(m_folder / component.name);
        const std::vector<WeightSet> sets = found ? weightSetsOf(found.mapped()) : std::vector<WeightSet>{};
        const WeightSet* set = preferredSet(sets);
        if (!m_model.problem)
            m_model.problem = problemOf(component, set, m_folder);
        if (set == nullptr)
            return;
        for (const FoundFile& file : set->files)
            m_model.files.push_back({file.path, file.identity, component.name + "/"});
    }

    path m_folder;
    FilesByFolder& m_files;
    FoundModel m_model;
};

/// Files that were reached by two paths, or two snapshots of a hub's cache that link to the same blobs.
void keepOnce(std::vector<FoundModel>& models, const LayoutScope& layouts)
{
    std::ranges::stable_partition(models, [&](const FoundModel& model) { return !layouts.isSecondChoice(model.path); });
    std::set<std::vector<NodeId>> seen;
    std::erase_if(models, [&](const FoundModel& model) {
        std::vector<NodeId> nodes;
        for (const ModelFile& file : model.files)
            nodes.push_back({file.identity.device, file.identity.inode});
        const bool isLookedAt = std::ranges::find(nodes, NodeId{}) == nodes.end();
        return isLookedAt && !seen.insert(std::move(nodes)).second;
    });
}

} // namespace

std::vector<FoundModel> modelsOf(const WalkResult& walk)
{
    FilesByFolder files;
    for (const FoundFile& file : walk.files)
        files[file.path.parent_path()].push_back(file);
    std::vector<FoundModel> models;
    for (const path& index : walk.indices) {
        if (index.filename() != kPipelineIndexName)
            continue;
        if (auto model = Pipeline{index, files}.take(index))
            models.push_back(std::move(*model));
    }
    for (const auto& [folder, inFolder] : files) {
        for (const WeightSet& set : weightSetsOf(inFolder))
            models.push_back(modelOf(set, folder, walk.indices));
    }
    std::ranges::sort(models, {}, &FoundModel::path);
    keepOnce(models, walk.layouts);
    std::ranges::sort(models, {}, &FoundModel::path);
    for (FoundModel& model : models) {
        model.name = walk.layouts.shownNameOf(model.path);
        model.placement = walk.layouts.placementOf(model.path);
    }
    return models;
}

} // namespace weightroom::engine
