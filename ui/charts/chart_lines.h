// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/decimation.h"
#include "ui/charts/plot_geometry.h"

#include <QColor>
#include <QList>

class QChart;
class QLineSeries;
class QValueAxis;

namespace weightroom::ui {

/// The QtCharts series that draw the means: one for each run, as a QLineSeries bridges every gap. They are kept from
/// tick to tick and get their points with one replace(). Their axes stay at 0 to 1 for ever: QtCharts computes every
/// series anew for each change of an axis.
class ChartLines {
public:
    explicit ChartLines(QChart& chart);

    /// Between begin() and end() the lines of all series are handed in; what is not is gone then.
    void begin() { m_used = 0; }
    /// Runs of one point have no line.
    void add(const DecimatedSeries& series, const PlotGeometry& geometry, const QColor& color);
    void end();

private:
    [[nodiscard]] QLineSeries* nextLine();

    QChart& m_chart;
    QValueAxis* m_time;
    QValueAxis* m_value;
    QList<QLineSeries*> m_lines;
    qsizetype m_used = 0;
};

} // namespace weightroom::ui
