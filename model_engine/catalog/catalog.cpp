// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/catalog.h"

#include "model_engine/catalog/scanner.h"

#include <algorithm>
#include <set>
#include <utility>

namespace weightroom::engine {
namespace {

bool isBelow(const std::filesystem::path& path, const std::filesystem::path& directory)
{
    return std::mismatch(directory.begin(), directory.end(), path.begin(), path.end()).first == directory.end();
}

/// Which file it is, by whatever path it was found. What could not be looked at has none.
using Node = std::pair<std::uint64_t, std::uint64_t>;
Node nodeOf(const ModelRecord& model) { return {model.identity.device, model.identity.inode}; }
constexpr Node kNoNode{};

} // namespace

void Catalog::replace(const std::vector<std::filesystem::path>& directories, const std::vector<ModelRecordPtr>& models)
{
    std::set<std::filesystem::path> scanned;
    for (const std::filesystem::path& directory : directories)
        scanned.insert(normalFolder(directory));
    std::set<Node> found;
    for (const ModelRecordPtr& model : models)
        found.insert(nodeOf(*model));
    found.erase(kNoNode);

    // The same file below another directory, by a link: it stands once, where it was found last.
    std::erase_if(m_byPath, [&](const auto& row) {
        return found.contains(nodeOf(*row.second))
            || std::ranges::any_of(scanned, [&](const auto& directory) { return isBelow(row.first, directory); });
    });
    for (const ModelRecordPtr& model : models)
        m_byPath.insert_or_assign(model->path, model);
    m_byId.clear();
    for (const auto& [path, model] : m_byPath)
        m_byId.emplace(model->id, model);
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

} // namespace weightroom::engine
