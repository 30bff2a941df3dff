// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/jobs/jobs.h"

#include "model_engine/core/jobs/thread_priority.h"

#include <algorithm>
#include <array>
#include <exception>
#include <new>
#include <utility>

namespace weightroom::engine {
namespace {

using Seconds = std::chrono::duration<double>;

/// Progress goes out at most 20 times a second per job: more than an eye follows, less than a window minds.
constexpr std::chrono::milliseconds kReportInterval{50};

constexpr std::array<std::string_view, 6> kStateNames{"none", "queued", "running", "succeeded", "failed", "cancelled"};
constexpr std::array<std::string_view, 10> kPhaseNames{"none", "scanning", "planning", "taking_memory", "reading",
    "copying", "verifying", "committing", "writing", "recovering"};

constexpr std::array<std::string_view, 3> kOriginNames{"none", "user", "automatic"};

JobRank rankOf(const JobDescription& job)
{
    return {.asker = {job.origin, job.clientKind, job.client}, .urgency = job.urgency, .weight = job.weight};
}

} // namespace

std::string_view toText(JobOrigin origin) { return kOriginNames[static_cast<std::size_t>(origin)]; }
std::string_view toText(JobState state) { return kStateNames[static_cast<std::size_t>(state)]; }
std::string_view toText(JobPhase phase) { return kPhaseNames[static_cast<std::size_t>(phase)]; }

/// All that is known of one job. `now` and what belongs to the observer are guarded by the queue's mutex; the rest is
/// written before the job is queued, or by the one worker that runs it.
struct JobQueue::Entry {
    JobSnapshot now;
    JobSnapshotPtr unreported; ///< the newest that the observer has not heard
    bool isReporting = false; ///< a thread is in the observer for this job
    Work work;
    Completion completion;
    Summary summary;
    /// Made with the job, so that its end can be told when there is no memory left to make another one.
    std::shared_ptr<JobSnapshot> spare = std::make_shared<JobSnapshot>();
    std::stop_source stop;
    Clock::Steady startedAt{};
    Clock::Steady countingSince{}; ///< when the total was told: what comes before it (taking memory) has no rate
    Clock::Steady reportedAt{};
    std::uint64_t unitsSkipped = 0; ///< of now.unitsDone: no work of this run
    std::uint64_t unitsAtBegin = 0; ///< of the work that may be repeated
    std::uint64_t unitsToRepeat = 0; ///< that are done again, and count already
};

void JobContext::report(const std::function<void(JobSnapshot&)>& change) const
{
    if (m_queue)
        m_queue->report(m_id, change, JobQueue::Urgency::Change);
}

void JobContext::setPhase(JobPhase phase)
{
    report([phase](JobSnapshot& job) { job.phase = phase; });
}

void JobContext::setTotal(std::uint64_t units)
{
    report([units](JobSnapshot& job) { job.unitsTotal = units; });
}

void JobContext::advance(std::uint64_t units)
{
    if (m_queue)
        m_queue->report(
            m_id,
            [this, units](JobSnapshot& job) {
                std::uint64_t& toRepeat = m_queue->m_entries.at(m_id)->unitsToRepeat;
                const std::uint64_t repeated = std::min(toRepeat, units);
                toRepeat -= repeated;
                job.unitsDone += units - repeated;
            },
            JobQueue::Urgency::Progress);
}

void JobContext::beginRepeatable()
{
    report([this](JobSnapshot& job) {
        JobQueue::Entry& entry = *m_queue->m_entries.at(m_id);
        entry.unitsAtBegin = job.unitsDone;
        entry.unitsToRepeat = 0;
    });
}

void JobContext::repeat()
{
    report([this](JobSnapshot& job) {
        JobQueue::Entry& entry = *m_queue->m_entries.at(m_id);
        entry.unitsToRepeat = job.unitsDone - entry.unitsAtBegin;
    });
}

void JobContext::skip(std::uint64_t units)
{
    report([this, units](JobSnapshot& job) {
        job.unitsDone += units;
        m_queue->m_entries.at(m_id)->unitsSkipped += units;
    });
}

bool JobContext::isShutdown() const
{
    if (!m_queue)
        return false;
    const std::lock_guard lock{m_queue->m_mutex};
    return m_queue->m_isEnding;
}

JobQueue::JobQueue(unsigned threads, const Clock& clock, LogSink& log, Observer observer)
    : m_clock(clock)
    , m_log(log)
    , m_observer(std::move(observer))
    , m_order(threads)
{
    m_workers.reserve(threads);
    for (unsigned i = 0; i < threads; ++i)
        m_workers.emplace_back([this](std::stop_token stop) { workerLoop(std::move(stop)); });
}

JobQueue::~JobQueue()
{
    std::vector<std::stop_source> stops;
    std::vector<Entry*> neverRan;
    {
        const std::lock_guard lock{m_mutex};
        m_isEnding = true;
        for (const auto& [id, entry] : m_entries)
            stops.push_back(entry->stop);
        // Taken out at once, so that no worker begins with one of them when another one has ended.
        for (const JobId id : m_order.removeAll())
            neverRan.push_back(m_entries.at(id).get());
    }
    for (std::stop_source& stop : stops)
        stop.request_stop();
    for (Entry* entry : neverRan)
        finish(*entry, fail(ErrorCode::Cancelled, "cancelled before it began"));
    for (std::jthread& worker : m_workers)
        worker.request_stop();
    m_wakeup.notify_all();
}

JobId JobQueue::submit(JobDescription description, Work work, Completion completion, Summary summary)
{
    auto made = std::make_unique<Entry>();
    Entry& entry = *made;
    entry.work = std::move(work);
    entry.completion = std::move(completion);
    entry.summary = std::move(summary);
    entry.now.description = std::move(description);
    entry.now.state = JobState::Queued;
    entry.now.submittedAt = m_clock.wallTime();
    std::unique_lock lock{m_mutex};
    const JobId id = entry.now.id = JobId{m_nextNumber++};
    m_entries.emplace(id, std::move(made));
    // Reported before a worker can see it, so that nobody hears of the end of a job before its beginning.
    tellObserver(entry, snapshotOf(entry), lock);
    const bool isCancelled = m_isEnding || entry.stop.stop_requested();
    if (!isCancelled)
        m_order.add(id, rankOf(entry.now.description));
    lock.unlock();
    if (isCancelled)
        finish(entry, fail(ErrorCode::Cancelled, "cancelled before it began"));
    else
        m_wakeup.notify_one();
    return id;
}

Result<> JobQueue::cancel(JobId id)
{
    Entry* neverRan = nullptr;
    std::stop_source stop{std::nostopstate};
    {
        const std::lock_guard lock{m_mutex};
        const auto found = m_entries.find(id);
        if (found == m_entries.end() || found->second->now.isFinished())
            return fail(ErrorCode::JobNotFound, "job " + std::to_string(id.number) + " is not known or has ended");
        stop = found->second->stop;
        if (m_order.remove(id))
            neverRan = found->second.get();
    }
    stop.request_stop(); // without the lock: it calls what the job has registered
    if (neverRan)
        finish(*neverRan, fail(ErrorCode::Cancelled, "cancelled before it began"));
    return {};
}

std::vector<JobSnapshotPtr> JobQueue::jobs() const
{
    const std::lock_guard lock{m_mutex};
    std::vector<JobSnapshotPtr> all;
    all.reserve(m_entries.size());
    for (const auto& [id, entry] : m_entries)
        all.push_back(snapshotOf(*entry));
    return all;
}

JobSnapshotPtr JobQueue::job(JobId id) const
{
    const std::lock_guard lock{m_mutex};
    const auto found = m_entries.find(id);
    return found == m_entries.end() ? nullptr : snapshotOf(*found->second);
}

void JobQueue::workerLoop(std::stop_token stop)
{
    giveWayToOthers();
    while (Entry* const next = takeNext(stop)) {
        const JobId id = next->now.id; // once it has ended, it may be forgotten
        runOne(*next);
        const std::lock_guard lock{m_mutex};
        m_order.ended(id);
        m_wakeup.notify_one(); // a heavy job may have waited for this
    }
}

/// nullptr when the queue ends.
JobQueue::Entry* JobQueue::takeNext(const std::stop_token& stop)
{
    std::unique_lock lock{m_mutex};
    if (!m_wakeup.wait(lock, stop, [this] { return m_order.hasNext(); }))
        return nullptr;
    return m_entries.at(m_order.takeNext()).get();
}

void JobQueue::runOne(Entry& entry) noexcept
{
    const auto begin = [&](JobSnapshot& job) {
        job.state = JobState::Running;
        entry.startedAt = m_clock.now();
    };
    try {
        report(entry.now.id, begin, Urgency::Change);
    } catch (const std::exception& error) {
        m_log.write(LogLevel::Error, error.what()); // the observer threw, or there was no memory to tell it
    }
    finish(entry, runGuarded(entry));
}

Result<Json> JobQueue::runGuarded(Entry& entry)
try {
    JobContext context{this, entry.now.id, entry.stop.get_token()};
    return entry.work(context);
} catch (const std::bad_alloc&) {
    return fail(ErrorCode::OutOfHostMemory, "the system gave no more memory", {.memoryType = "system"});
} catch (const std::exception& error) {
    return fail(ErrorCode::Internal, error.what());
} catch (...) {
    return fail(ErrorCode::Internal, "an exception of an unknown type");
}

void JobQueue::finish(Entry& entry, Result<Json> result) noexcept
{
    // The work is dropped first: what it captured must be gone before anybody hears that the job has ended.
    entry.work = {};
    setEnd(entry, std::move(result));
    try {
        announceEnd(entry);
    } catch (const std::exception& error) {
        m_log.write(LogLevel::Error, error.what());
        complete(entry.spare, std::exchange(entry.completion, {}));
    }
}

void JobQueue::setEnd(Entry& entry, Result<Json> result) noexcept
{
    const std::lock_guard lock{m_mutex};
    JobSnapshot& job = entry.now;
    if (entry.startedAt != Clock::Steady{})
        job.elapsed = m_clock.now() - entry.startedAt;
    if (result) {
        job.state = JobState::Succeeded;
        job.result = std::move(*result);
    } else {
        job.state = result.error().code == ErrorCode::Cancelled ? JobState::Cancelled : JobState::Failed;
        job.error = std::move(result).error();
    }
    entry.spare->id = job.id;
    entry.spare->state = JobState::Failed;
    entry.spare->error.emplace().code = ErrorCode::OutOfHostMemory;
}

void JobQueue::announceEnd(Entry& entry)
{
    const JobId id = entry.now.id;
    std::unique_lock lock{m_mutex};
    const JobSnapshotPtr ended = snapshotOf(entry);
    tellObserver(entry, ended, lock);
    lock.unlock();
    if (ended->error)
        m_log.write(LogLevel::Warning, "Job " + std::to_string(id.number) + " ended: " + describe(*ended->error));
    complete(ended, std::exchange(entry.completion, {}));
    keepSummary(id);
}

void JobQueue::complete(const JobSnapshotPtr& ended, const Completion& completion) noexcept
try {
    if (completion)
        completion(ended);
} catch (const std::exception& error) {
    m_log.write(LogLevel::Error, error.what());
}

/// Answers are not kept: 200 scans of a large library would be gigabytes.
void JobQueue::keepSummary(JobId id) noexcept
try {
    const std::lock_guard lock{m_mutex};
    Entry& entry = *m_entries.at(id);
    Json summary = entry.summary ? entry.summary(entry.now.result) : Json{};
    entry.now.result = std::move(summary);
    m_finished.push_back(id);
    forgetOldest();
} catch (const std::exception& error) {
    m_log.write(LogLevel::Error, error.what());
}

void JobQueue::report(JobId id, const std::function<void(JobSnapshot&)>& change, Urgency urgency)
{
    std::unique_lock lock{m_mutex};
    Entry& entry = *m_entries.at(id);
    change(entry.now);
    const auto now = m_clock.now();
    if (entry.countingSince == Clock::Steady{} && entry.now.unitsTotal > 0)
        entry.countingSince = now;
    if (urgency == Urgency::Progress && now - entry.reportedAt < kReportInterval)
        return;
    entry.reportedAt = now;
    tellObserver(entry, snapshotOf(entry), lock);
}

/// Tells the observer, with the lock released meanwhile. Threads that have news while another one is in the observer
/// leave them to it: it tells the newest, so that the observer never hears an older state after a newer one. What the
/// observer throws goes to the caller; later news are told all the same.
void JobQueue::tellObserver(Entry& entry, JobSnapshotPtr news, std::unique_lock<std::mutex>& lock)
{
    entry.unreported = std::move(news);
    if (std::exchange(entry.isReporting, true))
        return;
    while (const JobSnapshotPtr next = std::exchange(entry.unreported, nullptr)) {
        lock.unlock();
        try {
            if (m_observer)
                m_observer(next);
        } catch (...) {
            lock.lock();
            entry.isReporting = false;
            throw;
        }
        lock.lock();
    }
    entry.isReporting = false;
}

void JobQueue::forgetOldest()
{
    for (; m_finished.size() > kFinishedJobsKept; m_finished.pop_front())
        m_entries.erase(m_finished.front());
}

JobSnapshotPtr JobQueue::snapshotOf(const Entry& entry) const
{
    auto snapshot = std::make_shared<JobSnapshot>(entry.now);
    const bool isRunning = snapshot->state == JobState::Running;
    if (isRunning)
        snapshot->elapsed = m_clock.now() - entry.startedAt;
    const Clock::Steady since = entry.countingSince == Clock::Steady{} ? entry.startedAt : entry.countingSince;
    const Seconds counting = isRunning ? Seconds{m_clock.now() - since} : snapshot->elapsed;
    if (counting.count() > 0)
        snapshot->unitsPerSecond = static_cast<double>(snapshot->unitsDone - entry.unitsSkipped) / counting.count();
    if (isRunning && snapshot->unitsPerSecond > 0 && snapshot->unitsTotal >= snapshot->unitsDone)
        snapshot->remaining =
            Seconds{static_cast<double>(snapshot->unitsTotal - snapshot->unitsDone) / snapshot->unitsPerSecond};
    return snapshot;
}

} // namespace weightroom::engine
