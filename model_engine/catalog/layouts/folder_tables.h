// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/layouts/kind_set.h"
#include "model_engine/catalog/layouts/layout.h"

#include <span>
#include <string_view>

namespace weightroom::engine {

/// A folder of a layout, and what belongs into it.
struct FolderRow {
    std::string_view path; ///< below the root, its names compared case-folded; "*" is any one name
    KindSet kinds; ///< empty: models that no kind of ours describes, or of any kind
};

/// The folders of a layout, the more special ones first. Empty for caches, whose folders have the names of
/// repositories.
[[nodiscard]] std::span<const FolderRow> foldersOf(LibraryLayout layout);

/// The folder in which a layout has its models: "models", "Models"; empty: the root itself.
[[nodiscard]] std::string_view modelsFolderOf(LibraryLayout layout);

/// Whether a folder directly below the root of a program belongs to the program or holds what it makes, such as "venv",
/// "custom_nodes" and "output", and is not looked through for models.
[[nodiscard]] bool isProgramFolder(std::string_view name);

/// What a folder of this name holds in the layouts that know it; empty when none does, or when they do not say.
[[nodiscard]] KindSet kindsOfFolderName(std::string_view name);

} // namespace weightroom::engine
