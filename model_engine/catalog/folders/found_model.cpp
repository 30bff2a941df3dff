// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/folders/found_model.h"

#include "model_engine/catalog/folders/pipeline_folder.h"
#include "model_engine/catalog/folders/weight_set.h"
#include "model_engine/catalog/path_order.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

namespace weightroom::engine {
namespace {

using std::filesystem::path;

/// The files of each folder that has any, sorted by path.
using FilesByFolder = std::map<path, std::vector<FoundFile>, PathOrder>;

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
const FoundFile* shardIndexOf(const WeightSet& set, const path& folder, const std::vector<FoundFile>& indices)
{
    const path name = folder / (set.name + ".index.json");
    const auto index = std::ranges::lower_bound(indices, name, {}, &FoundFile::path);
    return index != indices.end() && index->path == name ? &*index : nullptr;
}

FoundModel modelOf(WeightSet set, const path& folder, const std::vector<FoundFile>& indices)
{
    FoundModel model;
    model.path = set.files.front().path;
    const bool isFile = set.files.front().kind == EntryKind::File;
    if (!isFile)
        model.problem = notAFile(set.files.front());
    if (const FoundFile* index = set.isSharded() ? shardIndexOf(set, folder, indices) : nullptr) {
        model.shardIndex = index->path;
        model.index = {.path = index->path, .identity = index->identity};
    }
    if (!set.isComplete())
        model.problem = notThere(set.missing(), folder);
    for (FoundFile& file : set.files)
        model.files.push_back({std::move(file.path), file.identity});
    if (!isFile)
        model.files.front().identity = {};
    return model;
}

/// The files of a walk by their folders; they are sorted, so that those of one folder mostly stand together.
FilesByFolder byFolder(const std::vector<FoundFile>& files)
{
    FilesByFolder folders;
    auto last = folders.end();
    for (const FoundFile& file : files) {
        const std::string_view path = file.path.native();
        const std::string_view folder = path.substr(0, path.find_last_of('/'));
        if (last == folders.end() || last->first.native() != folder)
            last = folders.try_emplace(file.path.parent_path()).first;
        last->second.push_back(file);
    }
    return folders;
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

/// From what is known, or by reading it.
ModelIndex pipelineIndexOf(const FoundFile& file, const KnownIndices& known)
{
    ModelIndex index{.path = file.path, .identity = file.identity};
    if (const ModelIndex* before = known.find(file.identity)) {
        index.components = before->components;
        index.problem = before->problem;
        return index;
    }
    auto read = readPipelineIndex(file.path);
    if (read)
        index.components = std::move(read->components);
    else
        index.problem = std::move(read).error();
    return index;
}

ComponentVariants variantsOf(std::string component, const std::vector<WeightSet>& sets, const WeightSet& taken)
{
    ComponentVariants variants{.component = std::move(component), .sets = {}};
    for (const WeightSet& set : sets) {
        if (&set == &taken)
            variants.taken = variants.sets.size();
        variants.sets.push_back({set.name, set.variant()});
    }
    return variants;
}

std::string_view variantFor(const path& folder, const WantedVariants& wanted)
{
    const auto row = wanted.find(folder);
    return row == wanted.end() ? std::string_view{} : std::string_view{row->second};
}

/// A pipeline, and nothing of its components' folders is left in `files`.
class Pipeline {
public:
    Pipeline(ModelIndex index, FilesByFolder& files, const WantedVariants& wanted)
        : m_folder(index.path.parent_path())
        , m_files(files)
        , m_wanted(variantFor(m_folder, wanted))
    {
        m_model.path = m_folder;
        m_model.problem = index.problem;
        std::ranges::for_each(index.components, [this](const PipelineComponent& part) { add(part); });
        m_model.index = std::move(index);
    }

    /// Nothing when no component has weights in a format that was looked for.
    [[nodiscard]] std::optional<FoundModel> take()
    {
        if (m_model.files.empty() && !m_model.problem)
            return std::nullopt;
        if (m_model.files.empty())
            m_model.files.push_back({m_model.index->path, {}});
        return std::move(m_model);
    }

private:
    void add(const PipelineComponent& component)
    {
        auto found = m_files.extract(m_folder / component.name);
        const std::vector<WeightSet> sets = found ? weightSetsOf(std::move(found.mapped())) : std::vector<WeightSet>{};
        const WeightSet* set = preferredSet(sets, m_wanted);
        if (!m_model.problem)
            m_model.problem = problemOf(component, set, m_folder);
        if (set == nullptr)
            return;
        for (const FoundFile& file : set->files)
            m_model.files.push_back({file.path, file.identity, component.name + "/"});
        if (sets.size() > 1)
            m_model.variants.push_back(variantsOf(component.name, sets, *set));
    }

    path m_folder;
    FilesByFolder& m_files;
    std::string_view m_wanted;
    FoundModel m_model;
};

/// Files that were reached by two paths, or two snapshots of a hub's cache that link to the same blobs.
void keepOnce(std::vector<FoundModel>& models, const LayoutScope& layouts)
{
    const auto isSecondChoice = [&](const FoundModel& model) { return layouts.isSecondChoice(model.path); };
    const bool hasSecondChoices = std::ranges::any_of(models, isSecondChoice);
    if (hasSecondChoices)
        std::ranges::stable_partition(models, std::not_fn(isSecondChoice));
    std::set<std::vector<NodeId>> seen;
    std::erase_if(models, [&](const FoundModel& model) {
        std::vector<NodeId> nodes;
        for (const ModelFile& file : model.files)
            nodes.push_back({file.identity.device, file.identity.inode});
        const bool isLookedAt = std::ranges::find(nodes, NodeId{}) == nodes.end();
        return isLookedAt && !seen.insert(std::move(nodes)).second;
    });
    if (hasSecondChoices)
        std::ranges::sort(models, PathOrder{}, &FoundModel::path);
}

/// Names them, and notes what their folders are for. They are sorted: those of one folder stand together.
void placeAll(std::vector<FoundModel>& models, const LayoutScope& layouts)
{
    path folder;
    Placement placement;
    for (FoundModel& model : models) {
        if (path parent = model.path.parent_path(); parent.native() != folder.native()) {
            placement = layouts.placementIn(parent);
            folder = std::move(parent);
        }
        model.placement = placement;
        std::vector<ModelKind>& expected = model.placement.expectedKinds;
        const bool isVaePlace = expected.empty() || std::ranges::find(expected, ModelKind::Vae) != expected.end();
        if (!isVaePlace && isPairedVae(model.path))
            expected.push_back(ModelKind::Vae);
        model.name = layouts.shownNameOf(model.path);
    }
}

} // namespace

KnownIndices::KnownIndices(std::span<const ModelRecordPtr> models)
{
    for (const ModelRecordPtr& model : models) {
        // A problem of the moment may have passed: only what the bytes say is remembered.
        if (model->index && (!model->index->problem || !mayPass(*model->index->problem)))
            m_byIdentity.insert_or_assign(withoutDevice(model->index->identity), *model->index);
    }
}

const ModelIndex* KnownIndices::find(const FileIdentity& identity) const
{
    const auto known = m_byIdentity.find(withoutDevice(identity));
    return known == m_byIdentity.end() ? nullptr : &known->second;
}

std::vector<FoundModel> modelsOf(const WalkResult& walk, const KnownIndices& known, const WantedVariants& wanted)
{
    FilesByFolder files = byFolder(walk.files);
    std::vector<FoundModel> models;
    for (const FoundFile& index : walk.indices) {
        if (index.path.filename() != kPipelineIndexName)
            continue;
        if (auto model = Pipeline{pipelineIndexOf(index, known), files, wanted}.take())
            models.push_back(std::move(*model));
    }
    models.reserve(models.size() + walk.files.size());
    for (auto& [folder, inFolder] : files) {
        for (WeightSet& set : weightSetsOf(std::move(inFolder)))
            models.push_back(modelOf(std::move(set), folder, walk.indices));
    }
    if (!std::ranges::is_sorted(models, PathOrder{}, &FoundModel::path))
        std::ranges::sort(models, PathOrder{}, &FoundModel::path);
    keepOnce(models, walk.layouts);
    placeAll(models, walk.layouts);
    return models;
}

} // namespace weightroom::engine
