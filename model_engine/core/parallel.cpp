// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/parallel.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <mutex>
#include <system_error>
#include <thread>
#include <vector>

namespace weightroom::engine {
namespace {

/// The indices that are still to be taken, and what went wrong with one of those that were.
class SharedWork {
public:
    SharedWork(std::size_t count, const std::function<void(std::size_t)>& work)
        : m_count(count)
        , m_work(work)
    {
    }

    void takeAll() noexcept
    try {
        for (std::size_t index = m_next++; index < m_count; index = m_next++)
            m_work(index);
    } catch (...) {
        const std::scoped_lock lock{m_mutex};
        m_failure = std::current_exception();
    }
    /// Call it when all threads have ended.
    void rethrowFailure() const
    {
        if (m_failure)
            std::rethrow_exception(m_failure);
    }

private:
    const std::size_t m_count;
    const std::function<void(std::size_t)>& m_work;
    std::atomic<std::size_t> m_next{0};
    std::mutex m_mutex; ///< guards m_failure
    std::exception_ptr m_failure;
};

/// As many as the system lets start, joined by their destructors.
std::vector<std::jthread> startHelpers(std::size_t count, SharedWork& shared)
{
    std::vector<std::jthread> helpers;
    helpers.reserve(count);
    try {
        while (helpers.size() < count)
            helpers.emplace_back([&shared] { shared.takeAll(); });
    } catch (const std::system_error&) { // NOLINT(bugprone-empty-catch): those that run take all the work
    }
    return helpers;
}

} // namespace

void forEachIndex(std::size_t count, unsigned threads, const std::function<void(std::size_t)>& work)
{
    const std::size_t most = std::min<std::size_t>(threads, count);
    SharedWork shared{count, work};
    {
        const std::vector<std::jthread> helpers = startHelpers(most > 1 ? most - 1 : 0, shared);
        shared.takeAll();
    }
    shared.rethrowFailure();
}

} // namespace weightroom::engine
