// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/result.h"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// The section of extra_model_paths.yaml that Weightroom writes; all others are somebody else's.
inline constexpr std::string_view kOwnSection = "weightroom";

/// A folder of ours, and the kind under which ComfyUI is to look for it.
struct ExportedFolder {
    std::string kind; ///< "loras"
    std::filesystem::path path; ///< absolute
};

/// Whether YAML and ComfyUI can take a path: valid UTF-8 without control characters, and without white space at its
/// ends.
[[nodiscard]] bool isWritablePath(const std::filesystem::path& path);

/// Replaces our section, or puts it at the end; every other byte stays as it is, comments too. The result is read again
/// and compared: what would change anything else is refused. Pure. `file` is for errors. Errors: InvalidFormat with the
/// line, for a text that is broken, that has two sections of ours, or that is written in braces; InvalidValue for a
/// path that cannot be written.
[[nodiscard]] Result<std::string> withOwnSection(
    std::string_view text, std::span<const ExportedFolder> folders, const std::filesystem::path& file);

struct ExtraPathsExport {
    enum class Outcome : std::uint8_t { None = 0, Created, Replaced, Unchanged };
    Outcome outcome = Outcome::None;
    std::optional<std::filesystem::path> backup; ///< the file as it was before, beside it
};

/// Writes our section into an extra_model_paths.yaml, which is made when there is none: atomically, with its
/// permissions, after what was there has been kept as "<name>.weightroom.bak". A link is not touched. Errors: those of
/// withOwnSection(), of reading and of writing; NotRegularFile for a link; FileChanged and AlreadyExists when somebody
/// else was faster.
[[nodiscard]] Result<ExtraPathsExport> exportExtraPaths(
    const std::filesystem::path& file, std::span<const ExportedFolder> folders);

} // namespace weightroom::engine
