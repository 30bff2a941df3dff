// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/scan/folder_listing.h"

#include "model_engine/core/files/open_folder.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace weightroom::engine {
namespace {

/// Downloads under way: Hugging Face, browsers, aria2, curl.
constexpr std::array<std::string_view, 5> kPartialSuffixes{".incomplete", ".part", ".tmp", ".crdownload", ".aria2"};

char lowered(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

/// ASCII letters only: the extensions are ASCII, and names are bytes.
bool endsWithFolded(std::string_view name, std::string_view lowerSuffix)
{
    return name.size() >= lowerSuffix.size()
        && std::ranges::equal(name.substr(name.size() - lowerSuffix.size()), lowerSuffix, {}, lowered);
}

Error folderError(int errorNumber, std::string_view what, const std::filesystem::path& path)
{
    if (errorNumber == ENOTDIR)
        return {ErrorCode::NotRegularFile, "'" + path.string() + "' is not a folder", {.path = path.string()}};
    return systemError(errorNumber, what, path);
}

NodeId nodeOf(const struct stat& status) { return {status.st_dev, status.st_ino}; }

Result<OpenFolder> openFolder(const std::filesystem::path& path, NodeId expected)
{
    OpenFolder folder{::opendir(path.c_str())};
    struct stat status { };
    if (folder == nullptr || ::fstat(::dirfd(folder.get()), &status) != 0)
        return fail(folderError(errno, "open the folder", path));
    if (nodeOf(status) != expected) {
        return fail(ErrorCode::FileChanged, "the folder '" + path.string() + "' was replaced while it was scanned",
            {.path = path.string()});
    }
    return folder;
}

bool isLink(int folder, const dirent& entry)
{
    struct stat status { };
    if (entry.d_type != DT_UNKNOWN)
        return entry.d_type == DT_LNK;
    return ::fstatat(folder, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
}

/// `target` is what a link leads to, or the entry itself.
EntryKind kindOf(int folder, const dirent& entry, const struct stat& target)
{
    if (S_ISDIR(target.st_mode))
        return isLink(folder, entry) ? EntryKind::LinkedFolder : EntryKind::Folder;
    return S_ISREG(target.st_mode) ? EntryKind::File : EntryKind::NoFile;
}

/// None: neither a folder nor something with a model's extension.
FolderEntry lookAt(int folder, const dirent& entry, const NameFilter& filter)
{
    FolderEntry found{entry.d_name, EntryKind::None, {}};
    const bool isModel = filter.isModel(found.name);
    const bool isIndex = NameFilter::isIndex(found.name);
    if (entry.d_type == DT_REG && !isModel && !isIndex)
        return found;
    struct stat target { };
    if (::fstatat(folder, entry.d_name, &target, 0) != 0) {
        found.kind = isModel ? EntryKind::NoFile : EntryKind::None;
        return found;
    }
    const EntryKind kind = kindOf(folder, entry, target);
    const bool isFolder = kind == EntryKind::Folder || kind == EntryKind::LinkedFolder;
    if (isFolder || isModel || (isIndex && kind == EntryKind::File)) {
        found.kind = isModel || isFolder ? kind : EntryKind::Index;
        found.identity = identityOf(target);
    }
    return found;
}

} // namespace

bool NameFilter::isModel(std::string_view name) const
{
    return std::ranges::any_of(
        m_extensions, [name](const std::string& extension) { return endsWithFolded(name, extension); });
}

bool NameFilter::isIndex(std::string_view name) { return name == "model_index.json" || name.ends_with(".index.json"); }

bool NameFilter::isSkipped(std::string_view name)
{
    return name.starts_with('.') || std::ranges::any_of(kPartialSuffixes, [name](std::string_view suffix) {
        return endsWithFolded(name, suffix);
    });
}

Result<NodeId> nodeOfFolder(const std::filesystem::path& path)
{
    struct stat status { };
    if (::stat(path.c_str(), &status) != 0)
        return fail(systemError(errno, "look at the folder", path));
    if (!S_ISDIR(status.st_mode))
        return fail(folderError(ENOTDIR, "look at the folder", path));
    return nodeOf(status);
}

Result<FolderListing> listFolder(
    const std::filesystem::path& path, NodeId expected, const NameFilter& filter, const std::stop_token& stop)
{
    auto folder = openFolder(path, expected);
    if (!folder)
        return fail(std::move(folder).error());
    FolderListing listing;
    while (!stop.stop_requested()) {
        errno = 0;
        const dirent* entry = ::readdir(folder->get());
        if (entry == nullptr) {
            if (errno != 0)
                listing.problem = systemError(errno, "read the folder", path);
            std::ranges::sort(listing.entries, {}, &FolderEntry::name);
            return listing;
        }
        if (NameFilter::isSkipped(entry->d_name))
            continue;
        if (FolderEntry found = lookAt(::dirfd(folder->get()), *entry, filter); found.kind != EntryKind::None)
            listing.entries.push_back(std::move(found));
    }
    return fail(ErrorCode::Cancelled, "the scan was cancelled", {.path = path.string()});
}

} // namespace weightroom::engine
