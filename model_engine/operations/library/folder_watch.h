// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/watcher/watch_state.h"
#include "model_engine/core/json.h"

#include <filesystem>
#include <vector>

namespace weightroom::engine {

struct EngineServices;

/// How a configured folder is watched, and the folders elsewhere that its layout names.
struct FolderWatch {
    std::filesystem::path folder; ///< as it is configured
    WatchCondition condition;
    std::vector<OutsideWatch> outside{};
};

/// Of the configured folders, in their order. On the engine thread.
[[nodiscard]] std::vector<FolderWatch> folderWatchesOf(const EngineServices& services);

/// path, watching, polling_reason, detail, limit_name, limit, poll_interval_seconds, outside. What is not known or does
/// not apply is null.
[[nodiscard]] Json folderWatchJson(const FolderWatch& watch);

} // namespace weightroom::engine
