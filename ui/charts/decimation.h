// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/time_series.h"

#include <QList>

#include <optional>

namespace weightroom::ui {

/// Fewer than this many columns are not told apart: one each for what lies before, in and after the span.
inline constexpr int kLeastColumns = 4;

/// What is drawn of a series: few points, in runs between which nothing is known.
struct DecimatedSeries {
    QList<QList<TimePoint>> runs; ///< by time; none is empty
    qint64 column = 0; ///< milliseconds that one point stands for; 0: each is as it was handed in
    qint64 gapAfter = 0; ///< milliseconds without a point that are a gap
};

/// The median of the time between neighbours, in milliseconds, from at most a few hundred pairs; 0 for fewer than two.
[[nodiscard]] qint64 usualSpacing(const QList<TimePoint>& points);

/// After how many milliseconds without a point there is a gap: `given`, or three times the usual spacing where that is
/// 0.
[[nodiscard]] qint64 gapLength(const QList<TimePoint>& points, qint64 given);

/// At most `columns` points (and at least kLeastColumns) for `span`, with one more on either side where there is one,
/// so that a line goes on to the edge. Each keeps the least and the greatest value of all that it stands for, and
/// the mean of their values: a point counts for its weight, so that a minute in which the only load has failed is not
/// as much as one in which 99 have not. Points stand for columns that begin at multiples of their length: as time goes
/// on they move, but do not change. A time without points that is longer than `gapAfter` and than a column divides two
/// runs. Values that are not finite, and points without weight, are as if they were not there.
///
/// Cost: a binary search, then each visible point once; nothing is copied but the result.
[[nodiscard]] DecimatedSeries decimate(const QList<TimePoint>& points, TimeSpan span, int columns, qint64 gapAfter = 0);

/// The point that stands for a moment: the nearest, but none in a gap. `slack`: milliseconds beyond the ends of a run
/// that still count, for what is too short to be met otherwise.
[[nodiscard]] std::optional<TimePoint> pointAt(const DecimatedSeries& series, qint64 at, qint64 slack);

} // namespace weightroom::ui
