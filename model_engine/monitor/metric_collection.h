// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/loads/load_event.h"
#include "model_engine/monitor/metric.h"
#include "model_engine/monitor/monitor_snapshot.h"

#include <vector>

namespace weightroom::engine {

/// The numbers of a moment, for the history. What is not known at it has no sample. `before`: the one that came before,
/// for what is counted since; nullptr: there was none.
[[nodiscard]] std::vector<MetricSample> samplesOf(const MonitorSnapshot& now, const MonitorSnapshot* before);

/// Those of a load that has ended; none for one that was cancelled, or went into the cache only.
[[nodiscard]] std::vector<MetricSample> samplesOf(const LoadEvent& load);

} // namespace weightroom::engine
