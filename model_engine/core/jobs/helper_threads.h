// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>
#include <vector>

namespace weightroom::engine {

/// Threads that stay with their owner, for work that comes in small portions again and again. They are started when
/// they are first needed, with the priority of the thread that needs them, and end in the destructor, while which no
/// call may be under way.
///
/// Any number of threads may call at once, and work may call again: whoever calls takes work too, and waits only for
/// helpers that are at work for it. A thread that cannot be started costs speed only.
class HelperThreads {
public:
    /// `most`: beside the threads that call. 0: these do everything themselves.
    explicit HelperThreads(unsigned most);
    ~HelperThreads();
    HelperThreads(const HelperThreads&) = delete;
    HelperThreads& operator=(const HelperThreads&) = delete;

    [[nodiscard]] unsigned most() const { return m_most; }

    /// Calls `work` once for each index below `count`, on the caller's thread and those that have time, and returns
    /// when all calls have ended. Which thread takes which index is not defined: each call writes to a place of its
    /// own. An exception does not keep the other indices from being taken; the first one is thrown again at the end.
    void forEachIndex(std::size_t count, const std::function<void(std::size_t)>& work);
    /// Does `own` on the caller's thread, and `beside` on a helper meanwhile; after it, on the caller's thread, where
    /// no helper had time. Exceptions as above.
    void runBeside(const std::function<void()>& beside, const std::function<void()>& own);

private:
    struct Job;
    void enlist(Job& job, std::size_t helpers);
    void startThreads(std::size_t wanted);
    void takeAll(Job& job) noexcept;
    void noteFailure(Job& job) noexcept;
    void finish(Job& job);
    void loop(const std::stop_token& stop);

    const unsigned m_most;
    std::mutex m_mutex; ///< guards what follows and the state of the jobs; held while threads are started
    std::condition_variable_any m_wakeup;
    std::deque<Job*> m_jobs; ///< those that want helpers
    std::size_t m_busy = 0; ///< helpers at work
    std::vector<std::jthread> m_threads; ///< last: joined before the rest goes
};

} // namespace weightroom::engine
