// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/load_operations.h"

#include "model_engine/loader/model_loader.h"
#include "model_engine/memory/weights_sharing.h"
#include "model_engine/operations/job_description.h"
#include "model_engine/operations/load_json.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

/// Evicts until something is given back: of bytes that others share nothing is, until the last of them goes too.
Bytes makeRoom(EngineServices& services, Bytes wanted)
{
    std::vector<CachedComponentPtr> evicted;
    FreedBytes freed;
    while (freed.bytes() == Bytes{}) {
        const auto more = services.executor.invoke([&] { return services.tables.cache.evict(wanted); });
        if (more.empty())
            break;
        for (const CachedComponentPtr& component : more)
            freed.add(component->weights);
        evicted.insert(evicted.end(), more.begin(), more.end());
    }
    return freed.bytes();
}

LoadEnvironment environmentOf(EngineServices& services, std::function<void(const TakenMemory&)> memoryTaken)
{
    return {
        .readers = services.readers,
        .cacheMemory = services.cacheMemory,
        .clock = services.clock,
        .findCached =
            [&services](const ComponentKey& key, const ContentIdentity& identity) {
                return services.executor.invoke([&] { return services.tables.cache.use(key, identity); });
            },
        .knownContents =
            [&services](const FileIdentity& file) {
                return services.executor.invoke([&] { return services.tables.knownContents.find(file); });
            },
        .makeRoomInCache = [&services](Bytes wanted) { return makeRoom(services, wanted); },
        .memoryTaken = std::move(memoryTaken),
    };
}

std::set<ComponentId> wantedFrom(const Arguments& arguments)
{
    std::set<ComponentId> wanted;
    for (const std::string& id : arguments.texts("component_ids"))
        wanted.insert(ComponentId{id});
    return wanted;
}

/// Enters a finished load into the tables: the only change that anybody sees. What it replaces is destroyed here, on
/// the job's thread.
void commit(EngineServices& services, const LoadRequest& request, const LoadOutcome& outcome, ModelClaim& claim)
{
    std::vector<CachedComponentPtr> replacedInCache;
    std::vector<LoadedComponentPtr> replacedOnDevice;
    services.executor.invoke([&] {
        for (const CachedComponentPtr& component : outcome.cached) {
            if (!outcome.fromCache.contains(component->key.component))
                replacedInCache.push_back(services.tables.cache.insert(component));
        }
        for (const auto& [file, contents] : outcome.learned)
            services.tables.knownContents.learn(file, contents);
        if (request.lane) {
            const DeviceId& device = request.lane->device().description().id;
            replacedOnDevice = services.tables.residency.add(device, outcome.loaded);
        }
        claim.forgetBytesTaken();
        services.publish();
    });
}

/// The request for the loader, with what is on the device already, and with the settings of this moment.
LoadRequest loadRequestFrom(
    EngineServices& services, const Arguments& arguments, ModelRecordPtr record, TransferLane* lane)
{
    LoadRequest request{.model = std::move(record), .wanted = wantedFrom(arguments)};
    request.lane = lane;
    request.verification = arguments.boolean("verify", false) ? Verification::ReadBack : Verification::None;
    services.executor.invoke([&] {
        request.sharing = services.tables.settings.shareContents ? ContentSharing::EqualContents : ContentSharing::None;
        if (lane) {
            request.present = services.tables.residency.componentsOf(
                lane->device().description().id, request.model->id, request.model->identity());
        }
    });
    return request;
}

Result<Json> load(EngineServices& services, const Arguments& arguments, JobContext& job, TransferLane* lane)
{
    const ModelId model{arguments.text("model_id")};
    const DeviceId device = lane ? lane->device().description().id : DeviceId{};
    auto claim = ModelClaim::make(services, model, device);
    if (!claim)
        return fail(std::move(claim).error());
    auto record = claim->record();
    if (!record)
        return fail(std::move(record).error());
    const LoadRequest request = loadRequestFrom(services, arguments, std::move(*record), lane);
    const auto memoryTaken = [&](const TakenMemory& taken) { claim->setBytesTaken(taken); };
    auto outcome = loadModel(request, environmentOf(services, memoryTaken), job);
    if (lane)
        noteDriverMemory(services, lane->device());
    if (!outcome) {
        Error error = std::move(outcome).error();
        error.context.modelId = model;
        error.context.deviceId = device;
        return fail(std::move(error));
    }
    job.setPhase(JobPhase::Committing);
    commit(services, request, *outcome, *claim);
    return loadJson(request, *outcome);
}

Result<Json> postModelCache(EngineServices& services, const Arguments& arguments, JobContext& job)
{
    return load(services, arguments, job, nullptr);
}

Result<Json> postModelLoad(EngineServices& services, const Arguments& arguments, JobContext& job)
{
    auto lane = services.laneOf(DeviceId{arguments.text("device_id")});
    if (!lane)
        return fail(std::move(lane).error());
    return load(services, arguments, job, *lane);
}

constexpr std::int64_t kMostComponents = 1024;

FieldSpec modelField(Presence presence, std::string_view help)
{
    return {.name = "model_id", .type = FieldType::Text, .presence = presence, .help = help};
}

FieldSpec componentsField()
{
    return {.name = "component_ids",
        .type = FieldType::TextList,
        .help = "Components to take; left out: all of the model.",
        .minimum = 1,
        .maximum = kMostComponents};
}

FieldSpec deviceField(std::string_view help) { return {.name = "device_id", .type = FieldType::Text, .help = help}; }

const std::vector<ErrorCode> kLoadErrors{
    ErrorCode::ModelNotFound,
    ErrorCode::ComponentNotFound,
    ErrorCode::ModelUnusable,
    ErrorCode::Busy,
    ErrorCode::Cancelled,
    ErrorCode::NotFound,
    ErrorCode::PermissionDenied,
    ErrorCode::NotRegularFile,
    ErrorCode::IoError,
    ErrorCode::FileChanged,
    ErrorCode::FileTruncated,
    ErrorCode::InvalidFormat,
    ErrorCode::OutOfCacheBudget,
    ErrorCode::OutOfHostMemory,
};

std::vector<ErrorCode> deviceLoadErrors()
{
    std::vector<ErrorCode> errors = kLoadErrors;
    errors.insert(errors.end(),
        {ErrorCode::DeviceNotFound, ErrorCode::OutOfDeviceMemory, ErrorCode::DeviceError, ErrorCode::DeviceLost,
            ErrorCode::VerificationFailed});
    return errors;
}

OperationSpec cacheSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "post_model_cache",
        .summary = "Reads a model's components into the RAM cache.",
        .duration = Duration::Long,
        .fields = {modelField(Presence::Required, "The model to cache."), componentsField()},
        .errors = kLoadErrors,
        .answer = "components, shared_bytes (of these, in RAM, those that other components have too), saved_bytes "
                  "(that needed no "
                  "place, because equal ones were there), bytes_read, read_from, loading_time, evicted_cache_bytes",
        .describe = describeModelJob(services, "post_model_cache", JobWeight::Heavy),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return postModelCache(services, arguments, *job); },
    };
}

OperationSpec loadSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "post_model_load",
        .summary = "Loads a model's components onto a device, by way of the cache; all of them or none.",
        .duration = Duration::Long,
        .fields =
            {
                modelField(Presence::Required, "The model to load."),
                deviceField("Where to (GPU_0, HOST_0, ...); left out: the first device that can be used."),
                componentsField(),
                {.name = "verify",
                    .type = FieldType::Boolean,
                    .help = "Whether the device's bytes are read back and compared; left out: false."},
            },
        .errors = deviceLoadErrors(),
        .answer = "device_id, components with their vram_bytes, total_vram_bytes of them together, shared_bytes (of "
                  "these, on "
                  "the device, those that other components have too), saved_bytes (that needed no place, because equal "
                  "ones were there), cache_saved_bytes (the same in RAM), bytes_copied, loading_time by phase, "
                  "read_from, optimization_applied",
        .describe = describeModelJob(services, "post_model_load", JobWeight::Heavy),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return postModelLoad(services, arguments, *job); },
    };
}

} // namespace

void addLoadOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(cacheSpec(services));
    registry.add(loadSpec(services));
}

} // namespace weightroom::engine
