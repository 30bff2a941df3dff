// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/nvml/gpu_reading.h"
#include "model_engine/device/nvml/nvml_library.h"

#include <cstdint>
#include <memory>
#include <string>

namespace weightroom::engine {

/// How much of a reading is wanted.
enum class ReadingScope : std::uint8_t {
    None = 0,
    Quick, ///< without what GpuSlowFields has: for each second
    Full, ///< with it. For PCIe's throughput NVML measures for 40 ms
};

/// Asks NVML how one GPU is. One thread at a time.
class GpuReader {
public:
    /// Errors: DeviceNotFound, for a UUID that NVML does not know; DeviceError, also while another GPU of the machine
    /// is lost, of which some drivers speak instead.
    [[nodiscard]] static Result<GpuReader> open(std::shared_ptr<const NvmlLibrary> nvml, const std::string& uuid);

    /// What is not supported is absent. Errors: DeviceLost, when the GPU is gone, by a fault or because somebody has
    /// pulled it out; the GPU is not asked again by this call. DeviceError, when NVML fails at all it is asked.
    [[nodiscard]] Result<GpuReading> read(ReadingScope scope) const;

    /// "0000:01:00.0", as the folders in /sys/bus/pci/devices are named; empty: unknown.
    [[nodiscard]] const std::string& busId() const { return m_busId; }

private:
    GpuReader(std::shared_ptr<const NvmlLibrary> nvml, nvmlDevice_t device);

    std::shared_ptr<const NvmlLibrary> m_nvml;
    nvmlDevice_t m_device;
    std::string m_busId;
};

} // namespace weightroom::engine
