// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/database/database.h"
#include "model_engine/monitor/history/history_store.h"
#include "model_engine/monitor/history/step_choice.h"
#include "model_engine/monitor/metric.h"

#include <cstddef>
#include <span>
#include <vector>

namespace weightroom::engine {

// The table point, as it is read. Errors: those of Database. Rows that are none of ours are left out.

/// What is wanted of one series. `step` Unknown: the finest that fits.
struct SeriesQuery {
    SeriesKey series;
    HistorySpan span;
    HistoryStep step = HistoryStep::Unknown;
};

/// One that has nothing, in `step`, or in the finest for Unknown.
[[nodiscard]] SeriesHistory emptyHistory(HistoryStep step);

/// HistoryStore::read()
[[nodiscard]] Result<SeriesHistory> readHistory(
    const Database& database, const SeriesQuery& query, const ReadLimits& limits);
/// HistoryStore::readAll(): what `query` asks for, of each of these series; the limits are of each too.
[[nodiscard]] Result<std::vector<SeriesHistory>> readHistories(
    const Database& database, std::span<const SeriesKey> series, const SeriesQuery& query, const ReadLimits& limits);
/// HistoryStore::readFirst()
[[nodiscard]] Result<SeriesHistory> readFirstPoints(
    const Database& database, const SeriesQuery& query, std::size_t most);

/// Puts neighbours together until at most `most` points are left, all of the same length. They begin at multiples of it
/// (but for one point), so that they stay the same while a span moves on.
void thinOut(SeriesHistory& history, std::size_t most);

} // namespace weightroom::engine
