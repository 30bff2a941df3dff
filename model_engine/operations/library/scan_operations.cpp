// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/library/scan_operations.h"

#include "model_engine/core/utf8.h"
#include "model_engine/operations/library/library_scan.h"
#include "model_engine/operations/models/model_json.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <utility>

namespace weightroom::engine {
namespace {

/// Directories that somebody names are looked at; the configured ones when there is need.
Refresh refreshFrom(const Arguments& arguments)
{
    const std::string_view otherwise = arguments.has("scan_directories") ? "always" : "if_needed";
    return arguments.text("refresh", otherwise) == "always" ? Refresh::Always : Refresh::IfNeeded;
}

ScanRequest scanRequestFrom(const Arguments& arguments, const EngineSnapshot& now)
{
    ScanRequest request = scanOptionsFrom(arguments);
    for (const std::string& directory : arguments.texts("scan_directories"))
        request.directories.emplace_back(directory);
    if (!arguments.has("scan_directories") && !arguments.has("files"))
        request.directories = now.folders;
    return request;
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

Json answerFrom(const EngineServices& services, const LibraryScan& scanned, const std::vector<std::string>& types)
{
    const EngineSnapshotPtr snapshot = services.snapshot();
    const EngineSnapshot& now = *snapshot;
    const ScanResult& result = scanned.result;
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
        {"from_cache", scanned.isFromCache},
        {"model_changes",
            {{"added", scanned.changes.added}, {"changed", scanned.changes.changed},
                {"removed", scanned.changes.removed}}},
        {"directories", directoriesJson(services, result)},
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

Result<Json> getAvailableModels(EngineServices& services, const Arguments& arguments, JobContext& job)
{
    const std::vector<std::string> types = arguments.texts("model_types");
    if (auto known = checkTypes(types); !known)
        return fail(std::move(known).error());
    LibraryScanRequest request{.scan = scanRequestFrom(arguments, *services.snapshot()),
        .files = arguments.texts("files"),
        .refresh = refreshFrom(arguments)};
    const auto scanned = scanLibrary(services, std::move(request), job);
    if (!scanned)
        return fail(scanned.error());
    return answerFrom(services, *scanned, types);
}

std::function<JobDescription(const Arguments&)> describeScanAs(std::string operation)
{
    return [operation = std::move(operation)](const Arguments& arguments) {
        const auto directories = arguments.texts("scan_directories");
        return describeScan(operation, directories.size() == 1 ? directories.front() : std::string{});
    };
}

constexpr std::int64_t kMostDirectories = 256;
constexpr std::int64_t kMostTypes = 32;
constexpr std::int64_t kMostExtensions = 32;
constexpr std::int64_t kDeepest = 128;

std::vector<FieldSpec> availableModelsFields()
{
    std::vector<FieldSpec> fields{
        {.name = "scan_directories",
            .type = FieldType::PathList,
            .help = "Folders to scan; left out: the configured model folders.",
            .minimum = 1,
            .maximum = kMostDirectories},
        {.name = "files",
            .type = FieldType::PathList,
            .help = "Single files to look at, whatever their extension; without scan_directories no folder is scanned.",
            .minimum = 1,
            .maximum = kMostDirectories},
        {.name = "refresh",
            .type = FieldType::Text,
            .help = "always: looks at the folders; if_needed: not when they are watched and nothing has changed for 30 "
                    "minutes at most; left out: if_needed for the configured folders, else always.",
            .allowed = {"always", "if_needed"}},
        {.name = "model_types",
            .type = FieldType::TextList,
            .help = "Model types or architectures to answer with (lora, sdxl, ...); left out: all.",
            .minimum = 1,
            .maximum = kMostTypes},
    };
    std::ranges::move(scanOptionFields(), std::back_inserter(fields));
    return fields;
}

std::string_view availableModelsAnswer()
{
    static const std::string text =
        "models, incompatible_models (each with its problems), folder_problems, scan_statistics, scan_timestamp, "
        "from_cache, model_changes (added, changed and removed by this scan), directories (of each its figures, and "
        "watched_by inotify, polling, not-answering, missing, unreadable or none), catalog_problem (why the catalogue "
        "is not kept between runs, or null). "
        + problemsHelp();
    return text;
}

OperationSpec availableModelsSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "get_available_models",
        .summary = "Scans model folders and answers with what is there, broken files included.",
        .duration = Duration::Long,
        .fields = availableModelsFields(),
        .errors = {ErrorCode::NotFound, ErrorCode::PermissionDenied, ErrorCode::NotRegularFile, ErrorCode::NotAnswering,
            ErrorCode::Cancelled},
        .answer = availableModelsAnswer(),
        .describe = describeScanAs("get_available_models"),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return getAvailableModels(services, arguments, *job); },
    };
}

} // namespace

void addScanOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(availableModelsSpec(services));
    OperationSpec worker = availableModelsSpec(services);
    worker.family = "worker";
    worker.name = "discover_available_models";
    worker.describe = describeScanAs("discover_available_models");
    registry.add(std::move(worker));
}

Json directoriesJson(const EngineServices& services, const ScanResult& result)
{
    Json rows = Json::array();
    for (const DirectoryScan& scan : result.directories) {
        Json row{{"path", toValidUtf8(scan.directory.string())}};
        row.update(scanJson(scan.statistics));
        row["watched_by"] = toText(watchingOf(services, scan.directory));
        rows.push_back(std::move(row));
    }
    return rows;
}

ScanRequest scanOptionsFrom(const Arguments& arguments)
{
    ScanRequest request;
    request.includeSubdirectories = arguments.boolean("include_subdirectories", request.includeSubdirectories);
    request.maximumDepth = static_cast<std::uint32_t>(arguments.integer("maximum_depth", request.maximumDepth));
    if (arguments.has("file_extensions"))
        request.extensions = arguments.texts("file_extensions");
    for (std::string& extension : request.extensions)
        extension = lowerCase(std::move(extension));
    return request;
}

std::vector<FieldSpec> scanOptionFields()
{
    return {
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
    };
}

JobDescription describeScan(std::string operation, std::string subject)
{
    return {.operation = std::move(operation),
        .modelId = {},
        .deviceId = {},
        .subject = std::move(subject),
        .weight = JobWeight::Heavy};
}

} // namespace weightroom::engine
