// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/reports/benchmark_comparison.h"

#include <vector>

namespace weightroom::engine {

/// What the setup of a run is read from: parts of a report or of its head, which outlive this.
struct SetupSource {
    const BenchmarkSettings& settings;
    const BenchmarkMachine& machine;
    std::optional<std::uint64_t> otherLoads{};
};

/// What differs in two runs, models aside, in the order of SetupAspect. A part of compareReports() and of trendOf().
[[nodiscard]] std::vector<SetupDifference> setupDifferences(const SetupSource& before, const SetupSource& after);

} // namespace weightroom::engine
