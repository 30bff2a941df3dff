// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/scan/scan_rounds.h"
#include "model_engine/core/json.h"

#include <iosfwd>

namespace weightroom::benchmarks {

/// The table for people: median (minimum to maximum) of every figure.
void printTable(const ScanBenchmarkResult& result, std::ostream& out);
[[nodiscard]] engine::Json toJson(const ScanBenchmarkResult& result);

} // namespace weightroom::benchmarks
