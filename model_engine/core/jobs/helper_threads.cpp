// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/jobs/helper_threads.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <system_error>

namespace weightroom::engine {

/// One call: lives on its caller's stack until no helper is at work for it.
struct HelperThreads::Job {
    const std::size_t count;
    const std::function<void(std::size_t)>& work;
    std::atomic<std::size_t> next{0};

    // Guarded by the owner's mutex
    std::size_t welcome = 0; ///< helpers that may still join
    std::size_t inside = 0; ///< helpers at work for it
    std::exception_ptr failure{}; ///< the first one
    std::condition_variable left{};
};

HelperThreads::HelperThreads(unsigned most)
    : m_most(most)
{
}

HelperThreads::~HelperThreads() = default;

void HelperThreads::forEachIndex(std::size_t count, const std::function<void(std::size_t)>& work)
{
    Job job{.count = count, .work = work};
    enlist(job, count > 0 ? count - 1 : 0);
    takeAll(job);
    finish(job);
}

void HelperThreads::runBeside(const std::function<void()>& beside, const std::function<void()>& own)
{
    const std::function<void(std::size_t)> work = [&beside](std::size_t) { beside(); };
    Job job{.count = 1, .work = work};
    enlist(job, 1);
    try {
        own();
    } catch (...) {
        noteFailure(job);
    }
    takeAll(job);
    finish(job);
}

void HelperThreads::enlist(Job& job, std::size_t helpers)
{
    job.welcome = std::min<std::size_t>(helpers, m_most);
    if (job.welcome == 0)
        return;
    {
        const std::lock_guard lock{m_mutex};
        startThreads(std::min<std::size_t>(m_busy + job.welcome, m_most));
        m_jobs.push_back(&job);
    }
    m_wakeup.notify_all();
}

/// With the mutex held. As many as the system lets start: those that run, and the caller, take all the work.
void HelperThreads::startThreads(std::size_t wanted)
try {
    while (m_threads.size() < wanted)
        m_threads.emplace_back([this](const std::stop_token& stop) { loop(stop); });
} catch (const std::system_error&) { // NOLINT(bugprone-empty-catch)
}

void HelperThreads::takeAll(Job& job) noexcept
{
    for (std::size_t index = job.next++; index < job.count; index = job.next++) {
        try {
            job.work(index);
        } catch (...) {
            noteFailure(job);
        }
    }
}

/// Within a handler.
void HelperThreads::noteFailure(Job& job) noexcept
{
    const std::lock_guard lock{m_mutex};
    if (!job.failure)
        job.failure = std::current_exception();
}

/// Its caller has found nothing more to take.
void HelperThreads::finish(Job& job)
{
    {
        std::unique_lock lock{m_mutex};
        std::erase(m_jobs, &job);
        job.left.wait(lock, [&job] { return job.inside == 0; });
    }
    if (job.failure)
        std::rethrow_exception(job.failure);
}

void HelperThreads::loop(const std::stop_token& stop)
{
    std::unique_lock lock{m_mutex};
    while (m_wakeup.wait(lock, stop, [this] { return !m_jobs.empty(); })) {
        Job& job = *m_jobs.front();
        if (--job.welcome == 0)
            m_jobs.pop_front();
        ++job.inside;
        ++m_busy;
        lock.unlock();
        takeAll(job);
        lock.lock();
        --m_busy;
        // Notified under the lock: the caller may destroy the job as soon as it can take it.
        if (--job.inside == 0)
            job.left.notify_all();
    }
}

} // namespace weightroom::engine
