// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/watcher/watch_tasks.h"

#include <algorithm>
#include <map>

namespace weightroom::engine {
namespace {

using Paths = std::vector<std::filesystem::path>;

bool isAtOrBelow(const std::filesystem::path& inner, const std::filesystem::path& outer)
{
    return std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end()).first == outer.end();
}

/// Sorted by components a folder comes right before what lies below it.
Paths withoutInner(Paths folders)
{
    std::ranges::sort(folders);
    Paths outermost;
    for (std::filesystem::path& folder : folders) {
        if (outermost.empty() || !isAtOrBelow(folder, outermost.back()))
            outermost.push_back(std::move(folder));
    }
    return outermost;
}

} // namespace

std::vector<WatchTask> watchTasksFor(const std::vector<WatchedRoot>& roots, const MountTable& mounts)
{
    std::vector<WatchTask> tasks;
    for (const WatchedRoot& watched : roots) {
        const bool isTwice = std::ranges::find(tasks, watched.root, &WatchTask::root) != tasks.end();
        if (isTwice)
            continue;
        tasks.push_back({watched.root, {watched.root}});
        std::map<std::filesystem::path, Paths> byMount;
        for (const std::filesystem::path& folder : watched.outside) {
            if (!isAtOrBelow(folder, watched.root))
                byMount[mounts.mountPointOf(folder)].push_back(folder);
        }
        for (auto& [mount, folders] : byMount)
            tasks.push_back({watched.root, withoutInner(std::move(folders))});
    }
    return tasks;
}

} // namespace weightroom::engine
