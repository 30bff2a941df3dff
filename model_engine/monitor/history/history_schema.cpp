// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/history_schema.h"

#include <array>

namespace weightroom::engine {
namespace {

constexpr std::uint32_t kApplicationId = 0x57526D6F; // "WRmo"

/// Rows are added below, and never changed: there are files that went through them.
constexpr std::array kMigrations{
    // Of a point: `step` is how many seconds it spans, `at_s` its beginning, in seconds since 1970; `block` has ten of
    // each series, see metric_rows.h. `last_s` of a series: the last hour that it has a point of. Other times are in
    // microseconds; `number` of a load is the order: a clock can be set back.
    "CREATE TABLE series(id INTEGER PRIMARY KEY, metric TEXT NOT NULL, device TEXT NOT NULL, last_s INTEGER NOT NULL,"
    " UNIQUE(metric, device)) STRICT;"
    "CREATE TABLE point(step INTEGER NOT NULL, block INTEGER NOT NULL, series_id INTEGER NOT NULL,"
    " at_s INTEGER NOT NULL, minimum REAL NOT NULL, sum REAL NOT NULL, maximum REAL NOT NULL, count INTEGER NOT NULL,"
    " PRIMARY KEY(step, block, series_id, at_s)) STRICT, WITHOUT ROWID;"
    "CREATE TABLE load(number INTEGER PRIMARY KEY, at_us INTEGER NOT NULL, model_id TEXT NOT NULL,"
    " device TEXT NOT NULL, outcome TEXT NOT NULL, error TEXT NOT NULL, took_s REAL NOT NULL, moved INTEGER NOT NULL)"
    " STRICT;"
    "CREATE INDEX load_at ON load(at_us);"
    "CREATE TABLE alert(number INTEGER PRIMARY KEY, kind TEXT NOT NULL, device TEXT NOT NULL,"
    " threshold REAL NOT NULL, value REAL NOT NULL, worst REAL NOT NULL, raised_us INTEGER NOT NULL,"
    " recovered_us INTEGER, acknowledged_us INTEGER) STRICT",
};

constexpr DatabaseSchema kSchema{kApplicationId, kMigrations};

} // namespace

const DatabaseSchema& historySchema() { return kSchema; }

} // namespace weightroom::engine
