// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "model_engine/core/result.h"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace weightroom::engine {

/// A model as InvokeAI knows it: since version 4 its folder is named by an id, and its name stands in the database
/// only.
struct InvokeModel {
    std::filesystem::path path; ///< absolute: of its file or its folder
    std::string name;
    Json config; ///< an object: base, type, trigger_phrases, …
};

/// What the database of an installation says. It is opened for reading and nothing is left beside it, also while
/// InvokeAI is running.
struct InvokeLibrary {
    std::vector<InvokeModel> models; ///< sorted by path
    std::uint64_t unreadable = 0; ///< rows that are no models
};

/// Where the database of an installation is; empty when `root` has none.
[[nodiscard]] std::filesystem::path invokeDatabaseOf(const std::filesystem::path& root);

/// The root of the installation in whose folders a path lies; nothing when it is in none.
[[nodiscard]] std::optional<std::filesystem::path> invokeRootOf(const std::filesystem::path& path);

/// Reads all models. Errors: NotFound without a database; those of Database, FileInUse while it is locked,
/// InvalidFormat when it is damaged, Unsupported when it has another schema.
[[nodiscard]] Result<InvokeLibrary> readInvokeLibrary(const std::filesystem::path& root);

} // namespace weightroom::engine
