// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/monitor/history/history_store.h"
#include "model_engine/monitor/history/point_cursor.h"

#include <cstddef>
#include <limits>

namespace weightroom::engine {

/// As many as there are.
inline constexpr std::size_t kAllPoints = std::numeric_limits<std::size_t>::max();

/// What reading one series may give, and cost.
struct ReadLimits {
    std::size_t points = kAllPoints; ///< that are given
    std::size_t rows = kAllPoints; ///< that are put together to these, of a step that may be chosen
};

/// The finest step that still has the beginning of the span, and there at most as many points as the limits say, or
/// rows that can be put together to so many points and then draw more than the next step; hours where none has. Looks
/// at no more than it must: it never counts beyond the limits. Errors: those of Database.
[[nodiscard]] Result<HistoryStep> finestStep(const StoredSeries& series, const ReadLimits& limits);

} // namespace weightroom::engine
