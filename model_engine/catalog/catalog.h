// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

#include <filesystem>
#include <map>
#include <vector>

namespace weightroom::engine {

/// The models in use: what the last scan of each folder found. A plain value: it lives on the engine thread, no locks.
class Catalog {
public:
    /// The result of a scan takes the place of all that was known below the scanned directories; models elsewhere stay.
    void replace(const std::vector<std::filesystem::path>& directories, const std::vector<ModelRecordPtr>& models);

    /// nullptr when no model has this id.
    [[nodiscard]] ModelRecordPtr find(const ModelId& id) const;
    [[nodiscard]] std::vector<ModelRecordPtr> models() const; ///< sorted by path

private:
    std::map<std::filesystem::path, ModelRecordPtr> m_byPath;
    std::map<ModelId, ModelRecordPtr> m_byId;
};

} // namespace weightroom::engine
