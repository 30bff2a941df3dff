// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/result.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

struct stat;

namespace weightroom::engine {

/// Owns a file descriptor.
class UniqueFd {
public:
    UniqueFd() = default;
    explicit UniqueFd(int descriptor)
        : m_descriptor(descriptor)
    {
    }
    UniqueFd(UniqueFd&& other) noexcept
        : m_descriptor(std::exchange(other.m_descriptor, -1))
    {
    }
    UniqueFd& operator=(UniqueFd&& other) noexcept
    {
        std::swap(m_descriptor, other.m_descriptor);
        return *this;
    }
    UniqueFd(const UniqueFd&) = delete;
    UniqueFd& operator=(const UniqueFd&) = delete;
    ~UniqueFd();

    [[nodiscard]] int get() const { return m_descriptor; }
    [[nodiscard]] bool isOpen() const { return m_descriptor >= 0; }

private:
    int m_descriptor = -1;
};

/// What says that a file is still the file that was looked at: any difference means "changed".
struct FileIdentity {
    std::uint64_t device = 0;
    std::uint64_t inode = 0;
    Bytes size{};
    std::int64_t modifiedNs = 0;
    std::int64_t changedNs = 0;

    friend auto operator<=>(const FileIdentity&, const FileIdentity&) = default;
};

/// The state of all files that something was read from, in their order: any difference means other content.
using ContentIdentity = std::vector<FileIdentity>;

/// The identity out of what stat(2) and its relatives give.
[[nodiscard]] FileIdentity identityOf(const struct stat& status);

/// An error for a failed system call: NotFound, PermissionDenied, DiskFull, OutOfHostMemory, or IoError, with the path.
[[nodiscard]] Error systemError(int errorNumber, std::string_view what, const std::filesystem::path& path);

/// A regular file, open for reading. Opening a pipe, a device or a folder is refused without waiting for it
/// (O_NONBLOCK, then fstat on the descriptor). Reading is thread-safe: there is no file position.
class InputFile {
public:
    /// Errors: NotFound, PermissionDenied, NotRegularFile, IoError.
    [[nodiscard]] static Result<InputFile> open(const std::filesystem::path& path);

    /// The identity when the file was opened.
    [[nodiscard]] const FileIdentity& identity() const { return m_identity; }
    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    [[nodiscard]] int descriptor() const { return m_descriptor.get(); }

    /// Fills all of `destination` from `offset`. A file that ends too early is FileChanged or FileTruncated, a value,
    /// never a signal: files are read, not mapped.
    [[nodiscard]] Result<> readAt(std::uint64_t offset, std::span<std::byte> destination) const;

    /// FileChanged when the file on disk is no longer the one that was opened (size, times, inode by descriptor).
    [[nodiscard]] Result<> checkUnchanged() const;

private:
    UniqueFd m_descriptor;
    FileIdentity m_identity;
    std::filesystem::path m_path;
};

/// Replaces or creates `path` with `content` so that a reader sees the old file, none, or the whole new one: temporary
/// file in the same folder, fsync, rename, fsync of the folder. Creates parent folders. For settings and reports.
[[nodiscard]] Result<> writeFileAtomically(const std::filesystem::path& path, std::string_view content);

/// Reads a small file whole. Errors: those of open(), and InvalidValue above `limit`.
[[nodiscard]] Result<std::string> readSmallFile(const std::filesystem::path& path, Bytes limit);
[[nodiscard]] Result<std::string> readSmallFile(const InputFile& file, Bytes limit);

} // namespace weightroom::engine
