// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/unload_operations.h"

#include "model_engine/operations/job_description.h"
#include "model_engine/operations/sharing_json.h"

namespace weightroom::engine {
namespace {

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
    std::vector<LoadedComponentPtr> others;
    std::vector<LoadedComponentPtr> removed = services.executor.invoke([&] {
        auto taken = services.tables.residency.remove(device, model);
        others = services.tables.residency.onDevice(device);
        return taken;
    });
    const Release release = releaseOf(removed, others);
    removed.clear();
    const DriverMemory driverAfter = driverMemoryOf(target);
    noteDriverMemory(services, target);
    Json row{
        {"device_id", device.text},
        {"held_before_bytes", heldBefore.value},
        {"held_after_bytes", target.arena().statistics().held.value},
    };
    addRelease(row, release);
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
    std::vector<CachedComponentPtr> others;
    std::vector<CachedComponentPtr> removed = services.executor.invoke([&] {
        RamCache& cache = services.tables.cache;
        auto taken = arguments.has("model_id") ? cache.removeModel(model) : cache.removeAll();
        others = cache.components();
        return taken;
    });
    const Release release = releaseOf(removed, others);
    others.clear(); // what nobody holds can be evicted
    Json ids = Json::array();
    for (const CachedComponentPtr& component : removed)
        ids.push_back({{"model_id", component->key.model.text}, {"component_id", component->key.component.text}});
    const Bytes before = services.cacheMemory.arena().statistics().held;
    removed.clear();
    // Who drops something wants the memory for something else.
    SlabPool& pool = services.cacheMemory.pool();
    pool.releaseReady(arguments.has("model_id") ? release.bytes.bytes() : pool.statistics().ready);
    const Bytes after = services.cacheMemory.arena().statistics().held;
    services.executor.invoke([&] { services.publish(); });
    Json answer{
        {"dropped_components", std::move(ids)},
        {"held_before_bytes", before.value},
        {"held_after_bytes", after.value},
    };
    addRelease(answer, release);
    return answer;
}

OperationSpec unloadSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "post_model_unload",
        .summary = "Gives back a model's memory on one device or on all; it stays in the cache.",
        .duration = Duration::Long,
        .fields = {{.name = "model_id",
                       .type = FieldType::Text,
                       .presence = Presence::Required,
                       .help = "The model to unload."},
            {.name = "device_id", .type = FieldType::Text, .help = "Where from; left out: everywhere."}},
        .errors = {ErrorCode::NotLoaded, ErrorCode::DeviceNotFound, ErrorCode::Busy},
        .answer = "devices, each with freed_bytes, kept_bytes (that other components have too) and kept_by (which "
                  "these are), "
                  "and what was held before and after",
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
        .fields = {{.name = "model_id", .type = FieldType::Text, .help = "The model to drop; left out: all."}},
        .errors = {},
        .answer =
            "dropped_components, freed_bytes, kept_bytes (that other components have too), kept_by (which these are), "
            "held_before_bytes, held_after_bytes",
        .describe = describeModelJob(services, "delete_model_cache", JobWeight::Light),
        .handler = [&services](
                       const Arguments& arguments, JobContext*) { return deleteModelCache(services, arguments); },
    };
}

} // namespace

void addUnloadOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(unloadSpec(services));
    registry.add(deleteCacheSpec(services));
}

} // namespace weightroom::engine
