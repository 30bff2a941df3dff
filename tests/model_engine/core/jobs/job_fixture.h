// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/jobs/jobs.h"
#include "tests/support/gate.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_log.h"

#include <future>
#include <map>

namespace weightroom::test {

inline engine::Result<engine::Json> succeed(engine::JobContext&) { return engine::Json{{"is_done", true}}; }

/// Waits until it is cancelled and ends as a job must: after its rollback.
inline engine::Result<engine::Json> runUntilCancelled(engine::JobContext& job, Gate& begun)
{
    begun.open();
    std::promise<void> stopped;
    const std::stop_callback onStop{job.stopToken(), [&] { stopped.set_value(); }};
    stopped.get_future().wait();
    return engine::fail(engine::ErrorCode::Cancelled, "cancelled by the test");
}

/// What an observer hears, by job.
class JobRecord {
public:
    void operator()(const engine::JobSnapshotPtr& job)
    {
        const std::lock_guard lock{m_mutex};
        m_reports[job->id].push_back(job);
    }
    [[nodiscard]] std::vector<engine::JobSnapshotPtr> of(engine::JobId id) const
    {
        const std::lock_guard lock{m_mutex};
        const auto found = m_reports.find(id);
        return found == m_reports.end() ? std::vector<engine::JobSnapshotPtr>{} : found->second;
    }

private:
    mutable std::mutex m_mutex;
    std::map<engine::JobId, std::vector<engine::JobSnapshotPtr>> m_reports;
};

/// What is wrong with the order of a job's reports; empty when nothing is.
inline std::string brokenOrder(const std::vector<engine::JobSnapshotPtr>& reports)
{
    if (reports.empty() || reports.front()->state != engine::JobState::Queued)
        return "the first report is not that of a queued job";
    if (!reports.back()->isFinished())
        return "the last report is not that of an ended job";
    for (std::size_t i = 1; i < reports.size(); ++i) {
        if (reports[i - 1]->isFinished())
            return "a report came after the end";
        if (reports[i]->state < reports[i - 1]->state)
            return "a state came after a later one";
        if (reports[i]->unitsDone < reports[i - 1]->unitsDone)
            return "progress went back";
    }
    return {};
}

/// A queue with everything that it needs.
struct JobFixture {
    explicit JobFixture(unsigned threads, engine::JobQueue::Observer observer = {})
        : queue(threads, clock, log, std::move(observer))
    {
    }
    /// Submits and waits for the end.
    engine::JobSnapshotPtr run(engine::JobQueue::Work work)
    {
        std::promise<engine::JobSnapshotPtr> ended;
        queue.submit({}, std::move(work), [&](const engine::JobSnapshotPtr& job) { ended.set_value(job); });
        return ended.get_future().get();
    }

    ManualClock clock;
    RecordingLog log;
    engine::JobQueue queue;
};

} // namespace weightroom::test
