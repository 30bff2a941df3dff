// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/step_choice.h"

#include "model_engine/monitor/history/metric_rows.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace weightroom::engine {
namespace {

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

/// HistoryStep::Unknown: there is none.
HistoryStep coarserThan(HistoryStep step)
{
    const auto steps = allSteps();
    const auto next = std::ranges::upper_bound(steps, step);
    return next == steps.end() ? HistoryStep::Unknown : *next;
}

/// Each step is compared with the next one: the longer a point, the more of it lies before the span.
Result<bool> hasBeginning(const StoredSeries& series, HistoryStep step)
{
    for (HistoryStep finer = step;;) {
        const HistoryStep coarser = coarserThan(finer);
        if (coarser == HistoryStep::Unknown)
            return true;
        const auto lacks = lacksBeginning(series, finer, coarser);
        if (!lacks || *lacks)
            return lacks ? Result<bool>(false) : lacks;
        finer = coarser;
    }
}

/// Whether the span has more than `most` points of a step. Looks at no more than it must.
Result<bool> hasMoreThan(const StoredSeries& series, HistoryStep step, std::size_t most)
{
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

/// From the first point of the span to the end of the last one, in seconds; nothing for more than `most` points.
Result<std::optional<std::int64_t>> extentOf(const StoredSeries& series, HistoryStep step, std::size_t most)
{
    auto cursor = PointCursor::open(series, step);
    if (!cursor)
        return fail(std::move(cursor).error());
    std::int64_t first = 0;
    std::int64_t end = 0;
    for (std::size_t count = 0;; ++count) {
        const auto row = cursor->next();
        if (!row)
            return fail(row.error());
        if (!*row)
            return end - first;
        if (count == most)
            return std::nullopt;
        const std::int64_t at = cursor->row().integer(0);
        first = count == 0 ? at : first;
        end = at + lengthOf(step).count();
    }
}

/// Whether the rows of a step are few enough to be read, and to be put together to points that are shorter than those
/// of the next step. That one tells how many rows there can be, for a fraction of what counting them costs.
Result<bool> canBePutTogether(const StoredSeries& series, HistoryStep step, const ReadLimits& limits)
{
    const HistoryStep coarser = coarserThan(step);
    if (coarser == HistoryStep::Unknown || limits.points < 2)
        return false;
    const std::int64_t ratio = lengthOf(coarser) / lengthOf(step);
    const auto extent = extentOf(series, coarser, limits.rows / static_cast<std::size_t>(ratio));
    if (!extent || !*extent)
        return extent ? Result<bool>(false) : Result<bool>(fail(extent.error()));
    const std::int64_t longest = lengthOf(coarser).count() - lengthOf(step).count();
    return std::cmp_less_equal((**extent + longest - 1) / longest, limits.points - 1);
}

Result<bool> fits(const StoredSeries& series, HistoryStep step, const ReadLimits& limits)
{
    if (limits.points == kAllPoints)
        return true;
    auto together = canBePutTogether(series, step, limits);
    if (!together || *together)
        return together;
    const auto tooMany = hasMoreThan(series, step, limits.points);
    return tooMany ? Result<bool>(!*tooMany) : tooMany;
}

} // namespace

Result<HistoryStep> finestStep(const StoredSeries& series, const ReadLimits& limits)
{
    for (const HistoryStep step : allSteps()) {
        const auto has = hasBeginning(series, step);
        if (!has)
            return fail(has.error());
        if (!*has)
            continue;
        const auto isRight = fits(series, step, limits);
        if (!isRight)
            return fail(isRight.error());
        if (*isRight)
            return step;
    }
    return HistoryStep::Hour;
}

} // namespace weightroom::engine
