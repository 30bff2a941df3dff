// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/watch/device_sources.h"
#include "model_engine/monitor/watch/host_reading.h"

#include <chrono>

namespace weightroom::engine {

/// Where an engine sees how the machine is, and how often it looks.
struct MonitorOptions {
    DeviceSources devices{};
    HostFiles host{};
    std::chrono::milliseconds period{1000};
};

} // namespace weightroom::engine
