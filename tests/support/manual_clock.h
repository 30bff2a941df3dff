// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"

#include <atomic>
#include <chrono>

namespace weightroom::test {

/// A clock that stands still until a test moves it. It begins at 2026-01-01T00:00:00Z. Safe to use from any thread.
class ManualClock final : public engine::Clock {
public:
    using Duration = std::chrono::nanoseconds;

    [[nodiscard]] Steady now() const override { return Steady{std::chrono::duration_cast<Steady::duration>(steady())}; }
    [[nodiscard]] Wall wallTime() const override
    {
        return kStart + std::chrono::duration_cast<Wall::duration>(Duration{m_wallNs.load()});
    }

    /// Time goes by: both clocks move.
    void advance(Duration duration)
    {
        m_steadyNs += duration.count();
        m_wallNs += duration.count();
    }
    /// Somebody sets the wall clock, also backwards; the steady clock does not notice.
    void setWallBy(Duration duration) { m_wallNs += duration.count(); }

private:
    static constexpr Wall kStart = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};

    [[nodiscard]] Duration steady() const { return Duration{m_steadyNs.load()}; }

    // Not 0: a default-constructed time point must not look like "now".
    std::atomic<Duration::rep> m_steadyNs{Duration{std::chrono::hours{1}}.count()};
    std::atomic<Duration::rep> m_wallNs{0};
};

} // namespace weightroom::test
