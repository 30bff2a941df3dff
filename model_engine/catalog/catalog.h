// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

namespace weightroom::engine {

/// What a scan could have found: everything that is known there and was not found is gone.
struct ScanCoverage {
    std::vector<std::filesystem::path> directories;
    std::uint32_t maximumDepth = std::numeric_limits<std::uint32_t>::max(); ///< folders below a directory
    std::vector<std::string> extensions{}; ///< lower case, with the dot; empty: all
};

/// The models in use: what the last scan of each folder found. A plain value: it lives on the engine thread, no locks.
class Catalog {
public:
    using IsInUse = std::function<bool(const ModelId&)>;

    /// The result of a scan takes the place of what was known in its coverage; models elsewhere stay. A model that was
    /// not found again but is in use (cached or loaded) stays with a problem that says so, because what is in memory
    /// must be seen and given back.
    void replace(const ScanCoverage& coverage, const std::vector<ModelRecordPtr>& models, const IsInUse& isInUse = {});

    /// A model that came by itself, not by a scan: one that was brought back. Takes the place of what has its path.
    void insert(ModelRecordPtr model);
    void remove(const ModelId& id);

    /// nullptr when no model has this id.
    [[nodiscard]] ModelRecordPtr find(const ModelId& id) const;
    [[nodiscard]] std::vector<ModelRecordPtr> models() const; ///< sorted by path

private:
    void indexById();

    std::map<std::filesystem::path, ModelRecordPtr> m_byPath;
    std::map<ModelId, ModelRecordPtr> m_byId;
};

} // namespace weightroom::engine
