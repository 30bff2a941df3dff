// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/partial_file.h"

#include "model_engine/core/files/file_writing.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace weightroom::engine {

PartialFile::PartialFile(UniqueFd descriptor, std::filesystem::path path)
    : m_descriptor(std::move(descriptor))
    , m_path(std::move(path))
{
}

Result<PartialFile> PartialFile::open(const std::filesystem::path& path)
{
    UniqueFd descriptor{::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0666)};
    struct stat status { };
    if (!descriptor.isOpen() || ::fstat(descriptor.get(), &status) != 0)
        return fail(systemError(errno, "open", path));
    if (!S_ISREG(status.st_mode))
        return fail(
            ErrorCode::NotRegularFile, "'" + path.string() + "' is not a regular file", {.path = path.string()});
    return PartialFile{std::move(descriptor), path};
}

Result<> PartialFile::reserve(Bytes size) { return takeRoom(m_descriptor.get(), size, m_path); }

Result<> PartialFile::continueAt(Bytes offset)
{
    if (::lseek(m_descriptor.get(), static_cast<off_t>(offset.value), SEEK_SET) < 0)
        return fail(systemError(errno, "go on writing", m_path));
    m_position = offset;
    return {};
}

Result<> PartialFile::append(std::span<const std::byte> bytes)
{
    if (auto written = writeAll(m_descriptor.get(), bytes, m_path); !written)
        return written;
    // A hint; where it is refused, sync() waits for all of it.
    ::sync_file_range(m_descriptor.get(), static_cast<off_t>(m_position.value), static_cast<off_t>(bytes.size()),
        SYNC_FILE_RANGE_WRITE);
    m_position += Bytes{bytes.size()};
    return {};
}

Result<> PartialFile::sync()
{
    if (::fdatasync(m_descriptor.get()) != 0)
        return fail(systemError(errno, "sync", m_path));
    return {};
}

} // namespace weightroom::engine
