// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/settings/settings.h"
#include "model_engine/core/system/log.h"
#include "model_engine/device/device.h"

#include <memory>
#include <string>
#include <vector>

namespace weightroom::engine {

/// A host device as the settings ask for it.
struct HostDeviceSettings {
    Bytes capacity;
};

struct DeviceSettings {
    std::vector<HostDeviceSettings> hostDevices{}; ///< HOST_0, HOST_1, … in this order
    bool useCuda = true;
    std::string cudaLibrary = "libcuda.so.1"; ///< the driver; tests name their own
    std::string nvmlLibrary = "libnvidia-ml.so.1"; ///< says how much of an unused GPU is free
    Bytes cudaHeadroom = kMiB * 400; ///< of each GPU, left to others: what ComfyUI keeps free on Linux
};

[[nodiscard]] DeviceSettings deviceSettingsOf(const Settings& settings);

/// A GPU that is there and cannot be used, with the reason (driver too old, no permission, …).
struct UnusableDevice {
    std::string name;
    Error reason;
};

/// The devices of this machine: GPU_0, GPU_1, … first, then the host devices. Made once at start.
struct DeviceSet {
    std::vector<std::unique_ptr<Device>> devices;
    std::vector<UnusableDevice> unusable;

    [[nodiscard]] Device* find(const DeviceId& id) const;
};

/// Finds the GPUs through libcuda.so.1, where there is one, and makes the host devices. A machine without a driver is
/// not an error. Never fails as a whole: what cannot be used stands in `unusable`.
[[nodiscard]] DeviceSet openDevices(const DeviceSettings& settings, LogSink& log);

} // namespace weightroom::engine
