// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/layouts/configured_folders.h"
#include "model_engine/catalog/layouts/hub_repository.h"
#include "model_engine/catalog/layouts/layout.h"

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace weightroom::engine {

/// A folder that holds models, and what belongs into it.
struct ModelDirectory {
    std::filesystem::path path;
    KindSet expected; ///< empty: of any kind, or of one that is not ours to name
    std::string source; ///< who says so: "models/loras", "webui-user.sh --lora-dir"
};

/// What a folder is the root of.
struct RecognizedLayout {
    LibraryLayout layout = LibraryLayout::None;
    std::filesystem::path root;
    std::vector<std::string> evidence; ///< what is there: "folder_paths.py", "models/checkpoints/"
    std::vector<ModelDirectory> directories; ///< that are there; sorted by path, each once
    std::vector<std::filesystem::path> skipped; ///< folders of the root that are not looked through
    std::vector<HubRepository> repositories; ///< of a Hugging Face cache
    std::map<std::filesystem::path, std::string> names; ///< that the program shows, by the path of a model
    std::map<std::filesystem::path, std::string> folderNames; ///< of the models below a folder: "org/name"
    std::vector<std::filesystem::path> files; ///< models whose names do not say that they are models
    std::vector<FolderProblem> problems; ///< configuration that cannot be read, folders that it names and are not there
};

/// Recognises the layout of which `root` is the root (D1), by the files that are there and never by its name alone; for
/// a folder of models without its program by at least three names of folders that a program knows (of ours two). Lists
/// some folders and reads small files of configuration; nothing is run. Blocks; never fails: what is not recognised has
/// LibraryLayout::None. `root` as normalFolder() gives it. Without configuration there is nothing in the answer that
/// only it says: folders elsewhere, names, problems.
[[nodiscard]] RecognizedLayout recognizeLayout(
    const std::filesystem::path& root, LayoutConfiguration configuration = LayoutConfiguration::Followed);

} // namespace weightroom::engine
