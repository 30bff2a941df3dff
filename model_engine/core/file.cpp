// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/file.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weightroom::engine {
namespace {

constexpr std::int64_t kNanosecondsPerSecond = 1'000'000'000;

std::int64_t nanoseconds(const timespec& time) { return time.tv_sec * kNanosecondsPerSecond + time.tv_nsec; }

FileIdentity identityOf(const struct stat& status)
{
    return { status.st_dev, status.st_ino, Bytes { static_cast<std::uint64_t>(status.st_size) }, nanoseconds(status.st_mtim),
        nanoseconds(status.st_ctim) };
}

ErrorCode codeOf(int errorNumber)
{
    switch (errorNumber) {
    case ENOENT:
    case ENOTDIR:
        return ErrorCode::NotFound;
    case EACCES:
    case EPERM:
        return ErrorCode::PermissionDenied;
    case ENOSPC:
    case EDQUOT:
        return ErrorCode::DiskFull;
    case EEXIST:
        return ErrorCode::AlreadyExists;
    case ENOMEM:
        return ErrorCode::OutOfHostMemory;
    case ELOOP:
    case ENXIO:
    case EISDIR:
        return ErrorCode::NotRegularFile;
    default:
        return ErrorCode::IoError;
    }
}

/// Removes a temporary file unless the rename took it away.
class TemporaryFile {
public:
    explicit TemporaryFile(std::string path)
        : m_path(std::move(path))
    {
    }
    TemporaryFile(const TemporaryFile&) = delete;
    TemporaryFile& operator=(const TemporaryFile&) = delete;
    ~TemporaryFile()
    {
        if (!m_isGone)
            ::unlink(m_path.c_str());
    }
    [[nodiscard]] const std::string& path() const { return m_path; }
    void release() { m_isGone = true; }

private:
    std::string m_path;
    bool m_isGone = false;
};

Result<> writeAll(int descriptor, std::string_view content, const std::filesystem::path& path)
{
    while (!content.empty()) {
        const ssize_t written = ::write(descriptor, content.data(), content.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(systemError(errno, "write", path));
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

Result<> syncFolder(const std::filesystem::path& folder)
{
    const UniqueFd descriptor { ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC) };
    if (!descriptor.isOpen() || ::fsync(descriptor.get()) != 0)
        return fail(systemError(errno, "sync the folder", folder));
    return {};
}

} // namespace

UniqueFd::~UniqueFd()
{
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

Error systemError(int errorNumber, std::string_view what, const std::filesystem::path& path)
{
    Error error { codeOf(errorNumber), "could not " };
    error.detail.append(what).append(" '").append(path.string()).append("': ").append(std::strerror(errorNumber));
    error.context.path = path.string();
    error.context.systemCode = errorNumber;
    return error;
}

Result<InputFile> InputFile::open(const std::filesystem::path& path)
{
    InputFile file;
    file.m_descriptor = UniqueFd { ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY) };
    if (!file.m_descriptor.isOpen())
        return fail(systemError(errno, "open", path));
    struct stat status {};
    if (::fstat(file.m_descriptor.get(), &status) != 0)
        return fail(systemError(errno, "look at", path));
    if (!S_ISREG(status.st_mode))
        return fail(ErrorCode::NotRegularFile, "'" + path.string() + "' is not a regular file", { .path = path.string() });
    file.m_identity = identityOf(status);
    file.m_path = path;
    return file;
}

Result<> InputFile::readAt(std::uint64_t offset, std::span<std::byte> destination) const
{
    while (!destination.empty()) {
        const ssize_t count = ::pread(m_descriptor.get(), destination.data(), destination.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return fail(systemError(errno, "read", m_path));
        if (count == 0) {
            if (auto unchanged = checkUnchanged(); !unchanged)
                return unchanged;
            return fail(ErrorCode::FileTruncated,
                "'" + m_path.string() + "' ends at " + std::to_string(m_identity.size.value) + ", a read reaches byte " + std::to_string(offset + destination.size()),
                { .path = m_path.string() });
        }
        offset += static_cast<std::uint64_t>(count);
        destination = destination.subspan(static_cast<std::size_t>(count));
    }
    return {};
}

Result<> InputFile::checkUnchanged() const
{
    struct stat status {};
    if (::fstat(m_descriptor.get(), &status) != 0)
        return fail(systemError(errno, "look at", m_path));
    if (identityOf(status) != m_identity) {
        return fail(ErrorCode::FileChanged,
            "'" + m_path.string() + "' was changed while it was read (" + std::to_string(m_identity.size.value) + " bytes before, " + std::to_string(status.st_size) + " now)",
            { .path = m_path.string() });
    }
    return {};
}

Result<> writeFileAtomically(const std::filesystem::path& path, std::string_view content)
{
    std::error_code failed;
    const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path { "." };
    std::filesystem::create_directories(folder, failed);
    if (failed)
        return fail(systemError(failed.value(), "create the folder", folder));

    std::string name = (folder / ("." + path.filename().string() + ".XXXXXX")).string();
    const UniqueFd descriptor { ::mkostemp(name.data(), O_CLOEXEC) };
    if (!descriptor.isOpen())
        return fail(systemError(errno, "create a temporary file beside", path));
    TemporaryFile temporary { name };
    if (auto written = writeAll(descriptor.get(), content, path); !written)
        return written;
    // A failed fsync is not tried again: the kernel has dropped the pages, and a second call would claim success.
    if (::fsync(descriptor.get()) != 0)
        return fail(systemError(errno, "sync", path));
    if (::rename(temporary.path().c_str(), path.c_str()) != 0)
        return fail(systemError(errno, "rename a temporary file to", path));
    temporary.release();
    return syncFolder(folder);
}

Result<std::string> readSmallFile(const std::filesystem::path& path, Bytes limit)
{
    auto file = InputFile::open(path);
    if (!file)
        return fail(std::move(file).error());
    const Bytes size = file->identity().size;
    if (size > limit) {
        return fail(ErrorCode::InvalidValue, "'" + path.string() + "' has " + toText(size) + ", the limit is " + toText(limit),
            { .path = path.string(), .required = size, .available = limit });
    }
    std::string content(size.value, '\0');
    if (auto read = file->readAt(0, std::as_writable_bytes(std::span { content })); !read)
        return fail(std::move(read).error());
    return content;
}

} // namespace weightroom::engine
