// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"
#include "model_engine/device/device_set.h"
#include "model_engine/monitor/memory_ledger.h"
#include "model_engine/monitor/watch/device_sources.h"
#include "model_engine/monitor/watch/gpu_watch.h"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weightroom::engine {

/// A device at one look.
struct DeviceLook {
    GpuLook gpu; ///< of a host device nothing
    DriverView driver; ///< for the ledger
};

/// Looks at all devices of an engine: by NVML where it knows them, else by what their drivers say. One thread at a
/// time, which waits for the drivers.
class DeviceWatch {
public:
    /// Both must outlive it.
    DeviceWatch(const DeviceSet& devices, const Clock& clock, DeviceSources sources);

    /// In the order of the devices.
    [[nodiscard]] std::vector<DeviceLook> look();
    [[nodiscard]] const std::string& driverVersion() const { return m_driverVersion; } ///< empty: unknown

private:
    void openNvml();
    [[nodiscard]] DeviceLook lookAt(Device& device);
    [[nodiscard]] std::vector<NamedProcess> named(const GpuReading& reading);
    void forgetNames();

    const DeviceSet& m_devices;
    const Clock& m_clock;
    const DeviceSources m_sources;
    bool m_isOpened = false;
    std::optional<Error> m_nvmlProblem; ///< why there is no NVML
    std::map<DeviceId, GpuWatch> m_gpus; ///< of the GPUs, where there is an NVML
    std::map<std::int64_t, std::string> m_names; ///< of processes that were seen at the last look
    std::map<std::int64_t, std::string> m_namesNow; ///< at this one
    std::string m_driverVersion;
};

} // namespace weightroom::engine
