// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/benchmark_comparison.h"

#include "model_engine/benchmark/reports/setup_differences.h"
#include "model_engine/benchmark/reports/stage_figures.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

/// What the clock can tell apart: a stage that took no time has no ratio otherwise.
constexpr double kShortest = 1e-9;

std::vector<double> secondsOf(const StageResult& result)
{
    std::vector<double> seconds = result.seconds();
    for (double& value : seconds)
        value = std::max(value, kShortest);
    return seconds;
}

bool isBeyond(double ratio, double factor) { return ratio >= factor || ratio <= 1 / factor; }

StageVerdict verdictOf(double probability, const RatioEstimate& estimate)
{
    if (probability <= kSignificance && isBeyond(estimate.ratio, kSmallestEffect))
        return estimate.ratio > 1 ? StageVerdict::Slower : StageVerdict::Faster;
    const bool mayHide =
        isBeyond(estimate.interval.low, kLargestDoubt) || isBeyond(estimate.interval.high, kLargestDoubt);
    return mayHide ? StageVerdict::TooNoisy : StageVerdict::NoDifference;
}

std::optional<double> limitRatioOf(BenchmarkStage stage, const BenchmarkReport& before, const BenchmarkReport& after)
{
    const auto limitBefore = limitOf(stage, before.settings.temperature, before.limits);
    const auto limitAfter = limitOf(stage, after.settings.temperature, after.limits);
    if (!limitBefore || !limitAfter || limitBefore->kind != limitAfter->kind || limitBefore->bytesPerSecond <= 0)
        return std::nullopt;
    return limitAfter->bytesPerSecond / limitBefore->bytesPerSecond;
}

/// Both have measurements.
StageComparison compareStage(const StageResult& before, const StageResult& after)
{
    const std::vector<double> secondsBefore = secondsOf(before);
    const std::vector<double> secondsAfter = secondsOf(after);
    StageComparison comparison{
        .stage = after.stage,
        .verdict = StageVerdict::TooFew,
        .medianBefore = medianOf(before.seconds()),
        .medianAfter = medianOf(after.seconds()),
        .ratio = {},
        .probability = {},
        .limitRatio = {},
    };
    if (std::min(secondsBefore.size(), secondsAfter.size()) < kFewestToCompare)
        return comparison;
    comparison.probability = rankTest(secondsBefore, secondsAfter);
    comparison.ratio = ratioBetween(secondsBefore, secondsAfter, 1 - kSignificance);
    comparison.verdict = verdictOf(*comparison.probability, *comparison.ratio);
    return comparison;
}

bool isSame(const BenchmarkModel& a, const BenchmarkModel& b)
{
    if (a.components != b.components)
        return false;
    return a.content.empty() || b.content.empty() ? a.id == b.id && a.size == b.size : a.content == b.content;
}

/// nullptr: it is not in the report.
const ModelBenchmark* findModel(const BenchmarkReport& report, const BenchmarkModel& model)
{
    const auto found =
        std::ranges::find_if(report.models, [&](const ModelBenchmark& one) { return isSame(one.model, model); });
    return found == report.models.end() ? nullptr : &*found;
}

std::vector<std::string> namesOnlyIn(const BenchmarkReport& report, const BenchmarkReport& other)
{
    std::vector<std::string> names;
    for (const ModelBenchmark& model : report.models) {
        if (!findModel(other, model.model))
            names.push_back(model.model.name);
    }
    return names;
}

std::vector<StageComparison> compareStages(const ModelBenchmark& before, const ModelBenchmark& after)
{
    std::vector<StageComparison> stages;
    for (const StageResult& result : after.stages) {
        const StageResult* other = before.find(result.stage);
        if (other && !other->measurements.empty() && !result.measurements.empty())
            stages.push_back(compareStage(*other, result));
    }
    return stages;
}

std::vector<ModelComparison> compareModels(const BenchmarkReport& before, const BenchmarkReport& after)
{
    std::vector<ModelComparison> models;
    for (const ModelBenchmark& model : after.models) {
        const ModelBenchmark* other = findModel(before, model.model);
        if (!other)
            continue;
        models.push_back({model.model.name, other->model.id, model.model.id, compareStages(*other, model)});
        for (StageComparison& stage : models.back().stages)
            stage.limitRatio = limitRatioOf(stage.stage, before, after);
    }
    return models;
}

std::string namesIn(const std::vector<std::string>& names)
{
    std::string list;
    for (const std::string& name : names)
        list.append(list.empty() ? "" : ", ").append(name);
    return list;
}

Json toJson(const StageComparison& comparison)
{
    Json document{
        {"stage", toText(comparison.stage)},
        {"verdict", toText(comparison.verdict)},
        {"median_before", comparison.medianBefore},
        {"median_after", comparison.medianAfter},
    };
    if (comparison.ratio) {
        document["ratio"] = comparison.ratio->ratio;
        document["ratio_interval"] = toJson(comparison.ratio->interval);
    }
    if (comparison.probability)
        document["probability"] = *comparison.probability;
    if (comparison.limitRatio)
        document["limit_ratio"] = *comparison.limitRatio;
    return document;
}

Json toJson(const ModelComparison& comparison)
{
    Json stages = Json::array();
    for (const StageComparison& stage : comparison.stages)
        stages.push_back(toJson(stage));
    return {{"name", toValidUtf8(comparison.name)}, {"model_id_before", comparison.before.text},
        {"model_id_after", comparison.after.text}, {"stages", std::move(stages)}};
}

} // namespace

std::string_view toText(StageVerdict verdict)
{
    static constexpr std::array<std::string_view, 6> kWords{
        "none", "faster", "slower", "no_difference", "too_noisy", "too_few"};
    return kWords.at(static_cast<std::size_t>(verdict));
}

std::string_view toText(SetupAspect aspect)
{
    static constexpr std::array<std::string_view, 16> kWords{"none", "device_kind", "precision", "temperature",
        "models", "processor", "processors", "memory", "kernel", "device", "driver", "version", "build_type",
        "features", "verification", "other_loads"};
    return kWords.at(static_cast<std::size_t>(aspect));
}

std::string_view toText(Comparability comparability)
{
    static constexpr std::array<std::string_view, 4> kWords{"none", "same_setup", "other_setup", "not_comparable"};
    return kWords.at(static_cast<std::size_t>(comparability));
}

BenchmarkComparison compareReports(const BenchmarkReport& before, const BenchmarkReport& after)
{
    BenchmarkComparison comparison{
        .before = before.id,
        .after = after.id,
        .comparability = Comparability::None,
        .differences = setupDifferences(before, after),
        .models = compareModels(before, after),
        .onlyBefore = namesOnlyIn(before, after),
        .onlyAfter = namesOnlyIn(after, before),
    };
    auto& differences = comparison.differences;
    if (comparison.models.empty()) {
        const auto place = std::ranges::lower_bound(differences, SetupAspect::Models, {}, &SetupDifference::aspect);
        differences.insert(place, {SetupAspect::Models, namesIn(comparison.onlyBefore), namesIn(comparison.onlyAfter)});
    }
    comparison.comparability = differences.empty() ? Comparability::SameSetup : Comparability::OtherSetup;
    if (!differences.empty() && differences.front().aspect <= SetupAspect::Models) {
        comparison.comparability = Comparability::NotComparable;
        comparison.models.clear();
    }
    return comparison;
}

Json toJson(const BenchmarkComparison& comparison)
{
    Json differences = Json::array();
    for (const SetupDifference& difference : comparison.differences)
        differences.push_back({{"aspect", toText(difference.aspect)}, {"before", toValidUtf8(difference.before)},
            {"after", toValidUtf8(difference.after)}});
    Json models = Json::array();
    for (const ModelComparison& model : comparison.models)
        models.push_back(toJson(model));
    return {
        {"report_id_before", comparison.before.text},
        {"report_id_after", comparison.after.text},
        {"comparability", toText(comparison.comparability)},
        {"differences", std::move(differences)},
        {"models", std::move(models)},
        {"only_before", comparison.onlyBefore},
        {"only_after", comparison.onlyAfter},
    };
}

} // namespace weightroom::engine
