// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/watcher/watched_root.h"
#include "model_engine/core/file.h"
#include "model_engine/core/log.h"
#include "model_engine/core/result.h"

#include <condition_variable>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace weightroom::engine {

/// What is known of a watched folder.
struct WatchState {
    WatchMethod method = WatchMethod::None; ///< None: nobody watches it, or not yet
    std::uint64_t changes =
        0; ///< grows with each change that was seen: taken before a scan, it tells whether one came since
    std::set<std::filesystem::path> arriving; ///< files that somebody is writing
};

/// Watches folders for changes that a scan would find (D6), on one thread of its own. Changes are told when it has been
/// quiet for a while.
class FolderWatcher {
public:
    using Changed = std::function<void(const std::filesystem::path& root)>;

    /// `changed` is called on the watcher's thread, without any lock. Errors: IoError when the system has no descriptor
    /// left.
    [[nodiscard]] static Result<std::unique_ptr<FolderWatcher>> start(
        LogSink& log, Changed changed, const WatchTiming& timing = {});
    FolderWatcher(const FolderWatcher&) = delete;
    FolderWatcher& operator=(const FolderWatcher&) = delete;
    ~FolderWatcher();
    /// No call of `changed` is running or comes after. Nobody is watched any more; stateOf() may still be asked.
    void stop();

    /// Watches these folders and no others; those that are watched already go on. Returns at once.
    void setRoots(std::vector<std::filesystem::path> roots);
    /// Waits until all that happened before in folders with inotify stands in their states: whoever has just written
    /// a file finds it. False when that took longer. Not on the engine thread.
    [[nodiscard]] bool catchUp(std::chrono::milliseconds limit);
    /// Of a folder as setRoots() spelled it.
    [[nodiscard]] WatchState stateOf(const std::filesystem::path& root) const;

private:
    FolderWatcher(LogSink& log, Changed changed, const WatchTiming& timing, UniqueFd wakeUp);
    void run(const std::stop_token& stop);
    void wake() const;
    void runOnce(const std::stop_token& stop);
    void takeRoots(const std::stop_token& stop);
    void lookAtAll(const std::stop_token& stop);
    enum class News : std::uint8_t { None = 0, Changed };
    void publish(const WatchedRoot& root, News news);
    void wait() const;

    LogSink& m_log;
    Changed m_changed;
    WatchTiming m_timing;
    UniqueFd m_wakeUp; ///< eventfd
    std::vector<std::unique_ptr<WatchedRoot>> m_watched; ///< of the thread alone

    mutable std::mutex m_mutex; ///< guards what follows
    std::vector<std::filesystem::path> m_roots; ///< that are wanted
    std::map<std::filesystem::path, WatchState> m_states;
    std::uint64_t m_asked = 0; ///< how often somebody wanted to catch up
    std::uint64_t m_answered = 0; ///< the last of them that has
    std::condition_variable m_caughtUp;
    std::uint64_t m_changes = 0; ///< of all folders: a folder that is watched anew never has a count that it had before

    std::jthread m_thread;
};

} // namespace weightroom::engine
