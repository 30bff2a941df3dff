// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/reports/benchmark_report.h"

#include <string>
#include <vector>

namespace weightroom::engine {

/// The same content (by its key; by id and size where that is unknown), and the same components.
[[nodiscard]] bool isSameModel(const BenchmarkModel& a, const BenchmarkModel& b);

/// The name. Where the other report has another model of this name, what tells them apart stands behind it: the
/// components where these differ, the id where the contents do.
[[nodiscard]] std::string labelOf(const BenchmarkModel& model, const BenchmarkReport& other);

// Which models of two reports are looked at beside each other: parts of compareReports().

/// Of the reports that it was made from, which outlive it.
struct ModelPair {
    const ModelBenchmark* before = nullptr;
    const ModelBenchmark* after = nullptr;
};

struct ModelPairs {
    std::vector<ModelPair> pairs; ///< in the order of the later report
    std::vector<std::string> onlyBefore; ///< labels of models that have none beside them
    std::vector<std::string> onlyAfter;
};

/// Models that both have, as isSameModel() says.
[[nodiscard]] ModelPairs pairsOfSameContent(const BenchmarkReport& before, const BenchmarkReport& after);

/// Models of other contents, each with at most one: first those with the same components, in their order, as two
/// models of one family have; what is left by its order in the reports.
[[nodiscard]] ModelPairs pairsOfOtherContents(const BenchmarkReport& before, const BenchmarkReport& after);

} // namespace weightroom::engine
