// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/trash/trash.h"

#include <string>

namespace weightroom::engine {

/// A trash directory that is there and safe to use.
struct TrashFolder {
    std::filesystem::path path; ///< holds "files" and "info"
    std::filesystem::path base; ///< paths in its .trashinfo files are relative to this; empty: they are absolute
};

/// The trash for a file: the home trash when it lies on the same drive, else one at the top of the file's drive. Makes
/// it when it is not there yet. A directory that is a link or belongs to somebody else is not used.
/// Errors: NotFound when the file is not there; Unsupported.
[[nodiscard]] Result<TrashFolder> trashFolderFor(const std::filesystem::path& file, const TrashOwner& owner);

/// The value of "Path=": as in a URL, each byte but the unreserved ones and '/' as %XX.
[[nodiscard]] std::string trashInfoPath(const std::filesystem::path& file, const TrashFolder& trash);

} // namespace weightroom::engine
