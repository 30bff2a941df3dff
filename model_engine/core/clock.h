// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace weightroom::engine {

/// Time as the engine sees it. Durations come from the steady clock, timestamps from the wall clock; tests hand in a
/// clock of their own (tests/support/manual_clock.h). Safe to call from any thread.
class Clock {
public:
    using Steady = std::chrono::steady_clock::time_point;
    using Wall = std::chrono::system_clock::time_point;

    virtual ~Clock() = default;
    [[nodiscard]] virtual Steady now() const = 0;
    [[nodiscard]] virtual Wall wallTime() const = 0;
};

/// The clocks of the machine.
class SystemClock final : public Clock {
public:
    [[nodiscard]] Steady now() const override { return std::chrono::steady_clock::now(); }
    [[nodiscard]] Wall wallTime() const override { return std::chrono::system_clock::now(); }
};

enum class IsoPrecision : std::uint8_t { Seconds, Milliseconds };

/// "2026-11-23T17:04:05Z" or "2026-11-23T17:04:05.123Z": UTC as ISO 8601 writes it, never rounded up.
[[nodiscard]] std::string toIsoText(Clock::Wall time, IsoPrecision precision);
/// What that has written, of the years 1970 to 2200, with or without milliseconds; nothing for any other text.
[[nodiscard]] std::optional<Clock::Wall> wallTimeFromIsoText(std::string_view text);

} // namespace weightroom::engine
