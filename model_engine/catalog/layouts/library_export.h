// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/layouts/extra_paths_writer.h"

#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace weightroom::engine {

/// What ComfyUI can be told of a library.
struct LibraryExport {
    struct LeftOut {
        std::filesystem::path path;
        std::string reason; ///< English
    };
    std::vector<ExportedFolder> folders; ///< each once a kind
    std::vector<LeftOut> leftOut; ///< folders that nothing can be told of
};

/// Looks through the layouts of the library's folders for those with models of known kinds. `file` is the
/// extra_model_paths.yaml that they are for: what lies in the same folder as it is ComfyUI's already. Blocks.
[[nodiscard]] LibraryExport exportOf(
    std::span<const std::filesystem::path> libraryFolders, const std::filesystem::path& file);

} // namespace weightroom::engine
