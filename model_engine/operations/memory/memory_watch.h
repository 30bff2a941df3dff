// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"
#include "model_engine/core/jobs/wake_up.h"
#include "model_engine/core/system/memory_reading.h"
#include "model_engine/core/system/pressure_trigger.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <thread>

namespace weightroom::engine {

struct EngineServices;

/// Where and how often the system's memory is looked at.
struct MemoryWatching {
    MemoryFiles files{};
    std::optional<PressureRequest> pressure = PressureRequest{}; ///< absent: no sign is asked for
    /// Between two looks without a sign. A program that fills its memory at 3 GB/s takes a tenth of 32 GiB within one.
    std::chrono::milliseconds look{1000};
};

/// What the system's memory lets the cache have, as it was seen last.
struct SystemMemoryState {
    Bytes total{};
    Bytes available{};
    Bytes budget{}; ///< of the cache, as the user has set it
    Bytes reserve{}; ///< what other programs are to find free
    Bytes givenBack{}; ///< by the cache since the start, because memory was short
    std::optional<Clock::Wall> gaveBackAt{}; ///< last
    bool isCacheLimited = false; ///< the cache may have less than its budget

    friend bool operator==(const SystemMemoryState&, const SystemMemoryState&) = default;
};

/// Keeps the cache within what the system can spare: looks once a second, and whenever the kernel says that threads
/// wait for memory; sets the capacity of the cache, and gives back what is too much, least recently used first, before
/// the kernel kills anybody. What is loaded on devices stays.
class MemoryWatch {
public:
    /// Both must outlive it. Errors: IoError when the system has no descriptor left.
    /// `alsoEachLook` is called on the thread of the watch: for what wants a look at the clock now and then. It must be
    /// short.
    [[nodiscard]] static Result<std::unique_ptr<MemoryWatch>> start(
        EngineServices& services, MemoryWatching watching, std::function<void()> alsoEachLook = {});
    ~MemoryWatch();
    MemoryWatch(const MemoryWatch&) = delete;
    MemoryWatch& operator=(const MemoryWatch&) = delete;

private:
    MemoryWatch(EngineServices& services, MemoryWatching watching, std::function<void()> alsoEachLook, WakeUp wakeUp);
    void run(const std::stop_token& stop) noexcept;
    void look();
    [[nodiscard]] double stalledShare(const MemoryReading& memory);
    [[nodiscard]] Bytes giveBack(Bytes wanted, Bytes before);
    void tell(const SystemMemoryState& state);

    EngineServices& m_services;
    const MemoryWatching m_watching;
    const std::function<void()> m_alsoEachLook; ///< may be empty
    const WakeUp m_wakeUp;
    const UniqueFd m_trigger; ///< closed: the kernel gives no sign
    // Only the thread uses what follows.
    std::optional<std::chrono::microseconds> m_stalled; ///< at the last look
    Clock::Steady m_lookedAt{};
    SystemMemoryState m_state;
    SystemMemoryState m_told; ///< what the snapshot has
    std::jthread m_thread; ///< last: joined before the rest goes
};

} // namespace weightroom::engine
