// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/reports/benchmark_report.h"

#include <span>
#include <string>
#include <string_view>

namespace weightroom::engine {

struct CsvColumn {
    std::string_view name; ///< snake_case, as the first line has it
    std::string_view help; ///< one English sentence, for the reference
};

/// The columns of a report's table, in their order.
[[nodiscard]] std::span<const CsvColumn> benchmarkCsvColumns();

/// A table with a row for each model, stage and iteration, in this order, the loads of the peer as one more stage, and
/// the names of the columns above (RFC 4180: commas, lines end with CR LF, a field with comma, quote or line break
/// stands in quotes). Numbers have a point in every locale, and all digits that tell them apart. A text that begins
/// with =, +, -, @, a tab or CR gets an apostrophe in front: a table program would take it for a formula, and names of
/// models come from strangers.
[[nodiscard]] std::string toCsv(const BenchmarkReport& report);

} // namespace weightroom::engine
