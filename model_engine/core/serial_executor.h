// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/log.h"

#include <condition_variable>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <mutex>
#include <thread>
#include <type_traits>
#include <utility>

namespace weightroom::engine {

/// One thread that runs closures in the order in which they were posted. The engine's tables live on such a thread:
/// whoever wants to read or change them posts a closure, so that they need no locks. Closures must be short and do no
/// IO.
///
/// The destructor runs what was posted and joins. An exception that leaves a posted closure is logged; one that leaves
/// an invoked closure is thrown at the caller.
class SerialExecutor {
public:
    explicit SerialExecutor(LogSink& log);
    ~SerialExecutor();
    SerialExecutor(const SerialExecutor&) = delete;
    SerialExecutor& operator=(const SerialExecutor&) = delete;

    void post(std::function<void()> closure);

    /// Runs `function` on the thread and waits for its value. On the thread itself it runs at once. For worker threads
    /// only: the thread of the window must post.
    template <class Function>
    auto invoke(Function&& function) -> std::invoke_result_t<Function&>
    {
        if (isOwnThread())
            return function();
        std::packaged_task<std::invoke_result_t<Function&>()> task{std::forward<Function>(function)};
        auto value = task.get_future();
        post([&task] { task(); });
        return value.get();
    }

    [[nodiscard]] bool isOwnThread() const { return std::this_thread::get_id() == m_thread.get_id(); }

private:
    void loop(const std::stop_token& stop);

    LogSink& m_log;
    std::mutex m_mutex; ///< guards m_waiting
    std::condition_variable_any m_wakeup;
    std::deque<std::function<void()>> m_waiting;
    std::jthread m_thread; ///< last: joined before the rest goes
};

} // namespace weightroom::engine
