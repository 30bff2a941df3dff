// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <filesystem>
#include <string_view>

namespace weightroom::engine {

/// Where the files of a folder really are. On a network file system other machines change files without this one
/// hearing of it, and locks and shared memory do not reach them; a file system in user space (FUSE) may be either.
enum class FileSystemKind : std::uint8_t { Unknown = 0, Local, Network, UserSpace };

[[nodiscard]] std::string_view toText(FileSystemKind kind); ///< "local", "network", …

/// What statfs(2) says of the file system that a path lies on. Unknown when the path is not there. May block while a
/// network does not answer.
[[nodiscard]] FileSystemKind fileSystemKindOf(const std::filesystem::path& path);
/// The same for the number that statfs(2) gives.
[[nodiscard]] FileSystemKind fileSystemKindOf(std::uint64_t magic);

} // namespace weightroom::engine
