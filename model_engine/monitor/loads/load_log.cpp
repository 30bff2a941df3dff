// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/loads/load_log.h"

#include <algorithm>

namespace weightroom::engine {

void LoadLog::begin()
{
    const std::lock_guard lock{m_mutex};
    ++m_count.running;
    ++m_count.begun;
}

void LoadLog::end()
{
    const std::lock_guard lock{m_mutex};
    --m_count.running;
}

LoadLog::Count LoadLog::count() const
{
    const std::lock_guard lock{m_mutex};
    return m_count;
}

void LoadLog::add(const LoadEvent& load)
{
    const std::lock_guard lock{m_mutex};
    m_recent.push_back(load);
    if (m_recent.size() > kMostRecent)
        m_recent.pop_front();
    m_new = std::min(m_new + 1, m_recent.size());
    LoadTotals& totals = m_totals[load.device];
    totals.failed += load.end == LoadEnd::Failed ? 1U : 0U;
    totals.cancelled += load.end == LoadEnd::Cancelled ? 1U : 0U;
    if (load.end != LoadEnd::Succeeded)
        return;
    ++totals.succeeded;
    totals.seconds += load.took.count();
    totals.moved += load.moved;
}

std::vector<LoadEvent> LoadLog::recent(Clock::Wall since)
{
    const std::lock_guard lock{m_mutex};
    std::vector<LoadEvent> loads;
    std::ranges::copy_if(
        m_recent, std::back_inserter(loads), [since](const LoadEvent& load) { return load.at >= since; });
    return loads;
}

std::vector<LoadEvent> LoadLog::takeNew()
{
    const std::lock_guard lock{m_mutex};
    std::vector<LoadEvent> loads{m_recent.end() - static_cast<std::ptrdiff_t>(m_new), m_recent.end()};
    m_new = 0;
    return loads;
}

std::map<DeviceId, LoadTotals> LoadLog::totals() const
{
    const std::lock_guard lock{m_mutex};
    return m_totals;
}

} // namespace weightroom::engine
