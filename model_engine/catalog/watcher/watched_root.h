// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/watcher/tree_watch.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// How changes below a folder are noticed.
enum class WatchMethod : std::uint8_t { None = 0, Inotify, Polling };
[[nodiscard]] std::string_view toText(WatchMethod method); ///< "none", "inotify", "polling"

/// How long a watcher waits. The defaults are those of the programs; tests are quicker.
struct WatchTiming {
    std::chrono::milliseconds quiet{2000}; ///< changes are told when it was quiet for so long, …
    std::chrono::milliseconds longest{30000}; ///< … or after so long: a library that is copied is seen growing
    std::chrono::milliseconds poll{60000}; ///< between two looks where nobody tells
};

/// One folder that is watched: by inotify where that works, and otherwise by looking at it now and then. Used by the
/// watcher's thread alone.
class WatchedRoot {
public:
    using Time = std::chrono::steady_clock::time_point;

    WatchedRoot(std::filesystem::path path, const WatchTiming& timing)
        : m_path(std::move(path))
        , m_timing(timing)
    {
    }

    /// Begins to watch, anew if it did so already. Waits for the disk.
    void begin(Time now, const std::stop_token& stop);
    /// Takes what has happened. True when something has changed.
    [[nodiscard]] bool look(Time now, const std::stop_token& stop);
    /// Whether what has changed is to be told now; once.
    [[nodiscard]] bool isDue(Time now);

    [[nodiscard]] const std::filesystem::path& path() const { return m_path; }
    [[nodiscard]] WatchMethod method() const { return m_tree ? WatchMethod::Inotify : WatchMethod::Polling; }
    [[nodiscard]] const std::string& whyPolling() const { return m_whyPolling; }
    [[nodiscard]] int descriptor() const { return m_tree ? m_tree->descriptor() : -1; }
    [[nodiscard]] std::set<std::filesystem::path> arriving() const;
    /// When there is something to do without news.
    [[nodiscard]] std::optional<Time> nextTime() const;

private:
    [[nodiscard]] Time dueTime() const;
    void note(Time now);

    std::filesystem::path m_path;
    WatchTiming m_timing;
    std::optional<TreeWatch> m_tree;
    std::string m_whyPolling;
    std::uint64_t m_fingerprint = 0;
    Time m_nextPoll{};
    std::optional<Time> m_firstChange; ///< that was not told yet
    Time m_lastChange{};
};

} // namespace weightroom::engine
