// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/jobs/serial_executor.h"

#include <memory>
#include <string>

namespace weightroom::engine {

/// A closure that nobody waits for: it destroys itself when it has run.
class SerialExecutor::Posted final : public Task {
public:
    Posted(std::function<void()> closure, LogSink& log)
        : Task(Waiter::Nobody)
        , m_closure(std::move(closure))
        , m_log(log)
    {
    }

    void run() noexcept override
    {
        const std::unique_ptr<Posted> self{this};
        try {
            m_closure();
        } catch (const std::exception& error) {
            m_log.write(LogLevel::Error, std::string{"A closure on the engine thread failed: "} + error.what());
        } catch (...) {
            m_log.write(LogLevel::Error, "A closure on the engine thread failed with an exception of an unknown type");
        }
    }

private:
    std::function<void()> m_closure;
    LogSink& m_log;
};

SerialExecutor::SerialExecutor(LogSink& log)
    : m_log(log)
    , m_thread([this](const std::stop_token& stop) { loop(stop); })
{
}

SerialExecutor::~SerialExecutor() = default;

void SerialExecutor::post(std::function<void()> closure)
{
    auto task = std::make_unique<Posted>(std::move(closure), m_log);
    const std::lock_guard lock{m_mutex};
    append(*task.release());
}

void SerialExecutor::append(Task& task)
{
    (m_last ? m_last->m_next : m_first) = &task;
    m_last = &task;
    m_wakeup.notify_one();
}

void SerialExecutor::runAndWait(Task& task)
{
    std::unique_lock lock{m_mutex};
    append(task);
    m_done.wait(lock, [&task] { return task.m_isDone; });
}

SerialExecutor::Task* SerialExecutor::next(const std::stop_token& stop)
{
    std::unique_lock lock{m_mutex};
    // When a stop is requested the wait still answers true while closures wait: they are run before the end.
    if (!m_wakeup.wait(lock, stop, [this] { return m_first != nullptr; }))
        return nullptr;
    Task* const task = m_first;
    m_first = task->m_next;
    if (!m_first)
        m_last = nullptr;
    return task;
}

void SerialExecutor::loop(const std::stop_token& stop)
{
    while (Task* const task = next(stop)) {
        const Waiter waiter = task->m_waiter;
        task->run();
        if (waiter == Waiter::Nobody)
            continue; // it is gone
        const std::lock_guard lock{m_mutex};
        task->m_isDone = true;
        m_done.notify_all();
    }
}

} // namespace weightroom::engine
