// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_lines.h"

#include <QPen>
#include <QtCharts/QChart>
#include <QtCharts/QLineSeries>
#include <QtCharts/QValueAxis>

namespace weightroom::ui {
namespace {

constexpr qreal kLineWidth = 1.5;
/// QtCharts draws each piece of a line by itself; with round ends that takes 2.5 times as long.
constexpr Qt::PenCapStyle kLineEnds = Qt::FlatCap;

QList<QPointF> lineOf(const QList<TimePoint>& run, const PlotGeometry& geometry)
{
    QList<QPointF> line;
    line.reserve(run.size());
    for (const TimePoint& point : run)
        line.append({geometry.timeShare(point.at), geometry.valueShare(point.mean)});
    return line;
}

} // namespace

ChartLines::ChartLines(QChart& chart)
    : m_chart(chart)
    , m_time(new QValueAxis(&chart))
    , m_value(new QValueAxis(&chart))
{
    m_time->setRange(0, 1);
    m_value->setRange(0, 1);
    m_time->setVisible(false);
    m_value->setVisible(false);
    chart.addAxis(m_time, Qt::AlignBottom);
    chart.addAxis(m_value, Qt::AlignLeft);
}

void ChartLines::add(const DecimatedSeries& series, const PlotGeometry& geometry, const QColor& color)
{
    for (const QList<TimePoint>& run : series.runs) {
        if (run.size() == 1)
            continue;
        QLineSeries* line = nextLine();
        line->setPen(QPen(color, kLineWidth, Qt::SolidLine, kLineEnds));
        line->replace(lineOf(run, geometry));
    }
}

void ChartLines::end()
{
    for (qsizetype index = m_used; index < m_lines.size(); ++index) {
        if (m_lines[index]->count() > 0)
            m_lines[index]->replace(QList<QPointF>());
    }
}

QLineSeries* ChartLines::nextLine()
{
    if (m_used == m_lines.size()) {
        auto* line = new QLineSeries;
        m_chart.addSeries(line);
        line->attachAxis(m_time);
        line->attachAxis(m_value);
        m_lines.append(line);
    }
    return m_lines[m_used++];
}

} // namespace weightroom::ui
