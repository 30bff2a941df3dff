// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/file.h"

#include "model_engine/core/files/new_file.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weightroom::engine {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * kNanosecondsPerSecond + time.tv_nsec; }

struct ErrnoRow {
    int errorNumber;
    ErrorCode code;
};

constexpr std::array<ErrnoRow, 13> kErrnoTable{{
    {ENOENT, ErrorCode::NotFound},
    {ENOTDIR, ErrorCode::NotFound},
    {EACCES, ErrorCode::PermissionDenied},
    {EPERM, ErrorCode::PermissionDenied},
    {EROFS, ErrorCode::PermissionDenied},
    {ENOSPC, ErrorCode::DiskFull},
    {EDQUOT, ErrorCode::DiskFull},
    {EFBIG, ErrorCode::DiskFull}, // the file system, or a limit of the process, has no room for a file of this size
    {EEXIST, ErrorCode::AlreadyExists},
    {ENOMEM, ErrorCode::OutOfHostMemory},
    {ELOOP, ErrorCode::NotRegularFile},
    {ENXIO, ErrorCode::NotRegularFile},
    {EISDIR, ErrorCode::NotRegularFile},
}};

ErrorCode codeOf(int errorNumber)
{
    const auto row = std::ranges::find(kErrnoTable, errorNumber, &ErrnoRow::errorNumber);
    return row == kErrnoTable.end() ? ErrorCode::IoError : row->code;
}

/// A link that leads nowhere is there: it must not read as "not found".
Error openError(int errorNumber, const std::filesystem::path& path)
{
    std::error_code ignored;
    if (errorNumber == ENOENT && std::filesystem::is_symlink(path, ignored))
        return {ErrorCode::NotRegularFile, "'" + path.string() + "' is a link to nothing", {.path = path.string()}};
    return systemError(errorNumber, "open", path);
}

} // namespace

FileIdentity identityOf(const struct stat& status)
{
    return {status.st_dev, status.st_ino, Bytes{static_cast<std::uint64_t>(status.st_size)},
        nanoseconds(status.st_mtim), nanoseconds(status.st_ctim)};
}

UniqueFd::~UniqueFd()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

Error systemError(int errorNumber, std::string_view what, const std::filesystem::path& path)
{
    Error error{codeOf(errorNumber), "could not "};
    error.detail.append(what).append(" '").append(path.string()).append("': ").append(std::strerror(errorNumber));
    error.context.path = path.string();
    error.context.systemCode = errorNumber;
    return error;
}

Result<InputFile> InputFile::open(const std::filesystem::path& path)
{
    InputFile file;
    file.m_descriptor = UniqueFd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY)};
    if (!file.m_descriptor.isOpen())
        return fail(openError(errno, path));
    struct stat status { };
    if (::fstat(file.m_descriptor.get(), &status) != 0)
        return fail(systemError(errno, "look at", path));
    if (!S_ISREG(status.st_mode))
        return fail(
            ErrorCode::NotRegularFile, "'" + path.string() + "' is not a regular file", {.path = path.string()});
    file.m_identity = identityOf(status);
    file.m_path = path;
    return file;
}

Result<> InputFile::readAt(std::uint64_t offset, std::span<std::byte> destination) const
{
    while (!destination.empty()) {
        const ssize_t count =
            ::pread(m_descriptor.get(), destination.data(), destination.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(systemError(errno, "read", m_path));
        if (count == 0) {
            if (auto unchanged = checkUnchanged(); !unchanged)
                return unchanged;
            return fail(ErrorCode::FileTruncated,
                "'" + m_path.string() + "' ends at " + std::to_string(m_identity.size.value) + ", a read reaches byte "
                    + std::to_string(offset + destination.size()),
                {.path = m_path.string()});
        }
        offset += static_cast<std::uint64_t>(count);
        destination = destination.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

Result<> InputFile::checkUnchanged() const
{
    struct stat status { };
    if (::fstat(m_descriptor.get(), &status) != 0)
        return fail(systemError(errno, "look at", m_path));
    if (identityOf(status) != m_identity) {
        return fail(ErrorCode::FileChanged,
            "'" + m_path.string() + "' was changed while it was read (" + std::to_string(m_identity.size.value)
                + " bytes before, " + std::to_string(status.st_size) + " now)",
            {.path = m_path.string()});
    }
    return {};
}

Result<> writeFileAtomically(const std::filesystem::path& path, std::string_view content)
{
    std::error_code failed;
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path{"."};
    std::filesystem::create_directories(folder, failed);
    if (failed)
        return fail(systemError(failed.value(), "create the folder", folder));

    auto file = NewFile::create(path);
    if (!file)
        return fail(std::move(file).error());
    if (auto written = file->append(std::as_bytes(std::span{content})); !written)
        return written;
    return file->commit(IfExists::Replace);
}

Result<std::string> readSmallFile(const std::filesystem::path& path, Bytes limit)
{
    const auto file = InputFile::open(path);
    if (!file)
        return fail(file.error());
    return readSmallFile(*file, limit);
}

Result<std::string> readSmallFile(const InputFile& file, Bytes limit)
{
    const Bytes size = file.identity().size;
    if (size > limit) {
        return fail(ErrorCode::InvalidValue,
            "'" + file.path().string() + "' has " + toText(size) + ", the limit is " + toText(limit),
            {.path = file.path().string(), .required = size, .available = limit});
    }
    std::string content(size.value, '\0');
    if (auto read = file.readAt(0, std::as_writable_bytes(std::span{content})); !read)
        return fail(std::move(read).error());
    return content;
}

} // namespace weightroom::engine
