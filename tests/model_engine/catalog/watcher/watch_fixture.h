// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/watcher/folder_watcher.h"
#include "tests/support/recording_log.h"

#include <condition_variable>
#include <mutex>

namespace weightroom::test {

inline constexpr engine::WatchTiming kQuick{.quiet = std::chrono::milliseconds{20},
    .longest = std::chrono::milliseconds{200},
    .poll = std::chrono::milliseconds{20}};
inline constexpr std::chrono::seconds kLongest{30};

/// A watcher, and what it told.
class Watch {
public:
    explicit Watch(const engine::WatchTiming& timing = kQuick, const engine::WatchProbe& probe = {})
    {
        auto started = engine::FolderWatcher::start(log,
            {.changed =
                    [this](const std::filesystem::path& root) {
                        const std::lock_guard lock{m_mutex};
                        m_told.push_back(root);
                        m_news.notify_all();
                    },
                .stateChanged =
                    [this] {
                        const std::lock_guard lock{m_mutex};
                        ++m_stateChanges;
                        m_news.notify_all();
                    }},
            timing, probe);
        if (started)
            watcher = std::move(*started);
    }
    /// Waits until so many changes were told in all.
    [[nodiscard]] bool waitForTold(std::size_t count)
    {
        std::unique_lock lock{m_mutex};
        return m_news.wait_for(lock, kLongest, [&] { return m_told.size() >= count; });
    }
    [[nodiscard]] bool waitForStateChanges(int count)
    {
        std::unique_lock lock{m_mutex};
        return m_news.wait_for(lock, kLongest, [&] { return m_stateChanges >= count; });
    }
    /// Asks until it holds.
    template <class Holds>
    [[nodiscard]] static bool waitUntil(const Holds& holds)
    {
        const auto end = std::chrono::steady_clock::now() + kLongest;
        while (std::chrono::steady_clock::now() < end) {
            if (holds())
                return true;
            std::this_thread::yield();
        }
        return false;
    }
    /// Asks until the state of a folder holds what is wanted.
    template <class Holds>
    [[nodiscard]] bool waitForState(const std::filesystem::path& root, const Holds& holds) const
    {
        return waitUntil([&] { return holds(watcher->stateOf(root)); });
    }
    [[nodiscard]] bool waitForWatching(const std::filesystem::path& root, engine::Watching watching) const
    {
        return waitForState(
            root, [watching](const engine::WatchState& state) { return state.condition.watching == watching; });
    }
    [[nodiscard]] bool waitForLog(engine::LogLevel level, std::string_view words) const
    {
        return waitUntil([&] { return log.count(level, words) > 0; });
    }
    [[nodiscard]] std::vector<std::filesystem::path> told()
    {
        const std::lock_guard lock{m_mutex};
        return m_told;
    }

    RecordingLog log;

private:
    std::mutex m_mutex;
    std::condition_variable m_news;
    std::vector<std::filesystem::path> m_told;
    int m_stateChanges = 0;

public:
    std::unique_ptr<engine::FolderWatcher> watcher; ///< last: it calls back
};

} // namespace weightroom::test
