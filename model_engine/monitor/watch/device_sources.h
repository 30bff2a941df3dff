// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <filesystem>
#include <string>

namespace weightroom::engine {

/// Where the system and its drivers say how devices are.
struct DeviceSources {
    std::string nvmlLibrary = "libnvidia-ml.so.1";
    std::filesystem::path pciDevices = "/sys/bus/pci/devices";
    std::filesystem::path processes = "/proc";
};

} // namespace weightroom::engine
