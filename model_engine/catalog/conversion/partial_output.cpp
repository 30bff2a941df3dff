// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/partial_output.h"

#include "model_engine/catalog/conversion/running_hash.h"
#include "model_engine/core/files/file_lock.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <sys/stat.h>
#include <unistd.h>

namespace weightroom::engine {
namespace {

namespace fs = std::filesystem;

constexpr mode_t kOnlyUser = 0700;
constexpr mode_t kMode = 0777; // what the user's mask leaves of it
constexpr const char* kJournal = "journal";

/// Another conversion may end, and remove the folder, just when this one opens it; more often than that is no accident.
constexpr int kAttempts = 10;

std::string hexText(std::uint64_t number)
{
    std::array<char, 16> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), number, 16).ptr;
    const auto count = static_cast<std::size_t>(end - digits.begin());
    return std::string(digits.size() - count, '0').append(digits.data(), count);
}

Result<> makeFolder(const fs::path& folder, mode_t mode)
{
    if (::mkdir(folder.c_str(), mode) == 0)
        return {};
    const int errorNumber = errno;
    std::error_code unknown;
    if (errorNumber == EEXIST && fs::is_directory(fs::symlink_status(folder, unknown)))
        return {};
    return fail(systemError(errorNumber, "create the folder", folder));
}

/// False when the name belongs to another file by now, or to none.
bool isStillAt(const UniqueFd& descriptor, const fs::path& path)
{
    struct stat held { };
    struct stat named { };
    return ::fstat(descriptor.get(), &held) == 0 && ::lstat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino
        && held.st_dev == named.st_dev;
}

tl::unexpected<Error> inUse(const fs::path& target)
{
    return fail(
        ErrorCode::FileInUse, "other conversions to '" + target.string() + "' come and go", {.path = target.string()});
}

/// The lock on the journal of a folder that is there; an open one, once it is.
Result<UniqueFd> lockJournal(const fs::path& folder, const fs::path& target)
{
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        if (auto made = makeFolder(folder, kOnlyUser); !made)
            return fail(std::move(made).error());
        auto lock = lockFile(folder / kJournal, target);
        const bool wasRemoved = lock ? !isStillAt(*lock, folder / kJournal) : lock.error().code == ErrorCode::NotFound;
        if (!wasRemoved)
            return lock;
    }
    return inUse(target);
}

/// The names in a folder and in all below.
Result<> syncNames(const fs::path& folder)
{
    std::error_code failed;
    for (fs::recursive_directory_iterator entry{folder, failed}; !failed && entry != fs::end(entry);
         entry.increment(failed)) {
        std::error_code unknown;
        if (!entry->is_directory(unknown))
            continue;
        if (auto synced = syncFolder(entry->path()); !synced)
            return synced;
    }
    if (failed)
        return fail(systemError(failed.value(), "list the folder", folder));
    return syncFolder(folder);
}

} // namespace

fs::path partialFolderOf(const fs::path& target)
{
    const std::string name = target.filename().native();
    return target.parent_path() / (".weightroom-" + hexText(hashOf(std::as_bytes(std::span{name}))) + ".convert.part");
}

PartialOutput::PartialOutput(fs::path folder, fs::path target, ConversionJournal journal)
    : m_folder(std::move(folder))
    , m_target(std::move(target))
    , m_journal(std::move(journal))
{
}

PartialOutput::PartialOutput(PartialOutput&& other) noexcept
    : m_folder(std::exchange(other.m_folder, {}))
    , m_target(std::move(other.m_target))
    , m_journal(std::move(other.m_journal))
    , m_isWorthKeeping(other.m_isWorthKeeping)
    , m_hasDurableNames(other.m_hasDurableNames)
{
}

PartialOutput::~PartialOutput()
{
    std::error_code ignored;
    if (!m_folder.empty() && !(m_isWorthKeeping && point()))
        fs::remove_all(m_folder, ignored);
}

Result<PartialOutput> PartialOutput::open(const fs::path& target, const ConversionKey& key)
{
    const fs::path folder = partialFolderOf(target);
    auto lock = lockJournal(folder, target);
    if (!lock)
        return fail(std::move(lock).error());
    auto journal = ConversionJournal::read(std::move(*lock), folder / kJournal, key);
    if (!journal)
        return fail(std::move(journal).error());
    PartialOutput output{folder, target, std::move(*journal)};
    if (output.point())
        return output;
    if (auto cleared = output.startAnew(); !cleared)
        return fail(std::move(cleared).error());
    return output;
}

Result<> PartialOutput::addFolder(const fs::path& name) const
{
    if (auto made = makeFolder(content(), kMode); !made || name.empty())
        return made;
    return makeFolder(content() / name, kMode);
}

Result<> PartialOutput::note(const DurablePoint& point)
{
    if (!m_hasDurableNames) {
        if (auto synced = syncNames(m_folder); !synced)
            return synced;
        if (auto synced = syncFolder(m_folder.parent_path()); !synced)
            return synced;
        m_hasDurableNames = true;
    }
    return m_journal.append(point);
}

Result<> PartialOutput::startAnew()
{
    if (auto cleared = m_journal.clear(); !cleared) // first: a journal without its content would promise too much
        return cleared;
    std::error_code failed;
    fs::remove_all(content(), failed);
    if (failed)
        return fail(systemError(failed.value(), "remove what an earlier conversion left in", m_folder));
    return {};
}

Result<> PartialOutput::commit(IfExists ifExists)
{
    std::error_code unknown;
    if (fs::is_directory(content(), unknown)) {
        if (auto synced = syncNames(content()); !synced)
            return synced;
    }
    if (auto named = takeName(ifExists); !named)
        return named;
    discard();
    auto synced = syncFolder(m_target.parent_path());
    // What may be gone after a crash must not stand there as done; a file that was replaced cannot be brought back.
    if (!synced && ifExists == IfExists::Refuse)
        ::unlink(m_target.c_str());
    return synced;
}

Result<> PartialOutput::takeName(IfExists ifExists) const
{
    if (ifExists == IfExists::Refuse)
        return renameToNew(content(), m_target);
    if (::rename(content().c_str(), m_target.c_str()) != 0)
        return fail(systemError(errno, "rename what was written to", m_target));
    return {};
}

} // namespace weightroom::engine
