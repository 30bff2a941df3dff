// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/metadata/known_hashes.h"
#include "model_engine/core/result.h"

#include <optional>
#include <span>

namespace weightroom::engine {

struct EngineServices;

/// Hashes that were just taken of a model's file.
struct TakenHashes {
    ModelRecordPtr model;
    std::size_t number = 0; ///< of the file in the model
    KnownFileHashes hashes;
};

/// What hashFile() has given for a file of the model; nothing when the model was read in another state of it.
[[nodiscard]] std::optional<TakenHashes> takenFrom(
    const ModelRecordPtr& model, std::size_t number, const HashRequest& request, const FileHashes& hashes);

/// Enters hashes into the tables and keeps them for the next run; publishes nothing. Left out are those of files that
/// are not, or not in this state, in the catalogue. On the thread of a job. Errors: those of
/// CatalogStore::saveHashes(), with the tables right all the same.
Result<> keepHashes(EngineServices& services, std::span<const TakenHashes> taken);

/// What is known of the model's files as they are in `record`; one row for each. Any thread but the window's.
[[nodiscard]] ModelHashes knownHashes(const EngineServices& services, const ModelRecord& record);

} // namespace weightroom::engine
