// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/settings/circuit_breaker.h"

#include <algorithm>
#include <array>
#include <utility>

namespace weightroom::engine {

std::string_view toText(BreakerState state)
{
    static constexpr std::array<std::string_view, 4> kNames{"none", "closed", "open", "half_open"};
    return kNames[static_cast<std::size_t>(state)];
}

BreakerState CircuitBreaker::state(Clock::Steady now) const
{
    if (!m_triedAgainAt)
        return BreakerState::Closed;
    return now < *m_triedAgainAt ? BreakerState::Open : BreakerState::HalfOpen;
}

CircuitBreaker::Change CircuitBreaker::noteFailure(Clock::Steady now)
{
    const BreakerState before = state(now);
    if (before == BreakerState::Open)
        return Change::None;
    m_failures.push_back(now);
    if (m_failures.size() > m_policy.failures)
        m_failures.pop_front();
    if (before == BreakerState::Closed && failures(now) < m_policy.failures)
        return Change::None;
    m_triedAgainAt = now + m_policy.pause;
    return Change::Opened;
}

CircuitBreaker::Change CircuitBreaker::noteSuccess(Clock::Steady now)
{
    return state(now) == BreakerState::HalfOpen ? close() : Change::None;
}

CircuitBreaker::Change CircuitBreaker::close()
{
    m_failures.clear();
    return std::exchange(m_triedAgainAt, std::nullopt) ? Change::Closed : Change::None;
}

std::uint32_t CircuitBreaker::failures(Clock::Steady now) const
{
    if (m_triedAgainAt)
        return static_cast<std::uint32_t>(m_failures.size());
    return static_cast<std::uint32_t>(
        std::ranges::count_if(m_failures, [&](Clock::Steady failure) { return isCounted(failure, now); }));
}

bool CircuitBreaker::isCounted(Clock::Steady failure, Clock::Steady now) const
{
    return now - failure <= m_policy.within;
}

} // namespace weightroom::engine
