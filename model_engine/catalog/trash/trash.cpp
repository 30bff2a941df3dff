// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/trash/trash.h"

#include "model_engine/catalog/trash/trash_folder.h"
#include "model_engine/core/files/file.h"

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fcntl.h>
#include <optional>
#include <unistd.h>

namespace weightroom::engine {
namespace {

using std::filesystem::path;

/// Files of one name in the trash; more are not expected, and an endless search would be worse than an error.
constexpr int kMostNames = 10'000;

/// "2026-11-25T18:04:05" in the user's own time, as the specification wants it.
std::string deletionDate(Clock::Wall now)
{
    const std::time_t time = std::chrono::system_clock::to_time_t(now);
    std::tm local{};
    ::localtime_r(&time, &local);
    std::array<char, 32> text{};
    const std::size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &local);
    return {text.data(), length};
}

/// Renames, and never replaces what has the new name. Where the file system does not know how to refuse that by itself
/// (EINVAL), a second name is made and the first one dropped, which works for files only.
Result<> renameOnto(const path& from, const path& to)
{
    if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0)
        return {};
    if (errno == EINVAL && ::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), 0) == 0) {
        if (::unlink(from.c_str()) == 0)
            return {};
        const int failed = errno;
        ::unlink(to.c_str());
        return fail(systemError(failed, "move", from));
    }
    if (errno == EEXIST)
        return fail(ErrorCode::AlreadyExists, "'" + to.string() + "' is there already", {.path = to.string()});
    return fail(systemError(errno, "move", from));
}

/// Claims a name in the trash by making its .trashinfo, which is how the desktop's programs tell each other.
Result<TrashedFile> claimName(const path& file, const TrashFolder& trash)
{
    const std::string name = file.filename().string();
    for (int i = 1; i <= kMostNames; ++i) {
        const std::string numbered = i == 1 ? name : name + "." + std::to_string(i);
        TrashedFile claimed{file, trash.path / "files" / numbered, trash.path / "info" / (numbered + ".trashinfo")};
        const UniqueFd info{::open(claimed.info.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
        if (info.isOpen())
            return claimed;
        if (errno != EEXIST)
            return fail(systemError(errno, "write", claimed.info));
    }
    return fail(
        ErrorCode::AlreadyExists, "the trash holds too many files named '" + name + "'", {.path = file.string()});
}

Result<> writeInfo(const TrashedFile& file, const TrashFolder& trash, Clock::Wall now)
{
    return writeFileAtomically(file.info,
        "[Trash Info]\nPath=" + trashInfoPath(file.original, trash) + "\nDeletionDate=" + deletionDate(now) + "\n");
}

/// What was moved so far; brought back unless it is taken over.
class Staged {
public:
    Staged() = default;
    Staged(const Staged&) = delete;
    Staged& operator=(const Staged&) = delete;
    ~Staged()
    {
        // In the worst case a file stays in the trash, where its owner finds it.
        for (auto file = m_files.rbegin(); file != m_files.rend(); ++file) {
            if (renameOnto(file->inTrash, file->original))
                ::unlink(file->info.c_str());
        }
    }

    [[nodiscard]] Result<> add(const path& file, const TrashOwner& owner, Clock::Wall now)
    {
        const auto trash = trashFolderFor(file, owner);
        if (!trash)
            return fail(trash.error());
        auto claimed = claimName(file, *trash);
        if (!claimed)
            return fail(std::move(claimed).error());
        auto moved = writeInfo(*claimed, *trash, now);
        if (moved)
            moved = renameOnto(file, claimed->inTrash);
        if (!moved) {
            ::unlink(claimed->info.c_str());
            return moved;
        }
        m_files.push_back(std::move(*claimed));
        return {};
    }
    [[nodiscard]] std::vector<TrashedFile> takeOver() { return std::exchange(m_files, {}); }

private:
    std::vector<TrashedFile> m_files;
};

} // namespace

TrashOwner currentTrashOwner()
{
    const char* data = std::getenv("XDG_DATA_HOME"); // NOLINT(concurrency-mt-unsafe)
    if (data != nullptr && path{data}.is_absolute())
        return {data, ::getuid()};
    const char* home = std::getenv("HOME"); // NOLINT(concurrency-mt-unsafe)
    return {path{home == nullptr ? "/" : home} / ".local" / "share", ::getuid()};
}

Result<std::vector<TrashedFile>> moveToTrash(std::span<const path> files, const TrashOwner& owner, Clock::Wall now)
{
    Staged staged;
    for (const path& file : files) {
        if (auto moved = staged.add(file, owner, now); !moved)
            return fail(std::move(moved).error());
    }
    return staged.takeOver();
}

Result<> restoreFromTrash(std::span<const TrashedFile> files)
{
    for (std::size_t i = 0; i < files.size(); ++i) {
        auto moved = renameOnto(files[i].inTrash, files[i].original);
        if (moved)
            continue;
        while (i-- > 0) {
            if (auto back = renameOnto(files[i].original, files[i].inTrash); !back)
                break; // it stays restored, which loses nothing
        }
        return moved;
    }
    for (const TrashedFile& file : files)
        ::unlink(file.info.c_str());
    return {};
}

} // namespace weightroom::engine
