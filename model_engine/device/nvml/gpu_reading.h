// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// What a process does on a GPU, as NVML tells.
enum class GpuWork : std::uint8_t { Unknown = 0, Compute, Graphics, ComputeAndGraphics };
[[nodiscard]] std::string_view toText(GpuWork work); ///< "unknown", "compute", "graphics", "compute_and_graphics"

/// A process that uses a GPU.
struct GpuProcess {
    std::int64_t id = 0;
    GpuWork work = GpuWork::Unknown;
    std::optional<Bytes> memory; ///< absent in containers, under MIG, and where the driver does not tell

    friend bool operator==(const GpuProcess&, const GpuProcess&) = default;
};

/// Why a GPU runs slower than it could; several at once.
enum class ClockLimit : std::uint8_t {
    None = 0,
    Idle,
    ApplicationSetting,
    PowerCap,
    HardwareSlowdown,
    SyncBoost,
    SoftwareThermal,
    HardwareThermal,
    HardwarePowerBrake,
    DisplaySetting,
};
[[nodiscard]] std::string_view toText(ClockLimit limit); ///< "power_cap"

enum class GpuVirtualization : std::uint8_t { Unknown = 0, None, Passthrough, Vgpu, HostVgpu, HostVsga };
[[nodiscard]] std::string_view toText(GpuVirtualization virtualization); ///< "passthrough"

/// What changes seldom, or is slow to read. Each field by itself may be unreported, and then it is absent: never 0.
struct GpuSlowFields {
    std::optional<int> slowdownTemperature; ///< °C, from which on the hardware slows itself down
    std::optional<int> shutdownTemperature; ///< °C
    std::optional<int> memoryTemperatureLimit; ///< °C

    std::optional<double> powerLimit; ///< watts, that is in force
    std::optional<double> smallestPowerLimit; ///< watts, that may be set
    std::optional<double> largestPowerLimit; ///< likewise
    std::optional<double> fanFraction; ///< of its full speed as it is meant to be; 0 to 1

    std::optional<int> largestGraphicsClock; ///< MHz
    std::optional<int> largestMemoryClock;

    std::optional<int> pcieGeneration; ///< now: a GPU that idles may have lowered it
    std::optional<int> largestPcieGeneration;
    std::optional<int> pcieWidth; ///< lanes
    std::optional<int> largestPcieWidth;
    std::optional<double> pcieReceived; ///< bytes a second, to the GPU, over the driver's 20 ms
    std::optional<double> pcieSent; ///< likewise, from the GPU

    std::optional<bool> hasEcc; ///< is switched on
    std::optional<std::uint64_t> correctedErrors; ///< since the driver was loaded
    std::optional<std::uint64_t> uncorrectedErrors;

    std::optional<bool> hasMig; ///< is cut into instances
    std::optional<GpuVirtualization> virtualization;

    friend bool operator==(const GpuSlowFields&, const GpuSlowFields&) = default;
};

/// How a GPU is at one moment. Each field by itself may be unreported, and then it is absent: never 0.
struct GpuReading : GpuSlowFields {
    std::optional<Bytes> memoryTotal;
    std::optional<Bytes> memoryReserved; ///< by driver and firmware; part of neither free nor used
    std::optional<Bytes> memoryUsed;
    std::optional<Bytes> memoryFree;

    std::optional<double> busyFraction; ///< of the last period of the driver's own: some kernel ran; 0 to 1
    std::optional<double> memoryBusyFraction; ///< likewise: memory was read or written
    std::optional<int> temperature; ///< °C
    std::optional<double> power; ///< watts
    std::optional<int> graphicsClock; ///< MHz
    std::optional<int> memoryClock;
    std::optional<std::vector<ClockLimit>> clockLimits; ///< empty: it may run as fast as it can

    std::optional<std::vector<GpuProcess>> processes; ///< each once, by their ids

    friend bool operator==(const GpuReading&, const GpuReading&) = default;
};

} // namespace weightroom::engine
