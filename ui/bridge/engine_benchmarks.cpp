// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the window asks the engine about benchmarks.
#include "ui/bridge/conversion/benchmark_conversion.h"
#include "ui/bridge/engine_request.h"
#include "ui/bridge/text/error_text.h"

namespace weightroom::ui {
namespace {

constexpr int kMostRunsListed = 200;

/// Of a whole report, made on a thread of the engine.
std::function<void(EngineBridge&)> readyReport(const engine::Json& answer)
{
    return [report = benchmarkReportView(answer.at("report"))](
               EngineBridge& bridge) { Q_EMIT bridge.benchmarkReportReady(report); };
}

/// The same of a run that has just ended; whether it is kept too.
std::function<void(EngineBridge&)> measuredReport(const engine::Json& answer)
{
    std::optional<ErrorView> problem;
    if (const auto found = answer.find("keeping_problem"); found != answer.end() && found->is_object()) {
        problem = errorView(engine::errorFromJson(*found));
        problem->sentence = EngineBridge::tr("The report of the benchmark is not kept as it should be: %1", "why")
                                .arg(problem->sentence);
    }
    return [show = readyReport(answer), problem](EngineBridge& bridge) {
        show(bridge);
        if (problem)
            Q_EMIT bridge.requestRefused(*problem);
    };
}

std::function<void(EngineBridge&, const engine::Error&)> tellingRefused(const QString& benchmarkId)
{
    return [benchmarkId](EngineBridge& bridge, const engine::Error&) { Q_EMIT bridge.benchmarkRefused(benchmarkId); };
}

} // namespace

quint64 EngineBridge::startBenchmark(const BenchmarkRequest& request)
{
    return start({.operation = "model.post_model_benchmark",
        .fields = benchmarkRequestFields(request),
        .prepare = measuredReport});
}

void EngineBridge::requestBenchmarkProgress()
{
    if (isAwaited("model.get_model_benchmark_progress"))
        return;
    start({.operation = "model.get_model_benchmark_progress",
        .visibility = Request::Visibility::Quiet,
        .failure = Request::Failure::Silent,
        .prepare = [](const engine::Json& answer) -> std::function<void(EngineBridge&)> {
            return [progress = benchmarkProgressView(answer)](
                       EngineBridge& bridge) { Q_EMIT bridge.benchmarkProgressReady(progress); };
        }});
}

void EngineBridge::requestBenchmarkRuns()
{
    start({.operation = "model.get_model_benchmark_results",
        .fields = {{"limit", kMostRunsListed}},
        .visibility = Request::Visibility::Quiet,
        .prepare = [](const engine::Json& answer) -> std::function<void(EngineBridge&)> {
            return [runs = benchmarkRunViews(answer)](EngineBridge& bridge) { Q_EMIT bridge.benchmarkRunsReady(runs); };
        }});
}

void EngineBridge::requestBenchmarkReport(const QString& benchmarkId)
{
    start({.operation = "model.get_model_benchmark_results",
        .fields = {{"benchmark_id", benchmarkId.toStdString()}},
        .visibility = Request::Visibility::Quiet,
        .refused = tellingRefused(benchmarkId),
        .prepare = readyReport});
}

void EngineBridge::requestBenchmarkComparison(const QString& before, const QString& after)
{
    start({.operation = "model.get_model_benchmark_comparison",
        .fields = {{"before", before.toStdString()}, {"after", after.toStdString()}},
        .visibility = Request::Visibility::Quiet,
        .refused = tellingRefused(after),
        .prepare = [](const engine::Json& answer) -> std::function<void(EngineBridge&)> {
            return [comparison = benchmarkComparisonView(answer)](
                       EngineBridge& bridge) { Q_EMIT bridge.benchmarkComparisonReady(comparison); };
        }});
}

void EngineBridge::exportBenchmark(const QString& benchmarkId, const QByteArray& file, BenchmarkFile format)
{
    start({.operation = "model.post_model_benchmark_export",
        .fields = {{"benchmark_id", benchmarkId.toStdString()}, {"file", file.toStdString()},
            {"format", format == BenchmarkFile::Json ? "json" : "csv"}},
        .next = [file](EngineBridge& bridge, const engine::Json&) { Q_EMIT bridge.benchmarkExported(file); },
        .visibility = Request::Visibility::Quiet});
}

void EngineBridge::removeBenchmark(const QString& benchmarkId)
{
    start({.operation = "model.delete_model_benchmark",
        .fields = {{"benchmark_id", benchmarkId.toStdString()}},
        .next = [](EngineBridge& bridge, const engine::Json&) { bridge.requestBenchmarkRuns(); },
        .visibility = Request::Visibility::Quiet,
        .refused = [](EngineBridge& bridge, const engine::Error&) { bridge.requestBenchmarkRuns(); }});
}

} // namespace weightroom::ui
