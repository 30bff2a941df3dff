// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "ui/bridge/views/benchmark_view.h"

namespace weightroom::ui {

// From answers of the engine's operations on benchmarks. All may be called on any thread; a report of 200 iterations of
// 32 models is some 10 MB, so not on the GUI thread.

/// The whole report: member "report" of model.get_model_benchmark_results and model.post_model_benchmark.
[[nodiscard]] BenchmarkReportView benchmarkReportView(const engine::Json& report);
/// model.get_model_benchmark_progress
[[nodiscard]] BenchmarkProgressView benchmarkProgressView(const engine::Json& answer);
/// model.get_model_benchmark_results with a limit: newest first, as the engine has them.
[[nodiscard]] QList<BenchmarkRunView> benchmarkRunViews(const engine::Json& answer);
/// model.get_model_benchmark_comparison
[[nodiscard]] BenchmarkComparisonView benchmarkComparisonView(const engine::Json& answer);

/// The fields of model.post_model_benchmark.
[[nodiscard]] engine::Json benchmarkRequestFields(const BenchmarkRequest& request);

} // namespace weightroom::ui
