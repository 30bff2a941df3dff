// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/loads/load_event.h"
#include "model_engine/monitor/monitor_snapshot.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

namespace weightroom::engine {

/// The loads that run, and those that have ended: the last minutes', and totals since the start. Never waits; any
/// thread. What a benchmark loads is not among them.
class LoadLog {
public:
    /// A load, for as long as it runs. Must not outlive the log.
    class Running {
    public:
        explicit Running(LoadLog& log)
            : m_log(log)
        {
            m_log.begin();
        }
        Running(const Running&) = delete;
        Running& operator=(const Running&) = delete;
        ~Running() { m_log.end(); }

    private:
        LoadLog& m_log;
    };
    /// At one moment. Those that ran at any time since an earlier one: its running + begun − its begun.
    struct Count {
        std::uint64_t running = 0;
        std::uint64_t begun = 0; ///< since the start
    };

    /// So many of the last minutes; the oldest go first. Some 150 bytes each.
    static constexpr std::size_t kMostRecent = 10'000;

    [[nodiscard]] Count count() const;

    /// One has ended.
    void add(const LoadEvent& load);

    /// Those that ended at `since` or later, by time.
    [[nodiscard]] std::vector<LoadEvent> recent(Clock::Wall since);
    /// Those that were added since the last call; the oldest are left out where there are more than kMostRecent.
    [[nodiscard]] std::vector<LoadEvent> takeNew();
    /// Of devices that had any.
    [[nodiscard]] std::map<DeviceId, LoadTotals> totals() const;

private:
    void begin();
    void end();

    mutable std::mutex m_mutex; ///< guards what follows
    std::deque<LoadEvent> m_recent;
    std::size_t m_new = 0; ///< at the end of m_recent
    std::map<DeviceId, LoadTotals> m_totals;
    Count m_count;
};

} // namespace weightroom::engine
