// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"
#include "model_engine/core/ids.h"
#include "model_engine/core/jobs/job_order.h"
#include "model_engine/core/json.h"
#include "model_engine/core/result.h"
#include "model_engine/core/system/log.h"

#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace weightroom::engine {

enum class JobState : std::uint8_t { None = 0, Queued, Running, Succeeded, Failed, Cancelled };
/// What a job is doing; the phases that a load is timed by (C2).
enum class JobPhase : std::uint8_t {
    None = 0,
    Scanning,
    Planning,
    TakingMemory,
    Reading,
    Copying,
    Verifying,
    Committing,
    Writing,
    Recovering ///< it has failed, and what may help is done before it is tried once more
};

[[nodiscard]] std::string_view toText(JobState state);
[[nodiscard]] std::string_view toText(JobPhase phase);
[[nodiscard]] std::string_view toText(JobOrigin origin); ///< "none", "user", "automatic"

/// What a job is, said when it is submitted.
struct JobDescription {
    std::string operation; ///< "post_model_load"
    ModelId modelId; ///< empty when the job is about no single model
    DeviceId deviceId; ///< empty when it is about no device
    std::string subject; ///< what it works on, as the user named it: a model's name or a folder
    JobWeight weight = JobWeight::Light;
    JobOrigin origin = JobOrigin::User;
    JobUrgency urgency = JobUrgency::Normal;
    ClientKind clientKind = ClientKind::None; ///< who has asked for it
    ClientId client{}; ///< which of them; {0} where they are not told apart
};

/// A job at one moment. `unitsTotal` 0: not known yet. Units are bytes for loads and files for scans.
struct JobSnapshot {
    JobId id;
    JobDescription description;
    JobState state = JobState::None;
    JobPhase phase = JobPhase::None;
    std::uint64_t unitsDone = 0; ///< never falls within one job
    std::uint64_t unitsTotal = 0;
    double unitsPerSecond = 0; ///< mean since the job began to run
    std::optional<std::chrono::duration<double>> remaining; ///< absent while nothing can be said
    std::chrono::duration<double> elapsed{};
    Clock::Wall submittedAt{};
    std::optional<Error> error; ///< for Failed and Cancelled
    Json result; ///< for Succeeded: the answer of the operation; once the completion has had it, a summary of it

    [[nodiscard]] bool isFinished() const { return state >= JobState::Succeeded; }
};

using JobSnapshotPtr = std::shared_ptr<const JobSnapshot>;

class JobQueue;

/// What a running job gets: its stop token and the way to report. Used by the job's thread and by threads that work for
/// it, whose calls have returned when the job's work returns.
class JobContext {
public:
    /// For work that nobody has asked for and nobody is shown: what it reports goes nowhere.
    [[nodiscard]] static JobContext unseen(std::stop_token stop) { return {nullptr, {}, std::move(stop)}; }

    [[nodiscard]] std::stop_token stopToken() const { return m_stop; }
    [[nodiscard]] bool isCancelled() const { return m_stop.stop_requested(); }
    void setPhase(JobPhase phase);
    void setTotal(std::uint64_t units);
    void advance(std::uint64_t units);
    /// Units that an earlier run has done: they count in the progress and not in the rate. Before the first advance().
    void skip(std::uint64_t units);
    /// Work that may be repeated begins here.
    void beginRepeatable();
    /// That work begins anew: units that it has done are done again, and count once.
    void repeat();
    /// True when the work is cancelled because the program ends, and not because somebody does not want it any more.
    [[nodiscard]] bool isShutdown() const;

private:
    friend class JobQueue;
    JobContext(JobQueue* queue, JobId id, std::stop_token stop)
        : m_queue(queue)
        , m_id(id)
        , m_stop(std::move(stop))
    {
    }
    void report(const std::function<void(JobSnapshot&)>& change) const;
    JobQueue* m_queue; ///< nullptr: nobody hears
    JobId m_id;
    std::stop_token m_stop;
};

/// Runs jobs on a fixed number of threads, in turns among who asks for them (JobOrder), and keeps what is known of
/// them.
///
/// Threads: every function may be called from any thread. The observer is called on a worker, or on the thread that
/// called submit() or cancel(), never while a lock is held, and for one job by one thread at a time and in order: no
/// report is older than the one before. Progress at most every 50 ms per job (20 Hz), a change of state always.
/// cancel() returns at once; the job ends as Cancelled after its rollback. The destructor cancels everything, also what
/// completions still submit, and joins.
class JobQueue {
public:
    using Work = std::function<Result<Json>(JobContext&)>;
    using Observer = std::function<void(const JobSnapshotPtr&)>;
    /// Called once, on the worker (or, for a job that never ran, on the canceller's thread), after the last report.
    using Completion = std::function<void(const JobSnapshotPtr&)>;
    /// What is kept of an answer in the history of jobs; none: nothing. An answer may have megabytes.
    using Summary = std::function<Json(const Json&)>;

    JobQueue(unsigned threads, const Clock& clock, LogSink& log, Observer observer);
    ~JobQueue();
    JobQueue(const JobQueue&) = delete;
    JobQueue& operator=(const JobQueue&) = delete;

    JobId submit(JobDescription description, Work work, Completion completion = {}, Summary summary = {});
    /// Errors: JobNotFound, for a job that never was or that has ended.
    Result<> cancel(JobId id);
    [[nodiscard]] std::vector<JobSnapshotPtr>
    jobs() const; ///< running, queued and the last kFinishedJobsKept ended ones, in the order of submission
    [[nodiscard]] JobSnapshotPtr job(JobId id) const; ///< nullptr when unknown

    static constexpr std::size_t kFinishedJobsKept = 200;

private:
    friend class JobContext;
    struct Entry;
    enum class Urgency : std::uint8_t { Progress, Change };
    void workerLoop(std::stop_token stop);
    Entry* takeNext(const std::stop_token& stop);
    void runOne(Entry& entry) noexcept;
    Result<Json> runGuarded(Entry& entry);
    void finish(Entry& entry, Result<Json> result) noexcept;
    void setEnd(Entry& entry, Result<Json> result) noexcept;
    void announceEnd(Entry& entry);
    void complete(const JobSnapshotPtr& ended, const Completion& completion) noexcept;
    void keepSummary(JobId id) noexcept;
    void report(JobId id, const std::function<void(JobSnapshot&)>& change, Urgency urgency);
    void tellObserver(Entry& entry, JobSnapshotPtr news, std::unique_lock<std::mutex>& lock);
    void forgetOldest();
    [[nodiscard]] JobSnapshotPtr snapshotOf(const Entry& entry) const;

    const Clock& m_clock;
    LogSink& m_log;
    const Observer m_observer;
    mutable std::mutex m_mutex; ///< guards all that follows but the threads
    std::condition_variable_any m_wakeup;
    std::map<JobId, std::unique_ptr<Entry>> m_entries;
    JobOrder m_order; ///< of those that wait and those that run
    std::deque<JobId> m_finished; ///< in the order in which they ended
    std::uint64_t m_nextNumber = 1;
    bool m_isEnding = false;
    std::vector<std::jthread> m_workers; ///< last: joined before the rest goes
};

} // namespace weightroom::engine
