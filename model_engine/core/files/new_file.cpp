// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/files/new_file.h"

#include <atomic>
#include <cerrno>
#include <cstdio>
#include <fcntl.h>
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

mode_t modeFor(Readers readers) { return readers == Readers::Owner ? 0600 : 0666; }

/// Not open where the file system has no unnamed files, or where /proc is missing, so that it could never get a name.
UniqueFd openUnnamed(const std::filesystem::path& folder, Readers readers)
{
    UniqueFd descriptor{::open(folder.c_str(), O_WRONLY | O_TMPFILE | O_CLOEXEC, modeFor(readers))};
    return descriptor.isOpen() && ::access(pathOf(descriptor.get()).c_str(), F_OK) == 0 ? std::move(descriptor)
                                                                                        : UniqueFd{};
}

} // namespace

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

Result<NewFile> NewFile::create(const std::filesystem::path& target, Readers readers)
{
    if (UniqueFd unnamed = openUnnamed(folderOf(target), readers); unnamed.isOpen())
        return NewFile{std::move(unnamed), {}, target};
    return createHidden(target, readers); // whatever refused the other way: this one works, or knows the error
}

Result<NewFile> NewFile::createHidden(const std::filesystem::path& target, Readers readers)
{
    UniqueFd descriptor;
    std::string name = takeFreeName(target, [&descriptor, readers](const char* free) {
        descriptor = UniqueFd{::open(free, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, modeFor(readers))};
        return descriptor.isOpen();
    });
    if (name.empty())
        return fail(systemError(errno, "create a temporary file beside", target));
    return NewFile{std::move(descriptor), std::move(name), target};
}

Result<> NewFile::reserve(Bytes size) { return takeRoom(m_descriptor.get(), size, m_target); }

Result<> NewFile::append(std::span<const std::byte> bytes) { return writeAll(m_descriptor.get(), bytes, m_target); }

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
        return m_temporary.empty() ? linkToNew() : renameToNew(m_temporary, m_target);
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

} // namespace weightroom::engine
