// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/jobs/job_order.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <utility>

namespace weightroom::engine {

JobOrder::JobOrder(unsigned threads)
    : m_mostHeavy(std::max(1U, threads > 0 ? threads - 1 : 0))
{
    m_running.reserve(threads);
}

void JobOrder::add(JobId id, const JobRank& rank)
{
    m_lastTurns.try_emplace(rank.asker); // here, so that takeNext() needs no memory
    m_waiting.push_back({id, rank});
}

bool JobOrder::remove(JobId id)
{
    if (std::erase_if(m_waiting, [id](const Job& job) { return job.id == id; }) == 0)
        return false;
    forgetWhoIsGone();
    return true;
}

std::vector<JobId> JobOrder::removeAll()
{
    std::vector<JobId> removed;
    for (const Job& job : std::exchange(m_waiting, {}))
        removed.push_back(job.id);
    forgetWhoIsGone();
    return removed;
}

bool JobOrder::hasNext() const
{
    return std::ranges::any_of(m_waiting, [this](const Job& job) { return isRunnable(job); });
}

JobId JobOrder::takeNext()
{
    const auto longest = longestWaiting();
    if (longest == m_waiting.end())
        return {};
    const auto chosen = chosenFrom(longest);
    if (chosen != longest)
        ++longest->passes;
    m_lastTurns.at(chosen->rank.asker) = ++m_turns;
    m_running.push_back(*chosen);
    m_waiting.erase(chosen);
    return m_running.back().id;
}

void JobOrder::ended(JobId id)
{
    std::erase_if(m_running, [id](const Job& job) { return job.id == id; });
    forgetWhoIsGone();
}

bool JobOrder::isRunnable(const Job& job) const
{
    const auto isHeavy = [](const Job& one) { return one.rank.weight == JobWeight::Heavy; };
    return !isHeavy(job) || std::ranges::count_if(m_running, isHeavy) < std::ptrdiff_t{m_mostHeavy};
}

bool JobOrder::isBefore(const Job& one, const Job& other) const
{
    if (one.rank.urgency != other.rank.urgency)
        return one.rank.urgency == JobUrgency::Urgent;
    if (one.rank.asker == other.rank.asker)
        return false; // the first that came is looked at first
    const std::size_t running = runningOf(one.rank.asker);
    const std::size_t otherRunning = runningOf(other.rank.asker);
    if (running != otherRunning)
        return running < otherRunning;
    return m_lastTurns.at(one.rank.asker) < m_lastTurns.at(other.rank.asker);
}

/// Of those that may run.
JobOrder::Jobs::iterator JobOrder::longestWaiting()
{
    return std::ranges::find_if(m_waiting, [this](const Job& job) { return isRunnable(job); });
}

JobOrder::Jobs::iterator JobOrder::chosenFrom(Jobs::iterator longestWaiting)
{
    if (longestWaiting->passes >= kMostPasses)
        return longestWaiting;
    auto chosen = longestWaiting;
    for (auto job = std::next(longestWaiting); job != m_waiting.end(); ++job) {
        if (isRunnable(*job) && isBefore(*job, *chosen))
            chosen = job;
    }
    return chosen;
}

std::size_t JobOrder::runningOf(const JobAsker& asker) const
{
    return static_cast<std::size_t>(
        std::ranges::count_if(m_running, [&](const Job& job) { return job.rank.asker == asker; }));
}

/// Who has no job here, and was served before everybody who waits, would be next as one who was never served is:
/// nothing need be known of it.
void JobOrder::forgetWhoIsGone()
{
    std::uint64_t first = std::numeric_limits<std::uint64_t>::max();
    for (const Job& job : m_waiting)
        first = std::min(first, m_lastTurns.at(job.rank.asker));
    std::erase_if(m_lastTurns, [&](const auto& turn) { return turn.second < first && runningOf(turn.first) == 0; });
}

} // namespace weightroom::engine
