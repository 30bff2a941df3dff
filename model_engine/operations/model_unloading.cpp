// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/model_unloading.h"

#include "model_engine/core/memory_reading.h"
#include "model_engine/operations/sharing_json.h"

#include <algorithm>
#include <vector>

namespace weightroom::engine {
namespace {

Json bytesOrNull(const std::optional<Bytes>& bytes) { return bytes ? Json(bytes->value) : Json(nullptr); }

tl::unexpected<Error> notLoaded(const UnloadWish& wish, const ComponentId& component = {})
{
    const std::string what = component.empty() ? "" : "component '" + component.text + "' of ";
    return fail(ErrorCode::NotLoaded, what + "model '" + wish.model.text + "' is not loaded there",
        {.modelId = wish.model, .componentId = component, .deviceId = wish.device});
}

/// The devices to unload from: the one that was named, or all that the model, or any of these components, is on. On the
/// engine thread.
Result<std::vector<DeviceId>> devicesFor(const ResidencyTable& table, const UnloadWish& wish)
{
    std::vector<DeviceId> devices = table.devicesOf(wish.model);
    std::set<ComponentId> missing = wish.components;
    std::erase_if(devices, [&](const DeviceId& device) {
        if (!wish.device.empty() && device != wish.device)
            return true;
        const auto& there = *table.find(device, wish.model);
        std::erase_if(missing, [&](const ComponentId& id) { return there.contains(id); });
        return !wish.components.empty()
            && std::ranges::none_of(wish.components, [&](const ComponentId& id) { return there.contains(id); });
    });
    if (!missing.empty())
        return notLoaded(wish, *missing.begin());
    if (devices.empty())
        return notLoaded(wish);
    return devices;
}

Json idsOf(const std::vector<LoadedComponentPtr>& components)
{
    Json ids = Json::array();
    for (const LoadedComponentPtr& component : components)
        ids.push_back(component->key.component.text);
    return ids;
}

/// Unloads from one device and says what was given back, and what the driver says, where there is one.
Result<Json> unloadFrom(EngineServices& services, const DeviceId& device, const UnloadWish& wish)
{
    auto lane = services.laneOf(device);
    if (!lane)
        return fail(std::move(lane).error());
    Device& target = (*lane)->device();
    const Bytes heldBefore = target.arena().statistics().held;
    const DriverMemory driverBefore = driverMemoryOf(target);
    std::vector<LoadedComponentPtr> others;
    std::vector<LoadedComponentPtr> removed = services.executor.invoke([&] {
        auto taken = services.tables.residency.remove(device, wish.model, wish.components);
        others = services.tables.residency.onDevice(device);
        return taken;
    });
    const Release release = releaseOf(removed, others);
    Json row{{"device_id", device.text}, {"unloaded_component_ids", idsOf(removed)}};
    removed.clear();
    const DriverMemory driverAfter = driverMemoryOf(target);
    noteDriverMemory(services, target);
    row["held_before_bytes"] = heldBefore.value;
    row["held_after_bytes"] = target.arena().statistics().held.value;
    row["ready_bytes"] = target.pool() ? target.pool()->statistics().ready.value : 0;
    addRelease(row, release);
    if (driverBefore.free && driverAfter.free) {
        row["driver_free_before_bytes"] = driverBefore.free->value;
        row["driver_free_after_bytes"] = driverAfter.free->value;
    }
    return row;
}

} // namespace

Result<Json> unloadClaimed(EngineServices& services, const UnloadWish& wish)
{
    if (!wish.device.empty()) {
        if (auto lane = services.laneOf(wish.device); !lane)
            return fail(std::move(lane).error());
    }
    const auto devices = services.executor.invoke([&] { return devicesFor(services.tables.residency, wish); });
    if (!devices)
        return fail(devices.error());
    Json asked = Json::array();
    for (const ComponentId& id : wish.components)
        asked.push_back(id.text);
    Json answer{{"model_id", wish.model.text}, {"requested_component_ids", wish.components.empty() ? Json() : asked}};
    answer["resident_before_bytes"] = bytesOrNull(residentMemory());
    Json rows = Json::array();
    for (const DeviceId& device : *devices) {
        auto row = unloadFrom(services, device, wish);
        if (!row)
            return row;
        rows.push_back(std::move(*row));
    }
    answer["resident_after_bytes"] = bytesOrNull(residentMemory());
    answer["devices"] = std::move(rows);
    return answer;
}

Result<Json> carryOutUnload(EngineServices& services, const UnloadWish& wish)
{
    auto claim = ModelClaim::make(services, wish.model, {});
    if (!claim)
        return fail(std::move(claim).error());
    return unloadClaimed(services, wish);
}

} // namespace weightroom::engine
