// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/layouts/recognition.h"
#include "tests/support/temporary_folder.h"

#include <algorithm>
#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

namespace weightroom::test {

/// Makes the files and the folders (with a slash at the end) of a program's root.
inline void makeTree(const std::filesystem::path& root, const std::vector<std::string>& entries)
{
    for (const std::string& entry : entries) {
        std::filesystem::create_directories(root / std::filesystem::path{entry}.parent_path());
        if (!entry.ends_with('/'))
            std::ofstream{root / entry} << "";
    }
}

/// The directories of a layout relative to its root, with the kinds that are expected: "models/loras=lora
/// models/vae=vae".
inline std::string directoriesOf(const engine::RecognizedLayout& layout)
{
    std::string text;
    for (const engine::ModelDirectory& directory : layout.directories) {
        text += (text.empty() ? "" : " ") + directory.path.lexically_relative(layout.root).string();
        std::string separator = "=";
        for (const engine::ModelKind kind : directory.expected.list()) {
            text += separator + std::string{toText(kind)};
            separator = ",";
        }
    }
    return text;
}

} // namespace weightroom::test
