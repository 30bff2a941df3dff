// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/ids.h"
#include "model_engine/core/jobs/client.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <vector>

namespace weightroom::engine {

/// Heavy jobs (loads, scans) may take all threads but one, which stays for the light ones: an unload that would make
/// room must not wait for the loads that need it.
enum class JobWeight : std::uint8_t { Light, Heavy };

/// Who wanted a job: the engine begins some by itself, when it notices something.
enum class JobOrigin : std::uint8_t { None = 0, User, Automatic };

/// Urgent jobs run before all that wait and are not.
enum class JobUrgency : std::uint8_t { Normal, Urgent };

/// One of those who take turns: the engine's own program, each client of the local socket, all who come by REST
/// together (docs/decisions/0022), and the engine itself with what it does automatically.
struct JobAsker {
    JobOrigin origin = JobOrigin::None;
    ClientKind kind = ClientKind::None;
    ClientId client{};

    friend auto operator<=>(const JobAsker&, const JobAsker&) = default;
};

/// What the turn of a job depends on.
struct JobRank {
    JobAsker asker{};
    JobUrgency urgency = JobUrgency::Normal;
    JobWeight weight = JobWeight::Light;
};

/// Says which of the jobs that wait runs next, so that nobody who asks for much makes the others wait for it. Of those
/// that may run beside what runs (JobWeight):
///
///     urgent ones ─ whose asker has the fewest running ─ whose asker was served longest ago ─ who came first
///
/// But nothing waits for ever: the one that has waited longest of them is passed over kMostPasses times and no more.
///
/// Of one thread at a time.
class JobOrder {
public:
    /// So many jobs can run at once.
    explicit JobOrder(unsigned threads);

    void add(JobId id, const JobRank& rank);
    /// For a job that shall not run; false when it does not wait.
    bool remove(JobId id);
    /// For all that wait, which are told in the order in which they came.
    [[nodiscard]] std::vector<JobId> removeAll();

    [[nodiscard]] bool hasNext() const;
    /// The next job, which counts as running from now on; {0}: none that waits may run now. Takes no memory.
    [[nodiscard]] JobId takeNext();
    /// For a job that was taken.
    void ended(JobId id);

    /// Of how many it is known when they were served last: those who have jobs here, and those of whom it matters.
    [[nodiscard]] std::size_t knownAskers() const { return m_lastTurns.size(); }

    /// More than there are askers where a few programs share an engine: there it changes nothing.
    static constexpr unsigned kMostPasses = 32;

private:
    struct Job {
        JobId id;
        JobRank rank;
        unsigned passes = 0; ///< how often another one was taken although this one could run and had waited longest
    };
    using Jobs = std::deque<Job>;
    [[nodiscard]] bool isRunnable(const Job& job) const;
    [[nodiscard]] bool isBefore(const Job& one, const Job& other) const;
    [[nodiscard]] Jobs::iterator longestWaiting();
    [[nodiscard]] Jobs::iterator chosenFrom(Jobs::iterator longestWaiting);
    [[nodiscard]] std::size_t runningOf(const JobAsker& asker) const;
    void forgetWhoIsGone();

    const unsigned m_mostHeavy;
    Jobs m_waiting; ///< in the order in which they came
    std::vector<Job> m_running;
    std::uint64_t m_turns = 0; ///< jobs that were taken
    std::map<JobAsker, std::uint64_t> m_lastTurns; ///< m_turns when each was served last; 0: not yet
};

} // namespace weightroom::engine
