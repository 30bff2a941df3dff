// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "model_engine/monitor/alerts/alert.h"
#include "model_engine/monitor/loads/load_statistics.h"
#include "model_engine/monitor/memory_ledger.h"
#include "model_engine/monitor/monitor_snapshot.h"
#include "model_engine/monitor/watch/host_reading.h"

namespace weightroom::engine {

// What is watched, as operations answer it. What is not known is null, never 0.

/// total_bytes and entries: owner, size_bytes, and where the owner has them model_id, model_name, component_id,
/// process_id, process_name, reported_bytes. `names`: of the models.
[[nodiscard]] Json toJson(const MemoryLedger& ledger, const std::map<ModelId, std::string>& names);
[[nodiscard]] Json toJson(const GpuReading& reading);
[[nodiscard]] Json toJson(const HostReading& reading);
[[nodiscard]] Json toJson(const LoadStatistics& statistics);
[[nodiscard]] Json toJson(const Alert& alert);
/// All of it but the alerts.
[[nodiscard]] Json toJson(const MonitorSnapshot& snapshot);

} // namespace weightroom::engine
