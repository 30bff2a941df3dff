// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/catalog.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

bool isBelow(const std::filesystem::path& path, const std::filesystem::path& directory)
{
    // A path that is written with a slash at its end has an empty last part.
    const auto end = directory.filename().empty() ? std::prev(directory.end()) : directory.end();
    return std::mismatch(directory.begin(), end, path.begin(), path.end()).first == end;
}

} // namespace

void Catalog::replace(const std::vector<std::filesystem::path>& directories, const std::vector<ModelRecordPtr>& models)
{
    std::erase_if(m_byPath, [&](const auto& row) {
        return std::ranges::any_of(directories, [&](const auto& directory) { return isBelow(row.first, directory); });
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
