// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/time_chart.h"

#include <QApplication>
#include <QImage>
#include <QWheelEvent>
#include <QtCharts/QLineSeries>

#include <memory>

namespace weightroom::test {

inline constexpr qint64 kNow = 1'764'253'530'000; // 14:25:30 on 27 November 2025 in UTC
inline constexpr qint64 kSecond = 1'000;
inline constexpr qint64 kMinute = 60 * kSecond;
inline constexpr qint64 kDay = 24 * 60 * kMinute;

inline ui::TimePoint point(qint64 at, double value) { return {at, value, value, value}; }

/// One point a second until now, of the same value.
inline QList<ui::TimePoint> steady(int count, double value)
{
    QList<ui::TimePoint> points;
    for (int index = count - 1; index >= 0; --index)
        points.append(point(kNow - index * kSecond, value));
    return points;
}

inline ui::TimeSeries seriesOf(const char* name, const QList<ui::TimePoint>& points, int colorRole = 0)
{
    const QString text = QString::fromLatin1(name);
    return {.id = text, .name = text, .colorRole = colorRole, .points = points, .gapAfter = 0};
}

inline std::unique_ptr<ui::TimeChart> shownChart(ui::ChartUnit unit = ui::ChartUnit::Percent)
{
    auto chart = std::make_unique<ui::TimeChart>(unit);
    chart->resize(800, 200);
    chart->show();
    return chart;
}

/// The lines that are not empty.
inline QList<QLineSeries*> linesOf(const ui::TimeChart& chart)
{
    QList<QLineSeries*> lines;
    for (QAbstractSeries* series : chart.chart()->series()) {
        auto* line = qobject_cast<QLineSeries*>(series);
        if (line != nullptr && line->count() > 0)
            lines.append(line);
    }
    return lines;
}

/// The place of a moment on the chart's viewport, in the middle of its height.
inline QPointF placeOf(const ui::TimeChart& chart, qint64 at)
{
    return {chart.frame().geometry.x(at), chart.frame().geometry.plot.center().y()};
}

inline void moveTo(ui::TimeChart& chart, QPointF place, Qt::MouseButtons buttons = Qt::NoButton)
{
    QMouseEvent move(QEvent::MouseMove, place, chart.viewport()->mapToGlobal(place), Qt::NoButton, buttons, {});
    QApplication::sendEvent(chart.viewport(), &move);
}

inline void leave(ui::TimeChart& chart)
{
    QEvent event(QEvent::Leave);
    QApplication::sendEvent(chart.viewport(), &event);
}

/// Whether the chart has made use of it; else it goes on to what the chart stands in.
inline bool turnWheel(ui::TimeChart& chart, QPointF place, QPoint delta, Qt::KeyboardModifiers modifiers = {})
{
    QWheelEvent wheel(
        place, chart.viewport()->mapToGlobal(place), {}, delta, Qt::NoButton, modifiers, Qt::NoScrollPhase, false);
    QApplication::sendEvent(chart.viewport(), &wheel);
    return wheel.isAccepted();
}

inline QColor pixelAt(ui::TimeChart& chart, QPointF place)
{
    return chart.grab().toImage().pixelColor(place.toPoint());
}

} // namespace weightroom::test
