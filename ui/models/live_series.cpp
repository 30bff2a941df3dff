// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/live_series.h"

#include <algorithm>
#include <numeric>

namespace weightroom::ui {
namespace {

void dropBefore(QList<TimePoint>& points, qint64 time)
{
    const auto kept = std::ranges::lower_bound(points, time, {}, &TimePoint::at);
    points.erase(points.begin(), kept);
}

/// There is at least one.
TimePoint pointOf(qint64 at, const QList<double>& values)
{
    const auto [least, greatest] = std::ranges::minmax(values);
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    const auto count = static_cast<double>(values.size());
    return {.at = at, .minimum = least, .mean = sum / count, .maximum = greatest, .weight = count};
}

} // namespace

void LiveSeries::add(const MonitorView& seen)
{
    if (seen.at < m_now) {
        m_series.clear();
        m_rested.clear();
    }
    m_now = seen.at;
    const QList<SeriesId> ids = seen.samples.uniqueKeys();
    for (const SeriesId& id : ids)
        m_series[id].append(pointOf(seen.at, seen.samples.values(id)));
    for (QList<TimePoint>& points : m_series)
        dropBefore(points, m_now - kLength);
    m_series.removeIf([](const auto& row) { return row.value().isEmpty(); });
    for (const SeriesId& id : seen.resting)
        m_rested.insert(id, m_now);
    m_rested.removeIf([this](const auto& row) { return row.value() < m_now - kLength; });
}

qint64 LiveSeries::stepOf(const SeriesId& id) const
{
    return m_rested.contains(id) ? MonitorView::kRestingStep : kStep;
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
