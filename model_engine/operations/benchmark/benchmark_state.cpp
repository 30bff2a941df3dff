// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/benchmark/benchmark_state.h"

#include "model_engine/benchmark/limits/page_cache.h"
#include "model_engine/operations/loading/model_unloading.h"
#include "model_engine/operations/sharing/leasing.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

DeviceId deviceOf(TransferLane* lane) { return lane ? lane->device().description().id : DeviceId{}; }

/// On the engine thread. Errors: LeaseHeld.
Result<> expectNotLeased(const LeaseTable& table, const ModelId& model, const DeviceId& device)
{
    std::vector<LeasePtr> leases;
    for (const auto& [id, lease] : table.leases()) {
        if (lease->grant().model == model && lease->grant().device == device)
            leases.push_back(lease);
    }
    if (leases.empty())
        return {};
    const std::string holders = holdersOf(table, leases);
    return fail(ErrorCode::LeaseHeld, "model '" + model.text + "' is used by " + holders,
        {.modelId = model, .deviceId = device, .holder = holders});
}

/// On the engine thread.
std::vector<PlaceInMemory::Loaded> loadedOn(const EngineTables& tables, const ModelId& model, const DeviceId& device)
{
    std::vector<PlaceInMemory::Loaded> loaded;
    const auto* const there = tables.residency.find(device, model);
    if (!there)
        return loaded;
    for (const auto& [id, component] : *there) {
        auto row = std::ranges::find(loaded, component->precision, &PlaceInMemory::Loaded::precision);
        if (row == loaded.end())
            row = loaded.insert(row, {component->precision, {}});
        row->components.insert(id);
    }
    return loaded;
}

Result<> loadAgain(EngineServices& services, const LoadWish& wish, ModelClaim& claim)
{
    auto job = JobContext::unseen({});
    const auto load = loadClaimed(services, wish, claim, job, [](Bytes) {});
    return load ? Result<>{} : Result<>{fail(load.error())};
}

/// Loads to the device go through the cache, where they leave more than was there.
void keepInCache(EngineServices& services, const ModelId& model, const std::set<ComponentId>& kept)
{
    std::vector<CachedComponentPtr> gone;
    services.executor.invoke([&] {
        gone = services.tables.cache.removeIf([&](const CachedComponent& component) {
            return component.key.model == model && !kept.contains(component.key.component);
        });
        services.publish();
    });
    gone.clear();
    services.executor.invoke([&] { services.publish(); });
}

} // namespace

Result<PlaceInMemory> placeInMemory(EngineServices& services, const ModelId& model, TransferLane* lane)
{
    const DeviceId device = deviceOf(lane);
    return services.executor.invoke([&]() -> Result<PlaceInMemory> {
        const EngineTables& tables = services.tables;
        PlaceInMemory place;
        for (const CachedComponentPtr& component : tables.cache.components()) {
            if (component->key.model == model)
                place.cached.insert(component->key.component);
        }
        if (!lane)
            return place;
        if (auto free = expectNotLeased(tables.leases, model, device); !free)
            return fail(std::move(free).error());
        place.loaded = loadedOn(tables, model, device);
        place.expiry = tables.residency.expiryOf(device, model);
        return place;
    });
}

Result<> takeOffDevice(EngineServices& services, const ModelId& model, TransferLane& lane)
{
    auto unloaded = unloadClaimed(services, {.model = model, .device = deviceOf(&lane)});
    if (unloaded || unloaded.error().code == ErrorCode::NotLoaded)
        return {};
    return fail(std::move(unloaded).error());
}

void takeOutOfCache(EngineServices& services, const ModelId& model) { keepInCache(services, model, {}); }

Result<> bringFilesToTemperature(
    const ModelRecord& model, BenchmarkTemperature temperature, const std::stop_token& stop)
{
    for (const ModelFile& file : model.files) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "the benchmark was cancelled", {.modelId = model.id});
        auto ready = isCold(temperature) ? makeCold(file.path) : makeWarm(file.path);
        if (!ready)
            return ready;
    }
    return {};
}

std::vector<LoadedComponentPtr> loadedComponents(EngineServices& services, const DeviceId& device, const ModelId& model)
{
    return services.executor.invoke([&] {
        std::vector<LoadedComponentPtr> held;
        if (const auto* const there = services.tables.residency.find(device, model)) {
            for (const auto& [id, component] : *there)
                held.push_back(component);
        }
        return held;
    });
}

Result<> restorePlace(
    EngineServices& services, const PlaceInMemory& place, TransferLane* lane, const ModelId& model, ModelClaim& claim)
{
    if (lane) {
        if (auto off = takeOffDevice(services, model, *lane); !off)
            return off;
    }
    const auto again = [&](TransferLane* to, const std::set<ComponentId>& components, const PrecisionRequest& as) {
        return loadAgain(services,
            {.model = model,
                .lane = to,
                .components = components,
                .precision = {.level = as.level, .precision = as.precision},
                .purpose = LoadPurpose::Benchmark},
            claim);
    };
    for (const PlaceInMemory::Loaded& loaded : place.loaded) {
        if (auto back = again(lane, loaded.components, loaded.precision); !back)
            return back;
    }
    if (lane)
        services.executor.invoke([&] { services.tables.residency.setExpiry(deviceOf(lane), model, place.expiry); });
    if (!place.cached.empty()) {
        if (auto back = again(nullptr, place.cached, kAsStored); !back)
            return back;
    }
    keepInCache(services, model, place.cached);
    return {};
}

} // namespace weightroom::engine
