// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/benchmark_comparison.h"

#include "model_engine/benchmark/reports/model_pairs.h"
#include "model_engine/benchmark/reports/setup_differences.h"
#include "model_engine/core/utf8.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

/// What the clock can tell apart: a stage that took no time has no ratio otherwise.
constexpr double kShortest = 1e-9;

enum class ComparedBy : std::uint8_t { Seconds = 1, Rates };

/// Seconds, or seconds for each byte of the loads that moved any.
std::vector<double> valuesOf(const StageResult& result, ComparedBy comparedBy)
{
    std::vector<double> values;
    for (const StageMeasurement& one : result.measurements) {
        const double seconds = std::max(one.seconds, kShortest);
        if (comparedBy == ComparedBy::Seconds)
            values.push_back(seconds);
        else if (one.bytes > Bytes{})
            values.push_back(seconds / static_cast<double>(one.bytes.value));
    }
    return values;
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

StageRate rateOf(const StageResult& result, const BenchmarkReport& report)
{
    const auto figures = figuresOf(result, report.settings.temperature, report.limits);
    return figures ? StageRate{figures->bytesPerSecond, figures->limit, figures->limitShare} : StageRate{};
}

/// Both have measurements.
StageComparison compareStage(const StageResult& before, const StageResult& after, ComparedBy comparedBy)
{
    StageComparison comparison{
        .stage = after.stage,
        .verdict = StageVerdict::TooFew,
        .medianBefore = medianOf(before.seconds()),
        .medianAfter = medianOf(after.seconds()),
        .ratio = {},
        .probability = {},
        .limitRatio = {},
    };
    const std::vector<double> valuesBefore = valuesOf(before, comparedBy);
    const std::vector<double> valuesAfter = valuesOf(after, comparedBy);
    if (std::min(valuesBefore.size(), valuesAfter.size()) < kFewestToCompare)
        return comparison;
    comparison.probability = rankTest(valuesBefore, valuesAfter);
    comparison.ratio = ratioBetween(valuesBefore, valuesAfter, 1 - kSignificance);
    comparison.verdict = verdictOf(*comparison.probability, *comparison.ratio);
    return comparison;
}

/// Two reports, and how they are compared.
struct Reports {
    const BenchmarkReport& before;
    const BenchmarkReport& after;
    ComparedBy comparedBy;
};

std::vector<StageComparison> compareStages(const ModelPair& pair, const Reports& reports)
{
    std::vector<StageComparison> stages;
    for (const StageResult& result : pair.after->stages) {
        const StageResult* other = pair.before->find(result.stage);
        if (!other || other->measurements.empty() || result.measurements.empty())
            continue;
        if (reports.comparedBy == ComparedBy::Rates && !movesBytes(result.stage))
            continue;
        StageComparison& stage = stages.emplace_back(compareStage(*other, result, reports.comparedBy));
        stage.rateBefore = rateOf(*other, reports.before);
        stage.rateAfter = rateOf(result, reports.after);
        stage.limitRatio = limitRatioOf(stage.stage, reports.before, reports.after);
    }
    return stages;
}

std::vector<ModelComparison> compareModels(const std::vector<ModelPair>& pairs, const Reports& reports)
{
    std::vector<ModelComparison> models;
    for (const auto& [before, after] : pairs) {
        const bool areSame = reports.comparedBy == ComparedBy::Seconds;
        models.push_back({areSame ? after->model.name : labelOf(after->model, reports.before),
            areSame ? before->model.name : labelOf(before->model, reports.after), before->model.id, after->model.id,
            compareStages({before, after}, reports)});
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

/// limit as toJson(const StageFigures&) has it.
void addRate(Json& document, const std::string& when, const StageRate& rate)
{
    if (rate.bytesPerSecond)
        document["bytes_per_second_" + when] = *rate.bytesPerSecond;
    if (!rate.limit)
        return;
    Json& limit = document["limit_" + when];
    limit = {{"name", toText(rate.limit->kind)}, {"bytes_per_second", rate.limit->bytesPerSecond}};
    if (rate.limitShare)
        limit["share"] = *rate.limitShare;
}

Json toJson(const StageComparison& comparison, Comparability comparability)
{
    Json document{{"stage", toText(comparison.stage)}, {"verdict", toText(comparison.verdict)}};
    if (comparability != Comparability::RatesOnly) {
        document["median_before"] = comparison.medianBefore;
        document["median_after"] = comparison.medianAfter;
    }
    if (comparison.ratio) {
        document["ratio"] = comparison.ratio->ratio;
        document["ratio_interval"] = toJson(comparison.ratio->interval);
    }
    if (comparison.probability)
        document["probability"] = *comparison.probability;
    if (comparison.limitRatio)
        document["limit_ratio"] = *comparison.limitRatio;
    addRate(document, "before", comparison.rateBefore);
    addRate(document, "after", comparison.rateAfter);
    return document;
}

Json toJson(const ModelComparison& comparison, Comparability comparability)
{
    Json stages = Json::array();
    for (const StageComparison& stage : comparison.stages)
        stages.push_back(toJson(stage, comparability));
    return {{"name", toValidUtf8(comparison.name)}, {"name_before", toValidUtf8(comparison.nameBefore)},
        {"model_id_before", comparison.before.text}, {"model_id_after", comparison.after.text},
        {"stages", std::move(stages)}};
}

Json validNames(const std::vector<std::string>& names)
{
    Json valid = Json::array();
    for (const std::string& name : names)
        valid.push_back(toValidUtf8(name));
    return valid;
}

/// What the differences leave.
Comparability comparabilityOf(const std::vector<SetupDifference>& differences)
{
    if (differences.empty())
        return Comparability::SameSetup;
    if (differences.front().aspect < SetupAspect::Models)
        return Comparability::NotComparable;
    return differences.front().aspect == SetupAspect::Models ? Comparability::RatesOnly : Comparability::OtherSetup;
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
    static constexpr std::array<std::string_view, 16> kWords{"none", "device_kind", "precision", "models",
        "temperature", "processor", "processors", "memory", "kernel", "device", "driver", "version", "build_type",
        "features", "verification", "other_loads"};
    return kWords.at(static_cast<std::size_t>(aspect));
}

std::string_view toText(Comparability comparability)
{
    static constexpr std::array<std::string_view, 5> kWords{
        "none", "same_setup", "other_setup", "rates_only", "not_comparable"};
    return kWords.at(static_cast<std::size_t>(comparability));
}

BenchmarkComparison compareReports(const BenchmarkReport& before, const BenchmarkReport& after)
{
    std::vector<SetupDifference> differences = setupDifferences(
        {before.settings, before.machine, before.otherLoads}, {after.settings, after.machine, after.otherLoads});
    ModelPairs models = pairsOfSameContent(before, after);
    const ComparedBy comparedBy = models.pairs.empty() ? ComparedBy::Rates : ComparedBy::Seconds;
    if (models.pairs.empty()) {
        const auto place = std::ranges::lower_bound(differences, SetupAspect::Models, {}, &SetupDifference::aspect);
        differences.insert(place, {SetupAspect::Models, namesIn(models.onlyBefore), namesIn(models.onlyAfter)});
    }
    const bool hasModels = !before.models.empty() && !after.models.empty();
    const Comparability comparability = hasModels ? comparabilityOf(differences) : Comparability::NotComparable;
    if (comparability == Comparability::RatesOnly)
        models = pairsOfOtherContents(before, after);
    if (comparability == Comparability::NotComparable)
        models.pairs.clear();
    return {
        .before = before.id,
        .after = after.id,
        .comparability = comparability,
        .differences = std::move(differences),
        .models = compareModels(models.pairs, {before, after, comparedBy}),
        .onlyBefore = std::move(models.onlyBefore),
        .onlyAfter = std::move(models.onlyAfter),
    };
}

Json toJson(const BenchmarkComparison& comparison)
{
    Json differences = Json::array();
    for (const SetupDifference& difference : comparison.differences)
        differences.push_back({{"aspect", toText(difference.aspect)}, {"before", toValidUtf8(difference.before)},
            {"after", toValidUtf8(difference.after)}});
    Json models = Json::array();
    for (const ModelComparison& model : comparison.models)
        models.push_back(toJson(model, comparison.comparability));
    return {
        {"report_id_before", comparison.before.text},
        {"report_id_after", comparison.after.text},
        {"comparability", toText(comparison.comparability)},
        {"differences", std::move(differences)},
        {"models", std::move(models)},
        {"only_before", validNames(comparison.onlyBefore)},
        {"only_after", validNames(comparison.onlyAfter)},
    };
}

} // namespace weightroom::engine
