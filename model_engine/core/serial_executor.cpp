// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/serial_executor.h"

namespace weightroom::engine {
namespace {

void runGuarded(const std::function<void()>& closure, LogSink& log)
try {
    closure();
} catch (const std::exception& error) {
    log.write(LogLevel::Error, std::string{"A closure on the engine thread failed: "} + error.what());
} catch (...) {
    log.write(LogLevel::Error, "A closure on the engine thread failed with an exception of an unknown type");
}

} // namespace

SerialExecutor::SerialExecutor(LogSink& log)
    : m_log(log)
    , m_thread([this](const std::stop_token& stop) { loop(stop); })
{
}

SerialExecutor::~SerialExecutor() = default;

void SerialExecutor::post(std::function<void()> closure)
{
    {
        const std::lock_guard lock{m_mutex};
        m_waiting.push_back(std::move(closure));
    }
    m_wakeup.notify_one();
}

void SerialExecutor::loop(const std::stop_token& stop)
{
    while (true) {
        std::function<void()> next;
        {
            std::unique_lock lock{m_mutex};
            // When a stop is requested the wait still answers true while closures wait: they are run before the end.
            if (!m_wakeup.wait(lock, stop, [this] { return !m_waiting.empty(); }))
                return;
            next = std::move(m_waiting.front());
            m_waiting.pop_front();
        }
        runGuarded(next, m_log);
    }
}

} // namespace weightroom::engine
