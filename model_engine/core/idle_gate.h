// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>

namespace weightroom::engine {

/// When nothing counts as going on.
struct IdleTiming {
    /// Since the last work has ended: who has just asked something asks the next thing soon.
    std::chrono::milliseconds quiet{5000};
    /// How often the clock is looked at by who waits for that.
    std::chrono::milliseconds look{500};
};

/// Tells idle work when it may run: while nobody wants anything, and nobody has for a while. Any thread.
class IdleGate {
public:
    /// Work that somebody wants; idle work gives way while it lives.
    class Work {
    public:
        Work() = default;
        Work(Work&& other) noexcept;
        Work& operator=(Work&& other) noexcept;
        Work(const Work&) = delete;
        Work& operator=(const Work&) = delete;
        ~Work() { end(); }
        void end() noexcept; ///< once; more often does nothing

    private:
        friend class IdleGate;
        explicit Work(IdleGate& gate)
            : m_gate(&gate)
        {
        }
        IdleGate* m_gate = nullptr; ///< nullptr: has ended
    };

    /// Making it counts as work that has just ended.
    explicit IdleGate(const Clock& clock, IdleTiming timing = {});

    [[nodiscard]] Work begin();
    [[nodiscard]] bool isIdle() const;
    /// How often work began so far.
    [[nodiscard]] std::uint64_t worksBegun() const;

    /// Waits until nothing goes on; false: stopped, or `longest` has gone by (by the machine's clock).
    [[nodiscard]] bool waitUntilIdle(
        const std::stop_token& stop, std::chrono::milliseconds longest = std::chrono::hours{24 * 365});
    /// Waits until work has begun since there were `begun` of them, until stopped, or until `longest` has gone by (by
    /// the machine's clock).
    void waitForWork(const std::stop_token& stop, std::uint64_t begun,
        std::chrono::milliseconds longest = std::chrono::hours{24 * 365});

private:
    void end() noexcept;
    [[nodiscard]] bool isIdleNow() const;

    const Clock& m_clock;
    const IdleTiming m_timing;
    mutable std::mutex m_mutex; ///< guards what follows
    std::condition_variable_any m_changed; ///< work has begun or ended
    std::uint64_t m_begun = 0;
    std::uint64_t m_running = 0;
    Clock::Steady m_lastEnd;
};

} // namespace weightroom::engine
