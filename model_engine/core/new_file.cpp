// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/new_file.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
#include <limits>
#include <sys/statvfs.h>
#include <unistd.h>

namespace weightroom::engine {
namespace {

/// Names that a crashed program with the same process id may have left; more than that is no accident.
constexpr int kNameAttempts = 100;

std::filesystem::path folderOf(const std::filesystem::path& target)
{
    return target.has_parent_path() ? target.parent_path() : std::filesystem::path{"."};
}

/// Not made of the target's name, which may already be as long as the file system allows.
std::string temporaryName(const std::filesystem::path& target)
{
    static std::atomic<unsigned> counter{0};
    const std::string name = ".weightroom-" + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".part";
    return (folderOf(target) / name).string();
}

Error diskFull(int descriptor, Bytes size, Error error)
{
    error.context.required = size;
    struct statvfs status { };
    if (::fstatvfs(descriptor, &status) == 0)
        error.context.available = Bytes{status.f_bavail} * status.f_frsize;
    return error;
}

/// Hands `take` one hidden name after another until it has got one. Empty when it got none: errno says why.
template <class Take>
std::string takeFreeName(const std::filesystem::path& target, Take take)
{
    for (int attempt = 0; attempt < kNameAttempts; ++attempt) {
        std::string name = temporaryName(target);
        if (take(name.c_str()))
            return name;
        if (errno != EEXIST)
            break;
    }
    return {};
}

/// A file without a name can be reached by this path only; linkat() on the descriptor itself needs a capability.
std::string pathOf(int descriptor) { return "/proc/self/fd/" + std::to_string(descriptor); }

bool linkUnnamed(int descriptor, const char* name)
{
    return ::linkat(AT_FDCWD, pathOf(descriptor).c_str(), AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0;
}

/// Not open where the file system has no unnamed files, or where /proc is missing, so that it could never get a name.
UniqueFd openUnnamed(const std::filesystem::path& folder)
{
    UniqueFd descriptor{::open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, 0666)};
    return descriptor.isOpen() && ::access(pathOf(descriptor.get()).c_str(), F_OK) == 0 ? std::move(descriptor)
                                                                                        : UniqueFd{};
}

/// True for what a file system says that has no such way to rename.
bool isUnsupported(int errorNumber)
{
    return errorNumber == EINVAL || errorNumber == ENOSYS || errorNumber == EOPNOTSUPP;
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

NewFile::NewFile(UniqueFd descriptor, std::string temporary, std::filesystem::path target)
    : m_descriptor(std::move(descriptor))
    , m_temporary(std::move(temporary))
    , m_target(std::move(target))
{
}

NewFile::NewFile(NewFile&& other) noexcept
    : m_descriptor(std::move(other.m_descriptor))
    , m_temporary(std::exchange(other.m_temporary, {}))
    , m_target(std::move(other.m_target))
{
}

NewFile::~NewFile()
{
    if (!m_temporary.empty())
        ::unlink(m_temporary.c_str());
}

Result<NewFile> NewFile::create(const std::filesystem::path& target)
{
    if (UniqueFd unnamed = openUnnamed(folderOf(target)); unnamed.isOpen())
        return NewFile{std::move(unnamed), {}, target};
    return createHidden(target); // whatever refused the other way: this one works, or knows the error
}

Result<NewFile> NewFile::createHidden(const std::filesystem::path& target)
{
    UniqueFd descriptor;
    std::string name = takeFreeName(target, [&descriptor](const char* free) {
        descriptor = UniqueFd{::open(free, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666)};
        return descriptor.isOpen();
    });
    if (name.empty())
        return fail(systemError(errno, "create a temporary file beside", target));
    return NewFile{std::move(descriptor), std::move(name), target};
}

Result<> NewFile::reserve(Bytes size)
{
    constexpr std::uint64_t kLargest = std::numeric_limits<off_t>::max();
    const auto length = static_cast<off_t>(std::min(size.value, kLargest));
    // Not posix_fallocate: where the file system cannot do it, the library would write into every block instead.
    if (length == 0 || ::fallocate(m_descriptor.get(), 0, 0, length) == 0 || isUnsupported(errno))
        return {};
    return fail(diskFull(m_descriptor.get(), size, systemError(errno, "take " + toText(size) + " for", m_target)));
}

Result<> NewFile::append(std::span<const std::byte> bytes)
{
    while (!bytes.empty()) {
        const ssize_t written = ::write(m_descriptor.get(), bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(systemError(errno, "write", m_target));
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
    return {};
}

Result<> NewFile::commit(IfExists ifExists)
{
    if (::fsync(m_descriptor.get()) != 0)
        return fail(systemError(errno, "sync", m_target));
    if (auto named = takeName(ifExists); !named)
        return named;
    m_temporary.clear();
    auto synced = syncFolder(folderOf(m_target));
    // What may be gone after a crash must not stand there as done; a file that was replaced cannot be brought back.
    if (!synced && ifExists == IfExists::Refuse)
        ::unlink(m_target.c_str());
    return synced;
}

Result<> NewFile::takeName(IfExists ifExists)
{
    if (ifExists == IfExists::Refuse)
        return m_temporary.empty() ? linkToNew() : renameToNew();
    if (m_temporary.empty()) {
        if (auto named = takeHiddenName(); !named)
            return named;
    }
    if (::rename(m_temporary.c_str(), m_target.c_str()) != 0)
        return fail(systemError(errno, "rename a temporary file to", m_target));
    return {};
}

/// A link never replaces: what is to do so needs a name to be renamed from, for this moment.
Result<> NewFile::takeHiddenName()
{
    m_temporary = takeFreeName(m_target, [this](const char* free) { return linkUnnamed(m_descriptor.get(), free); });
    if (m_temporary.empty())
        return fail(systemError(errno, "link a temporary file beside", m_target));
    return {};
}

Result<> NewFile::linkToNew()
{
    if (!linkUnnamed(m_descriptor.get(), m_target.c_str()))
        return fail(systemError(errno, "link a new file to", m_target));
    return {};
}

/// Atomic also against a file that appears this very moment.
Result<> NewFile::renameToNew()
{
    if (::renameat2(AT_FDCWD, m_temporary.c_str(), AT_FDCWD, m_target.c_str(), RENAME_NOREPLACE) == 0)
        return {};
    if (!isUnsupported(errno))
        return fail(systemError(errno, "rename a temporary file to", m_target));
    if (::link(m_temporary.c_str(), m_target.c_str()) != 0)
        return fail(systemError(errno, "link a temporary file to", m_target));
    ::unlink(m_temporary.c_str());
    return {};
}

} // namespace weightroom::engine
