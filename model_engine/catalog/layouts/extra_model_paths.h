// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/layouts/kind_set.h"
#include "model_engine/core/result.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// ComfyUI's list of folders elsewhere that it takes models from.
inline constexpr std::string_view kExtraModelPathsName = "extra_model_paths.yaml";

/// A folder in a section, under the kind that ComfyUI looks for there.
struct ExtraFolder {
    std::string kind; ///< as it is written: "loras", "ultralytics_bbox"
    std::filesystem::path path; ///< absolute
    std::size_t line = 0;
};

struct ExtraPathsSection {
    std::string name; ///< anything: "a111", "comfyui", "stability_matrix"
    std::filesystem::path basePath; ///< empty: folders begin at the file
    bool isDefault = false; ///< ComfyUI looks here first, and downloads to here
    std::size_t line = 0;
    std::vector<ExtraFolder> folders;
};

/// Something that ComfyUI passes over without a word, or fails at.
struct ExtraPathsRemark {
    std::size_t line = 0; ///< counted from 1
    Severity severity = Severity::Warning; ///< Info: all right, if an extension of ComfyUI knows the kind
    std::string reason; ///< English
};

struct ExtraModelPaths {
    std::vector<ExtraPathsSection> sections; ///< in the order of the file
    std::vector<ExtraPathsRemark> remarks; ///< in the order of their lines
};

/// Reads the text of an extra_model_paths.yaml as ComfyUI does: `~` and $VAR are expanded, a relative base_path begins
/// at the file's folder, and a value is one path or one a line. Looks for no folder. Errors: InvalidFormat, with the
/// line, when it is no YAML or no map of sections at all.
[[nodiscard]] Result<ExtraModelPaths> parseExtraModelPaths(std::string_view text, const std::filesystem::path& file);

/// Reads the file, and remarks on folders that are not there, also on those that only differ in upper and lower case.
/// Errors: those of reading a small file, and of parseExtraModelPaths().
[[nodiscard]] Result<ExtraModelPaths> readExtraModelPaths(const std::filesystem::path& file);

/// What ComfyUI keeps in folders of this kind ("loras"); empty for kinds that are its extensions'.
[[nodiscard]] KindSet kindsOfComfyUiFolder(std::string_view kind);

} // namespace weightroom::engine
