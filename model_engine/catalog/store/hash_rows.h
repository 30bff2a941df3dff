// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/metadata/known_hashes.h"
#include "model_engine/core/database/database.h"
#include "model_engine/core/ids.h"

#include <map>

namespace weightroom::engine {

/// The hashes of models, each with the state of the file that they were taken in.
using StoredHashes = std::map<ModelId, ModelHashes>;

/// What is known of one file of a model.
struct HashRow {
    ModelId model;
    std::size_t number = 0; ///< of the file in the model
    KnownFileHashes hashes;
};

// The table file_hash. Errors: those of Database.

/// A row that cannot be read is left out: its hashes are taken anew.
[[nodiscard]] Result<StoredHashes> readHashes(const Database& database);
[[nodiscard]] Result<> writeHashes(const Database& database, const HashRow& row);
/// Those of models that are not kept any more, and of files that have changed. Reads the tables of the models.
[[nodiscard]] Result<> removeOldHashes(const Database& database);

} // namespace weightroom::engine
