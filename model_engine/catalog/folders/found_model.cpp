// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/folders/found_model.h"

#include "model_engine/catalog/folders/pipeline_folder.h"
#include "model_engine/catalog/folders/weight_set.h"
#include "model_engine/catalog/path_order.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <unordered_set>

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

/// Of the folder that a model or file lies in.
std::string_view folderOf(const path& of)
{
    const std::string_view text = of.native();
    return text.substr(0, text.find_last_of('/'));
}

/// The files of a walk by their folders; they are sorted, so that those of one folder mostly stand together.
FilesByFolder byFolder(std::vector<FoundFile> files)
{
    FilesByFolder folders;
    auto last = folders.end();
    for (FoundFile& file : files) {
        if (const std::string_view folder = folderOf(file.path);
            last == folders.end() || last->first.native() != folder)
            last = folders.try_emplace(path{folder}).first;
        last->second.push_back(std::move(file)); // a path is dear to copy
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

/// Which files were seen, by whatever path.
class SeenFiles {
public:
    explicit SeenFiles(std::size_t most) { m_single.reserve(most); }

    /// False when exactly these were seen before. What could not be looked at never was.
    [[nodiscard]] bool insert(const std::vector<ModelFile>& files)
    {
        if (files.size() == 1)
            return nodeOf(files.front()) == NodeId{} || m_single.insert(nodeOf(files.front())).second;
        std::vector<NodeId> nodes;
        std::ranges::transform(files, std::back_inserter(nodes), nodeOf);
        return std::ranges::find(nodes, NodeId{}) != nodes.end() || m_several.insert(std::move(nodes)).second;
    }

private:
    struct HashOf {
        std::size_t operator()(const NodeId& node) const { return std::hash<std::uint64_t>{}(node.inode); }
    };
    static NodeId nodeOf(const ModelFile& file) { return {file.identity.device, file.identity.inode}; }

    std::unordered_set<NodeId, HashOf> m_single; ///< of models of one file, which most are
    std::set<std::vector<NodeId>> m_several;
};

/// Whether two may be the same files: their first ones are. A list of numbers is sorted sooner than a set is filled.
bool hasTwins(const std::vector<FoundModel>& models)
{
    std::vector<NodeId> nodes;
    nodes.reserve(models.size());
    for (const FoundModel& model : models)
        nodes.push_back({model.files.front().identity.device, model.files.front().identity.inode});
    std::ranges::sort(nodes);
    return std::ranges::adjacent_find(nodes) != nodes.end();
}

/// Files that were reached by two paths, or two snapshots of a hub's cache that link to the same blobs.
void keepOnce(std::vector<FoundModel>& models, const LayoutScope& layouts)
{
    const auto isSecondChoice = [&](const FoundModel& model) { return layouts.isSecondChoice(model.path.native()); };
    const bool hasSecondChoices = std::ranges::any_of(models, isSecondChoice);
    if (hasSecondChoices)
        std::ranges::stable_partition(models, std::not_fn(isSecondChoice));
    if (hasTwins(models)) {
        SeenFiles seen{models.size()};
        std::erase_if(models, [&](const FoundModel& model) { return !seen.insert(model.files); });
    }
    if (hasSecondChoices)
        std::ranges::sort(models, PathOrder{}, &FoundModel::path);
}

/// Names them, and notes what their folders are for. They are sorted: those of one folder stand together.
void placeAll(std::vector<FoundModel>& models, const LayoutScope& layouts)
{
    path folder;
    Placement placement;
    for (FoundModel& model : models) {
        if (const std::string_view parent = folderOf(model.path); parent != folder.native()) {
            folder = parent;
            placement = layouts.placementIn(parent);
        }
        model.placement = placement;
        std::vector<ModelKind>& expected = model.placement.expectedKinds;
        const bool isVaePlace = expected.empty() || std::ranges::find(expected, ModelKind::Vae) != expected.end();
        if (!isVaePlace && isPairedVae(model.path.native()))
            expected.push_back(ModelKind::Vae);
        model.name = layouts.shownNameOf(model.path.native());
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

std::vector<FoundModel> modelsOf(WalkResult walk, const KnownIndices& known, const WantedVariants& wanted)
{
    std::vector<FoundModel> models;
    models.reserve(walk.files.size());
    FilesByFolder files = byFolder(std::move(walk.files));
    for (const FoundFile& index : walk.indices) {
        if (index.path.filename() != kPipelineIndexName)
            continue;
        if (auto model = Pipeline{pipelineIndexOf(index, known), files, wanted}.take())
            models.push_back(std::move(*model));
    }
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
