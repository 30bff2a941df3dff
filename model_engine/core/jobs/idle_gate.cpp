// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/jobs/idle_gate.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {

IdleGate::Work::Work(Work&& other) noexcept
    : m_gate(std::exchange(other.m_gate, nullptr))
{
}

IdleGate::Work& IdleGate::Work::operator=(Work&& other) noexcept
{
    std::swap(m_gate, other.m_gate);
    return *this;
}

void IdleGate::Work::end() noexcept
{
    if (IdleGate* gate = std::exchange(m_gate, nullptr))
        gate->end();
}

IdleGate::Turn::Turn(Turn&& other) noexcept
    : m_gate(std::exchange(other.m_gate, nullptr))
    , m_stop(std::move(other.m_stop))
{
}

IdleGate::Turn::~Turn()
{
    if (m_gate)
        m_gate->endTurn();
}

IdleGate::IdleGate(const Clock& clock, IdleTiming timing)
    : m_clock(clock)
    , m_timing(timing)
    , m_lastEnd(clock.now())
{
}

IdleGate::Work IdleGate::begin()
{
    std::stop_source stop;
    {
        const std::lock_guard lock{m_mutex};
        ++m_begun;
        ++m_running;
        std::swap(stop, m_turnsStop);
    }
    stop.request_stop(); // without the lock: it calls what the turns have registered
    m_changed.notify_all();
    return Work{*this};
}

void IdleGate::end() noexcept
{
    {
        const std::lock_guard lock{m_mutex};
        --m_running;
        m_lastEnd = m_clock.now();
    }
    m_changed.notify_all();
}

IdleGate::Turn IdleGate::takeTurn()
{
    const std::lock_guard lock{m_mutex};
    ++m_turns;
    if (isIdleNow())
        return {*this, m_turnsStop.get_token()};
    std::stop_source over;
    over.request_stop();
    return {*this, over.get_token()};
}

void IdleGate::endTurn() noexcept
{
    {
        const std::lock_guard lock{m_mutex};
        --m_turns;
    }
    m_changed.notify_all();
}

void IdleGate::waitForTurns(std::chrono::milliseconds longest)
{
    std::unique_lock lock{m_mutex};
    m_changed.wait_for(lock, longest, [this] { return m_turns == 0; });
}

bool IdleGate::isIdleNow() const { return m_running == 0 && m_clock.now() - m_lastEnd >= m_timing.quiet; }

bool IdleGate::isIdle() const
{
    const std::lock_guard lock{m_mutex};
    return isIdleNow();
}

std::uint64_t IdleGate::worksBegun() const
{
    const std::lock_guard lock{m_mutex};
    return m_begun;
}

bool IdleGate::waitUntilIdle(const std::stop_token& stop, std::chrono::milliseconds longest)
{
    const auto deadline = std::chrono::steady_clock::now() + longest;
    std::unique_lock lock{m_mutex};
    while (!isIdleNow()) {
        if (stop.stop_requested() || std::chrono::steady_clock::now() >= deadline)
            return false;
        // While work goes on its end wakes us; the quiet after it is seen by looking at the clock.
        const bool isWorking = m_running > 0;
        m_changed.wait_for(lock, stop, isWorking ? longest : std::min(m_timing.look, longest),
            [&] { return isWorking && m_running == 0; });
    }
    return !stop.stop_requested();
}

void IdleGate::waitForWork(const std::stop_token& stop, std::uint64_t begun, std::chrono::milliseconds longest)
{
    std::unique_lock lock{m_mutex};
    m_changed.wait_for(lock, stop, longest, [&] { return m_begun != begun; });
}

} // namespace weightroom::engine
