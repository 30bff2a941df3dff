// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/files/file.h"

#include <filesystem>
#include <span>

namespace weightroom::engine {

/// A file that may be written in several runs of the program: it has its name from the beginning, and what was synced
/// is there after a crash. What the bytes are good for is the caller's to know. Used by one thread.
class PartialFile {
public:
    /// Makes it, or opens what an earlier run has left. Errors: NotFound (the folder), PermissionDenied,
    /// NotRegularFile, IoError.
    [[nodiscard]] static Result<PartialFile> open(const std::filesystem::path& path);

    /// Takes the room for all of it; what it has already counts. Errors: DiskFull with both sizes, IoError.
    [[nodiscard]] Result<> reserve(Bytes size);
    /// What is appended next goes to this place. Errors: IoError.
    [[nodiscard]] Result<> continueAt(Bytes offset);
    /// Writes there, and tells the system to bring it to the disk soon, so that sync() has little to wait for.
    /// Errors: DiskFull, IoError.
    [[nodiscard]] Result<> append(std::span<const std::byte> bytes);
    /// Makes what was written durable. A failed sync is not tried again: the kernel has dropped the pages, and a second
    /// call would claim success. Errors: DiskFull, IoError.
    [[nodiscard]] Result<> sync();

private:
    PartialFile(UniqueFd descriptor, std::filesystem::path path);

    UniqueFd m_descriptor;
    std::filesystem::path m_path;
    Bytes m_position{};
};

} // namespace weightroom::engine
