// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/monitor_snapshot.h"
#include "model_engine/server/metrics/metrics_writer.h"

#include <cstddef>

namespace weightroom::engine {

/// So many models' components, and so many processes, of one device have lines of their own: the largest. A studio's
/// Prometheus keeps each line as a series, and one workstation must not be able to fill it.
inline constexpr std::size_t kMostMemoryLines = 1000;

// Samples of who has which memory; each function those of the family that has begun.

/// Of a device, by kind of owner. What this engine has may be 0; of others only what is known.
void addMemoryByOwner(MetricsWriter& out, const DeviceId& device, const MemoryLedger& ledger);
/// Of a device, by component. What is beyond kMostMemoryLines comes together, as component="other" of no model.
void addMemoryByComponent(MetricsWriter& out, const WatchedDevice& device, const MonitorSnapshot& snapshot);
/// Of a device, by process. What is beyond kMostMemoryLines comes together, as process="other" without a pid.
void addMemoryByProcess(MetricsWriter& out, const WatchedDevice& device);

} // namespace weightroom::engine
