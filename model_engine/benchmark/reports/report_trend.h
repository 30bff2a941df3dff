// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/benchmark/reports/report_store.h"

#include <optional>
#include <span>

namespace weightroom::engine {

/// How a run stands to the one before it that measured the same. No verdict: compareReports() says whether it may be
/// chance.
struct ReportTrend {
    BenchmarkId before;
    double wholeRatio = 0; ///< medians of the whole load, all models together; above 1: this run took longer
};

/// `older`: reports before it, the newest first. The same is: the same models in the same order, device, precision,
/// start (cold or warm) and verification, and on a host device or into the RAM cache the processor and the memory, as
/// setupDifferences() tells them apart; not the version, the kernel, the driver or the features, which a trend is there
/// to show. Nothing where there is no such run, or either was not finished, or has a model whose whole load was not
/// measured. A pure function.
[[nodiscard]] std::optional<ReportTrend> trendOf(const ReportHead& head, std::span<const StoredReport> older);

/// before_id and whole_ratio; null where there is none.
[[nodiscard]] Json toJson(const std::optional<ReportTrend>& trend);

} // namespace weightroom::engine
