// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"
#include "model_engine/device/nvml/gpu_reading.h"
#include "model_engine/device/nvml/nvml_library.h"
#include "model_engine/monitor/monitor_snapshot.h"

#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace weightroom::engine {

class GpuReader;

/// What was seen of a GPU at one look.
struct GpuLook {
    GpuWakefulness wakefulness = GpuWakefulness::Unknown;
    std::optional<GpuReading> reading{};
    std::optional<Clock::Wall> readAt{}; ///< when the reading was taken; absent: there is none
    std::optional<Error> problem{}; ///< why there is none of a GPU that is awake
    bool isKept = false; ///< the reading is that of an earlier look, at a GPU that is to find its sleep
};

/// Looks at one GPU again and again: each time at what changes, and now and then at the rest. A GPU that the system has
/// put to sleep is left alone, and one that could sleep is looked at seldom while it has nothing to do. One that is
/// lost, or cannot be found, is looked for again now and then; not while it is off the bus, because looking for one GPU
/// wakes others. One thread at a time.
class GpuWatch {
public:
    /// Between two looks at the slow fields, and at a GPU that was not there: what NVML measures for 40 ms, and what
    /// opening it takes (12 ms; H100, driver 580, 2026-11-26), is nothing for each second.
    static constexpr std::chrono::seconds kSlowLook{10};
    static constexpr std::chrono::seconds kRestingLook = WatchedDevice::kRestingLook;

    /// `pciDevices`: where the system says whether a device sleeps. `clock` must outlive it.
    GpuWatch(std::shared_ptr<const NvmlLibrary> nvml, std::string uuid, const Clock& clock,
        std::filesystem::path pciDevices = "/sys/bus/pci/devices");
    GpuWatch(GpuWatch&&) noexcept;
    GpuWatch& operator=(GpuWatch&&) = delete;
    GpuWatch(const GpuWatch&) = delete;
    GpuWatch& operator=(const GpuWatch&) = delete;
    ~GpuWatch();

    /// `isInUse`: this program has something on the GPU, so that it does not sleep anyway.
    [[nodiscard]] GpuLook look(bool isInUse);

private:
    [[nodiscard]] std::filesystem::path folder() const;
    [[nodiscard]] bool isToRest(GpuWakefulness wakefulness) const;
    [[nodiscard]] bool isOffTheBus() const;
    [[nodiscard]] bool isTimeForSlowLook() const;
    void reopen();
    [[nodiscard]] Result<GpuReading> read();

    const std::shared_ptr<const NvmlLibrary> m_nvml;
    const std::string m_uuid;
    const Clock& m_clock;
    const std::filesystem::path m_pciDevices;
    std::unique_ptr<GpuReader> m_reader; ///< nullptr: it cannot be found, for the reason in m_problem
    std::string m_busId; ///< as it was when it was found last; empty: never
    std::optional<Error> m_problem;
    GpuSlowFields m_slowFields; ///< of the last slow look
    std::optional<Clock::Steady> m_slowLookAt; ///< when the last was, or when the GPU was looked for
    std::optional<GpuReading> m_restful; ///< the last reading, where it found nothing at work
    Clock::Steady m_lookAt{}; ///< when that was
    Clock::Wall m_readAt{}; ///< likewise, as it is told
    bool m_hasFolder = false; ///< the system has shown it on its bus
};

} // namespace weightroom::engine
