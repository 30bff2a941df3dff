// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/time_series.h"

#include <QPointF>
#include <QRectF>

#include <algorithm>
#include <cmath>

namespace weightroom::ui {

/// Where moments and values lie in the plot of a chart. Shares run from 0 to 1: to the right with the time, upwards
/// with the value.
struct PlotGeometry {
    /// Pixels left free above and below, so that half of a line at 0 is not cut off.
    static constexpr double kPadding = 1.5;

    QRectF plot; ///< in the chart's coordinates, device-independent pixels
    TimeSpan span;
    double low = 0;
    double high = 1; ///< greater than `low`

    [[nodiscard]] double timeShare(qint64 at) const
    {
        return static_cast<double>(at - span.from) / static_cast<double>(std::max<qint64>(span.length(), 1));
    }
    [[nodiscard]] double valueShare(double value) const
    {
        const double padding = kPadding / std::max(plot.height(), 2 * kPadding);
        return padding + (value - low) / (high - low) * (1 - 2 * padding);
    }
    [[nodiscard]] double x(qint64 at) const { return plot.left() + timeShare(at) * plot.width(); }
    [[nodiscard]] double y(double value) const { return plot.bottom() - valueShare(value) * plot.height(); }
    /// The moment at a place; `x` may lie outside of the plot.
    [[nodiscard]] qint64 timeAt(double x) const
    {
        const double share = (x - plot.left()) / std::max(plot.width(), 1.0);
        return span.from + std::llround(share * static_cast<double>(span.length()));
    }
    /// Milliseconds of one pixel.
    [[nodiscard]] double pixelLength() const
    {
        return static_cast<double>(span.length()) / std::max(plot.width(), 1.0);
    }
};

} // namespace weightroom::ui
