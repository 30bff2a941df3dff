// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/load_event.h"
#include "model_engine/monitor/monitor_snapshot.h"

#include <chrono>
#include <deque>
#include <map>
#include <mutex>
#include <vector>

namespace weightroom::engine {

/// The loads that have ended: those of the last minutes, and totals since the start. Never waits; any thread.
class LoadLog {
public:
    /// So many of the last minutes; the oldest go first. Some 150 bytes each.
    static constexpr std::size_t kMostRecent = 10'000;

    void add(const LoadEvent& load);

    /// Those that ended at `since` or later, by time.
    [[nodiscard]] std::vector<LoadEvent> recent(Clock::Wall since);
    /// Those that were added since the last call; the oldest are left out where there are more than kMostRecent.
    [[nodiscard]] std::vector<LoadEvent> takeNew();
    /// Of devices that had any.
    [[nodiscard]] std::map<DeviceId, LoadTotals> totals() const;

private:
    mutable std::mutex m_mutex; ///< guards what follows
    std::deque<LoadEvent> m_recent;
    std::size_t m_new = 0; ///< at the end of m_recent
    std::map<DeviceId, LoadTotals> m_totals;
};

} // namespace weightroom::engine
