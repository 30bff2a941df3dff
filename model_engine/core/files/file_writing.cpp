// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/file_writing.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <limits>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

namespace weightroom::engine {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kBlockOfStat = 512; ///< what stat(2) counts in, whatever the file system has

/// Room for a file: what is free, and what the file has already, also of an attempt that has just failed.
Error diskFull(int descriptor, Bytes size, Error error)
{
    error.context.required = size;
    struct statvfs system { };
    struct stat file { };
    if (::fstatvfs(descriptor, &system) == 0 && ::fstat(descriptor, &file) == 0) {
        error.context.available =
            Bytes{system.f_bavail} * system.f_frsize + Bytes{static_cast<std::uint64_t>(file.st_blocks)} * kBlockOfStat;
    }
    return error;
}

/// True for what a file system says that has no such call.
bool isUnsupported(int errorNumber)
{
    return errorNumber == EINVAL || errorNumber == ENOSYS || errorNumber == EOPNOTSUPP;
}

Result<> linkToNew(const fs::path& from, const fs::path& to)
{
    if (::link(from.c_str(), to.c_str()) != 0)
        return fail(systemError(errno, "link a temporary file to", to));
    ::unlink(from.c_str());
    return {};
}

/// At worst in place of an empty folder that appears at this moment.
Result<> renameFolderToNew(const fs::path& from, const fs::path& to)
{
    if (auto isNew = expectNothingAt(to); !isNew)
        return isNew;
    if (::rename(from.c_str(), to.c_str()) != 0)
        return fail(systemError(errno, "rename a temporary folder to", to));
    return {};
}

} // namespace

Result<> expectNothingAt(const std::filesystem::path& path)
{
    std::error_code ignored;
    if (std::filesystem::exists(std::filesystem::symlink_status(path, ignored)))
        return fail(ErrorCode::AlreadyExists, "'" + path.string() + "' is already there", {.path = path.string()});
    return {};
}

Result<> syncFolder(const std::filesystem::path& folder)
{
    const UniqueFd descriptor{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    if (!descriptor.isOpen() || ::fsync(descriptor.get()) != 0)
        return fail(systemError(errno, "sync the folder", folder));
    return {};
}

Result<> takeRoom(int descriptor, Bytes size, const fs::path& file)
{
    constexpr std::uint64_t kLargest = std::numeric_limits<off_t>::max();
    const auto length = static_cast<off_t>(std::min(size.value, kLargest));
    // Not posix_fallocate: where the file system cannot do it, the library would write into every block instead.
    if (length == 0 || ::fallocate(descriptor, 0, 0, length) == 0 || isUnsupported(errno))
        return {};
    return fail(diskFull(descriptor, size, systemError(errno, "take " + toText(size) + " for", file)));
}

Result<> writeAll(int descriptor, std::span<const std::byte> bytes, const fs::path& file)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(systemError(errno, "write " + toExactText(Bytes{bytes.size()}) + " to", file));
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

Result<> renameToNew(const fs::path& from, const fs::path& to)
{
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0)
        return {};
    if (!isUnsupported(errno))
        return fail(systemError(errno, "rename what was written to", to));
    std::error_code unknown;
    return fs::is_directory(from, unknown) ? renameFolderToNew(from, to) : linkToNew(from, to);
}

} // namespace weightroom::engine
