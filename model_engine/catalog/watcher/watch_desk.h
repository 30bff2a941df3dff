// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/watcher/watch_state.h"
#include "model_engine/core/jobs/wake_up.h"

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>

namespace weightroom::engine {

/// What all desks of a watcher have in common.
struct WatchOffice {
    explicit WatchOffice(WakeUp watcher)
        : news(std::move(watcher))
    {
    }

    WakeUp news; ///< wakes the watcher
    /// Of all folders: a folder that is watched anew never has a count that it had before.
    std::atomic<std::uint64_t> changes{0};
};

/// Where a worker leaves what it has seen, for the watcher and for those who ask it. Thread-safe; nobody holds its lock
/// while a file system is asked.
class WatchDesk {
public:
    using Time = std::chrono::steady_clock::time_point;
    enum class News : std::uint8_t { None = 0, Changed };
    /// What one look at the folders gave.
    struct Report {
        WatchCondition condition;
        std::set<std::filesystem::path> arriving;
        News news = News::None;
        bool isDue = false; ///< what has changed is to be told now
    };

    /// `answer`: as in WatchTiming.
    WatchDesk(std::shared_ptr<WatchOffice> office, WakeUp wakeUp, std::chrono::milliseconds answer)
        : m_office(std::move(office))
        , m_wakeUp(std::move(wakeUp))
        , m_answer(answer)
    {
    }

    // For the worker.
    /// Gives the number that endLook() wants: who asked before this is answered by it.
    [[nodiscard]] std::uint64_t beginLook();
    void giveSign();
    void endLook(std::uint64_t number, Report report);
    /// `reason`: why it ended by itself; empty when it was stopped.
    void noteEnd(std::string reason);
    [[nodiscard]] const WakeUp& wakeUp() const { return m_wakeUp; }

    // For the watcher.
    /// NotAnswering also while the worker has not come back to say so.
    [[nodiscard]] WatchCondition condition(Time now) const;
    [[nodiscard]] std::uint64_t changes() const;
    [[nodiscard]] std::set<std::filesystem::path> arriving() const;
    /// Whether a change is to be told; once.
    [[nodiscard]] bool takeDue();
    /// When the file system, if it gives no sign until then, will count as one that does not answer.
    [[nodiscard]] std::optional<Time> answerIsDue() const;
    [[nodiscard]] bool hasEnded() const;
    [[nodiscard]] std::string reasonOfEnd() const;
    /// False when it has not ended until then.
    [[nodiscard]] bool waitForEnd(Time until);
    /// Wants a look that begins after this; gives its number for waitForLook().
    [[nodiscard]] std::uint64_t askForLook();
    /// False when the look has not ended until then.
    [[nodiscard]] bool waitForLook(std::uint64_t number, Time until);

private:
    [[nodiscard]] bool isSilent(Time now) const;

    const std::shared_ptr<WatchOffice> m_office;
    const WakeUp m_wakeUp; ///< wakes the worker
    const std::chrono::milliseconds m_answer;

    mutable std::mutex m_mutex; ///< guards what follows
    Report m_last;
    std::uint64_t m_changes = 0;
    bool m_isDue = false;
    std::optional<Time> m_silentSince; ///< absent: the file system is not being asked
    std::uint64_t m_asked = 0;
    std::uint64_t m_answered = 0;
    bool m_hasEnded = false;
    std::string m_reasonOfEnd;
    std::condition_variable m_changed;
};

} // namespace weightroom::engine
