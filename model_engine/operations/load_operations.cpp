// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/load_operations.h"

#include "model_engine/loader/model_loader.h"
#include "model_engine/operations/cache_policy.h"
#include "model_engine/operations/job_description.h"
#include "model_engine/operations/load_json.h"
#include "model_engine/operations/usage_keeping.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

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
        .makeRoomInCache =
            [&services](Bytes wanted) {
                const auto evicted = services.executor.invoke(
                    [&] { return services.tables.cache.evict(wanted, evictionRule(services.tables)); });
                Bytes freed;
                for (const CachedComponentPtr& component : evicted)
                    freed += evictableBytes(*component);
                return freed;
            },
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
        if (request.lane) {
            const DeviceId& device = request.lane->device().description().id;
            replacedOnDevice = services.tables.residency.add(device, outcome.loaded);
        }
        noteUses(services, outcome);
        claim.forgetBytesTaken();
        services.publish();
    });
    keepUsageInBatches(services);
}

/// The request for the loader, with what is on the device already.
LoadRequest loadRequestFrom(
    EngineServices& services, const Arguments& arguments, ModelRecordPtr record, TransferLane* lane)
{
    LoadRequest request{.model = std::move(record), .wanted = wantedFrom(arguments)};
    request.lane = lane;
    request.verification = arguments.boolean("verify", false) ? Verification::ReadBack : Verification::None;
    if (lane) {
        request.present = services.executor.invoke([&] {
            return services.tables.residency.componentsOf(
                lane->device().description().id, request.model->id, request.model->identity());
        });
    }
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

/// The devices to unload from: the one that was named, or all that the model is on.
Result<std::vector<DeviceId>> unloadDevices(EngineServices& services, const Arguments& arguments, const ModelId& model)
{
    std::vector<DeviceId> devices =
        services.executor.invoke([&] { return services.tables.residency.devicesOf(model); });
    if (arguments.has("device_id")) {
        const DeviceId wanted{arguments.text("device_id")};
        if (auto lane = services.laneOf(wanted); !lane)
            return fail(std::move(lane).error());
        std::erase_if(devices, [&](const DeviceId& device) { return device != wanted; });
    }
    if (devices.empty())
        return fail(ErrorCode::NotLoaded, "model '" + model.text + "' is not loaded there",
            {.modelId = model, .deviceId = DeviceId{arguments.text("device_id")}});
    return devices;
}

/// Unloads from one device and says what was asked, what was given back, and what the driver says, where there is one.
Result<Json> unloadFrom(EngineServices& services, const DeviceId& device, const ModelId& model)
{
    auto lane = services.laneOf(device);
    if (!lane)
        return fail(std::move(lane).error());
    Device& target = (*lane)->device();
    const Bytes heldBefore = target.arena().statistics().held;
    const DriverMemory driverBefore = driverMemoryOf(target);
    auto removed = services.executor.invoke([&] { return services.tables.residency.remove(device, model); });
    Bytes freed;
    for (const LoadedComponentPtr& component : removed)
        freed += component->weights.size;
    removed.clear();
    const DriverMemory driverAfter = driverMemoryOf(target);
    noteDriverMemory(services, target);
    Json row{
        {"device_id", device.text},
        {"freed_bytes", freed.value},
        {"held_before_bytes", heldBefore.value},
        {"held_after_bytes", target.arena().statistics().held.value},
    };
    if (driverBefore.free && driverAfter.free) {
        row["driver_free_before_bytes"] = driverBefore.free->value;
        row["driver_free_after_bytes"] = driverAfter.free->value;
    }
    return row;
}

Result<Json> postModelUnload(EngineServices& services, const Arguments& arguments)
{
    const ModelId model{arguments.text("model_id")};
    auto claim = ModelClaim::make(services, model, {});
    if (!claim)
        return fail(std::move(claim).error());
    auto devices = unloadDevices(services, arguments, model);
    if (!devices)
        return fail(std::move(devices).error());
    Json rows = Json::array();
    for (const DeviceId& device : *devices) {
        auto row = unloadFrom(services, device, model);
        if (!row)
            return row;
        rows.push_back(std::move(*row));
    }
    return Json{{"model_id", model.text}, {"devices", std::move(rows)}};
}

Result<Json> deleteModelCache(EngineServices& services, const Arguments& arguments)
{
    const ModelId model{arguments.text("model_id")};
    std::vector<CachedComponentPtr> removed = services.executor.invoke([&] {
        return arguments.has("model_id") ? services.tables.cache.removeModel(model) : services.tables.cache.removeAll();
    });
    Bytes freed;
    Json ids = Json::array();
    for (const CachedComponentPtr& component : removed) {
        freed += component->weights.size;
        ids.push_back({{"model_id", component->key.model.text}, {"component_id", component->key.component.text}});
    }
    const Bytes before = services.cacheMemory.arena().statistics().held;
    removed.clear();
    const Bytes after = services.cacheMemory.arena().statistics().held;
    services.executor.invoke([&] { services.publish(); });
    return Json{
        {"dropped_components", std::move(ids)},
        {"freed_bytes", freed.value},
        {"held_before_bytes", before.value},
        {"held_after_bytes", after.value},
    };
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
        .answer = "components, bytes_read, read_from, loading_time, evicted_cache_bytes",
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
        .answer = "device_id, components with their vram_bytes, total_vram_bytes, loading_time by phase, read_from, "
                  "optimization_applied",
        .describe = describeModelJob(services, "post_model_load", JobWeight::Heavy),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return postModelLoad(services, arguments, *job); },
    };
}

OperationSpec unloadSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "post_model_unload",
        .summary = "Gives back a model's memory on one device or on all; it stays in the cache.",
        .duration = Duration::Long,
        .fields = {modelField(Presence::Required, "The model to unload."),
            deviceField("Where from; left out: everywhere.")},
        .errors = {ErrorCode::NotLoaded, ErrorCode::DeviceNotFound, ErrorCode::Busy},
        .answer = "devices, each with freed_bytes and what was held before and after",
        .describe = describeModelJob(services, "post_model_unload", JobWeight::Light),
        .handler = [&services](
                       const Arguments& arguments, JobContext*) { return postModelUnload(services, arguments); },
    };
}

OperationSpec deleteCacheSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "delete_model_cache",
        .summary = "Drops a model, or everything, from the RAM cache.",
        .duration = Duration::Long,
        .fields = {modelField(Presence::Optional, "The model to drop; left out: all.")},
        .errors = {},
        .answer = "dropped_components, freed_bytes, held_before_bytes, held_after_bytes",
        .describe = describeModelJob(services, "delete_model_cache", JobWeight::Light),
        .handler = [&services](
                       const Arguments& arguments, JobContext*) { return deleteModelCache(services, arguments); },
    };
}

} // namespace

void addLoadOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(cacheSpec(services));
    registry.add(loadSpec(services));
    registry.add(unloadSpec(services));
    registry.add(deleteCacheSpec(services));
}

} // namespace weightroom::engine
