// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/scan_operations.h"

#include "model_engine/catalog/model_matching.h"
#include "model_engine/core/utf8.h"
#include "model_engine/operations/model_json.h"

#include <algorithm>
#include <map>
#include <utility>

namespace weightroom::engine {
namespace {

/// Single files without directories: then no folder is scanned.
bool isFilesOnly(const Arguments& arguments) { return arguments.has("files") && !arguments.has("scan_directories"); }

/// What earlier scans know, in this run and before.
void addKnown(ScanRequest& request, EngineServices& services)
{
    loadKeptCatalog(services);
    services.executor.invoke([&] {
        request.known = services.tables.catalog.models();
        for (RememberedModel& model : services.tables.catalog.remembered())
            (model.isStale ? request.stale : request.known).push_back(std::move(model.record));
    });
}

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
    std::map<ModelId, const ModelState*> states;
    for (const ModelState& model : now.models)
        states.emplace(model.record->id, &model);
    for (const ModelRecordPtr& record : result.models) {
        const auto state = states.find(record->id);
        if (state != states.end() && isWanted(*state->second, types))
            (record->isUsable() ? models : incompatible).push_back(modelJson(*state->second));
    }
    Json statistics = scanJson(result.statistics);
    Json timestamp = statistics["finished_at"];
    return {
        {"models", std::move(models)},
        {"incompatible_models", std::move(incompatible)},
        {"folder_problems", folderProblemsJson(result.folderProblems)},
        {"scan_statistics", std::move(statistics)},
        {"scan_timestamp", std::move(timestamp)},
        {"catalog_problem", now.catalogProblem ? toJson(*now.catalogProblem) : Json(nullptr)},
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

/// Single files, whatever their extension, under the ids that they are known by.
void addFiles(const ScanRequest& request, const std::vector<std::string>& paths, ScanResult& result)
{
    std::vector<ModelRecordPtr> models;
    std::vector<FoundModel> found;
    for (const std::string& path : paths) {
        models.push_back(examineFile(std::filesystem::path{path}.lexically_normal()));
        found.push_back({.path = models.back()->path, .files = models.back()->files, .shardIndex = {}, .problem = {}});
    }
    ModelMatcher{request.known, request.stale, found}.giveIds(models);
    for (const ModelRecordPtr& model : models) {
        ++result.statistics.files;
        ++result.statistics.filesRead;
        result.statistics.bytes += model->fileSize();
        result.statistics.errors += model->isUsable() ? 0 : 1;
        result.models.push_back(model);
    }
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
    addFiles(request, arguments.texts("files"), result);
    return result;
}

Result<Json> getAvailableModels(EngineServices& services, const Arguments& arguments, JobContext& job)
{
    if (auto known = checkTypes(arguments.texts("model_types")); !known)
        return fail(std::move(known).error());
    job.setPhase(JobPhase::Scanning);
    ScanRequest request = scanRequestFrom(arguments, *services.snapshot());
    addKnown(request, services);
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
            for (const DirectoryScan& directory : result->directories)
                tables.scans.insert_or_assign(directory.directory, directory);
        }
        services.publish();
    });
    keepCatalog(services);
    return answerFrom(*services.snapshot(), *result, arguments.texts("model_types"));
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
            "models, incompatible_models (each with its problems), folder_problems, scan_statistics, scan_timestamp, "
            "catalog_problem (why the catalogue is not kept between runs, or null)",
        .describe = describeScan,
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return getAvailableModels(services, arguments, *job); },
    };
}

} // namespace

void addScanOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(availableModelsSpec(services));
}

} // namespace weightroom::engine
