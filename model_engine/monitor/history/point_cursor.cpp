// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/point_cursor.h"

#include "model_engine/core/stored_time.h"
#include "model_engine/monitor/history/metric_rows.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace weightroom::engine {

std::optional<MetricPoint> pointFrom(const Statement& row)
{
    const auto from = fromStoredTime<std::chrono::seconds>(row.integer(0));
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

StoredSpan wholeSteps(const StoredSpan& span, HistoryStep step)
{
    return {span.from - span.from % lengthOf(step).count(), span.before};
}

PointCursor::PointCursor(Statement rows, Statement blocks, HistoryStep step, const StoredSpan& span)
    : m_rows(std::move(rows))
    , m_blocks(std::move(blocks))
    , m_block(blockOf(span.from, step))
    , m_last(span.before > span.from ? blockOf(span.before - 1, step) : m_block - 1)
{
}

Result<PointCursor> PointCursor::open(const StoredSeries& series, HistoryStep step)
{
    auto rows =
        series.database.prepare("SELECT at_s, minimum, sum, maximum, count FROM point WHERE step = ?1"
                                " AND block = ?2 AND series_id = ?3 AND at_s >= ?4 AND at_s < ?5 ORDER BY at_s");
    if (!rows)
        return fail(std::move(rows).error());
    auto blocks =
        series.database.prepare("SELECT block FROM point WHERE step = ?1 AND block >= ?2 ORDER BY block LIMIT 1");
    if (!blocks)
        return fail(std::move(blocks).error());
    const std::int64_t length = lengthOf(step).count();
    const StoredSpan span = wholeSteps(series.span, step);
    rows->bindInteger(1, length).bindInteger(3, series.number).bindInteger(4, span.from).bindInteger(5, span.before);
    blocks->bindInteger(1, length);
    return PointCursor{std::move(*rows), std::move(*blocks), step, span};
}

Result<bool> PointCursor::next()
{
    while (m_block <= m_last) {
        if (!m_isInBlock)
            m_rows.bindInteger(2, m_block);
        auto row = m_rows.step();
        if (!row || *row) {
            m_hadRows = m_isInBlock = true;
            return row;
        }
        if (auto moved = toNextBlock(); !moved)
            return fail(std::move(moved).error());
    }
    return false;
}

/// Most often it is the one behind; where a series has nothing, all may have nothing for years.
Result<> PointCursor::toNextBlock()
{
    ++m_block;
    m_isInBlock = false;
    if (std::exchange(m_hadRows, false))
        return {};
    const auto row = m_blocks.bindInteger(2, m_block).step();
    if (!row)
        return fail(row.error());
    m_block = *row ? m_blocks.integer(0) : m_last + 1;
    return *row ? m_blocks.run() : Result<>{};
}

Result<PointScan> PointScan::open(const Database& database, const StoredSpan& span, HistoryStep step)
{
    auto rows = database.prepare("SELECT at_s, minimum, sum, maximum, count, series_id FROM point WHERE step = ?1"
                                 " AND block BETWEEN ?2 AND ?3 AND at_s >= ?4 AND at_s < ?5");
    if (!rows)
        return fail(std::move(rows).error());
    const StoredSpan whole = wholeSteps(span, step);
    rows->bindInteger(1, lengthOf(step).count()).bindInteger(2, blockOf(whole.from, step));
    rows->bindInteger(3, blockOf(std::max<std::int64_t>(whole.before - 1, 0), step));
    rows->bindInteger(4, whole.from).bindInteger(5, whole.before);
    return PointScan{std::move(*rows)};
}

} // namespace weightroom::engine
