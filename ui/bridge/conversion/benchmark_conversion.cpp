// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/benchmark_conversion.h"

#include "model_engine/benchmark/reports/benchmark_comparison.h"
#include "model_engine/benchmark/reports/stage_figures.h"
#include "ui/bridge/conversion/json_text.h"
#include "ui/bridge/text/benchmark_comparison_text.h"
#include "ui/bridge/text/benchmark_facts.h"
#include "ui/bridge/text/benchmark_text.h"
#include "ui/bridge/text/error_text.h"
#include "ui/bridge/text/plain_text.h"

#include <algorithm>
#include <string_view>

namespace weightroom::ui {
namespace {

const engine::Json& memberOf(const engine::Json& object, const char* field)
{
    static const engine::Json null;
    const auto found = object.find(field);
    return found == object.end() ? null : *found;
}

/// Engine: the engine's enumeration, of the same order. Of a word that is not known, what 0 stands for.
template <class Engine, class View>
View enumIn(const engine::Json& object, const char* field, View last)
{
    const engine::Json& value = memberOf(object, field);
    for (int number = 1; number <= static_cast<int>(last); ++number) {
        if (value == toText(static_cast<Engine>(number)))
            return static_cast<View>(number);
    }
    return View{};
}

BenchmarkStage stageIn(const engine::Json& row)
{
    return enumIn<engine::BenchmarkStage>(row, "stage", BenchmarkStage::Whole);
}

BenchmarkTemperature temperatureIn(const engine::Json& settings)
{
    return enumIn<engine::BenchmarkTemperature>(settings, "temperature", BenchmarkTemperature::RamCache);
}

BenchmarkEnd endIn(const engine::Json& report)
{
    return enumIn<engine::BenchmarkEnd>(report, "end", BenchmarkEnd::Failed);
}

BenchmarkLimit limitIn(const engine::Json& object, const char* field)
{
    if (memberOf(object, field) == "other")
        return BenchmarkLimit::Other;
    return enumIn<engine::StageLimitKind>(object, field, BenchmarkLimit::DeviceUpload);
}

std::optional<double> numberIn(const engine::Json& object, const char* field)
{
    const engine::Json& value = memberOf(object, field);
    return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

quint64 countIn(const engine::Json& object, const char* field)
{
    const engine::Json& value = memberOf(object, field);
    return value.is_number_integer() && value >= 0 ? value.get<quint64>() : 0;
}

QDateTime timeIn(const engine::Json& object, const char* field)
{
    return QDateTime::fromString(textIn(object, field), Qt::ISODateWithMs).toLocalTime();
}

QStringList textsIn(const engine::Json& object, const char* field)
{
    QStringList texts;
    for (const engine::Json& text : memberOf(object, field))
        texts.append(plainText(text.get<std::string>()));
    return texts;
}

/// The sentence about an error; empty where there is none.
QString problemIn(const engine::Json& object, const char* field)
{
    const engine::Json& error = memberOf(object, field);
    return error.is_object() ? errorView(engine::errorFromJson(error)).sentence : QString();
}

/// What is wrong with something beside Weightroom: the sentences about its own errors are about models and disks. In
/// the engine's words; empty where there is none.
QString foreignProblemIn(const engine::Json& object, const char* field)
{
    const engine::Json& error = memberOf(object, field);
    return error.is_object() ? plainText(engine::errorFromJson(error).detail) : QString();
}

void addLimit(BenchmarkStageView& view, const engine::Json& row)
{
    const engine::Json& limit = memberOf(row, "limit");
    if (!limit.is_object())
        return;
    view.limit = limitIn(limit, "name");
    view.limitShare = numberIn(limit, "share");
    view.limitedBy = limitIn(row, "limited_by");
}

/// Absent without measurements. Statistics are made of these here, so that a run that goes on has them too.
std::optional<BenchmarkStageView> stageView(const engine::Json& row)
{
    engine::StageResult result{.stage = engine::BenchmarkStage::None, .measurements = {}};
    for (const engine::Json& one : row.at("measurements"))
        result.measurements.push_back({one.at("iteration").get<std::uint32_t>(), one.at("seconds").get<double>(),
            engine::Bytes{one.at("bytes").get<std::uint64_t>()}});
    const auto figures = engine::figuresOf(result, engine::BenchmarkTemperature::Unknown, {});
    if (!figures)
        return std::nullopt;
    BenchmarkStageView view{.stage = stageIn(row),
        .values = {},
        .minimum = figures->seconds.minimum,
        .median = figures->seconds.median,
        .p95 = figures->seconds.p95,
        .maximum = figures->seconds.maximum,
        .spread = figures->seconds.relativeDeviation,
        .bytesPerSecond = figures->bytesPerSecond};
    for (const engine::StageMeasurement& one : result.measurements)
        view.values.append({static_cast<int>(one.iteration), one.seconds});
    for (const std::size_t index : figures->seconds.outliers)
        view.outliers.append(view.values[static_cast<qsizetype>(index)].first);
    addLimit(view, row);
    return view;
}

std::optional<BenchmarkPeerView> peerView(const engine::Json& row)
{
    const engine::Json& peer = memberOf(row, "peer");
    const auto median = numberIn(memberOf(peer, "statistics"), "median");
    if (!median)
        return std::nullopt;
    return BenchmarkPeerView{.name = textIn(peer, "name") + QLatin1Char(' ') + textIn(peer, "version"),
        .median = *median,
        .ratio = numberIn(row, "peer_ratio")};
}

BenchmarkComputeCheck computeCheck(const engine::Json& row)
{
    QStringList shape;
    for (const engine::Json& length : memberOf(row, "shape"))
        shape.append(QString::number(length.get<quint64>()));
    return {.name = textIn(row, "name"),
        .tensor = textIn(row, "tensor"),
        .type = textIn(row, "type"),
        .shape = shape.join(QStringLiteral(" \u00D7 ")),
        .seconds = numberIn(row, "seconds").value_or(0),
        .operationsPerSecond = numberIn(row, "operations_per_second"),
        .deviation = numberIn(row, "deviation").value_or(0),
        .matches = memberOf(row, "matches") == true};
}

BenchmarkModelView modelView(const engine::Json& row)
{
    // A run that goes on may have the model's own facts beside its stages.
    const engine::Json& model = row.contains("model") ? row.at("model") : row;
    BenchmarkModelView view{.id = textIn(model, model.contains("model_id") ? "model_id" : "id"),
        .name = textIn(model, "name"),
        .bytes = countIn(model, "size_bytes"),
        .stages = {},
        .problem = problemIn(row, "problem"),
        .peer = peerView(row),
        .peerProblem = foreignProblemIn(row, "peer_problem"),
        .computeProblem = foreignProblemIn(row, "compute_problem")};
    for (const engine::Json& check : memberOf(row, "compute_checks"))
        view.computeChecks.append(computeCheck(check));
    for (const engine::Json& stage : row.at("stages")) {
        if (auto read = stageView(stage); read && read->stage != BenchmarkStage::None)
            view.stages.append(std::move(*read));
    }
    return view;
}

QList<BenchmarkModelView> modelViews(const engine::Json& rows)
{
    QList<BenchmarkModelView> views;
    for (const engine::Json& row : rows)
        views.append(modelView(row));
    return views;
}

/// "direct_io, share_contents": the flags that were in use.
QString featuresIn(const engine::Json& machine)
{
    QStringList names;
    for (const auto& [name, isOn] : memberOf(machine, "features").items()) {
        if (isOn.is_boolean() && isOn.get<bool>())
            names.append(plainText(std::string_view{name}));
    }
    return names.join(QStringLiteral(", "));
}

BenchmarkFacts factsOf(const engine::Json& report)
{
    const engine::Json& settings = report.at("settings");
    const engine::Json& machine = report.at("machine");
    const engine::Json& device = memberOf(machine, "device");
    const engine::Json& limits = memberOf(report, "limits");
    return {.version = textIn(machine, "version"),
        .buildType = textIn(machine, "build_type"),
        .processor = textIn(machine, "processor"),
        .processors = countIn(machine, "processors"),
        .memory = countIn(machine, "memory_bytes"),
        .kernel = textIn(machine, "kernel"),
        .deviceId = textIn(settings, "device_id"),
        .deviceName = textIn(device, "name"),
        .deviceMemory = countIn(device, "capacity_bytes"),
        .driver = textIn(device, "driver"),
        .interface = textIn(device, "interface"),
        .features = featuresIn(machine),
        .precision = textIn(settings, "precision"),
        .temperature = temperatureIn(settings),
        .iterations = countIn(settings, "iterations"),
        .verifies = memberOf(settings, "verify") == true,
        .seconds = numberIn(report, "seconds").value_or(0),
        .otherLoads = countIn(report, "other_loads"),
        .diskRead = numberIn(limits, "disk_read"),
        .hostCopy = numberIn(limits, "host_copy_two_threads"),
        .deviceUpload = numberIn(limits, "device_upload"),
        .deviceCopyWithin = numberIn(limits, "device_copy_within")};
}

BenchmarkRunView runView(const engine::Json& row)
{
    BenchmarkRunView view{.id = textIn(row, "id"),
        .startedAt = timeIn(row, "started_at"),
        .end = endIn(row),
        .deviceId = textIn(row, "device_id"),
        .precision = benchmarkPrecisionText(textIn(row, "precision")),
        .temperature = temperatureIn(row),
        .iterations = static_cast<int>(std::min<quint64>(countIn(row, "iterations"), kMostBenchmarkIterations)),
        .models = {},
        .wholeSeconds = 0,
        .wholeRatio = numberIn(memberOf(row, "trend"), "whole_ratio"),
        .problem = problemIn(row, "error")};
    for (const engine::Json& model : memberOf(row, "models")) {
        view.models.append(textIn(model, "name"));
        const auto seconds = numberIn(model, "whole_seconds");
        view.wholeSeconds = seconds && view.wholeSeconds ? std::optional(*view.wholeSeconds + *seconds) : std::nullopt;
    }
    if (view.models.isEmpty())
        view.wholeSeconds.reset();
    return view;
}

BenchmarkStageRate rateIn(const engine::Json& stage, const char* rate, const char* limit)
{
    const engine::Json& most = memberOf(stage, limit);
    return {.bytesPerSecond = numberIn(stage, rate),
        .limit = most.is_object() ? limitIn(most, "name") : BenchmarkLimit::None,
        .limitShare = numberIn(most, "share")};
}

BenchmarkModelComparison modelComparison(const engine::Json& row)
{
    BenchmarkModelComparison view{.name = textIn(row, "name"),
        .nameBefore = textIn(row, "name_before"),
        .idBefore = textIn(row, "model_id_before"),
        .idAfter = textIn(row, "model_id_after"),
        .stages = {}};
    for (const engine::Json& stage : row.at("stages"))
        view.stages.append({.stage = stageIn(stage),
            .verdict = enumIn<engine::StageVerdict>(stage, "verdict", BenchmarkVerdict::TooFew),
            .medianBefore = numberIn(stage, "median_before").value_or(0),
            .medianAfter = numberIn(stage, "median_after").value_or(0),
            .ratio = numberIn(stage, "ratio"),
            .limitRatio = numberIn(stage, "limit_ratio"),
            .rateBefore = rateIn(stage, "bytes_per_second_before", "limit_before"),
            .rateAfter = rateIn(stage, "bytes_per_second_after", "limit_after")});
    return view;
}

} // namespace

bool movesBytes(BenchmarkStage stage)
{
    static_assert(static_cast<int>(BenchmarkStage::Whole) == static_cast<int>(engine::kLastBenchmarkStage));
    return engine::movesBytes(static_cast<engine::BenchmarkStage>(stage));
}

BenchmarkReportView benchmarkReportView(const engine::Json& report)
{
    const BenchmarkFacts facts = factsOf(report);
    return {.id = textIn(report, "id"),
        .startedAt = timeIn(report, "started_at"),
        .end = endIn(report),
        .temperature = facts.temperature,
        .facts = benchmarkFacts(facts),
        .models = modelViews(report.at("models"))};
}

BenchmarkProgressView benchmarkProgressView(const engine::Json& answer)
{
    return {.id = textIn(answer, "benchmark_id"),
        .done = countIn(answer, "steps_done"),
        .total = countIn(answer, "steps_total"),
        .models = modelViews(answer.at("models"))};
}

QList<BenchmarkRunView> benchmarkRunViews(const engine::Json& answer)
{
    QList<BenchmarkRunView> views;
    for (const engine::Json& row : answer.at("reports"))
        views.append(runView(row));
    return views;
}

BenchmarkComparisonView benchmarkComparisonView(const engine::Json& answer)
{
    BenchmarkComparisonView view{.before = textIn(answer, "report_id_before"),
        .after = textIn(answer, "report_id_after"),
        .comparability = enumIn<engine::Comparability>(answer, "comparability", BenchmarkComparability::NotComparable),
        .differences = {},
        .models = {},
        .onlyBefore = textsIn(answer, "only_before"),
        .onlyAfter = textsIn(answer, "only_after")};
    for (const engine::Json& difference : answer.at("differences"))
        view.differences.append(setupDifferenceText(
            textIn(difference, "aspect"), textIn(difference, "before"), textIn(difference, "after")));
    for (const engine::Json& model : answer.at("models"))
        view.models.append(modelComparison(model));
    return view;
}

engine::Json benchmarkRequestFields(const BenchmarkRequest& request)
{
    engine::Json models = engine::Json::array();
    for (const QString& id : request.modelIds)
        models.push_back(id.toStdString());
    engine::Json fields{{"model_ids", std::move(models)}, {"device_id", request.deviceId.toStdString()},
        {"precision", request.precision.toStdString()},
        {"temperature", toText(static_cast<engine::BenchmarkTemperature>(request.temperature))},
        {"iterations", request.iterations}, {"verify", request.verifies}, {"compare_peer", request.comparesPeer},
        {"check_compute", request.checksCompute}};
    for (const QString& id : request.componentIds)
        fields["component_ids"].push_back(id.toStdString());
    return fields;
}

} // namespace weightroom::ui
