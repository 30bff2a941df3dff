// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/load/load_rounds.h"

#include <iosfwd>

namespace weightroom::benchmarks {

/// The table for people: median (minimum to maximum) of every figure, rates in GB/s.
void printTable(const LoadBenchmarkResult& result, std::ostream& out);
[[nodiscard]] engine::Json toJson(const LoadBenchmarkResult& result);

} // namespace weightroom::benchmarks
