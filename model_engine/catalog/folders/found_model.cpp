// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/folders/found_model.h"

#include "model_engine/catalog/folders/pipeline_folder.h"
#include "model_engine/catalog/folders/weight_set.h"
#include "model_engine/catalog/scan/path_order.h"
#include "model_engine/core/jobs/parallel.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <numeric>
#include <set>
#include <unordered_set>
#include <utility>

namespace weightroom::engine {
namespace {

using std::filesystem::path;

/// Of each folder that has any, in the order of the folders.
using FilesByFolder = std::vector<FolderFiles>;

/// The files in a folder, of which none are left there.
std::vector<FoundFile> takeFiles(FilesByFolder& all, const std::string& folder)
{
    const auto found = std::ranges::lower_bound(all, folder, PathOrder{}, &FolderFiles::folder);
    const bool isThere = found != all.end() && found->folder == folder;
    return isThere ? std::exchange(found->files, {}) : std::vector<FoundFile>{};
}

Error notAFile(const FoundFile& file)
{
    return {ErrorCode::NotRegularFile, "'" + file.path + "' is a folder, a pipe, a device or a link that leads nowhere",
        {.path = file.path}};
}

Error notThere(std::string detail, std::string where)
{
    return {ErrorCode::NotFound, std::move(detail), {.path = std::move(where)}};
}

std::shared_ptr<const Error> shared(Error problem) { return std::make_shared<const Error>(std::move(problem)); }

/// "model.safetensors" in shards has its index in "model.safetensors.index.json".
const FoundFile* shardIndexOf(const WeightSet& set, const std::string& folder, const std::vector<FoundFile>& indices)
{
    const std::string name = path{folder} / (set.name + ".index.json");
    const auto index = std::ranges::lower_bound(indices, name, PathOrder{}, &FoundFile::path);
    return index != indices.end() && index->path == name ? &*index : nullptr;
}

FoundModel modelOf(WeightSet set, const std::string& folder, const std::vector<FoundFile>& indices)
{
    FoundModel model;
    model.path = set.files.front().path;
    const bool isFile = set.files.front().kind == EntryKind::File;
    if (!isFile)
        model.problem = shared(notAFile(set.files.front()));
    if (const FoundFile* index = set.isSharded() ? shardIndexOf(set, folder, indices) : nullptr)
        model.index = std::make_shared<const ModelIndex>(ModelIndex{.path = index->path, .identity = index->identity});
    if (!set.isComplete())
        model.problem = shared(notThere(set.missing(), folder));
    for (FoundFile& file : set.files)
        model.files.push_back({std::move(file.path), file.identity});
    if (!isFile)
        model.files.front().identity = {};
    return model;
}

/// Of the folder that a model lies in.
std::string_view folderOf(std::string_view path) { return path.substr(0, path.find_last_of('/')); }

/// Why a component's weights cannot be read; nothing when they are there, and when it needs none.
std::shared_ptr<const Error> problemOf(
    const PipelineComponent& component, const WeightSet* set, const std::string& folder)
{
    if (set == nullptr && component.hasWeights) {
        return shared(notThere(
            "the pipeline names '" + component.name + "' (" + component.className + "), whose weights are not there",
            folder));
    }
    if (set != nullptr && !set->isComplete())
        return shared(notThere("component '" + component.name + "': " + set->missing(), folder));
    return nullptr;
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
        : m_files(files)
        , m_wanted(variantFor(index.path.parent_path(), wanted))
    {
        m_model.path = index.path.parent_path().native();
        m_model.problem = index.problem ? shared(*index.problem) : nullptr;
        std::ranges::for_each(index.components, [this](const PipelineComponent& part) { add(part); });
        m_model.index = std::make_shared<const ModelIndex>(std::move(index));
    }

    /// Nothing when no component has weights in a format that was looked for.
    [[nodiscard]] std::optional<FoundModel> take()
    {
        if (m_model.files.empty() && !m_model.problem)
            return std::nullopt;
        if (m_model.files.empty())
            m_model.files.push_back({m_model.index->path.native(), {}});
        return std::move(m_model);
    }

private:
    void add(const PipelineComponent& component)
    {
        const std::string folder = path{m_model.path} / component.name;
        const std::vector<WeightSet> sets = weightSetsOf(takeFiles(m_files, folder));
        const WeightSet* set = preferredSet(sets, m_wanted);
        if (!m_model.problem)
            m_model.problem = problemOf(component, set, folder);
        if (set == nullptr)
            return;
        for (const FoundFile& file : set->files)
            m_model.files.push_back({file.path, file.identity, component.name + "/"});
        if (sets.size() > 1)
            m_model.variants.push_back(variantsOf(component.name, sets, *set));
    }

    FilesByFolder& m_files;
    std::string_view m_wanted;
    FoundModel m_model;
};

/// Which files were seen, by whatever path.
class SeenFiles {
public:
    explicit SeenFiles(std::size_t most) { m_single.reserve(most); }

    /// False when exactly these were seen before. What could not be looked at never was.
    [[nodiscard]] bool insert(const std::vector<FoundPart>& files)
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
    static NodeId nodeOf(const FoundPart& file) { return {file.identity.device, file.identity.inode}; }

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
    const auto isSecondChoice = [&](const FoundModel& model) { return layouts.isSecondChoice(model.path); };
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

/// The folder of a checkpoint expects its VAE too.
std::shared_ptr<const Placement> forPairedVae(const std::shared_ptr<const Placement>& placement)
{
    const std::vector<ModelKind>& expected = placement->expectedKinds;
    if (expected.empty() || std::ranges::find(expected, ModelKind::Vae) != expected.end())
        return placement;
    Placement both = *placement;
    both.expectedKinds.push_back(ModelKind::Vae);
    return std::make_shared<const Placement>(std::move(both));
}

std::shared_ptr<const Placement> placementIn(std::string_view folder, const LayoutScope& layouts)
{
    return std::make_shared<const Placement>(layouts.placementIn(folder));
}

/// Names it, and notes what its folder is for.
void place(FoundModel& model, const std::shared_ptr<const Placement>& placement, const LayoutScope& layouts)
{
    model.placement = isPairedVae(model.path) ? forPairedVae(placement) : placement;
    model.name = layouts.shownNameOf(model.path);
}

void sortByPath(std::vector<FoundModel>& models)
{
    if (!std::ranges::is_sorted(models, PathOrder{}, &FoundModel::path))
        std::ranges::stable_sort(models, PathOrder{}, &FoundModel::path);
}

std::vector<FoundModel> pipelinesOf(
    const WalkResult& walk, FilesByFolder& files, const KnownIndices& known, const WantedVariants& wanted)
{
    std::vector<FoundModel> models;
    for (const FoundFile& index : walk.indices) {
        if (path{index.path}.filename() != kPipelineIndexName)
            continue;
        auto model = Pipeline{pipelineIndexOf(index, known), files, wanted}.take();
        if (!model)
            continue;
        place(*model, placementIn(folderOf(model->path), walk.layouts), walk.layouts);
        models.push_back(std::move(*model));
    }
    sortByPath(models);
    return models;
}

/// What lies in a folder and belongs to no pipeline; sorted by path.
std::vector<FoundModel> modelsIn(FolderFiles folder, const WalkResult& walk)
{
    std::vector<FoundModel> models;
    models.reserve(folder.files.size());
    for (WeightSet& set : weightSetsOf(std::move(folder.files)))
        models.push_back(modelOf(std::move(set), folder.folder, walk.indices));
    const auto placement = placementIn(folder.folder, walk.layouts);
    for (FoundModel& model : models)
        place(model, placement, walk.layouts);
    sortByPath(models);
    return models;
}

/// Where each sorted part of a list begins, and the end of the last.
using Runs = std::vector<std::ptrdiff_t>;

/// Merges each two neighbours, then each two of what came of it, until one is left.
void mergeRuns(std::vector<FoundModel>& models, Runs runs)
{
    const auto isBefore = [](const FoundModel& a, const FoundModel& b) { return PathOrder{}(a.path, b.path); };
    const auto at = [&models](std::ptrdiff_t number) { return models.begin() + number; };
    while (runs.size() > 2) {
        Runs merged;
        for (std::size_t i = 0; i + 1 < runs.size(); i += 2) {
            const std::size_t end = std::min(i + 2, runs.size() - 1); // the last one may have no neighbour
            std::inplace_merge(at(runs[i]), at(runs[i + 1]), at(runs[end]), isBefore);
            merged.push_back(runs[i]);
        }
        merged.push_back(runs.back());
        runs = std::move(merged);
    }
}

/// One sorted list of parts that are sorted. Most parts begin behind the end of the one before.
std::vector<FoundModel> joined(std::vector<std::vector<FoundModel>> parts)
{
    std::vector<FoundModel> all;
    all.reserve(std::accumulate(parts.begin(), parts.end(), std::size_t{0},
        [](std::size_t sum, const std::vector<FoundModel>& part) { return sum + part.size(); }));
    Runs runs{0};
    for (std::vector<FoundModel>& part : parts) {
        if (!all.empty() && !part.empty() && PathOrder{}(part.front().path, all.back().path))
            runs.push_back(std::ssize(all));
        std::ranges::move(part, std::back_inserter(all));
        part = {};
    }
    runs.push_back(std::ssize(all));
    mergeRuns(all, std::move(runs));
    return all;
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

const ModelIndex* FoundModel::shardIndex() const
{
    return index && index->path.filename() != kPipelineIndexName ? index.get() : nullptr;
}

ModelFile modelFileOf(const FoundPart& file)
{
    return {.path = file.path, .identity = file.identity, .namePrefix = file.namePrefix};
}

void placeAsFound(ModelRecord& record, const FoundModel& found)
{
    record.path = found.path;
    record.name = found.name.empty() ? record.path.stem().string() : found.name;
    record.placement = found.placement ? *found.placement : Placement{};
    record.index = found.index ? std::optional{*found.index} : std::nullopt;
    record.variants = found.variants;
}

FoundModel foundAt(const path& path, std::span<const ModelFile> files)
{
    FoundModel found{.path = path.native(), .files = {}};
    for (const ModelFile& file : files)
        found.files.push_back({file.path.native(), file.identity, file.namePrefix});
    return found;
}

std::vector<FoundModel> modelsOf(
    WalkResult walk, const KnownIndices& known, const WantedVariants& wanted, unsigned threads)
{
    FilesByFolder folders = std::move(walk.files);
    std::vector<std::vector<FoundModel>> parts(folders.size() + 1);
    parts.back() = pipelinesOf(walk, folders, known, wanted);
    forEachIndex(folders.size(), threads, [&](std::size_t i) { parts[i] = modelsIn(std::move(folders[i]), walk); });
    std::vector<FoundModel> models = joined(std::move(parts));
    keepOnce(models, walk.layouts);
    return models;
}

} // namespace weightroom::engine
