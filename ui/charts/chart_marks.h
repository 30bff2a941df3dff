// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/decimation.h"
#include "ui/charts/plot_geometry.h"

#include <QColor>

class QPainter;

namespace weightroom::ui {

/// Paints what lies under the lines of one series: the translucent band from the least to the greatest values, where
/// these differ, and a dot for each point that has no neighbours and so no line.
///
/// The band is one bar for each point: what was read in its time lies there, and a spike of one column is as strong as
/// the rest. It costs little, too: a QAreaSeries is one translucent polygon, of which Qt blends every span of pixels by
/// itself. Of 460 points that jump up and down that took 64 ms, and the bars take MEASURED.
void paintMarks(QPainter& painter, const DecimatedSeries& series, const PlotGeometry& geometry, const QColor& color);

} // namespace weightroom::ui
