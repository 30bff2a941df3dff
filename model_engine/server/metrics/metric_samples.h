// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/monitor_snapshot.h"
#include "model_engine/server/metrics/metrics_writer.h"

#include <map>
#include <string>

namespace weightroom::engine {

/// {device="GPU_0"}
[[nodiscard]] std::string deviceLabels(const DeviceId& device);

/// Of all devices, and of the cache (the empty id), also where there were none yet: a rate needs a number before the
/// first one.
[[nodiscard]] std::map<DeviceId, LoadTotals> loadsOf(const MonitorSnapshot& snapshot);

// What is more than one field of a snapshot. Each adds the samples of the family that has begun.

void addBuild(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addTime(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addHistoryUp(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addDevices(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addDevicesUp(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addDeviceProblems(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addDeviceMemorySizes(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addDeviceMemory(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addComponents(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addProcesses(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addReadingTimes(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addAwake(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addClockLimits(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addEccErrors(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addVirtualization(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addLoads(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addCacheMemory(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addCacheMemorySize(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addStalls(MetricsWriter& out, const MonitorSnapshot& snapshot);
void addAlerts(MetricsWriter& out, const MonitorSnapshot& snapshot);

} // namespace weightroom::engine
