// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"

#include <iosfwd>

namespace weightroom::ctl {

/// A report as model.post_model_benchmark answers it: a table for each model, one that has several beside one another,
/// the limits of the machine, and what is odd about it.
void printBenchmark(std::ostream& out, const engine::Json& report);
/// What model.get_model_benchmark_comparison answers.
void printComparison(std::ostream& out, const engine::Json& comparison);
/// The reports that model.get_model_benchmark_results lists.
void printReports(std::ostream& out, const engine::Json& reports);

} // namespace weightroom::ctl
