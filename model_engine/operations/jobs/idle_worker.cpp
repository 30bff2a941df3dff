// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/jobs/idle_worker.h"

#include "model_engine/core/jobs/thread_priority.h"

#include <exception>
#include <string>

namespace weightroom::engine {

IdleWorker::IdleWorker(IdleTask& task, IdleGate& gate, LogSink& log, std::chrono::milliseconds lookPeriod)
    : m_task(task)
    , m_gate(gate)
    , m_log(log)
    , m_lookPeriod(lookPeriod)
    , m_thread([this](const std::stop_token& stop) { run(stop); })
{
}

void IdleWorker::run(const std::stop_token& stop) noexcept
try {
    giveWayToAll();
    loop(stop);
} catch (const std::exception& error) {
    m_log.write(LogLevel::Error, std::string{m_task.endedText()} + ": " + error.what());
}

void IdleWorker::loop(const std::stop_token& stop)
{
    while (!stop.stop_requested()) {
        // Before the wait: things change by work only, and none must be missed.
        const std::uint64_t begun = m_gate.worksBegun();
        m_task.look();
        if (!m_gate.waitUntilIdle(stop, m_lookPeriod))
            continue;
        if (!m_task.step(stop))
            m_gate.waitForWork(stop, begun, m_lookPeriod);
    }
}

} // namespace weightroom::engine
