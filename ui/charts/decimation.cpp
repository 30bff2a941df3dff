// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/decimation.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace weightroom::ui {
namespace {

using PointIterator = QList<TimePoint>::const_iterator;

constexpr qsizetype kSampledPairs = 255;
constexpr qint64 kSpacingsInGap = 3;

qint64 startOfColumn(qint64 at, qint64 column)
{
    const qint64 rest = at % column;
    return at - (rest < 0 ? rest + column : rest);
}

PointIterator firstFrom(PointIterator begin, PointIterator end, qint64 at)
{
    return std::lower_bound(begin, end, at, [](const TimePoint& point, qint64 moment) { return point.at < moment; });
}

bool isKnown(const TimePoint& point)
{
    return std::isfinite(point.minimum) && std::isfinite(point.mean) && std::isfinite(point.maximum)
        && std::isfinite(point.weight) && point.weight > 0;
}

/// Puts points together by columns, and columns into runs.
class Columns {
public:
    explicit Columns(DecimatedSeries& series)
        : m_series(series)
    {
    }

    void add(const TimePoint& point)
    {
        if (m_hasPoints && point.at < m_end) {
            merge(point);
            return;
        }
        finish();
        m_sum = point;
        m_first = m_last = point.at;
        m_hasPoints = true;
        m_end = m_series.column > 0 ? startOfColumn(point.at, m_series.column) + m_series.column : point.at;
    }

    void finish()
    {
        if (!m_hasPoints)
            return;
        m_sum.at = m_first + (m_last - m_first) / 2;
        const qint64 pause = m_first - m_lastOfRun;
        if (m_series.runs.isEmpty() || pause > std::max(m_series.gapAfter, m_series.column))
            m_series.runs.append(QList<TimePoint>());
        m_series.runs.last().append(m_sum);
        m_lastOfRun = m_last;
    }

private:
    void merge(const TimePoint& point)
    {
        m_sum.minimum = std::min(m_sum.minimum, point.minimum);
        m_sum.maximum = std::max(m_sum.maximum, point.maximum);
        m_sum.weight += point.weight;
        // Each step is rounded: the mean of equal points must not lie beside them.
        const double mean = m_sum.mean + (point.mean - m_sum.mean) * (point.weight / m_sum.weight);
        m_sum.mean = std::clamp(mean, m_sum.minimum, m_sum.maximum);
        m_last = point.at;
    }

    DecimatedSeries& m_series;
    TimePoint m_sum{}; ///< all points of the column until now, as one
    qint64 m_first = 0;
    qint64 m_last = 0;
    qint64 m_end = 0; ///< of the column
    qint64 m_lastOfRun = 0;
    bool m_hasPoints = false; ///< of the column
};

} // namespace

qint64 usualSpacing(const QList<TimePoint>& points)
{
    if (points.size() < 2)
        return 0;
    const qsizetype stride = (points.size() - 2) / kSampledPairs + 1;
    std::vector<qint64> spacings;
    spacings.reserve(kSampledPairs + 1);
    for (qsizetype index = 1; index < points.size(); index += stride)
        spacings.push_back(points[index].at - points[index - 1].at);
    const auto middle = spacings.begin() + static_cast<std::ptrdiff_t>(spacings.size() / 2);
    std::nth_element(spacings.begin(), middle, spacings.end());
    return *middle;
}

qint64 gapLength(const QList<TimePoint>& points, qint64 given)
{
    return given > 0 ? given : kSpacingsInGap * usualSpacing(points);
}

DecimatedSeries decimate(const QList<TimePoint>& points, TimeSpan span, int columns, qint64 gapAfter)
{
    DecimatedSeries series;
    series.gapAfter = gapLength(points, gapAfter);
    PointIterator begin = firstFrom(points.cbegin(), points.cend(), span.from);
    PointIterator end = firstFrom(begin, points.cend(), span.to + 1);
    if (begin != points.cbegin())
        --begin;
    if (end != points.cend())
        ++end;
    columns = std::max(columns, kLeastColumns);
    if (end - begin > columns) {
        // One column is cut by the span's end, and there is one more on either side.
        const qint64 whole = columns - 3;
        series.column = std::max<qint64>((span.length() + whole - 1) / whole, 1);
        begin = firstFrom(points.cbegin(), begin, startOfColumn(begin->at, series.column));
        end = firstFrom(end, points.cend(), startOfColumn((end - 1)->at, series.column) + series.column);
    }
    Columns merged(series);
    for (PointIterator point = begin; point != end; ++point) {
        if (isKnown(*point))
            merged.add(*point);
    }
    merged.finish();
    return series;
}

std::optional<TimePoint> pointAt(const DecimatedSeries& series, qint64 at, qint64 slack)
{
    // Neighbours of a run are at most so far apart, wherever in their columns they lie.
    const qint64 farthest = std::max(slack, (std::max(series.gapAfter, series.column) + series.column) / 2);
    std::optional<TimePoint> nearest;
    const auto consider = [&](const TimePoint& point) {
        const qint64 distance = std::abs(point.at - at);
        if (distance <= farthest && (!nearest || distance < std::abs(nearest->at - at)))
            nearest = point;
    };
    for (const QList<TimePoint>& run : series.runs) {
        const PointIterator next = firstFrom(run.cbegin(), run.cend(), at);
        if (next != run.cend())
            consider(*next);
        if (next != run.cbegin())
            consider(*(next - 1));
    }
    return nearest;
}

} // namespace weightroom::ui
