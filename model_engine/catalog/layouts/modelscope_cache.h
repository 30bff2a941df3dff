// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/layouts/folder_finder.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace weightroom::engine {

/// The cache of the ModelScope hub. A file ".msc" or ".mdl" marks a repository; downloads under way lie in folders
/// "._____temp", which are hidden.
///
///     hub/models/<org>/<name>/   since 2025; dots in names stand as "___"
///     hub/<org>/<name>/          before
struct ModelScopeCache {
    std::map<std::filesystem::path, std::string> repositories; ///< "org/name" by their folder
    std::string evidence; ///< the mark of the first
    std::vector<std::filesystem::path> skipped; ///< data sets
};

/// Looks whether `root` is the cache, its hub, or its folder of models. Without repositories: it is not.
[[nodiscard]] ModelScopeCache readModelScopeCache(const std::filesystem::path& root, FolderFinder& finder);

} // namespace weightroom::engine
