// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/database/database.h"
#include "model_engine/monitor/history/history_store.h"

#include <cstdint>

namespace weightroom::engine {

/// A span of seconds since 1970, from `from` on, before `before`; none of them is below 0.
struct StoredSpan {
    std::int64_t from = 0;
    std::int64_t before = 0;
};

/// One series of the table point, by its number, in a span. The database must outlive it.
struct StoredSeries {
    const Database& database;
    std::int64_t number = 0;
    StoredSpan span;
};

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

} // namespace weightroom::engine
