// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/precision/precision_rounds.h"
#include "model_engine/core/json.h"

#include <iosfwd>

namespace weightroom::benchmarks {

/// The table for people: median (minimum to maximum) of every figure, rates in GB/s of stored numbers.
void printTable(const PrecisionBenchmarkResult& result, std::ostream& out);
[[nodiscard]] engine::Json toJson(const PrecisionBenchmarkResult& result);

} // namespace weightroom::benchmarks
