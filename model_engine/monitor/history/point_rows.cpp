// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/point_rows.h"

#include "model_engine/core/stored_time.h"
#include "model_engine/monitor/history/metric_rows.h"
#include "model_engine/monitor/history/point_cursor.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <optional>
#include <utility>

namespace weightroom::engine {
namespace {

using std::chrono::seconds;

/// Nothing was before 1970.
StoredSpan storedSpan(const HistorySpan& span)
{
    const std::int64_t to = std::chrono::ceil<seconds>(span.to.time_since_epoch()).count();
    if (span.to <= span.from || to <= 0)
        return {};
    return {std::max<std::int64_t>(toStoredTime<seconds>(span.from), 0), to};
}

/// The columns at_s, minimum, sum, maximum, count. Nothing for a row that is none of ours.
std::optional<MetricPoint> pointFrom(const Statement& row)
{
    const auto from = fromStoredTime<seconds>(row.integer(0));
    const double minimum = row.real(1);
    const double sum = row.real(2);
    const double maximum = row.real(3);
    const std::int64_t count = row.integer(4);
    const bool isFinite = std::isfinite(minimum) && std::isfinite(sum) && std::isfinite(maximum);
    if (!from || !isFinite || minimum > maximum || count < 1)
        return std::nullopt;
    // The sum is rounded: the mean of equal samples must not lie beside them.
    const double mean = std::clamp(sum / static_cast<double>(count), minimum, maximum);
    return MetricPoint{*from, minimum, mean, maximum, static_cast<std::uint64_t>(count)};
}

Result<std::vector<MetricPoint>> readPoints(const StoredSeries& series, HistoryStep step, std::size_t most)
{
    auto cursor = PointCursor::open(series, step);
    if (!cursor)
        return fail(std::move(cursor).error());
    std::vector<MetricPoint> points;
    while (points.size() < most) {
        const auto row = cursor->next();
        if (!row)
            return fail(row.error());
        if (!*row)
            break;
        if (const auto point = pointFrom(cursor->row()))
            points.push_back(*point);
    }
    // Another program may have put them into blocks where they do not belong.
    if (!std::ranges::is_sorted(points, {}, &MetricPoint::from))
        std::ranges::sort(points, {}, &MetricPoint::from);
    return points;
}

/// Readers of a moment: what is read while it lives is what was there when it began, and takes the locks of the file
/// once and not for each block, which is a third of what reading costs.
Result<Statement> beginReading(const Database& database)
{
    auto any = database.prepare("SELECT 1 FROM sqlite_schema");
    if (!any)
        return any;
    if (const auto row = any->step(); !row)
        return fail(row.error());
    return any;
}

/// `most`: so many are read.
Result<SeriesHistory> readSeriesPoints(
    const Database& database, const SeriesQuery& query, const ReadLimits& limits, std::size_t most)
{
    const auto reading = beginReading(database);
    if (!reading)
        return fail(reading.error());
    const auto number = findSeries(database, query.series);
    if (!number)
        return fail(number.error());
    if (!*number)
        return emptyHistory(query.step);
    const StoredSeries series{database, **number, storedSpan(query.span)};
    const auto step = query.step == HistoryStep::Unknown ? finestStep(series, limits) : Result<HistoryStep>(query.step);
    if (!step)
        return fail(step.error());
    auto points = readPoints(series, *step, most);
    if (!points)
        return fail(std::move(points).error());
    return SeriesHistory{*step, std::move(*points), lengthOf(*step)};
}

std::int64_t secondOf(const MetricPoint& point) { return toStoredTime<seconds>(point.from); }

/// Where time is cut into points of one length, in seconds.
struct Cut {
    std::int64_t begin = 0; ///< of the first
    std::int64_t length = 1;

    [[nodiscard]] std::int64_t numberOf(const MetricPoint& point) const { return (secondOf(point) - begin) / length; }
};

/// One whose points begin at multiples of their length.
Cut evenCut(std::int64_t first, std::int64_t length) { return {first - first % length, length}; }

/// At most `most` points for what there is; neither is 0.
Cut cutOf(const SeriesHistory& history, std::size_t most)
{
    const std::int64_t first = secondOf(history.points.front());
    const std::int64_t step = history.length.count();
    const auto steps = static_cast<std::size_t>((secondOf(history.points.back()) - first) / step) + 1;
    const auto lengthFor = [&](std::size_t parts) {
        return step * static_cast<std::int64_t>((steps + parts - 1) / parts);
    };
    if (most == 1)
        return {first, lengthFor(1)};
    const Cut tight = evenCut(first, lengthFor(most));
    if (std::cmp_less(tight.numberOf(history.points.back()), most))
        return tight;
    return evenCut(first, lengthFor(most - 1)); // what stands out at both ends is one part
}

} // namespace

SeriesHistory emptyHistory(HistoryStep step)
{
    const HistoryStep finest = step == HistoryStep::Unknown ? HistoryStep::Second : step;
    return {finest, {}, lengthOf(finest)};
}

void thinOut(SeriesHistory& history, std::size_t most)
{
    if (history.points.size() <= most || most == 0) {
        history.points.resize(std::min(history.points.size(), most));
        return;
    }
    const Cut cut = cutOf(history, most);
    history.length = seconds{cut.length};
    const std::vector<MetricPoint> points = std::exchange(history.points, {});
    std::int64_t current = -1;
    for (const MetricPoint& point : points) {
        const std::int64_t number = cut.numberOf(point);
        if (number == current)
            history.points.back() = merged(history.points.back(), point);
        else
            history.points.push_back(point);
        current = number;
    }
}

Result<SeriesHistory> readHistory(const Database& database, const SeriesQuery& query, const ReadLimits& limits)
{
    auto history = readSeriesPoints(database, query, limits, kAllPoints);
    if (history)
        thinOut(*history, limits.points);
    return history;
}

Result<SeriesHistory> readFirstPoints(const Database& database, const SeriesQuery& query, std::size_t most)
{
    return readSeriesPoints(database, query, {}, most);
}

} // namespace weightroom::engine
