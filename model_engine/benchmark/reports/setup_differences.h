// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/reports/benchmark_comparison.h"

#include <vector>

namespace weightroom::engine {

/// What differs in two runs, models aside, in the order of SetupAspect. A part of compareReports().
[[nodiscard]] std::vector<SetupDifference> setupDifferences(
    const BenchmarkReport& before, const BenchmarkReport& after);

} // namespace weightroom::engine
