// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/loading/model_unloading.h"

#include "model_engine/core/system/memory_reading.h"
#include "model_engine/operations/sharing/lease_json.h"
#include "model_engine/operations/sharing/leasing.h"
#include "model_engine/operations/sharing/sharing_json.h"

#include <algorithm>
#include <iterator>
#include <set>
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

std::vector<LoadedComponentPtr> wantedOn(const ResidencyTable& table, const DeviceId& device, const UnloadWish& wish)
{
    std::vector<LoadedComponentPtr> wanted;
    for (const auto& [id, component] : *table.find(device, wish.model)) {
        if (wish.components.empty() || wish.components.contains(id))
            wanted.push_back(component);
    }
    return wanted;
}

/// On the engine thread. Errors: LeaseHeld.
Result<> expectNotLeased(const EngineTables& tables, const std::vector<DeviceId>& devices, const UnloadWish& wish)
{
    for (const DeviceId& device : devices) {
        const std::vector<LeasePtr> leases = tables.leases.holding(device, wantedOn(tables.residency, device, wish));
        if (leases.empty())
            continue;
        const std::string holders = holdersOf(tables.leases, leases);
        return fail(ErrorCode::LeaseHeld, "model '" + wish.model.text + "' is used by " + holders,
            {.modelId = wish.model, .deviceId = device, .holder = holders});
    }
    return {};
}

/// What is off the tables and not destroyed yet.
struct Removed {
    std::vector<LoadedComponentPtr> components;
    std::vector<LoadedComponentPtr> leased; ///< what stays of the model, because other programs use it
    std::vector<LeaseState> leases; ///< by which they do
    std::vector<LeasePtr> takenBack; ///< what nobody had attached to yet
    std::vector<LoadedComponentPtr> others; ///< that stay loaded on the device
};

/// On the engine thread.
Removed remove(EngineTables& tables, const DeviceId& device, const UnloadWish& wish)
{
    Removed removed;
    removed.components = tables.residency.remove(device, wish.model, wish.components);
    for (const LeasePtr& lease : tables.leases.holding(device, removed.components)) {
        if (lease->stage() == LeaseStage::Offered)
            removed.takenBack.push_back(tables.leases.remove(lease->grant().id));
        else
            removed.leases.push_back(stateOf(*lease, tables.leases));
    }
    std::ranges::copy_if(tables.leases.onDevice(device), std::back_inserter(removed.leased),
        [&](const LoadedComponentPtr& component) { return component->key.model == wish.model; });
    removed.others = tables.residency.onDevice(device);
    return removed;
}

/// "leased_bytes" and "leases": what stays because other programs use it.
void addLeased(Json& row, const Removed& removed)
{
    Bytes leased;
    for (const LoadedComponentPtr& component : removed.leased)
        leased += component->weights.size;
    row["leased_bytes"] = leased.value;
    row["leases"] = Json::array();
    for (const LeaseState& lease : removed.leases)
        row["leases"].push_back(toJson(lease));
}

/// The clients whose offers are gone get to know it; with the last pointers to them the memory goes back.
void endOffers(EngineServices& services, std::vector<LeasePtr>& offers)
{
    for (const LeasePtr& lease : offers) {
        services.tellClient(lease->grant().client, "sharing.lease_ended",
            {{"lease_id", lease->grant().id.number}, {"reason", "taken_back"}});
    }
    offers.clear();
}

/// What destroying it gives back. What is leased is not destroyed, and keeps what it shares.
Release releaseOf(const Removed& removed)
{
    const std::set<LoadedComponentPtr> leased(removed.leased.begin(), removed.leased.end());
    std::vector<LoadedComponentPtr> gone;
    std::ranges::copy_if(removed.components, std::back_inserter(gone),
        [&](const LoadedComponentPtr& component) { return !leased.contains(component); });
    std::vector<LoadedComponentPtr> others = removed.others;
    others.insert(others.end(), removed.leased.begin(), removed.leased.end());
    return releaseOf(gone, others);
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
    Removed removed = services.executor.invoke([&] { return remove(services.tables, device, wish); });
    endOffers(services, removed.takenBack);
    const Release release = releaseOf(removed);
    Json row{{"device_id", device.text}, {"unloaded_component_ids", idsOf(removed.components)}};
    addLeased(row, removed);
    removed = {};
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
    const auto devices = services.executor.invoke([&]() -> Result<std::vector<DeviceId>> {
        auto chosen = devicesFor(services.tables.residency, wish);
        if (!chosen || wish.leased == UnloadWish::Leased::Force)
            return chosen;
        if (auto free = expectNotLeased(services.tables, *chosen, wish); !free)
            return fail(std::move(free).error());
        return chosen;
    });
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
