// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/watcher/tree_watch.h"

#include "model_engine/catalog/watcher/watched_names.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sys/inotify.h>
#include <unistd.h>
#include <utility>
#include <vector>

namespace weightroom::engine {
namespace {

constexpr std::uint32_t kMask = IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_CLOSE_WRITE | IN_MODIFY
    | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR | IN_EXCL_UNLINK;
/// A few hundred events at a time.
constexpr std::size_t kBufferSize = 64 * 1024;

TreeNews worse(TreeNews a, TreeNews b) { return std::max(a, b); }

/// The folders in one folder, links to folders too.
std::vector<std::filesystem::path> foldersIn(const std::filesystem::path& folder)
{
    std::vector<std::filesystem::path> folders;
    std::error_code failed;
    std::filesystem::directory_iterator entry{folder, failed};
    for (; !failed && entry != std::filesystem::directory_iterator{}; entry.increment(failed)) {
        std::error_code unknown;
        if (!isSkippedName(entry->path().filename().native()) && entry->is_directory(unknown))
            folders.push_back(entry->path());
    }
    return folders;
}

} // namespace

Result<TreeWatch> TreeWatch::begin(const std::vector<std::filesystem::path>& roots, const SignOfLife& sign)
{
    TreeWatch tree{UniqueFd{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)}, roots, sign};
    if (!tree.m_descriptor.isOpen())
        return fail(systemError(errno, "watch", roots.front()));
    for (const std::filesystem::path& root : roots) {
        if (auto added = tree.add(root); !added)
            return fail(std::move(added).error());
    }
    return tree;
}

/// False: it is watched already, under this or another path.
Result<bool> TreeWatch::watch(const std::filesystem::path& folder)
{
    const int number = ::inotify_add_watch(m_descriptor.get(), folder.c_str(), kMask);
    if (number < 0)
        return fail(systemError(errno, "watch", folder));
    return m_folders.emplace(number, folder).second;
}

Result<> TreeWatch::add(const std::filesystem::path& root)
{
    auto watched = watch(root);
    if (!watched)
        return fail(std::move(watched).error());
    std::vector<std::filesystem::path> waiting;
    if (*watched)
        waiting.push_back(root);
    while (!waiting.empty()) {
        const std::filesystem::path folder = std::move(waiting.back());
        waiting.pop_back();
        m_sign();
        for (std::filesystem::path& child : foldersIn(folder)) {
            auto isNew = watch(child);
            // A folder that may not be read, or is gone again, is one that a scan does not read either.
            const bool isPassing = !isNew && isErrorOfFolder(isNew.error());
            if (!isNew && !isPassing)
                return fail(std::move(isNew).error());
            if (isNew && *isNew)
                waiting.push_back(std::move(child));
        }
    }
    return {};
}

TreeNews TreeWatch::read()
{
    TreeNews news = TreeNews::None;
    std::array<char, kBufferSize> buffer{};
    for (;;) {
        const ssize_t size = ::read(m_descriptor.get(), buffer.data(), buffer.size());
        if (size <= 0)
            return news;
        for (std::size_t at = 0; at < static_cast<std::size_t>(size);) {
            inotify_event event{};
            std::memcpy(&event, buffer.data() + at, sizeof event);
            const char* name = event.len > 0 ? buffer.data() + at + sizeof event : "";
            news = worse(news, take(event, name));
            at += sizeof event + event.len;
        }
    }
}

TreeNews TreeWatch::take(const inotify_event& event, const char* name)
{
    if ((event.mask & IN_Q_OVERFLOW) != 0)
        return TreeNews::Lost;
    const auto folder = m_folders.find(event.wd);
    if (folder == m_folders.end())
        return TreeNews::None;
    if ((event.mask & IN_MOVE_SELF) != 0)
        return TreeNews::Lost; // the paths below it are no longer right
    if ((event.mask & IN_IGNORED) != 0)
        return takeLoss(event.wd);
    if (isSkippedName(name))
        return TreeNews::None;
    const std::filesystem::path path = folder->second / name;
    if ((event.mask & IN_ISDIR) != 0)
        return takeFolder(path, event.mask);
    return takeFile(path, event.mask);
}

/// A folder is gone. A root that is gone may come back, and nobody would hear of it.
TreeNews TreeWatch::takeLoss(int number)
{
    const auto folder = m_folders.find(number);
    const bool isRoot = m_roots.contains(folder->second);
    m_folders.erase(folder);
    return isRoot ? TreeNews::Lost : TreeNews::Changed;
}

TreeNews TreeWatch::takeFolder(const std::filesystem::path& path, std::uint32_t mask)
{
    if ((mask & (IN_CREATE | IN_MOVED_TO)) == 0)
        return (mask & (IN_DELETE | IN_MOVED_FROM)) != 0 ? TreeNews::Changed : TreeNews::None;
    const auto added = add(path);
    return added || isErrorOfFolder(added.error()) ? TreeNews::Changed : TreeNews::Lost;
}

TreeNews TreeWatch::takeFile(const std::filesystem::path& path, std::uint32_t mask)
{
    std::error_code unknown;
    // A link to a folder is no folder to the kernel.
    if ((mask & (IN_CREATE | IN_MOVED_TO)) != 0 && std::filesystem::is_directory(path, unknown))
        return takeFolder(path, mask);
    const std::string name = path.filename().string();
    if (!isWatchedName(name))
        return isLibraryDatabaseName(name) ? TreeNews::Noted : TreeNews::None;
    // Told once: a download of minutes is not a scan every two seconds.
    if ((mask & IN_MODIFY) != 0)
        return m_arriving.insert(path).second ? TreeNews::Changed : TreeNews::None;
    if ((mask & (IN_CLOSE_WRITE | IN_DELETE | IN_MOVED_FROM)) != 0)
        m_arriving.erase(path);
    return TreeNews::Changed;
}

} // namespace weightroom::engine
