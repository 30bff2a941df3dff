// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/live_series.h"

#include <algorithm>

namespace weightroom::ui {
namespace {

void dropBefore(QList<TimePoint>& points, qint64 time)
{
    const auto kept = std::ranges::lower_bound(points, time, {}, &TimePoint::at);
    points.erase(points.begin(), kept);
}

} // namespace

void LiveSeries::add(const MonitorView& seen)
{
    if (seen.at < m_now)
        m_series.clear();
    m_now = seen.at;
    for (auto sample = seen.samples.begin(); sample != seen.samples.end(); ++sample) {
        QList<TimePoint>& points = m_series[sample.key()];
        points.append({.at = seen.at, .minimum = sample.value(), .mean = sample.value(), .maximum = sample.value()});
    }
    for (QList<TimePoint>& points : m_series)
        dropBefore(points, m_now - kLength);
    m_series.removeIf([](const auto& row) { return row.value().isEmpty(); });
}

void LiveSeries::prepend(const HistoryView& history)
{
    for (auto series = history.series.begin(); series != history.series.end(); ++series) {
        if (series->step != kStep)
            continue;
        QList<TimePoint>& points = m_series[series.key()];
        // The history has whole seconds.
        const qint64 first = points.isEmpty() ? m_now : points.first().at;
        QList<TimePoint> older = series->points;
        older.removeIf([&](const TimePoint& point) { return point.at >= first - 500 || point.at < m_now - kLength; });
        points = older + points;
    }
}

} // namespace weightroom::ui
