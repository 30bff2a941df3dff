// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/made_up_host.h"
#include "tests/support/manual_clock.h"

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>

namespace weightroom::test {

/// An engine that watches itself, by a clock that stands still and with a machine that tells nothing of itself but what
/// a test writes into "host". It looks a thousand times a second, so that nobody waits.
struct MonitorRig : EngineRig {
    explicit MonitorRig(std::vector<engine::Bytes> hostDevices = {engine::kMiB * 32})
        : EngineRig(std::move(hostDevices))
    {
        clock = time;
        dataFolder = folder / "data";
        monitoring = engine::Monitoring::On;
        monitorOptions.host = madeUpHost(folder / "host");
        monitorOptions.period = std::chrono::milliseconds{1};
        onMonitored = [this](const engine::MonitorSnapshot& seen) {
            const std::lock_guard lock{m_mutex};
            m_seen = seen;
            m_changed.notify_all();
        };
    }
    ~MonitorRig() { close(); }
    MonitorRig(const MonitorRig&) = delete;
    MonitorRig& operator=(const MonitorRig&) = delete;

    /// Waits until a look has seen what is asked for; nothing when none does in time.
    [[nodiscard]] std::optional<engine::MonitorSnapshot> waitUntil(
        const std::function<bool(const engine::MonitorSnapshot&)>& holds)
    {
        constexpr std::chrono::seconds kLong{30};
        std::unique_lock lock{m_mutex};
        const bool held = m_changed.wait_for(lock, kLong, [&] { return m_seen && holds(*m_seen); });
        return held ? m_seen : std::nullopt;
    }
    /// Ends the engine; the next one has seen nothing yet.
    void restart()
    {
        close();
        const std::lock_guard lock{m_mutex};
        m_seen.reset();
    }
    /// Lets time go by, and waits for a look at the new one.
    void letPass(std::chrono::seconds seconds)
    {
        time->advance(seconds);
        const auto now = time->wallTime();
        (void)waitUntil([now](const engine::MonitorSnapshot& seen) { return seen.at >= now; });
    }

    std::shared_ptr<ManualClock> time = std::make_shared<ManualClock>();

private:
    std::mutex m_mutex; ///< guards what follows
    std::condition_variable m_changed;
    std::optional<engine::MonitorSnapshot> m_seen;
};

} // namespace weightroom::test
