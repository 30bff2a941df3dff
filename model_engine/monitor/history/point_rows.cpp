// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/point_rows.h"

#include "model_engine/core/stored_time.h"
#include "model_engine/monitor/history/metric_rows.h"
#include "model_engine/monitor/history/point_cursor.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <unordered_map>
#include <utility>

namespace weightroom::engine {
namespace {

using std::chrono::seconds;

/// Points that are in memory at a time, where many series are read together: 40 MB.
constexpr std::size_t kMostTogether = 1'000'000;

/// Of those that are asked for.
struct WantedSeries {
    std::vector<std::size_t> places; ///< in the question
    std::vector<std::int64_t> numbers; ///< in the table
};

/// Nothing was before 1970.
StoredSpan storedSpan(const HistorySpan& span)
{
    const std::int64_t to = std::chrono::ceil<seconds>(span.to.time_since_epoch()).count();
    if (span.to <= span.from || to <= 0)
        return {};
    return {std::max<std::int64_t>(toStoredTime<seconds>(span.from), 0), to};
}

/// Another program may have put them into blocks where they do not belong.
void putInOrder(std::vector<MetricPoint>& points)
{
    if (!std::ranges::is_sorted(points, {}, &MetricPoint::from))
        std::ranges::sort(points, {}, &MetricPoint::from);
}

Result<> scanPoints(const Database& database, std::span<const std::int64_t> numbers, const StoredSpan& span,
    HistoryStep step, std::vector<std::vector<MetricPoint>>& points)
{
    auto scan = PointScan::open(database, span, step);
    if (!scan)
        return fail(std::move(scan).error());
    std::unordered_map<std::int64_t, std::size_t> places;
    for (std::size_t i = 0; i < numbers.size(); ++i)
        places.emplace(numbers[i], i);
    for (;;) {
        const auto row = scan->next();
        if (!row)
            return fail(row.error());
        if (!*row)
            break;
        const auto place = places.find(scan->series());
        if (place == places.end())
            continue;
        if (const auto point = pointFrom(scan->row()))
            points[place->second].push_back(*point);
    }
    std::ranges::for_each(points, putInOrder);
    return {};
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
    putInOrder(points);
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

Result<HistoryStep> stepFor(const StoredSeries& series, HistoryStep wanted, const ReadLimits& limits)
{
    return wanted == HistoryStep::Unknown ? finestStep(series, limits) : Result<HistoryStep>(wanted);
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
    const auto step = stepFor(series, query.step, limits);
    if (!step)
        return fail(step.error());
    auto points = readPoints(series, *step, most);
    if (!points)
        return fail(std::move(points).error());
    return SeriesHistory{*step, std::move(*points), lengthOf(*step)};
}

/// Those of several that are read in the same step, in the order of `numbers`. Points of all series lie side by side:
/// to go through all that there is costs half of what it costs to look for each series in each block. 350,000 rows: 150
/// ms against 290 (2 cores, 2026-11-27).
Result<std::vector<std::vector<MetricPoint>>> readTogether(
    const Database& database, std::span<const std::int64_t> numbers, const StoredSpan& span, HistoryStep step)
{
    const auto all = database.number("SELECT count(*) FROM series");
    if (!all)
        return fail(all.error());
    std::vector<std::vector<MetricPoint>> points(numbers.size());
    const std::size_t mostRows = static_cast<std::size_t>((span.before - span.from) / lengthOf(step).count() + 1);
    if (std::cmp_greater_equal(2 * numbers.size(), *all) && mostRows <= kMostTogether / numbers.size()) {
        if (auto scanned = scanPoints(database, numbers, span, step, points); !scanned)
            return fail(std::move(scanned).error());
        return points;
    }
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        auto read = readPoints({database, numbers[i], span}, step, kAllPoints);
        if (!read)
            return fail(std::move(read).error());
        points[i] = std::move(*read);
    }
    return points;
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

Result<std::vector<SeriesHistory>> readHistories(
    const Database& database, std::span<const SeriesKey> series, const SeriesQuery& query, const ReadLimits& limits)
{
    const auto reading = beginReading(database);
    if (!reading)
        return fail(reading.error());
    const StoredSpan span = storedSpan(query.span);
    std::vector<SeriesHistory> histories(series.size(), emptyHistory(query.step));
    std::map<HistoryStep, WantedSeries> wanted;
    for (std::size_t i = 0; i < series.size(); ++i) {
        const auto number = findSeries(database, series[i]);
        if (!number)
            return fail(number.error());
        if (!*number)
            continue;
        const auto step = stepFor({database, **number, span}, query.step, limits);
        if (!step)
            return fail(step.error());
        wanted[*step].places.push_back(i);
        wanted[*step].numbers.push_back(**number);
    }
    for (const auto& [step, those] : wanted) {
        auto points = readTogether(database, those.numbers, span, step);
        if (!points)
            return fail(std::move(points).error());
        for (std::size_t i = 0; i < points->size(); ++i) {
            SeriesHistory& history = histories[those.places[i]];
            history = {step, std::move((*points)[i]), lengthOf(step)};
            thinOut(history, limits.points);
        }
    }
    return histories;
}

Result<SeriesHistory> readFirstPoints(const Database& database, const SeriesQuery& query, std::size_t most)
{
    return readSeriesPoints(database, query, {}, most);
}

} // namespace weightroom::engine
