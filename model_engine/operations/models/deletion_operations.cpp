// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/models/deletion_operations.h"

#include "model_engine/catalog/scan/examination.h"
#include "model_engine/catalog/trash/deletion_plan.h"
#include "model_engine/core/utf8.h"
#include "model_engine/operations/jobs/job_description.h"
#include "model_engine/operations/loading/model_unloading.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {
namespace {

/// More are not taken back one by one; the desktop's trash has them all.
constexpr std::size_t kDeletionsKept = 64;

Json pathsJson(const std::vector<std::filesystem::path>& paths)
{
    Json rows = Json::array();
    for (const std::filesystem::path& path : paths)
        rows.push_back(toValidUtf8(path.string()));
    return rows;
}

Json keptJson(const std::vector<KeptFile>& kept)
{
    Json rows = Json::array();
    for (const KeptFile& file : kept)
        rows.push_back({{"path", toValidUtf8(file.path.string())}, {"reason", toText(file.reason)}});
    return rows;
}

/// Where the model is in memory: "GPU_0, cache, leased" (another program uses it); empty: nowhere. On the engine
/// thread.
std::string placesOf(const EngineTables& tables, const ModelId& model)
{
    std::string places;
    for (const DeviceId& device : tables.residency.devicesOf(model))
        places += device.text + ", ";
    if (tables.cache.containsModel(model))
        places += "cache, ";
    if (tables.leases.isLeased(model))
        places += "leased, ";
    return places.substr(0, places.size() - std::min<std::size_t>(places.size(), 2));
}

/// Gives back what of the model is in memory. Its weights are destroyed here, on the job's thread; what other programs
/// use stays until they return it.
void release(EngineServices& services, const ModelId& model)
{
    // Nothing of it may be loaded: that is no error here.
    (void)unloadClaimed(services, {.model = model, .leased = UnloadWish::Leased::Force});
    std::vector<CachedComponentPtr> cached;
    services.executor.invoke([&] {
        cached = services.tables.cache.removeModel(model);
        services.publish();
    });
}

Result<> expectNotInMemory(EngineServices& services, const ModelId& model)
{
    const std::string places = services.executor.invoke([&] { return placesOf(services.tables, model); });
    if (places.empty())
        return {};
    return fail(ErrorCode::ModelInUse, "'" + model.text + "' is in memory: " + places, {.modelId = model});
}

/// Takes the model out of the catalogue, and notes how it comes back. Gives the number of the deletion.
std::uint64_t enterDeletion(EngineServices& services, ModelRecordPtr record, std::vector<TrashedFile> files)
{
    return services.executor.invoke([&] {
        EngineTables& tables = services.tables;
        tables.catalog.remove(record->id);
        tables.deletions.push_back({++tables.lastDeletion, std::move(record), std::move(files)});
        if (tables.deletions.size() > kDeletionsKept)
            tables.deletions.pop_front();
        services.publish();
        return tables.lastDeletion;
    });
}

Json planJson(const ModelId& model, const DeletionPlan& plan)
{
    return {
        {"model_id", model.text},
        {"files", pathsJson(plan.files)},
        {"kept_files", keptJson(plan.kept)},
        {"size_bytes", plan.size.value},
    };
}

Result<Json> deleteModel(EngineServices& services, const Arguments& arguments)
{
    const ModelId model{arguments.text("model_id")};
    auto claim = ModelClaim::make(services, model, {});
    if (!claim)
        return fail(std::move(claim).error());
    const auto record = claim->record();
    if (!record)
        return fail(record.error());
    const auto library = services.executor.invoke([&] { return services.tables.catalog.models(); });
    const auto plan = planDeletion(**record, library);
    if (!plan)
        return fail(plan.error());
    Json answer = planJson(model, *plan);
    if (arguments.boolean("dry_run", false)) {
        answer["in_memory"] = services.executor.invoke([&] { return placesOf(services.tables, model); });
        return answer;
    }
    if (arguments.text("when_in_memory", "refuse") == "refuse") {
        if (auto free = expectNotInMemory(services, model); !free)
            return fail(std::move(free).error());
    }
    auto moved = moveToTrash(plan->files, currentTrashOwner(), services.clock.wallTime());
    if (!moved)
        return fail(std::move(moved).error());
    // Only now: a deletion that failed has taken nothing away.
    release(services, model);
    answer["deletion_id"] = enterDeletion(services, *record, std::move(*moved));
    keepCatalog(services);
    return answer;
}

/// The deletion of this number, taken out of the table: nobody else restores it meanwhile.
Result<Deletion> takeDeletion(EngineServices& services, std::uint64_t number)
{
    return services.executor.invoke([&]() -> Result<Deletion> {
        auto& deletions = services.tables.deletions;
        const auto row = std::ranges::find(deletions, number, &Deletion::number);
        if (row == deletions.end())
            return fail(ErrorCode::InvalidValue,
                "there is no deletion " + std::to_string(number) + " that can be undone here",
                {.field = "deletion_id"});
        Deletion taken = std::move(*row);
        deletions.erase(row);
        return taken;
    });
}

void putBack(EngineServices& services, Deletion deletion)
{
    services.executor.invoke([&] {
        auto& deletions = services.tables.deletions;
        const auto place = std::ranges::lower_bound(deletions, deletion.number, {}, &Deletion::number);
        deletions.insert(place, std::move(deletion));
    });
}

/// The record of a model whose files are back: they have changed their times, so they are read again.
ModelRecordPtr restoredRecord(const ModelRecord& before)
{
    ModelRecord record = *examineModel(foundAt(before.path, before.files));
    record.id = before.id;
    return std::make_shared<const ModelRecord>(std::move(record));
}

Result<Json> postModelRestore(EngineServices& services, const Arguments& arguments)
{
    auto deletion = takeDeletion(services, static_cast<std::uint64_t>(arguments.integer("deletion_id", 0)));
    if (!deletion)
        return fail(std::move(deletion).error());
    if (auto restored = restoreFromTrash(deletion->files); !restored) {
        putBack(services, std::move(*deletion));
        return fail(std::move(restored).error());
    }
    const ModelRecordPtr record = restoredRecord(*deletion->record);
    services.executor.invoke([&] {
        services.tables.catalog.insert(record);
        services.publish();
    });
    keepCatalog(services);
    std::vector<std::filesystem::path> files;
    for (const TrashedFile& file : deletion->files)
        files.push_back(file.original);
    return Json{{"model_id", record->id.text}, {"files", pathsJson(files)}};
}

JobDescription describeRestore(EngineServices& services, const Arguments& arguments)
{
    JobDescription description{
        .operation = "post_model_restore", .modelId = {}, .deviceId = {}, .subject = {}, .weight = JobWeight::Light};
    const auto number = static_cast<std::uint64_t>(arguments.integer("deletion_id", 0));
    const EngineSnapshotPtr now = services.snapshot();
    const auto row = std::ranges::find(now->deletions, number, &DeletionState::number);
    if (row != now->deletions.end()) {
        description.modelId = row->model;
        description.subject = row->name;
    }
    return description;
}

OperationSpec deleteSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "delete_model",
        .summary = "Moves a model with its sidecars and previews to the desktop's trash; all of its files or none.",
        .duration = Duration::Long,
        .fields =
            {
                {.name = "model_id",
                    .type = FieldType::Text,
                    .presence = Presence::Required,
                    .help = "The model to delete."},
                {.name = "when_in_memory",
                    .type = FieldType::Text,
                    .help = "What to do with a model that is cached or loaded: refuse, or release what it holds; left "
                            "out: refuse.",
                    .allowed = {"refuse", "release"}},
                {.name = "dry_run",
                    .type = FieldType::Boolean,
                    .help = "Whether to say what would be moved, and move nothing; left out: false."},
            },
        .errors = {ErrorCode::ModelNotFound, ErrorCode::Busy, ErrorCode::ModelInUse, ErrorCode::NotFound,
            ErrorCode::PermissionDenied, ErrorCode::Unsupported, ErrorCode::AlreadyExists, ErrorCode::DiskFull,
            ErrorCode::IoError},
        .answer = "deletion_id for model.post_model_restore, files, kept_files with their reasons, size_bytes; of a "
                  "dry run in_memory instead of the deletion_id",
        .describe = describeModelJob(services, "delete_model", JobWeight::Light),
        .handler = [&services](const Arguments& arguments, JobContext*) { return deleteModel(services, arguments); },
    };
}

OperationSpec restoreSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "post_model_restore",
        .summary = "Undoes a deletion: brings a model's files back from the trash, all of them or none.",
        .duration = Duration::Long,
        .fields = {{.name = "deletion_id",
            .type = FieldType::Integer,
            .presence = Presence::Required,
            .help = "Which deletion, as model.delete_model answered; it can be undone as long as this engine runs.",
            .minimum = 1}},
        .errors = {ErrorCode::InvalidValue, ErrorCode::NotFound, ErrorCode::AlreadyExists, ErrorCode::PermissionDenied,
            ErrorCode::IoError},
        .answer = "model_id, files",
        .describe = [&services](const Arguments& arguments) { return describeRestore(services, arguments); },
        .handler = [&services](
                       const Arguments& arguments, JobContext*) { return postModelRestore(services, arguments); },
    };
}

} // namespace

void addDeletionOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(deleteSpec(services));
    registry.add(restoreSpec(services));
}

} // namespace weightroom::engine
