// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/jobs/worker_operations.h"

#include "model_engine/operations/library/scan_operations.h"
#include "model_engine/operations/models/model_json.h"

#include <map>
#include <string>

namespace weightroom::engine {
namespace {

Json idsJson(const ScanResult& result)
{
    Json ids = Json::array();
    for (const ModelRecordPtr& model : result.models)
        ids.push_back(model->id.text);
    return ids;
}

Result<Json> scanModelDirectory(EngineServices& services, const Arguments& arguments, JobContext& job)
{
    LibraryScanRequest request{.scan = scanOptionsFrom(arguments), .files = {}};
    request.scan.directories = {arguments.text("directory")};
    const auto scanned = scanLibrary(services, std::move(request), job);
    if (!scanned)
        return fail(scanned.error());
    Json answer = directoriesJson(services, scanned->result).at(0);
    answer["model_ids"] = idsJson(scanned->result);
    answer["folder_problems"] = folderProblemsJson(scanned->result.folderProblems);
    return answer;
}

/// How many models there are of each kind; what cannot be used is counted as that.
Json countsJson(const EngineSnapshot& now, const ScanResult& result)
{
    std::map<ModelId, const ModelState*> states;
    for (const ModelState& model : now.models)
        states.emplace(model.record->id, &model);
    std::map<std::string, std::uint64_t, std::less<>> kinds;
    std::map<std::string, std::uint64_t, std::less<>> architectures;
    std::uint64_t usable = 0;
    for (const ModelRecordPtr& record : result.models) {
        const auto state = states.find(record->id);
        if (state == states.end() || !record->isUsable())
            continue;
        const EffectiveIdentity identity = state->second->identity();
        ++usable;
        ++kinds[std::string{toText(identity.kind)}];
        ++architectures[std::string{toText(identity.architecture)}];
    }
    return {
        {"model_count", usable},
        {"incompatible_model_count", result.models.size() - usable},
        {"by_model_type", kinds},
        {"by_architecture", architectures},
    };
}

Result<Json> comprehensiveModelScan(EngineServices& services, const Arguments&, JobContext& job)
{
    LibraryScanRequest request;
    request.scan.directories = services.snapshot()->folders;
    const auto scanned = scanLibrary(services, std::move(request), job);
    if (!scanned)
        return fail(scanned.error());
    const EngineSnapshotPtr now = services.snapshot();
    Json answer = countsJson(*now, scanned->result);
    answer["directories"] = directoriesJson(services, scanned->result);
    answer["folder_problems"] = folderProblemsJson(scanned->result.folderProblems);
    answer["scan_statistics"] = scanJson(scanned->result.statistics);
    answer["catalog_problem"] = now->catalogProblem ? toJson(*now->catalogProblem) : Json(nullptr);
    return answer;
}

OperationSpec scanDirectorySpec(EngineServices& services)
{
    std::vector<FieldSpec> fields = scanOptionFields();
    fields.insert(fields.begin(),
        {.name = "directory", .type = FieldType::Path, .presence = Presence::Required, .help = "The folder to scan."});
    return {
        .family = "worker",
        .name = "scan_model_directory",
        .summary = "Scans one folder and answers with its figures.",
        .duration = Duration::Long,
        .fields = std::move(fields),
        .errors = {ErrorCode::NotFound, ErrorCode::PermissionDenied, ErrorCode::NotRegularFile, ErrorCode::Cancelled},
        .answer = "path, folders, files, files_read, errors, size_bytes, elapsed_seconds, finished_at, watched_by, "
                  "model_ids, folder_problems",
        .describe =
            [](const Arguments& arguments) {
                return describeScan("scan_model_directory", arguments.text("directory"));
            },
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return scanModelDirectory(services, arguments, *job); },
    };
}

OperationSpec comprehensiveScanSpec(EngineServices& services)
{
    return {
        .family = "worker",
        .name = "comprehensive_model_scan",
        .summary = "Scans all configured folders, whatever is known of them, and counts the models by what they are.",
        .duration = Duration::Long,
        .fields = {},
        .errors = {ErrorCode::NotFound, ErrorCode::PermissionDenied, ErrorCode::NotRegularFile, ErrorCode::Cancelled},
        .answer =
            "model_count, incompatible_model_count, by_model_type, by_architecture, directories, folder_problems, "
            "scan_statistics, catalog_problem",
        .dataKeys = {"by_model_type", "by_architecture"},
        .describe = [](const Arguments&) { return describeScan("comprehensive_model_scan", {}); },
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return comprehensiveModelScan(services, arguments, *job); },
    };
}

} // namespace

void addWorkerOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(scanDirectorySpec(services));
    registry.add(comprehensiveScanSpec(services));
}

} // namespace weightroom::engine
