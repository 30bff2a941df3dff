// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <stop_token>
#include <utility>

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

    /// Idle work that holds what others may need: memory, a model. Work that begins stops it, and can wait for its end.
    class Turn {
    public:
        Turn(Turn&& other) noexcept;
        Turn& operator=(Turn&&) = delete;
        Turn(const Turn&) = delete;
        Turn& operator=(const Turn&) = delete;
        ~Turn();
        /// Stopped when work begins; at once, when something goes on already or did a moment ago.
        [[nodiscard]] const std::stop_token& stopToken() const { return m_stop; }

    private:
        friend class IdleGate;
        Turn(IdleGate& gate, std::stop_token stop)
            : m_gate(&gate)
            , m_stop(std::move(stop))
        {
        }
        IdleGate* m_gate; ///< nullptr: moved from
        std::stop_token m_stop;
    };

    /// Making it counts as work that has just ended.
    explicit IdleGate(const Clock& clock, IdleTiming timing = {});

    /// What the turns have registered with their tokens is called on this thread.
    [[nodiscard]] Work begin();
    [[nodiscard]] Turn takeTurn();
    /// For work that has begun: waits until no turn lives, or until `longest` has gone by (by the machine's clock).
    void waitForTurns(std::chrono::milliseconds longest);
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
    void endTurn() noexcept;
    [[nodiscard]] bool isIdleNow() const;

    const Clock& m_clock;
    const IdleTiming m_timing;
    mutable std::mutex m_mutex; ///< guards what follows
    std::condition_variable_any m_changed; ///< work has begun or ended, or a turn has
    std::uint64_t m_begun = 0;
    std::uint64_t m_running = 0;
    std::stop_source m_turnsStop; ///< of all turns since work has begun last
    std::uint64_t m_turns = 0; ///< that live
    Clock::Steady m_lastEnd;
};

} // namespace weightroom::engine
