// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/catalog_operations.h"

#include "model_engine/core/utf8.h"
#include "model_engine/operations/model_json.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {
namespace {

/// Single files without directories: then no folder is scanned.
bool isFilesOnly(const Arguments& arguments) { return arguments.has("files") && !arguments.has("scan_directories"); }

ScanRequest scanRequestFrom(const Arguments& arguments, const EngineSnapshot& now)
{
    ScanRequest request;
    for (const std::string& directory : arguments.texts("scan_directories"))
        request.directories.emplace_back(directory);
    if (!arguments.has("scan_directories") && !arguments.has("files"))
        request.directories = now.folders;
    request.includeSubdirectories = arguments.boolean("include_subdirectories", request.includeSubdirectories);
    request.maximumDepth = static_cast<std::uint32_t>(arguments.integer("maximum_depth", request.maximumDepth));
    if (arguments.has("file_extensions"))
        request.extensions = arguments.texts("file_extensions");
    for (std::string& extension : request.extensions)
        extension = lowerCase(std::move(extension));
    for (const ModelState& model : now.models)
        request.known.push_back(model.record);
    return request;
}

ScanCoverage coverageOf(const ScanRequest& request, const ScanResult& result)
{
    ScanCoverage coverage{.directories = request.directories,
        .maximumDepth = request.includeSubdirectories ? request.maximumDepth : 0,
        .extensions = request.extensions};
    coverage.directories.insert(
        coverage.directories.end(), result.outsideDirectories.begin(), result.outsideDirectories.end());
    return coverage;
}

/// The answer shows what was asked for; the catalogue keeps all that was found.
bool isWanted(const ModelState& model, const std::vector<std::string>& types)
{
    const auto matches = [&](std::string_view text) { return std::ranges::find(types, text) != types.end(); };
    const EffectiveIdentity identity = model.identity();
    // A broken file has no type yet: it is never left out (D7).
    return types.empty() || !model.record->isUsable() || matches(toText(identity.kind))
        || matches(toText(identity.architecture));
}

Json answerFrom(const EngineSnapshot& now, const ScanResult& result, const std::vector<std::string>& types)
{
    Json models = Json::array();
    Json incompatible = Json::array();
    for (const ModelRecordPtr& record : result.models) {
        const auto state =
            std::ranges::find_if(now.models, [&](const ModelState& model) { return model.record->id == record->id; });
        if (state != now.models.end() && isWanted(*state, types))
            (record->isUsable() ? models : incompatible).push_back(modelJson(*state));
    }
    Json statistics = scanJson(result.statistics);
    Json timestamp = statistics["finished_at"];
    return {
        {"models", std::move(models)},
        {"incompatible_models", std::move(incompatible)},
        {"folder_problems", folderProblemsJson(result.folderProblems)},
        {"scan_statistics", std::move(statistics)},
        {"scan_timestamp", std::move(timestamp)},
    };
}

/// A typo must not read as "nothing found".
Result<> checkTypes(const std::vector<std::string>& types)
{
    for (const std::string& type : types) {
        if (!modelKindFromText(type) && !architectureFromText(type))
            return fail(ErrorCode::InvalidValue, "'" + type + "' is neither a model type nor an architecture",
                {.field = "model_types"});
    }
    return {};
}

/// The scan, and the single files that were named.
Result<ScanResult> lookAround(
    EngineServices& services, const ScanRequest& request, const Arguments& arguments, JobContext& job)
{
    ScanResult result;
    result.statistics.finishedAt = services.clock.wallTime();
    if (!isFilesOnly(arguments)) {
        std::uint64_t reported = 0;
        auto scanned = scan(request, services.clock, services.log, job.stopToken(), [&](ScanProgress progress) {
            job.setTotal(progress.filesFound);
            job.advance(progress.filesDone - std::exchange(reported, progress.filesDone));
        });
        if (!scanned)
            return scanned;
        result = std::move(*scanned);
    }
    for (const std::string& file : arguments.texts("files")) {
        result.models.push_back(examineFile(std::filesystem::path{file}.lexically_normal()));
        ++result.statistics.files;
        ++result.statistics.filesRead;
        result.statistics.bytes += result.models.back()->fileSize();
        result.statistics.errors += result.models.back()->isUsable() ? 0 : 1;
    }
    return result;
}

Result<Json> getAvailableModels(EngineServices& services, const Arguments& arguments, JobContext& job)
{
    if (auto known = checkTypes(arguments.texts("model_types")); !known)
        return fail(std::move(known).error());
    job.setPhase(JobPhase::Scanning);
    const ScanRequest request = scanRequestFrom(arguments, *services.snapshot());
    auto result = lookAround(services, request, arguments, job);
    if (!result)
        return fail(std::move(result).error());
    services.executor.invoke([&] {
        EngineTables& tables = services.tables;
        tables.catalog.replace(coverageOf(request, *result), result->models,
            [&](const ModelId& model) { return tables.isInMemory(model); });
        if (!isFilesOnly(arguments)) {
            tables.folderProblems = result->folderProblems;
            tables.lastScan = result->statistics;
        }
        services.publish();
    });
    return answerFrom(*services.snapshot(), *result, arguments.texts("model_types"));
}

Result<Json> getModel(const EngineServices& services, const Arguments& arguments)
{
    const EngineSnapshotPtr now = services.snapshot();
    auto model = findModel(*now, ModelId{arguments.text("model_id")});
    if (!model)
        return fail(std::move(model).error());
    return modelJson(**model);
}

Result<Json> getModelStatus(const EngineServices& services, const Arguments& arguments)
{
    const EngineSnapshotPtr now = services.snapshot();
    Json answer;
    if (arguments.has("model_id")) {
        auto model = findModel(*now, ModelId{arguments.text("model_id")});
        if (!model)
            return fail(std::move(model).error());
        answer["model"] = modelJson(**model);
    }
    answer["devices"] = Json::array();
    for (const DeviceState& device : now->devices)
        answer["devices"].push_back(deviceJson(device));
    answer["unusable_devices"] = Json::array();
    for (const UnusableDevice& device : now->unusableDevices)
        answer["unusable_devices"].push_back({{"name", device.name}, {"error", toJson(device.reason)}});
    answer["cache"] = cacheJson(now->cache);
    return answer;
}

JobDescription describeScan(const Arguments& arguments)
{
    const auto directories = arguments.texts("scan_directories");
    return {.operation = "get_available_models",
        .modelId = {},
        .deviceId = {},
        .subject = directories.size() == 1 ? directories.front() : std::string{},
        .weight = JobWeight::Heavy};
}

constexpr std::int64_t kMostDirectories = 256;
constexpr std::int64_t kMostExtensions = 32;
constexpr std::int64_t kDeepest = 128;

OperationSpec availableModelsSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "get_available_models",
        .summary = "Scans model folders and answers with what is there, broken files included.",
        .duration = Duration::Long,
        .fields =
            {
                {.name = "scan_directories",
                    .type = FieldType::PathList,
                    .help = "Folders to scan; left out: the configured model folders.",
                    .minimum = 1,
                    .maximum = kMostDirectories},
                {.name = "files",
                    .type = FieldType::PathList,
                    .help = "Single files to look at, whatever their extension; without scan_directories no folder is "
                            "scanned.",
                    .minimum = 1,
                    .maximum = kMostDirectories},
                {.name = "include_subdirectories",
                    .type = FieldType::Boolean,
                    .help = "Whether folders below are scanned too; left out: true."},
                {.name = "maximum_depth",
                    .type = FieldType::Integer,
                    .help = "How many folders deep; left out: 16.",
                    .minimum = 0,
                    .maximum = kDeepest},
                {.name = "file_extensions",
                    .type = FieldType::TextList,
                    .help = "Extensions with their dot, in lower case; left out: those of all formats that are read.",
                    .minimum = 1,
                    .maximum = kMostExtensions},
                {.name = "model_types",
                    .type = FieldType::TextList,
                    .help = "Model types or architectures to answer with (lora, sdxl, ...); left out: all.",
                    .minimum = 1,
                    .maximum = kMostExtensions},
            },
        .errors = {ErrorCode::NotFound, ErrorCode::PermissionDenied, ErrorCode::NotRegularFile, ErrorCode::Cancelled},
        .answer =
            "models, incompatible_models (each with its problems), folder_problems, scan_statistics, scan_timestamp",
        .describe = describeScan,
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return getAvailableModels(services, arguments, *job); },
    };
}

OperationSpec modelSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "get_model",
        .summary = "Everything known about one model: file, components, evidence, state.",
        .fields = {{.name = "model_id",
            .type = FieldType::Text,
            .presence = Presence::Required,
            .help = "The id of the model, as get_available_models gives it."}},
        .errors = {ErrorCode::ModelNotFound},
        .answer = "one model",
        .handler = [&services](const Arguments& arguments, JobContext*) { return getModel(services, arguments); },
    };
}

OperationSpec modelStatusSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "get_model_status",
        .summary = "What is loaded on each device and what is cached, with the bytes of each owner.",
        .fields = {{.name = "model_id",
            .type = FieldType::Text,
            .help = "A model whose state is wanted too; left out: devices and cache only."}},
        .errors = {ErrorCode::ModelNotFound},
        .answer = "devices, unusable_devices, cache, and model when one was asked for",
        .handler = [&services](const Arguments& arguments, JobContext*) { return getModelStatus(services, arguments); },
    };
}

} // namespace

void addCatalogOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(availableModelsSpec(services));
    registry.add(modelSpec(services));
    registry.add(modelStatusSpec(services));
}

} // namespace weightroom::engine
