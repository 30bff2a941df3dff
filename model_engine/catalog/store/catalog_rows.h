// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"
#include "model_engine/core/database/database.h"

#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace weightroom::engine {

/// A model as it is kept.
struct StoredModel {
    ModelRecordPtr record;
    std::optional<std::int64_t> goneSince{}; ///< seconds since 1970; absent: it was there when it was looked for last
    bool isStale = false; ///< of another build's rules, or damaged: only id, paths, files and content key are in it
};

using StoredModels = std::map<ModelId, StoredModel>;

/// The models that a save finds: those that are there, and those that are not any more. What it does not name stays as
/// it was kept.
struct ModelsToKeep {
    std::vector<ModelRecordPtr> listed{};
    std::vector<ModelRecordPtr> gone{};
    std::int64_t now = 0; ///< seconds since 1970
};

/// How long a model is remembered that was not found again, with what the user says about it: a drive that comes back
/// meanwhile keeps its ids.
inline constexpr std::int64_t kRememberedSeconds = std::int64_t{90} * 24 * 3600;

// The tables model and model_file. Errors: those of Database.

/// All that is kept. A row that cannot be read makes its model stale, and no more.
[[nodiscard]] Result<StoredModels> readModels(const Database& database);

/// What has to be written so that `rows` become what is to be kept; records are compared by their address, since a
/// model that is not read again keeps its record.
class CatalogChange {
public:
    CatalogChange(const StoredModels& rows, const ModelsToKeep& models);

    [[nodiscard]] bool isEmpty() const { return m_written.empty() && m_forgotten.empty(); }
    /// Models that were gone for longer than kRememberedSeconds: all that is kept of them goes.
    [[nodiscard]] const std::vector<ModelId>& forgotten() const { return m_forgotten; }
    /// In the transaction of the caller.
    [[nodiscard]] Result<> write(const Database& database) const;
    /// The same, in `rows`.
    void apply(StoredModels& rows) const;

private:
    void keep(const StoredModels& rows, const ModelRecordPtr& record, std::optional<std::int64_t> goneSince);

    std::vector<StoredModel> m_written;
    std::vector<ModelId> m_forgotten;
};

} // namespace weightroom::engine
