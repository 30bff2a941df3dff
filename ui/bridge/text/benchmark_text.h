// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/benchmark_view.h"

namespace weightroom::ui {

// What a benchmark has come to, in plain words of the user's language.

/// "42.3 ms", "1.23 s": three digits that count, as small differences are what it is about.
[[nodiscard]] QString benchmarkTimeText(double seconds);
/// "Read from disk"
[[nodiscard]] QString stageText(BenchmarkStage stage);
/// What is timed, a sentence.
[[nodiscard]] QString stageHelp(BenchmarkStage stage);
/// "Cold, from the disk"
[[nodiscard]] QString temperatureText(BenchmarkTemperature temperature);
/// What that means, a sentence.
[[nodiscard]] QString temperatureHelp(BenchmarkTemperature temperature);
/// Of the engine's word, "as_stored".
[[nodiscard]] QString benchmarkPrecisionText(const QString& word);
/// "the disk"; of Other "something else"; empty for None.
[[nodiscard]] QString limitText(BenchmarkLimit limit);
/// Of the engine's word for a calculation, "matmul": "Matrix product".
[[nodiscard]] QString calculationText(const QString& word);
/// "12.3 GFLOP/s"
[[nodiscard]] QString operationRateText(double operationsPerSecond);
/// What another loader took, beside ours: a sentence, or two where it failed on the way; empty where it was not asked.
[[nodiscard]] QString peerText(const BenchmarkModelView& model);
/// "Finished"
[[nodiscard]] QString benchmarkEndText(BenchmarkEnd end);
/// "GPU_0", or where the RAM cache is the end of the way, that. As BenchmarkRunView::deviceId.
[[nodiscard]] QString benchmarkPlaceText(const QString& deviceId);
/// "92 % of the disk"; empty where no limit is known.
[[nodiscard]] QString limitShareText(BenchmarkLimit limit, std::optional<double> share);
/// "1.23 s · 2.30 GiB/s · 92 % of the disk", without what is not known.
[[nodiscard]] QString stageFigureText(const BenchmarkStageView& stage);
/// Which loads are far from the others: "Reading, far from the others: iteration 3 (1.20 s)."; empty where none is.
[[nodiscard]] QString outliersText(const BenchmarkStageView& stage);
/// The same of all stages, a sentence for each that has any.
[[nodiscard]] QString outliersText(const BenchmarkModelView& model);
/// "0.52 s, before 0.61 s"
[[nodiscard]] QString stageChangeText(double before, double after);
/// How much longer something took, of the ratio of the times: "+12 %", "−12 %", "0 %".
[[nodiscard]] QString changeText(double ratio);
/// "27 Nov 14:05 · GPU_0 · 3 models", of a run that is kept.
[[nodiscard]] QString benchmarkRunText(const BenchmarkRunView& run, const QDate& today);

} // namespace weightroom::ui
