// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/benchmark/benchmark_operations.h"

#include "model_engine/benchmark/reports/report_store.h"
#include "model_engine/operations/benchmark/benchmark_report_operations.h"
#include "model_engine/operations/benchmark/benchmark_run.h"

#include <algorithm>
#include <iterator>
#include <memory>

namespace weightroom::engine {
namespace {

constexpr std::string_view kCacheOnly = "cache";
constexpr std::int64_t kMostComponents = 1024;
constexpr std::int64_t kDefaultIterations = 5;

BenchmarkTemperature temperatureFrom(const Arguments& arguments)
{
    const std::string text = arguments.text("temperature");
    for (const auto temperature : {BenchmarkTemperature::PageCache, BenchmarkTemperature::RamCache}) {
        if (text == toText(temperature))
            return temperature;
    }
    return BenchmarkTemperature::Disk;
}

/// As it is stored, unless something else is named: a benchmark is to say the same whatever the settings are.
PrecisionRequest precisionFrom(const Arguments& arguments)
{
    const PrecisionWish wish = precisionWishFrom(arguments);
    const auto otherwise = wish.level ? WantedPrecision::ByLevel : WantedPrecision::AsStored;
    return {wish.level.value_or(OptimizationLevel::None), wish.precision.value_or(otherwise)};
}

BenchmarkSettings settingsFrom(const Arguments& arguments)
{
    return {.device = {},
        .precision = precisionFrom(arguments),
        .temperature = temperatureFrom(arguments),
        .iterations = static_cast<std::uint32_t>(arguments.integer("iterations", kDefaultIterations)),
        .verifies = arguments.boolean("verify", false),
        .asksPeer = arguments.boolean("compare_peer", false),
        .checksCompute = arguments.boolean("check_compute", false)};
}

tl::unexpected<Error> refused(const char* field, std::string why)
{
    return fail(ErrorCode::InvalidValue, std::move(why), {.field = field});
}

/// Errors: InvalidValue.
Result<> expectPeerPossible(const BenchmarkRequest& request)
{
    const PrecisionRequest& precision = request.settings.precision;
    if (!request.settings.asksPeer)
        return {};
    if (!request.components.empty())
        return refused("component_ids", "a peer loads whole files");
    if (precision.precision == WantedPrecision::ByLevel && precision.level != OptimizationLevel::None)
        return refused("optimization_level", "a peer loads weights as they are stored");
    if (precision.precision != WantedPrecision::ByLevel && precision.precision != WantedPrecision::AsStored)
        return refused("precision", "a peer loads weights as they are stored");
    return {};
}

/// What no field says alone. Errors: InvalidValue.
Result<> expectMeaning(const BenchmarkRequest& request)
{
    std::vector<ModelId> models = request.models;
    std::ranges::sort(models);
    if (std::ranges::adjacent_find(models) != models.end())
        return refused("model_ids", "a model is named twice");
    if (models.size() > 1 && !request.components.empty())
        return refused("component_ids", "components can be named of one model only");
    if (auto possible = expectPeerPossible(request); !possible)
        return possible;
    if (request.lane)
        return {};
    if (request.settings.temperature == BenchmarkTemperature::RamCache)
        return refused("temperature", "what is in the RAM cache already cannot be read into it");
    if (request.settings.precision != kAsStored)
        return refused("precision", "the RAM cache keeps everything as it is stored");
    if (request.settings.verifies)
        return refused("verify", "only what is on a device can be read back");
    if (request.settings.checksCompute)
        return refused("check_compute", "only what is on a device can be calculated with");
    return {};
}

/// Errors: DeviceNotFound, InvalidValue.
Result<BenchmarkRequest> requestFrom(const EngineServices& services, const Arguments& arguments)
{
    BenchmarkRequest request{.settings = settingsFrom(arguments), .models = {}};
    for (const std::string& id : arguments.texts("model_ids"))
        request.models.push_back(ModelId{id});
    for (const std::string& id : arguments.texts("component_ids"))
        request.components.insert(ComponentId{id});
    if (arguments.text("device_id") != kCacheOnly) {
        const auto lane = services.laneOf(DeviceId{arguments.text("device_id")});
        if (!lane)
            return fail(lane.error());
        request.lane = *lane;
        request.settings.device = request.lane->device().description().id;
    }
    if (auto meant = expectMeaning(request); !meant)
        return fail(std::move(meant).error());
    return request;
}

/// Keeps the report. Answers with what else came of it: removed_reports, keeping_problem.
Json keep(EngineServices& services, const BenchmarkReport& report)
{
    const auto kept = services.reports->save(report);
    Json removed = Json::array();
    std::optional<Error> problem = kept ? kept->problem : std::optional{kept.error()};
    if (kept) {
        for (const BenchmarkId& id : kept->removed)
            removed.push_back(id.text);
    }
    if (problem)
        services.log.write(LogLevel::Warning, "A benchmark report is not kept as it should be: " + describe(*problem));
    return {{"removed_reports", std::move(removed)}, {"keeping_problem", problem ? toJson(*problem) : Json()}};
}

Result<Json> postModelBenchmark(
    EngineServices& services, RunningBenchmark& running, const Arguments& arguments, JobContext& job)
{
    const auto request = requestFrom(services, arguments);
    if (!request)
        return fail(request.error());
    const auto report = runBenchmark(services, *request, running, job);
    if (!report)
        return fail(report.error());
    job.setPhase(JobPhase::Writing);
    const Json kept = keep(services, *report);
    if (report->end == BenchmarkEnd::Cancelled)
        return fail(ErrorCode::Cancelled,
            "the benchmark was cancelled; what it had measured is kept as '" + report->id.text + "'");
    Json answer{{"report", toJson(*report)}};
    answer.update(kept);
    return answer;
}

/// "one, two": the names of the models, as far as they are known.
std::string subjectOf(const EngineSnapshot& now, const std::vector<std::string>& models)
{
    std::string text;
    for (const std::string& id : models) {
        const auto model = findModel(now, ModelId{id});
        text.append(text.empty() ? "" : ", ").append(model ? (*model)->record->name : id);
    }
    return text;
}

JobDescription describeBenchmark(EngineServices& services, const Arguments& arguments)
{
    const std::vector<std::string> models = arguments.texts("model_ids");
    JobDescription description{.operation = "post_model_benchmark",
        .modelId = {},
        .deviceId = DeviceId{arguments.text("device_id")},
        .subject = subjectOf(*services.snapshot(), models),
        .weight = JobWeight::Heavy};
    if (models.size() == 1)
        description.modelId = ModelId{models.front()};
    return description;
}

/// What is loaded, where to and as what.
std::vector<FieldSpec> loadFields()
{
    return {
        {.name = "model_ids",
            .type = FieldType::TextList,
            .presence = Presence::Required,
            .help = "The models to measure, one after the other: 1 to 32.",
            .minimum = 1,
            .maximum = kMostBenchmarkModels},
        {.name = "component_ids",
            .type = FieldType::TextList,
            .help = "Components to load, of one model only; left out: all of each model.",
            .minimum = 1,
            .maximum = kMostComponents},
        {.name = "device_id",
            .type = FieldType::Text,
            .help = "Where to load to (GPU_0, HOST_0, ...), or cache: into the RAM cache only; left out: the first "
                    "device that can be used."},
        {.name = "optimization_level",
            .type = FieldType::Text,
            .help = "What may be converted to save memory; left out: nothing, whatever the settings say.",
            .allowed = allowedWords(optimizationLevelWords())},
        {.name = "precision",
            .type = FieldType::Text,
            .help = "The type that all weights are loaded in; left out: as the optimization_level says, and without "
                    "one as they are stored.",
            .allowed = allowedWords(precisionWords())},
    };
}

/// How it is measured, and what is asked beside.
std::vector<FieldSpec> measuringFields()
{
    return {
        {.name = "temperature",
            .type = FieldType::Text,
            .help = "Where the bytes are when a load begins: disk (dropped from the page cache before each load), "
                    "page_cache, or ram_cache; left out: disk.",
            .allowed = {"disk", "page_cache", "ram_cache"}},
        {.name = "iterations",
            .type = FieldType::Integer,
            .help = "How often each is measured: 1 to 200; left out: 5, the fewest that reports are compared from.",
            .minimum = 1,
            .maximum = kMostBenchmarkIterations},
        {.name = "verify",
            .type = FieldType::Boolean,
            .help = "Whether whole loads also read the device's bytes back and compare them; left out: false."},
        {.name = "compare_peer",
            .type = FieldType::Boolean,
            .help = "Whether Python's safetensors also loads the same files onto the same device, turn by turn with "
                    "us; left out: false."},
        {.name = "check_compute",
            .type = FieldType::Boolean,
            .help = "Whether the device also calculates with the largest weights, by LibTorch, and the results are "
                    "checked; left out: false."},
    };
}

std::vector<FieldSpec> benchmarkFields()
{
    std::vector<FieldSpec> fields = loadFields();
    std::ranges::move(measuringFields(), std::back_inserter(fields));
    return fields;
}

OperationSpec benchmarkSpec(EngineServices& services, std::shared_ptr<RunningBenchmark> running)
{
    std::vector<ErrorCode> errors = deviceLoadErrors();
    errors.insert(errors.end(), {ErrorCode::InvalidValue, ErrorCode::LeaseHeld, ErrorCode::Unsupported});
    return {
        .family = "model",
        .name = "post_model_benchmark",
        .summary = "Measures how fast models are loaded, stage by stage, against what the machine can do; keeps a "
                   "report.",
        .duration = Duration::Long,
        .fields = benchmarkFields(),
        .errors = std::move(errors),
        .answer = "report: id, started_at, seconds, end (finished, failed), settings, machine, other_loads (that ran "
                  "meanwhile), limits (bytes a second; missing: why one is not there), models; of each its stages "
                  "(disk, cache, copy, convert, share, "
                  "unload, whole) with measurements (iteration, seconds, bytes), statistics, bytes_per_second, limit "
                  "and limited_by, slowest_stage, peer (name, version, seconds of each load, statistics, "
                  "bytes_per_second), peer_ratio (how many times as long as our whole load it takes), peer_problem "
                  "(why it has no figures, or not all), compute_checks (name, tensor, type, shape, seconds, "
                  "operations, operations_per_second, deviation as a multiple of what rounding explains, matches), "
                  "compute_problem (why nothing was calculated, or not all), and problem (why it was not measured, or "
                  "not all). removed_reports: ids of old reports that went; keeping_problem: why the report is not "
                  "kept, or null",
        .dataKeys = {"report.machine.features"},
        .describe = [&services](const Arguments& arguments) { return describeBenchmark(services, arguments); },
        .handler = [&services, running = std::move(running)](const Arguments& arguments,
                       JobContext* job) { return postModelBenchmark(services, *running, arguments, *job); },
    };
}

OperationSpec progressSpec(std::shared_ptr<RunningBenchmark> running)
{
    return {
        .family = "model",
        .name = "get_model_benchmark_progress",
        .summary = "The benchmark that runs, and what it has measured so far.",
        .fields = {},
        .errors = {},
        .answer =
            "benchmark_id (null: none runs), steps_done, steps_total, models with model_id, name, problem, "
            "compute_checks, compute_problem, peer (without bytes_per_second), peer_ratio and peer_problem as in a "
            "report (null: not there yet), and stages, each with stage, measurements and statistics as in a report",
        .handler = [running = std::move(running)](
                       const Arguments&, JobContext*) -> Result<Json> { return toJson(running->now()); },
    };
}

} // namespace

void addBenchmarkOperations(OperationRegistry& registry, EngineServices& services)
{
    const auto running = std::make_shared<RunningBenchmark>();
    registry.add(benchmarkSpec(services, running));
    registry.add(progressSpec(running));
    addBenchmarkReportOperations(registry, services);
}

} // namespace weightroom::engine
