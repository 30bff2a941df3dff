// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"
#include "model_engine/core/result.h"

#include <filesystem>
#include <span>
#include <sys/types.h>
#include <vector>

namespace weightroom::engine {

/// Whose trash it is.
struct TrashOwner {
    std::filesystem::path dataHome; ///< $XDG_DATA_HOME: the home trash is "Trash" in it
    uid_t user = 0;
};

/// The user who runs this process, with the environment's $XDG_DATA_HOME or ~/.local/share.
[[nodiscard]] TrashOwner currentTrashOwner();

/// One file or folder in the trash, and what brings it back.
struct TrashedFile {
    std::filesystem::path original;
    std::filesystem::path inTrash;
    std::filesystem::path info; ///< the .trashinfo that tells the desktop where it came from
};

/// Moves files or folders to the desktop's trash, all of them or none, as freedesktop.org's specification 1.0 says: on
/// the drive of the home folder to the home trash, elsewhere to ".Trash/<uid>" or ".Trash-<uid>" at the top of the
/// drive. A link is moved, never what it leads to. Nothing is ever copied or deleted: where there is no trash on the
/// drive of a file the answer is an error.
/// Errors: NotFound; PermissionDenied; Unsupported when the drive has no trash that is safe to use; those of the
/// system. After any of them all files are where they were.
[[nodiscard]] Result<std::vector<TrashedFile>> moveToTrash(
    std::span<const std::filesystem::path> files, const TrashOwner& owner, Clock::Wall now);

/// Brings files back to where they were, all of them or none. Errors: AlreadyExists when something has taken the place
/// of one; NotFound when the trash was emptied.
[[nodiscard]] Result<> restoreFromTrash(std::span<const TrashedFile> files);

} // namespace weightroom::engine
