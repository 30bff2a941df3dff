// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/database/database.h"
#include "model_engine/monitor/history/history_store.h"
#include "model_engine/monitor/metric.h"

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace weightroom::engine {

// The tables series and point, as they are written. Errors: those of Database.
//
// A point lies in the table by step, block, series and time. A block has ten points of every series:
//
//     seconds 0–9:  series 1 ten points, series 2 ten points …    seconds 10–19:  series 1 ten points …
//
// So all that is written at a time lies together, and what is read of one series does so in tens. 40 series at 1 Hz,
// written every ten seconds, cost 131 KiB on the disk each time, 1.1 GB a day; by step, series and time they would
// cost 972 KiB, for reads that take a third of the time (HistoryStore has the figures).

/// All steps, the finest first.
[[nodiscard]] std::span<const HistoryStep> allSteps();
/// The block that a point lies in which begins at `at`, in seconds since 1970.
[[nodiscard]] std::int64_t blockOf(std::int64_t at, HistoryStep step);

/// The number of a series in the tables; nothing for one that has no points.
[[nodiscard]] Result<std::optional<std::int64_t>> findSeries(const Database& database, const SeriesKey& series);
/// Those with metrics that are known here, in the order of their keys.
[[nodiscard]] Result<std::vector<SeriesKey>> readSeries(const Database& database);

/// Adds samples to their seconds, minutes and hours; makes series that are new. Within a transaction of the caller.
[[nodiscard]] Result<> writeSamples(const Database& database, std::span<const MetricSample> samples);
/// Points that have ended before they are to be kept, and series that have none any more.
[[nodiscard]] Result<> removeOldPoints(const Database& database, Clock::Wall now, const HistoryRetention& retention);

} // namespace weightroom::engine
