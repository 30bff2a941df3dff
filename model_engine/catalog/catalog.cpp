// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/catalog.h"

#include "model_engine/catalog/layouts/ollama_library.h"
#include "model_engine/catalog/scan/scanner.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace weightroom::engine {
namespace {

/// The number of folders between a directory and a file below it; nothing when the file lies elsewhere.
std::optional<std::size_t> depthBelow(const std::filesystem::path& path, const std::filesystem::path& directory)
{
    const auto [inDirectory, inPath] = std::mismatch(directory.begin(), directory.end(), path.begin(), path.end());
    if (inDirectory != directory.end())
        return std::nullopt;
    return static_cast<std::size_t>(std::max<std::ptrdiff_t>(std::distance(inPath, path.end()), 1)) - 1;
}

/// The record of a file that is not found any more while something of it is in memory.
ModelRecordPtr goneFrom(const ModelRecord& model)
{
    ModelRecord gone = model;
    gone.problem = Error{ErrorCode::NotFound,
        "'" + model.path.string()
            + "' was not found in the last scan; what is cached or loaded of it stays until it is given back",
        {.modelId = model.id, .path = model.path.string()}};
    return std::make_shared<const ModelRecord>(std::move(gone));
}

/// Which files it is, by whatever path they were found. What could not be looked at has no nodes.
using Nodes = std::vector<std::pair<std::uint64_t, std::uint64_t>>;
Nodes nodesOf(const ModelRecord& model)
{
    Nodes nodes;
    for (const ModelFile& file : model.files) {
        if (file.identity.inode == 0)
            return {};
        nodes.emplace_back(file.identity.device, file.identity.inode);
    }
    return nodes;
}

} // namespace

bool isCovered(const std::filesystem::path& path, const ScanCoverage& coverage)
{
    const auto& extensions = coverage.extensions;
    // Blobs have none and are GGUF.
    const std::string extension =
        isOllamaBlobName(path.filename().native()) ? ".gguf" : lowerCase(path.extension().string());
    if (!extensions.empty() && std::ranges::find(extensions, extension) == extensions.end())
        return false;
    return std::ranges::any_of(coverage.directories, [&](const std::filesystem::path& directory) {
        const auto depth = depthBelow(path, directory);
        return depth && *depth <= coverage.maximumDepth;
    });
}

void Catalog::replace(const ScanCoverage& coverage, const std::vector<ModelRecordPtr>& models, const IsInUse& isInUse)
{
    ScanCoverage normal = coverage;
    for (std::filesystem::path& directory : normal.directories)
        directory = normalFolder(directory);
    std::set<Nodes> found;
    std::set<ModelId> foundIds;
    for (const ModelRecordPtr& model : models) {
        found.insert(nodesOf(*model));
        foundIds.insert(model->id);
    }
    found.erase(Nodes{});

    std::vector<ModelRecordPtr> gone;
    std::erase_if(m_byPath, [&](const auto& row) {
        const ModelRecordPtr& model = row.second;
        if (foundIds.contains(model->id))
            return true; // it stands once, where it was found last
        // The same file below another directory, by a link, likewise.
        const bool isGone = found.contains(nodesOf(*model)) || isCovered(model->files.front().path, normal);
        if (isGone)
            gone.push_back(model);
        return isGone;
    });
    for (const ModelRecordPtr& model : models)
        m_byPath.insert_or_assign(model->path, model);
    for (const ModelRecordPtr& model : gone) {
        const bool staysListed = isInUse && isInUse(model->id) && !m_byPath.contains(model->path);
        if (staysListed)
            m_byPath.emplace(model->path, goneFrom(*model));
        else
            m_remembered.insert_or_assign(model->id, RememberedModel{.record = model, .isGone = true});
    }
    index();
}

void Catalog::insert(ModelRecordPtr model)
{
    std::erase_if(m_byPath, [&](const auto& row) { return row.second->id == model->id; });
    const std::filesystem::path& path = model->path;
    m_byPath.insert_or_assign(path, std::move(model));
    index();
}

void Catalog::remove(const ModelId& id)
{
    std::erase_if(m_byPath, [&](const auto& row) {
        if (row.second->id != id)
            return false;
        m_remembered.insert_or_assign(id, RememberedModel{.record = row.second, .isGone = true});
        return true;
    });
    index();
}

void Catalog::forget(const ModelId& id) { m_remembered.erase(id); }

void Catalog::restore(const std::vector<ModelRecordPtr>& listed, const std::vector<RememberedModel>& others)
{
    for (const ModelRecordPtr& model : listed) {
        if (!m_byId.contains(model->id))
            m_byPath.emplace(model->path, model);
    }
    for (const RememberedModel& model : others)
        m_remembered.emplace(model.record->id, model);
    index();
}

void Catalog::index()
{
    ++m_changes;
    indexById();
    findLookAlikes();
}

void Catalog::indexById()
{
    m_byId.clear();
    for (const auto& [path, model] : m_byPath) {
        m_byId.emplace(model->id, model);
        m_remembered.erase(model->id);
    }
}

void Catalog::findLookAlikes()
{
    m_lookAlikes.clear();
    std::unordered_map<std::string_view, std::vector<const ModelRecord*>> byContent;
    for (const auto& [path, model] : m_byPath) {
        if (model->isUsable() && !model->contentKey.empty())
            byContent[model->contentKey.text].push_back(model.get());
    }
    for (const auto& [key, alike] : byContent) {
        if (alike.size() < 2)
            continue;
        for (const ModelRecord* model : alike) {
            std::vector<ModelId>& others = m_lookAlikes[model->id];
            for (const ModelRecord* other : alike) {
                if (others.size() == kMostLookAlikes)
                    break;
                if (other != model)
                    others.push_back(other->id);
            }
        }
    }
}

const std::vector<ModelId>& Catalog::lookAlikes(const ModelId& id) const
{
    static const std::vector<ModelId> kNone;
    const auto row = m_lookAlikes.find(id);
    return row == m_lookAlikes.end() ? kNone : row->second;
}

ModelRecordPtr Catalog::find(const ModelId& id) const
{
    const auto row = m_byId.find(id);
    return row == m_byId.end() ? nullptr : row->second;
}

std::vector<ModelRecordPtr> Catalog::models() const
{
    std::vector<ModelRecordPtr> models;
    models.reserve(m_byPath.size());
    for (const auto& [path, model] : m_byPath)
        models.push_back(model);
    return models;
}

std::vector<RememberedModel> Catalog::remembered() const
{
    std::vector<RememberedModel> models;
    for (const auto& [id, model] : m_remembered)
        models.push_back(model);
    return models;
}

} // namespace weightroom::engine
