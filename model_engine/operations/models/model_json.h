// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/snapshot.h"

namespace weightroom::engine {

/// The words of kinds, as a list.
[[nodiscard]] Json kindsJson(const std::vector<ModelKind>& kinds);
/// Folders that could not be read, with their errors.
[[nodiscard]] Json folderProblemsJson(const std::vector<FolderProblem>& problems);
/// What `problems` of a model hold, with all words: for the help of operations.
[[nodiscard]] std::string problemsHelp();
/// A model as the answers show it: identity, file, what was identified and why, state.
[[nodiscard]] Json modelJson(const ModelState& model);
/// The sets of weights that lie side by side in a pipeline's components, and which is taken.
[[nodiscard]] Json variantsJson(const ModelRecord& record);
/// How many there are, and the first names.
[[nodiscard]] Json namesJson(const TensorNameList& list);
/// Bytes of a device by owner (O8).
[[nodiscard]] Json deviceJson(const DeviceState& device);
[[nodiscard]] Json cacheJson(const CacheState& cache);
[[nodiscard]] Json scanJson(const ScanStatistics& statistics);

} // namespace weightroom::engine
