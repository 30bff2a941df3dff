// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/database/database.h"
#include "model_engine/monitor/history/history_store.h"

#include <cstdint>
#include <optional>
#include <utility>

namespace weightroom::engine {

/// A span of seconds since 1970, from `from` on, before `before`; none of them is below 0.
struct StoredSpan {
    std::int64_t from = 0;
    std::int64_t before = 0;
};

/// The columns at_s, minimum, sum, maximum, count. Nothing for a row that is none of ours.
[[nodiscard]] std::optional<MetricPoint> pointFrom(const Statement& row);

/// One series of the table point, by its number, in a span. The database must outlive it.
struct StoredSeries {
    const Database& database;
    std::int64_t number = 0;
    StoredSpan span;
};

/// The span with all of the point that reaches into it.
[[nodiscard]] StoredSpan wholeSteps(const StoredSpan& span, HistoryStep step);

/// Goes through the rows of one step of a series, by time, block by block (metric_rows.h): one or two look-ups for ten
/// points. The first row may begin before the span and reach into it. Errors: those of Database.
class PointCursor {
public:
    [[nodiscard]] static Result<PointCursor> open(const StoredSeries& series, HistoryStep step);

    /// To the next row, which row() is then; false when there is none.
    [[nodiscard]] Result<bool> next();
    /// With the columns at_s, minimum, sum, maximum, count.
    [[nodiscard]] const Statement& row() const { return m_rows; }

private:
    PointCursor(Statement rows, Statement blocks, HistoryStep step, const StoredSpan& span);
    [[nodiscard]] Result<> toNextBlock();

    Statement m_rows; ///< of one block
    Statement m_blocks; ///< the first block from one on
    std::int64_t m_block;
    std::int64_t m_last; ///< block that the span reaches into
    bool m_isInBlock = false; ///< the rows of m_block are being read
    bool m_hadRows = false; ///< that block has
};

/// Goes through the rows of one step of all series in a span, in the order of the table: by blocks, then by series,
/// then by time. The first one of each may begin before the span and reach into it. Errors: those of Database.
class PointScan {
public:
    [[nodiscard]] static Result<PointScan> open(const Database& database, const StoredSpan& span, HistoryStep step);

    /// To the next row, which row() is then; false when there is none.
    [[nodiscard]] Result<bool> next() { return m_rows.step(); }
    [[nodiscard]] const Statement& row() const { return m_rows; } ///< as PointCursor's
    [[nodiscard]] std::int64_t series() const { return m_rows.integer(5); } ///< by its number

private:
    explicit PointScan(Statement rows)
        : m_rows(std::move(rows))
    {
    }

    Statement m_rows;
};

} // namespace weightroom::engine
