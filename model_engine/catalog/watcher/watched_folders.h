// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/watcher/watch_probe.h"
#include "model_engine/catalog/watcher/watch_state.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <stop_token>
#include <vector>

namespace weightroom::engine {

/// Folders that are watched together: by inotify where that works, and otherwise by looking at them now and then. Used
/// by one thread.
class WatchedFolders {
public:
    using Time = std::chrono::steady_clock::time_point;

    WatchedFolders(
        std::vector<std::filesystem::path> folders, const WatchTiming& timing, WatchProbe probe, SignOfLife sign)
        : m_folders(std::move(folders))
        , m_timing(timing)
        , m_probe(std::move(probe))
        , m_sign(std::move(sign))
    {
    }

    /// Begins to watch, anew if it did so already. Waits for the disk.
    void begin(Time now, const std::stop_token& stop);
    /// Takes what has happened. True when a scan would perhaps find something else.
    [[nodiscard]] bool look(Time now, const std::stop_token& stop);
    /// Whether what has changed is to be told now; once.
    [[nodiscard]] bool isDue(Time now);

    [[nodiscard]] const WatchCondition& condition() const { return m_condition; }
    [[nodiscard]] int descriptor() const { return m_tree ? m_tree->descriptor() : -1; }
    [[nodiscard]] std::set<std::filesystem::path> arriving() const;
    /// When there is something to do without news.
    [[nodiscard]] std::optional<Time> nextTime() const;

private:
    [[nodiscard]] WatchCondition beginWatch();
    void beginPolling(Time now, const std::stop_token& stop);
    [[nodiscard]] Time dueTime() const;
    void note(Time now);

    std::vector<std::filesystem::path> m_folders;
    WatchTiming m_timing;
    WatchProbe m_probe;
    SignOfLife m_sign;
    std::optional<TreeWatch> m_tree;
    WatchCondition m_condition;
    std::uint64_t m_fingerprint = 0; ///< 0: they could not be read
    Time m_nextPoll{};
    std::optional<Time> m_firstChange; ///< that was not told yet
    Time m_lastChange{};
};

} // namespace weightroom::engine
