// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/watcher/watch_state.h"
#include "model_engine/catalog/watcher/watch_worker.h"
#include "model_engine/core/result.h"
#include "model_engine/core/system/log.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

namespace weightroom::engine {

/// A root that is to be watched, with the folders elsewhere that its layout names.
struct WatchedRoot {
    std::filesystem::path root;
    std::vector<std::filesystem::path> outside{};

    friend bool operator==(const WatchedRoot&, const WatchedRoot&) = default;
};

/// Watches folders for changes that a scan would find (D6). Changes are told when it has been quiet for a while.
///
///     one worker a root, and one more for each file system on which it has folders elsewhere: asks the file system
///         │ desk: what was seen
///         ▼
///     one thread of the watcher's own: starts and ends workers, tells changes; never asks a file system
///
/// A root that hangs holds up nobody: its worker waits in the kernel and is not asked for anything else, its state says
/// that it does not answer, and stop() leaves it behind (WatchWorker says why that is safe).
class FolderWatcher {
public:
    /// Called on the watcher's thread, without any lock.
    struct Observer {
        std::function<void(const std::filesystem::path& root)> changed; ///< in the root, or in what it has elsewhere
        std::function<void()> stateChanged; ///< how some folder is watched; may be empty
    };

    /// Errors: IoError when the system has no descriptor left.
    [[nodiscard]] static Result<std::unique_ptr<FolderWatcher>> start(
        LogSink& log, Observer observer, const WatchTiming& timing = {}, const WatchProbe& probe = {});
    FolderWatcher(const FolderWatcher&) = delete;
    FolderWatcher& operator=(const FolderWatcher&) = delete;
    ~FolderWatcher();
    /// No call of the observer is running or comes after. Nobody is watched any more; stateOf() may still be asked.
    /// Waits WatchTiming::farewell at most for file systems that do not answer.
    void stop();

    /// Watches these roots and no others; those that are watched already go on. Returns at once.
    void setRoots(std::vector<WatchedRoot> roots);
    /// Waits until all that happened before in these roots, where inotify watches them, stands in their states: whoever
    /// has just written a file finds it. False when that took longer, at once for one that does not answer. Not on the
    /// engine thread.
    [[nodiscard]] bool catchUp(const std::vector<std::filesystem::path>& roots, std::chrono::milliseconds limit);
    /// Of a root as setRoots() spelled it.
    [[nodiscard]] WatchState stateOf(const std::filesystem::path& root) const;

private:
    /// A task, and who is at it.
    struct Post {
        WatchTask task;
        std::unique_ptr<WatchWorker> worker; ///< nullptr: it could not be started yet
        WatchCondition told; ///< what was logged of it last
    };
    /// Where to ask for what is known of a root.
    struct Desks {
        std::uint64_t setAt = 0; ///< the count of changes when it was asked for
        std::vector<std::pair<WatchTask, std::shared_ptr<WatchDesk>>> rows;
    };

    FolderWatcher(LogSink& log, Observer observer, const WatchTiming& timing, WatchProbe probe,
        std::shared_ptr<WatchOffice> office);
    void run(const std::stop_token& stop);
    void runOnce(const std::stop_token& stop);
    [[nodiscard]] bool takeTasks();
    void dismissOthers(const std::vector<WatchTask>& wanted);
    void occupy(Post& post);
    [[nodiscard]] bool showDesks();
    void tellNews(Post& post);
    void logCondition(const Post& post) const;
    void wait() const;
    void farewell();
    [[nodiscard]] Desks desksOf(const std::filesystem::path& root) const;

    LogSink& m_log;
    const Observer m_observer;
    const WatchTiming m_timing;
    const WatchProbe m_probe;
    const std::shared_ptr<WatchOffice> m_office;
    std::vector<WatchedRoot> m_taken; ///< what m_posts are for; of the thread alone
    std::vector<Post> m_posts; ///< likewise
    std::vector<std::unique_ptr<WatchWorker>> m_leaving; ///< that were asked to end; likewise

    mutable std::mutex m_mutex; ///< guards what follows
    std::vector<WatchedRoot> m_wanted;
    std::map<std::filesystem::path, Desks> m_desks;

    std::jthread m_thread;
};

} // namespace weightroom::engine
