// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"

#include <chrono>
#include <cstdint>
#include <optional>

// Times as our databases keep them: whole units since 1970.

namespace weightroom::engine {

/// Rounded down.
template <class Unit>
[[nodiscard]] std::int64_t toStoredTime(Clock::Wall time)
{
    return std::chrono::floor<Unit>(time.time_since_epoch()).count();
}

/// Nothing for what is before 1970, or later than the clock can show.
template <class Unit>
[[nodiscard]] std::optional<Clock::Wall> fromStoredTime(std::int64_t value)
{
    constexpr auto kLast = std::chrono::duration_cast<Unit>(Clock::Wall::duration::max()).count();
    if (value < 0 || value > kLast)
        return std::nullopt;
    return Clock::Wall{Unit{value}};
}

} // namespace weightroom::engine
