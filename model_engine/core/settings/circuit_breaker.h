// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string_view>

namespace weightroom::engine {

/// How many failures it takes until something is left alone, and for how long.
struct BreakerPolicy {
    std::uint32_t failures = 1;
    std::chrono::seconds within{}; ///< the time in which so many count
    std::chrono::seconds pause{}; ///< how long it is left alone then
};

/// Closed: it is used. Open: it is left alone. HalfOpen: the pause is over, and the next use decides.
enum class BreakerState : std::uint8_t { None = 0, Closed, Open, HalfOpen };
[[nodiscard]] std::string_view toText(BreakerState state); ///< "none", "closed", "open", "half_open"

/// Says when something that fails again and again is left alone, and when it is tried again.
///
///     closed ──failures within a time──▶ open ──pause──▶ half open ──success──▶ closed
///                                          ▲                 │
///                                          └─────failure─────┘
///
/// A value of what was noted and of the time that is handed in; not for several threads at once.
class CircuitBreaker {
public:
    enum class Change : std::uint8_t { None = 0, Opened, Closed };

    explicit CircuitBreaker(const BreakerPolicy& policy)
        : m_policy(policy)
    {
    }

    [[nodiscard]] BreakerState state(Clock::Steady now) const;
    /// What fails while it is open had begun before, and tells nothing new.
    Change noteFailure(Clock::Steady now);
    /// Only a try counts: closed, successes forgive nothing, and while it is open they are of what had begun before.
    Change noteSuccess(Clock::Steady now);
    /// Forgets all failures.
    Change close();

    /// Those that count: within the time of the policy, or that have opened it.
    [[nodiscard]] std::uint32_t failures(Clock::Steady now) const;
    /// The end of the pause, also when it is over; absent: it is closed.
    [[nodiscard]] std::optional<Clock::Steady> triedAgainAt() const { return m_triedAgainAt; }

private:
    [[nodiscard]] bool isCounted(Clock::Steady failure, Clock::Steady now) const;

    BreakerPolicy m_policy;
    std::deque<Clock::Steady> m_failures; ///< the last ones, no more than the policy asks for; the newest is last
    std::optional<Clock::Steady> m_triedAgainAt;
};

} // namespace weightroom::engine
