// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/jobs/idle_gate.h"
#include "model_engine/core/system/log.h"

#include <chrono>
#include <stop_token>
#include <string_view>
#include <thread>

namespace weightroom::engine {

/// What is done while nobody wants anything of the engine. All of it is called on one thread.
class IdleTask {
public:
    virtual ~IdleTask() = default;
    /// For the log, when it ends by an exception: "No more hashes are taken in idle time".
    [[nodiscard]] virtual std::string_view endedText() const = 0;
    /// A look at the clock, also while somebody wants something: short.
    virtual void look() { }
    /// One step, in idle time only. It ends soon when `stop` is requested, and when work begins. False when there is
    /// nothing to do before something changes, which only work does.
    [[nodiscard]] virtual bool step(const std::stop_token& stop) = 0;
};

/// A thread at the lowest priority that does the steps of one task in idle time.
class IdleWorker {
public:
    /// All must outlive it. The thread begins at once, and waits. `lookPeriod`: between two looks of a task that has
    /// nothing to do, or must wait.
    IdleWorker(IdleTask& task, IdleGate& gate, LogSink& log,
        std::chrono::milliseconds lookPeriod = std::chrono::hours{24 * 365});

private:
    void run(const std::stop_token& stop) noexcept;
    void loop(const std::stop_token& stop);

    IdleTask& m_task;
    IdleGate& m_gate;
    LogSink& m_log;
    const std::chrono::milliseconds m_lookPeriod;
    std::jthread m_thread; ///< last: joined before the rest goes
};

} // namespace weightroom::engine
