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
    Memory, ///< its memory, and nothing else
    Quick, ///< without what GpuSlowFields has: for each second
    Full, ///< with it. For PCIe's throughput NVML measures for 40 ms
};

/// Asks NVML how one GPU is. Of an instance of a GPU that is cut up (MIG) memory, use and processes are its own, the
/// rest is the whole GPU's. Any thread: it has nothing that changes, and NVML is thread-safe.
class GpuReader {
public:
    /// Errors: DeviceNotFound, for a UUID that NVML does not know; DeviceError, when NVML fails, also because another
    /// GPU of the machine is lost and this one cannot be found without it.
    [[nodiscard]] static Result<GpuReader> open(std::shared_ptr<const NvmlLibrary> nvml, const std::string& uuid);

    /// What is not supported is absent. Errors: DeviceLost, when the GPU is gone, by a fault or because somebody has
    /// pulled it out; the GPU is not asked again by this call. DeviceError, when NVML fails at all it is asked.
    [[nodiscard]] Result<GpuReading> read(ReadingScope scope) const;

    /// "0000:01:00.0", as the folders in /sys/bus/pci/devices are named; empty: unknown.
    [[nodiscard]] const std::string& busId() const { return m_busId; }

private:
    GpuReader(std::shared_ptr<const NvmlLibrary> nvml, nvmlDevice_t device);
    [[nodiscard]] nvmlDevice_t wholeGpu() const;

    std::shared_ptr<const NvmlLibrary> m_nvml;
    nvmlDevice_t m_device;
    nvmlDevice_t m_whole; ///< the GPU that m_device is, or is a part of
    std::string m_busId;
};

} // namespace weightroom::engine
