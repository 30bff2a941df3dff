// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/benchmark_view.h"

namespace weightroom::ui {

// What two benchmarks say beside each other, in plain words of the user's language.

/// What can be said of the stage in two runs, a sentence: "Reading takes 12 % less time: 0.52 s, before 0.59 s."
[[nodiscard]] QString verdictText(const BenchmarkStageComparison& stage);
/// The same of two models, where seconds say nothing: "Reading moves 12 % more bytes a second: 2.30 GiB/s (92 % of the
/// disk), before 2.05 GiB/s (82 % of the disk)."
[[nodiscard]] QString rateVerdictText(const BenchmarkStageComparison& stage);
/// Whether two runs can be compared, by what, and what keeps them from it: a sentence.
[[nodiscard]] QString comparabilityText(const BenchmarkComparisonView& comparison);
/// The aspect by the engine's word: "Driver: 580.1, before 570.3".
[[nodiscard]] QString setupDifferenceText(const QString& aspect, const QString& before, const QString& after);
/// Which models have none beside them in the other run, a line for each run that has such.
[[nodiscard]] QStringList modelsAloneText(const BenchmarkComparisonView& comparison);
/// Which two models stand beside each other, where they are not the same one.
[[nodiscard]] QString modelPairText(const BenchmarkModelComparison& models);

} // namespace weightroom::ui
