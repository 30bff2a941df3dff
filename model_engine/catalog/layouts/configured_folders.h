// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/layouts/kind_set.h"
#include "model_engine/catalog/scan/scanner.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// A folder that a program's own configuration names.
struct ConfiguredFolder {
    std::filesystem::path path; ///< absolute; perhaps not there
    KindSet kinds;
    std::string source; ///< which file, and which of its settings: "webui-user.sh --lora-dir"
};

/// What the configuration of a program says about folders.
struct ConfiguredFolders {
    std::vector<ConfiguredFolder> modelRoots; ///< hold the folders of the layout's models folder ("models", "Models")
    std::vector<ConfiguredFolder> folders; ///< hold models
    std::vector<FolderProblem> problems; ///< files that could not be read or understood
};

/// --ckpt-dir, --lora-dir, … of A1111 and Forge in webui-user.sh. The script is read and not run: only assignments to
/// COMMANDLINE_ARGS count.
[[nodiscard]] ConfiguredFolders readWebuiFlags(const std::filesystem::path& root);
/// The folders in ComfyUI's extra_model_paths.yaml that are there. A problem names its line and its reason.
[[nodiscard]] ConfiguredFolders readExtraPathsOf(const std::filesystem::path& root);
/// SwarmUI's Data/Settings.fds: ModelRoot, and the folders below it, each several paths with ';' between them.
[[nodiscard]] ConfiguredFolders readSwarmSettings(const std::filesystem::path& root);
/// The folders in SD.Next's config.json.
[[nodiscard]] ConfiguredFolders readSdNextConfig(const std::filesystem::path& root);
/// The folders in Fooocus' config.txt, which is JSON.
[[nodiscard]] ConfiguredFolders readFooocusConfig(const std::filesystem::path& root);

} // namespace weightroom::engine
