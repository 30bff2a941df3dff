// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/database/database.h"
#include "model_engine/core/ids.h"
#include "model_engine/core/json.h"

#include <map>
#include <vector>

namespace weightroom::engine {

/// The settings of all models, as documents: what stands in them is decided where they are used.
struct ModelSettingsRows {
    std::map<ModelId, Json> documents;
    std::vector<ModelId> unreadable; ///< rows whose document is no JSON; they stay where they are
};

// The table model_settings. Errors: those of Database; InvalidValue for a document that is larger than what is read
// back (1 MiB).
[[nodiscard]] Result<ModelSettingsRows> readModelSettings(const Database& database);
[[nodiscard]] Result<> writeModelSettings(const Database& database, const ModelId& model, const Json& document);
[[nodiscard]] Result<> removeModelSettings(const Database& database, const ModelId& model);

} // namespace weightroom::engine
