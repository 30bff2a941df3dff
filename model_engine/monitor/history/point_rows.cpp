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

/// When the first point of the span begins.
Result<std::optional<std::int64_t>> firstPoint(const StoredSeries& series, HistoryStep step)
{
    auto cursor = PointCursor::open(series, step);
    if (!cursor)
        return fail(std::move(cursor).error());
    const auto row = cursor->next();
    if (!row)
        return fail(row.error());
    return *row ? std::optional{cursor->row().integer(0)} : std::nullopt;
}

/// Whether a step has nothing any more of what the first point of a coarser one in the span was made of.
Result<bool> lacksBeginning(const StoredSeries& series, HistoryStep step, HistoryStep coarser)
{
    const auto coarsePoint = firstPoint(series, coarser);
    if (!coarsePoint || !*coarsePoint)
        return coarsePoint ? Result<bool>(false) : Result<bool>(fail(coarsePoint.error()));
    const std::int64_t length = lengthOf(coarser).count();
    const StoredSpan madeOf{**coarsePoint, **coarsePoint + length};
    const auto point = firstPoint({series.database, series.number, madeOf}, step);
    return point ? Result<bool>(!*point) : Result<bool>(fail(point.error()));
}

/// Each step is compared with the next one: the longer a point, the more of it lies before the span.
Result<bool> hasBeginning(const StoredSeries& series, HistoryStep step)
{
    const auto steps = allSteps();
    for (auto finer = std::ranges::find(steps, step); finer + 1 != steps.end(); ++finer) {
        const auto lacks = lacksBeginning(series, *finer, *(finer + 1));
        if (!lacks || *lacks)
            return lacks ? Result<bool>(false) : lacks;
    }
    return true;
}

/// Whether the span has more than `most` points of a step. Looks at no more than it must.
Result<bool> hasMoreThan(const StoredSeries& series, HistoryStep step, std::size_t most)
{
    if (most == kAllPoints)
        return false;
    auto cursor = PointCursor::open(series, step);
    if (!cursor)
        return fail(std::move(cursor).error());
    for (std::size_t count = 0; count <= most; ++count) {
        auto row = cursor->next();
        if (!row || !*row)
            return row;
    }
    return true;
}

/// The finest step that still has the beginning of the span, and at most `most` points; hours where none has.
Result<HistoryStep> finestStep(const StoredSeries& series, std::size_t most)
{
    for (const HistoryStep step : allSteps()) {
        const auto has = hasBeginning(series, step);
        if (!has)
            return fail(has.error());
        if (!*has)
            continue;
        const auto isTooMuch = hasMoreThan(series, step, most);
        if (!isTooMuch)
            return fail(isTooMuch.error());
        if (!*isTooMuch)
            return step;
    }
    return HistoryStep::Hour;
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
    return points;
}

/// `mostForStep`: more points make a step too fine, where it may be chosen. `most`: so many are read.
Result<SeriesHistory> readSeriesPoints(
    const Database& database, const SeriesQuery& query, std::size_t mostForStep, std::size_t most)
{
    const auto number = findSeries(database, query.series);
    if (!number)
        return fail(number.error());
    if (!*number)
        return emptyHistory(query.step);
    const StoredSeries series{database, **number, storedSpan(query.span)};
    const auto step =
        query.step == HistoryStep::Unknown ? finestStep(series, mostForStep) : Result<HistoryStep>(query.step);
    if (!step)
        return fail(step.error());
    auto points = readPoints(series, *step, most);
    if (!points)
        return fail(std::move(points).error());
    return SeriesHistory{*step, std::move(*points), lengthOf(*step)};
}

} // namespace

SeriesHistory emptyHistory(HistoryStep step)
{
    const HistoryStep finest = step == HistoryStep::Unknown ? HistoryStep::Second : step;
    return {finest, {}, lengthOf(finest)};
}

void thinOut(SeriesHistory& history, std::size_t most)
{
    std::vector<MetricPoint> points = std::exchange(history.points, {});
    if (points.size() <= most || most == 0) {
        points.resize(std::min(points.size(), most));
        history.points = std::move(points);
        return;
    }
    const Clock::Wall begin = points.front().from;
    const auto lengths = static_cast<std::size_t>((points.back().from - begin) / history.length) + 1;
    history.length *= static_cast<std::int64_t>((lengths + most - 1) / most);
    std::int64_t current = -1;
    for (const MetricPoint& point : points) {
        const std::int64_t number = (point.from - begin) / history.length;
        if (number == current)
            history.points.back() = merged(history.points.back(), point);
        else
            history.points.push_back(point);
        current = number;
    }
}

Result<SeriesHistory> readHistory(const Database& database, const SeriesQuery& query, std::size_t mostPoints)
{
    auto history = readSeriesPoints(database, query, mostPoints, kAllPoints);
    if (history)
        thinOut(*history, mostPoints);
    return history;
}

Result<SeriesHistory> readFirstPoints(const Database& database, const SeriesQuery& query, std::size_t most)
{
    return readSeriesPoints(database, query, kAllPoints, most);
}

} // namespace weightroom::engine
