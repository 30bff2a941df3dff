// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"

#include <filesystem>
#include <span>

namespace weightroom::engine {

/// Fails with AlreadyExists when something has this name, be it a link that leads nowhere: for work that is not worth
/// its beginning then. Only NewFile::commit() can say for sure.
[[nodiscard]] Result<> expectNothingAt(const std::filesystem::path& path);

/// Makes the names in a folder durable. Errors: those of the system.
[[nodiscard]] Result<> syncFolder(const std::filesystem::path& folder);

/// Takes the room for the first `size` bytes of a file now, so that a full disk is reported before the work and not at
/// its end. What the file has already counts as taken. Does nothing on file systems that cannot. `file` is for the text
/// of errors. Errors: DiskFull with both sizes, IoError.
[[nodiscard]] Result<> takeRoom(int descriptor, Bytes size, const std::filesystem::path& file);

/// Writes all of it at the position of the descriptor. Errors: DiskFull, IoError.
[[nodiscard]] Result<> writeAll(int descriptor, std::span<const std::byte> bytes, const std::filesystem::path& file);

/// Gives a file or a folder a name that nothing has, atomically also against what appears this very moment, where the
/// file system can. Errors: AlreadyExists, those of the system.
[[nodiscard]] Result<> renameToNew(const std::filesystem::path& from, const std::filesystem::path& to);

} // namespace weightroom::engine
