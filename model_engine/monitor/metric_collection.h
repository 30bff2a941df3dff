// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/loads/load_event.h"
#include "model_engine/monitor/metric.h"
#include "model_engine/monitor/monitor_snapshot.h"

#include <vector>

namespace weightroom::engine {

/// The numbers of a moment, for the history. What is not known at it has no sample, nor has what a GPU said at an
/// earlier look. `before`: the one that came before, for what is counted since; nullptr: there was none.
[[nodiscard]] std::vector<MetricSample> samplesOf(const MonitorSnapshot& now, const MonitorSnapshot* before);

/// What GPUs said at an earlier look and still stands, because they are left to find their sleep: with the time of that
/// look. In the history each counts once more there. So no second gets a value that was not measured in it, and the
/// mean of an hour is still one over its time: 30 seconds of rest weigh as much as 30 of work.
[[nodiscard]] std::vector<MetricSample> keptSamplesOf(const MonitorSnapshot& now);

/// Those of a load that has ended; none for one that was cancelled, or went into the cache only.
[[nodiscard]] std::vector<MetricSample> samplesOf(const LoadEvent& load);

} // namespace weightroom::engine
