// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/trash/trash_folder.h"

#include "model_engine/core/files/file.h"

#include <cerrno>
#include <sys/stat.h>

namespace weightroom::engine {
namespace {

using std::filesystem::path;

constexpr mode_t kPrivate = 0700;

/// Looks at a path itself, not at what a link leads to.
bool lookAt(const path& where, struct stat& status) { return ::lstat(where.c_str(), &status) == 0; }

/// A folder that is no link and belongs to the user.
bool isOurFolder(const path& where, uid_t user)
{
    struct stat status { };
    return lookAt(where, status) && S_ISDIR(status.st_mode) && status.st_uid == user;
}

/// Makes one folder, or finds it there.
bool makeOurFolder(const path& where, uid_t user)
{
    return (::mkdir(where.c_str(), kPrivate) == 0 || errno == EEXIST) && isOurFolder(where, user);
}

bool makeTrash(const path& where, uid_t user)
{
    return makeOurFolder(where, user) && makeOurFolder(where / "files", user) && makeOurFolder(where / "info", user);
}

/// The highest folder above `file` on the same drive.
path topOfDrive(const path& file, dev_t drive)
{
    path top = file.parent_path();
    struct stat status { };
    while (top.has_relative_path() && lookAt(top.parent_path(), status) && status.st_dev == drive)
        top = top.parent_path();
    return top;
}

/// The administrator's ".Trash": it must be a real folder with the sticky bit, or anybody could take it over.
bool isSharedTrash(const path& where)
{
    struct stat status { };
    return lookAt(where, status) && S_ISDIR(status.st_mode) && (status.st_mode & S_ISVTX) != 0;
}

constexpr bool isUnreserved(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.'
        || c == '_' || c == '~' || c == '/';
}

} // namespace

Result<TrashFolder> trashFolderFor(const path& file, const TrashOwner& owner)
{
    struct stat status { };
    if (!lookAt(file, status))
        return fail(systemError(errno, "look at the file", file));
    const path home = owner.dataHome / "Trash";
    std::error_code ignored; // what could not be made is not ours, which is looked at next
    std::filesystem::create_directories(owner.dataHome, ignored);
    struct stat homeStatus { };
    if (makeTrash(home, owner.user) && lookAt(home, homeStatus) && homeStatus.st_dev == status.st_dev)
        return TrashFolder{home, {}};

    const path top = topOfDrive(file, status.st_dev);
    const std::string user = std::to_string(owner.user);
    if (isSharedTrash(top / ".Trash") && makeTrash(top / ".Trash" / user, owner.user))
        return TrashFolder{top / ".Trash" / user, top};
    if (makeTrash(top / (".Trash-" + user), owner.user))
        return TrashFolder{top / (".Trash-" + user), top};
    return fail(ErrorCode::Unsupported,
        "the drive of '" + file.string() + "' has no trash, and none could be made in '" + top.string()
            + "': nothing was moved",
        {.path = file.string()});
}

std::string trashInfoPath(const path& file, const TrashFolder& trash)
{
    constexpr std::string_view kDigits = "0123456789ABCDEF";
    const path shown = trash.base.empty() ? file : file.lexically_relative(trash.base);
    std::string text;
    for (const char c : shown.native()) {
        if (isUnreserved(c)) {
            text.push_back(c);
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        text += {'%', kDigits[byte >> 4U], kDigits[byte & 0xFU]};
    }
    return text;
}

} // namespace weightroom::engine
