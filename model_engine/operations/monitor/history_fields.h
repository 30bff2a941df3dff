// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/history/history_store.h"
#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

#include <optional>
#include <string_view>
#include <vector>

namespace weightroom::engine {

// The fields that operations on the history have in common.

[[nodiscard]] FieldSpec metricsField(std::string_view help);
[[nodiscard]] FieldSpec historyDeviceField(std::string_view help);
[[nodiscard]] FieldSpec periodField(); ///< "period_seconds"
[[nodiscard]] FieldSpec endTimeField(); ///< "end_time"
[[nodiscard]] FieldSpec stepField(std::string_view help);

/// The span that "period_seconds" and "end_time" name.
[[nodiscard]] HistorySpan spanFrom(const Arguments& arguments, const Clock& clock);
/// That "step" names; Unknown where it is left out.
[[nodiscard]] HistoryStep stepFrom(const Arguments& arguments);
/// The metrics that "metrics" names; all where it is left out.
[[nodiscard]] std::vector<Metric> metricsFrom(const Arguments& arguments);
/// The series of these metrics: of the device that "device_id" names and of the machine, or of all devices. Errors:
/// DeviceNotFound.
[[nodiscard]] Result<std::vector<SeriesKey>> seriesFrom(const Arguments& arguments, const EngineServices& services);

} // namespace weightroom::engine
