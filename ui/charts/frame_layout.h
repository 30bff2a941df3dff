// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/chart_frame.h"
#include "ui/charts/decimation.h"

#include <QDate>
#include <QSizeF>

#include <optional>

namespace weightroom::ui {

/// What a chart has to show.
struct FrameContent {
    TimeSpan span;
    QDate today;
    ChartUnit unit = ChartUnit::Count;
    std::optional<double> fullScale; ///< the end of the value axis, unless a value is greater
    std::optional<double> least; ///< of what is visible; absent where nothing is
    std::optional<double> greatest;
    QList<LegendEntry> legend;
    QString notice; ///< where there is nothing to see; then there are no values on the axis either
};

/// The least and the greatest value of the points within the span, not of those to which lines lead from its ends.
void addExtremes(FrameContent& content, const DecimatedSeries& series);

/// Where all of it goes on a chart of this size (device-independent pixels), in the chart's font.
[[nodiscard]] ChartFrame layOutFrame(const FrameContent& content, const QSizeF& size, const QFont& font);

} // namespace weightroom::ui
