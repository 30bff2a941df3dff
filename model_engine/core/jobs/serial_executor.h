// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/system/log.h"

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <variant>

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

    /// Runs `function` on the thread and waits for its value. On the thread itself it runs at once. Takes no memory of
    /// its own, so that giving something back never fails for want of it. For worker threads only: the thread of the
    /// window must post.
    template <class Function>
    auto invoke(Function&& function) -> std::invoke_result_t<Function&>
    {
        if (isOwnThread())
            return function();
        Invocation<std::remove_reference_t<Function>> invocation{function};
        runAndWait(invocation);
        return invocation.take();
    }

    [[nodiscard]] bool isOwnThread() const { return std::this_thread::get_id() == m_thread.get_id(); }

private:
    /// Something to run. It lies on the stack of its invoker, or on the heap when it was posted.
    enum class Waiter : std::uint8_t { Nobody, Invoker };
    class Task {
    public:
        explicit Task(Waiter waiter)
            : m_waiter(waiter)
        {
        }
        Task(const Task&) = delete;
        Task& operator=(const Task&) = delete;
        virtual ~Task() = default;
        virtual void run() noexcept = 0;

    private:
        friend class SerialExecutor;
        const Waiter m_waiter;
        Task* m_next = nullptr;
        bool m_isDone = false;
    };
    class Posted;

    template <class Function>
    class Invocation final : public Task {
    public:
        using Value = std::invoke_result_t<Function&>;

        explicit Invocation(Function& function)
            : Task(Waiter::Invoker)
            , m_function(function)
        {
        }
        void run() noexcept override
        {
            try {
                if constexpr (std::is_void_v<Value>)
                    m_function();
                else
                    m_value.emplace(m_function());
            } catch (...) {
                m_thrown = std::current_exception();
            }
        }
        Value take()
        {
            if (m_thrown)
                std::rethrow_exception(m_thrown);
            if constexpr (!std::is_void_v<Value>)
                return std::move(*m_value);
        }

    private:
        Function& m_function;
        std::optional<std::conditional_t<std::is_void_v<Value>, std::monostate, Value>> m_value;
        std::exception_ptr m_thrown;
    };

    void append(Task& task);
    void runAndWait(Task& task);
    [[nodiscard]] Task* next(const std::stop_token& stop);
    void loop(const std::stop_token& stop);

    LogSink& m_log;
    std::mutex m_mutex; ///< guards the list and what its tasks know of it
    std::condition_variable_any m_wakeup;
    std::condition_variable_any m_done;
    Task* m_first = nullptr; ///< a list, first in first out
    Task* m_last = nullptr;
    std::jthread m_thread; ///< last: joined before the rest goes
};

} // namespace weightroom::engine
