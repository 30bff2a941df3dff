// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/benchmark/running_benchmark.h"

#include "model_engine/benchmark/reports/report_archive.h"
#include "model_engine/benchmark/reports/statistics.h"
#include "model_engine/core/utf8.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

Json stageJson(const StageResult& result)
{
    Json measurements = Json::array();
    for (const StageMeasurement& one : result.measurements)
        measurements.push_back({{"iteration", one.iteration}, {"seconds", one.seconds}, {"bytes", one.bytes.value}});
    const auto statistics = statisticsOf(result.seconds());
    return {{"stage", toText(result.stage)}, {"measurements", std::move(measurements)},
        {"statistics", statistics ? toJson(*statistics) : Json()}};
}

/// As a report has it.
template <class T>
Json asInReport(const T& value)
{
    ReportWriter writer;
    fields(writer, value);
    return writer.take();
}

Json modelJson(const ModelBenchmark& model)
{
    Json checks = Json::array();
    std::ranges::transform(model.computeChecks, std::back_inserter(checks), asInReport<ComputeCheck>);
    const auto ratio = peerRatio(model);
    Json stages = Json::array();
    for (const StageResult& result : model.stages)
        stages.push_back(stageJson(result));
    return {{"model_id", model.model.id.text}, {"name", toValidUtf8(model.model.name)}, {"stages", std::move(stages)},
        {"compute_checks", std::move(checks)},
        {"compute_problem", model.computeProblem ? toJson(*model.computeProblem) : Json()},
        {"peer", model.peer ? asInReport(*model.peer) : Json()}, {"peer_ratio", ratio ? Json(*ratio) : Json()},
        {"peer_problem", model.peerProblem ? toJson(*model.peerProblem) : Json()},
        {"problem", model.problem ? toJson(*model.problem) : Json()}};
}

} // namespace

Json toJson(const std::optional<BenchmarkProgress>& progress)
{
    Json models = Json::array();
    if (progress)
        std::ranges::transform(progress->models, std::back_inserter(models), modelJson);
    return {
        {"benchmark_id", progress ? Json(progress->id.text) : Json()},
        {"steps_done", progress ? progress->stepsDone : 0},
        {"steps_total", progress ? progress->stepsTotal : 0},
        {"models", std::move(models)},
    };
}

Result<RunningBenchmark::Turn> RunningBenchmark::begin(Clock::Wall startedAt)
{
    const std::lock_guard lock{m_mutex};
    if (m_progress)
        return fail(ErrorCode::Busy, "the benchmark '" + m_progress->id.text + "' runs; two would measure each other");
    m_progress.emplace();
    m_progress->id = benchmarkIdOf(startedAt, ++m_runs);
    return Turn{*this};
}

void RunningBenchmark::plan(std::uint64_t steps, std::vector<ModelBenchmark> models)
{
    const std::lock_guard lock{m_mutex};
    m_progress->stepsTotal = steps;
    m_progress->models = std::move(models);
}

void RunningBenchmark::stepsDone(std::uint64_t count)
{
    const std::lock_guard lock{m_mutex};
    m_progress->stepsDone += count;
}

void RunningBenchmark::add(std::size_t model, BenchmarkStage stage, const StageMeasurement& measurement)
{
    const std::lock_guard lock{m_mutex};
    auto& stages = m_progress->models.at(model).stages;
    auto row = std::ranges::lower_bound(stages, stage, {}, &StageResult::stage);
    if (row == stages.end() || row->stage != stage)
        row = stages.insert(row, {.stage = stage, .measurements = {}});
    row->measurements.push_back(measurement);
}

void RunningBenchmark::add(std::size_t model, const std::vector<ComputeCheck>& checks)
{
    const std::lock_guard lock{m_mutex};
    m_progress->models.at(model).computeChecks = checks;
}

void RunningBenchmark::setComputeProblem(std::size_t model, const Error& problem)
{
    const std::lock_guard lock{m_mutex};
    m_progress->models.at(model).computeProblem = problem;
}

void RunningBenchmark::setPeer(
    std::size_t model, const std::optional<PeerResult>& peer, const std::optional<Error>& problem)
{
    const std::lock_guard lock{m_mutex};
    m_progress->models.at(model).peer = peer;
    m_progress->models.at(model).peerProblem = problem;
}

void RunningBenchmark::setProblem(std::size_t model, const Error& problem)
{
    const std::lock_guard lock{m_mutex};
    auto& kept = m_progress->models.at(model).problem;
    if (!kept)
        kept = problem;
}

std::optional<BenchmarkProgress> RunningBenchmark::now() const
{
    const std::lock_guard lock{m_mutex};
    return m_progress;
}

void RunningBenchmark::end()
{
    const std::lock_guard lock{m_mutex};
    m_progress.reset();
}

} // namespace weightroom::engine
