// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/error.h"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// How changes in a folder are noticed, or why they are not.
enum class Watching : std::uint8_t {
    None = 0, ///< nobody watches it, or not yet
    Inotify,
    Polling,
    NotAnswering, ///< its file system was asked and has said nothing for longer than WatchTiming::answer
    Missing,
    Unreadable,
};
[[nodiscard]] std::string_view toText(Watching watching); ///< "none", "inotify", "polling", "not-answering", …

/// Why a folder is looked at now and then instead of watched.
enum class PollingReason : std::uint8_t {
    None = 0,
    NetworkFileSystem, ///< what other machines do there, this one does not hear
    UserSpaceFileSystem, ///< FUSE: it may be a network
    UnknownFileSystem,
    InotifyLimit, ///< WatchCondition::limitName says which
    Other,
};
[[nodiscard]] std::string_view toText(PollingReason reason); ///< "none", "network-file-system", …

/// How long a watcher waits. The defaults are those of the programs; tests are quicker.
struct WatchTiming {
    std::chrono::milliseconds quiet{2000}; ///< changes are told when it was quiet for so long, …
    std::chrono::milliseconds longest{30000}; ///< … or after so long: a library that is copied is seen growing
    std::chrono::milliseconds poll{60000}; ///< between two looks where nobody tells
    /// A file system that gives no sign for so long does not answer. One sign is one folder listed; a folder of twenty
    /// thousand files on a slow network takes seconds.
    std::chrono::milliseconds answer{30000};
    std::chrono::milliseconds farewell{500}; ///< how long stop() waits in all for file systems that do not answer
};

/// How some folders are watched, in values that a window can word.
struct WatchCondition {
    Watching watching = Watching::None;
    PollingReason reason = PollingReason::None;
    std::string detail{}; ///< English: why inotify does not work here, or what the folder is missing for
    std::string limitName{}; ///< "fs.inotify.max_user_watches", or "RLIMIT_NOFILE" of this process
    std::optional<std::uint64_t> limit{}; ///< its value, where it can be read
    std::optional<std::chrono::milliseconds> pollInterval{}; ///< absent where nobody looks again by the clock

    friend bool operator==(const WatchCondition&, const WatchCondition&) = default;
};

/// Whether somebody would tell of a change: what was scanned since the last one is still right.
[[nodiscard]] bool noticesChanges(Watching watching);

/// Folders that a layout names outside of its root, and how they are watched.
struct OutsideWatch {
    std::vector<std::filesystem::path> folders;
    WatchCondition condition;
};

/// What is known of a watched root.
struct WatchState {
    WatchCondition condition;
    std::vector<OutsideWatch> outside{};
    std::uint64_t changes =
        0; ///< grows with each change that was seen: taken before a scan, it tells whether one came since
    std::set<std::filesystem::path> arriving{}; ///< files that somebody is writing

    /// Of the root and of what it has outside.
    [[nodiscard]] bool noticesChanges() const;
};

/// The condition of folders for which inotify gave this error. Reads the limit that was reached.
[[nodiscard]] WatchCondition conditionFor(const Error& inotifyError);

} // namespace weightroom::engine
