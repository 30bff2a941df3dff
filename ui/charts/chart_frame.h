// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/nice_axis.h"
#include "ui/charts/plot_geometry.h"

#include <QColor>
#include <QList>
#include <QMarginsF>
#include <QString>

class QFont;
class QPainter;

namespace weightroom::ui {

struct Theme;

struct LegendEntry {
    QColor color;
    QString name;
};

/// What is painted around the lines of a chart, and under them.
struct ChartFrame {
    PlotGeometry geometry;
    QList<TimeTick> times;
    QList<ValueTick> values;
    QList<LegendEntry> legend; ///< empty: none
    QString notice; ///< in the middle of the plot, where there is nothing to see
};

/// The font of all that stands on a chart.
[[nodiscard]] QFont chartFont(const QFont& font);
/// The space that the frame needs around the plot, for a chart of this width. `font`: the chart's own. Charts that
/// stand one above the other have the same, whatever their units, so that their times do too.
[[nodiscard]] QMarginsF frameMargins(const ChartFrame& frame, const QFont& font, double width);
/// Paints it with the painter's font.
void paintFrame(QPainter& painter, const ChartFrame& frame, const Theme& theme);

} // namespace weightroom::ui
