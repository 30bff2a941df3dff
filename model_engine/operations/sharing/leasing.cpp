// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/sharing/leasing.h"

#include "model_engine/memory/contents/weights_sharing.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {
namespace {

tl::unexpected<Error> notLoaded(const LeaseWish& wish, const std::string& what)
{
    return fail(ErrorCode::NotLoaded, what + " of model '" + wish.model.text + "' is loaded there",
        {.modelId = wish.model, .deviceId = wish.device});
}

tl::unexpected<Error> noLease(LeaseId id)
{
    return fail(ErrorCode::LeaseNotFound, "this client has no lease " + std::to_string(id.number));
}

enum class Entry : std::uint8_t { None = 0, Done, ClientGone, Unloaded };

/// Whether what a lease holds is what is loaded: it may have been unloaded, or replaced, since the lease was begun. On
/// the engine thread.
bool isLoaded(const ResidencyTable& table, const Lease& lease)
{
    const auto* const there = table.find(lease.grant().device, lease.grant().model);
    return there && std::ranges::all_of(lease.components(), [&](const LoadedComponentPtr& component) {
        const auto row = there->find(component->key.component);
        return row != there->end() && row->second == component;
    });
}

/// The device that is wished, or the first, with all that is wanted; empty: there is none. On the engine thread.
DeviceId deviceWith(const ResidencyTable& table, const LeaseWish& wish)
{
    for (const DeviceId& device : table.devicesOf(wish.model)) {
        if (!wish.device.empty() && wish.device != device)
            continue;
        const auto& there = *table.find(device, wish.model);
        if (std::ranges::all_of(wish.components, [&](const ComponentId& id) { return there.contains(id); }))
            return device;
    }
    return {};
}

/// What the lease is to hold: the pointers keep it from being moved and given back from here on.
struct Held {
    std::vector<LoadedComponentPtr> components;
    LeaseId id;
};

/// On the engine thread.
Result<Held> hold(EngineTables& tables, const LeaseWish& wish, ClientId client)
{
    if (!tables.leases.find(client))
        return fail(ErrorCode::Cancelled, "the client is gone", {.modelId = wish.model});
    Held held{.components = {}, .id = {}};
    const auto* const there = tables.residency.find(wish.device, wish.model);
    if (!there)
        return notLoaded(wish, "nothing");
    for (const auto& [id, component] : *there) {
        if (wish.components.empty() || wish.components.contains(id))
            held.components.push_back(component);
    }
    if (!wish.components.empty() && held.components.size() != wish.components.size())
        return notLoaded(wish, "not each of the components");
    if (tables.leases.countOf(client) >= LeaseTable::kMostLeasesOfClient) {
        return fail(ErrorCode::Busy,
            "this client has " + std::to_string(LeaseTable::kMostLeasesOfClient) + " leases already, which is the most",
            {.modelId = wish.model});
    }
    held.id = tables.leases.nextId();
    return held;
}

/// The components that nobody but `leases` has. On the engine thread, when the leases are out of their table.
std::vector<LoadedComponentPtr> lastHeldBy(const EngineTables& tables, const std::vector<LeasePtr>& leases)
{
    std::set<LoadedComponentPtr> held;
    for (const LeasePtr& lease : leases)
        held.insert(lease->components().begin(), lease->components().end());
    for (const LeasePtr& lease : leases) {
        const DeviceId& device = lease->grant().device;
        for (const LoadedComponentPtr& component : tables.residency.onDevice(device))
            held.erase(component);
        for (const LoadedComponentPtr& component : tables.leases.onDevice(device))
            held.erase(component);
    }
    return {held.begin(), held.end()};
}

/// Of leases that are out of their table. On the engine thread.
EndedLeases ended(EngineServices& services, std::vector<LeasePtr> leases)
{
    auto gone = lastHeldBy(services.tables, leases);
    services.publish();
    return {std::move(leases), std::move(gone)};
}

/// Destroys them here.
ReturnedLeases destroyed(EngineServices& services, EndedLeases leases)
{
    ReturnedLeases returned;
    for (const LeasePtr& lease : leases.leases)
        returned.ids.push_back(lease->grant().id);
    FreedBytes freed;
    for (const LoadedComponentPtr& component : leases.gone)
        freed.add(component->weights);
    returned.freed = freed.bytes();
    // The leases have these too: all pointers to a component go before its bytes are said to be free.
    leases = {};
    services.executor.invoke([&] { services.publish(); });
    return returned;
}

} // namespace

Result<> expectSharing(const EngineServices& services)
{
    if (services.flags.isOn(Feature::ShareWithProcesses))
        return {};
    return fail(ErrorCode::FeatureOff, "sharing with other programs is switched off, or has failed too often",
        {.feature = Feature::ShareWithProcesses});
}

Result<DeviceId> deviceFor(EngineServices& services, const LeaseWish& wish)
{
    if (!wish.device.empty()) {
        if (auto lane = services.laneOf(wish.device); !lane)
            return fail(std::move(lane).error());
    }
    DeviceId device = services.executor.invoke([&] { return deviceWith(services.tables.residency, wish); });
    if (device.empty())
        return notLoaded(wish, "nothing, or not each of the components,");
    return device;
}

bool becomeConsumer(EngineServices& services, const Client& client, const JobContext& job)
{
    return services.executor.invoke([&] {
        if (job.isCancelled())
            return false;
        (void)services.tables.leases.consumerOf(client, services.clock.wallTime());
        return true;
    });
}

LeasePtr presentLease(EngineServices& services, ClientId client, const LeaseWish& wish)
{
    return services.executor.invoke([&]() -> LeasePtr {
        const auto held = hold(services.tables, wish, client);
        return held ? services.tables.leases.equalLease(client, held->components) : nullptr;
    });
}

Result<LeasePtr> grantLease(EngineServices& services, ClientId client, const LeaseWish& wish, const JobContext& job)
{
    if (auto on = expectSharing(services); !on)
        return fail(std::move(on).error());
    auto held = services.executor.invoke([&] { return hold(services.tables, wish, client); });
    if (!held)
        return fail(std::move(held).error());
    auto lease = Lease::make({.id = held->id,
                                 .client = client,
                                 .device = wish.device,
                                 .model = wish.model,
                                 .domain = wish.domain,
                                 .at = services.clock.wallTime()},
        std::move(held->components));
    if (!lease) {
        // What the hardware cannot do is nothing that fails: other devices may.
        const bool isFailure = lease.error().code != ErrorCode::Unsupported;
        Error error = std::move(lease).error();
        if (isFailure)
            error = blamedOn(Feature::ShareWithProcesses, std::move(error));
        error.context.modelId = wish.model;
        error.context.deviceId = wish.device;
        services.flags.noteFailure(error.context.feature, error);
        return fail(std::move(error));
    }
    services.flags.noteSuccess(Feature::ShareWithProcesses);
    // A client that goes is taken out of the table after its jobs were cancelled: looked at here, nothing is entered
    // for one that is gone.
    const Entry entry = services.executor.invoke([&] {
        if (job.isCancelled() || !services.tables.leases.find(client))
            return Entry::ClientGone;
        if (!isLoaded(services.tables.residency, **lease))
            return Entry::Unloaded;
        services.tables.leases.add(*lease);
        services.publish();
        return Entry::Done;
    });
    if (entry == Entry::ClientGone)
        return fail(ErrorCode::Cancelled, "the client is gone, or wants it no more", {.modelId = wish.model});
    if (entry == Entry::Unloaded)
        return notLoaded(wish, "not all that is wanted");
    return lease;
}

LeasePtr leaseOf(const LeaseTable& table, ClientId client, LeaseId id)
{
    LeasePtr lease = table.find(id);
    return lease && lease->grant().client == client ? lease : nullptr;
}

Result<ReturnedLeases> returnLease(EngineServices& services, ClientId client, LeaseId id)
{
    auto leases = services.executor.invoke([&] {
        LeaseTable& table = services.tables.leases;
        std::vector<LeasePtr> its;
        if (leaseOf(table, client, id))
            its.push_back(table.remove(id));
        return ended(services, std::move(its));
    });
    if (leases.leases.empty())
        return noLease(id);
    return destroyed(services, std::move(leases));
}

EndedLeases endLeasesOf(EngineServices& services, ClientId client)
{
    return ended(services, services.tables.leases.removeClient(client));
}

Json giveBack(EngineServices& services, EndedLeases leases)
{
    const ReturnedLeases returned = destroyed(services, std::move(leases));
    Json ids = Json::array();
    for (const LeaseId id : returned.ids)
        ids.push_back(id.number);
    return {{"lease_ids", std::move(ids)}, {"freed_bytes", returned.freed.value}};
}

JobDescription describeLeaseEnd()
{
    return {
        .operation = "post_lease_return", .modelId = {}, .deviceId = {}, .subject = {}, .origin = JobOrigin::Automatic};
}

Result<SentSlabs> takeSlabs(EngineServices& services, const SlabRequest& request)
{
    const LeasePtr lease = leaseOf(services.tables.leases, request.client, request.lease);
    if (!lease)
        return noLease(request.lease);
    auto taken = lease->takeDescriptors(request.first, request.count);
    if (!taken)
        return fail(std::move(taken).error());
    services.publish(); // it is attached now
    return std::make_shared<std::vector<UniqueFd>>(std::move(*taken));
}

void tellOfLostDevices(const EngineServices& services, const EngineSnapshot& before, const EngineSnapshot& now)
{
    for (const DeviceState& device : now.devices) {
        const auto former = std::ranges::find(
            before.devices, device.description.id, [](const DeviceState& state) { return state.description.id; });
        if (!device.lost || (former != before.devices.end() && former->lost))
            continue;
        for (const auto& [id, lease] : services.tables.leases.leases()) {
            if (lease->grant().device == device.description.id) {
                services.tellClient(lease->grant().client, "sharing.lease_lost",
                    {{"lease_id", id.number}, {"device_id", device.description.id.text}, {"reason", "device_lost"}});
            }
        }
    }
}

std::string holdersOf(const LeaseTable& table, const std::vector<LeasePtr>& leases)
{
    std::set<ClientId> seen;
    std::string holders;
    for (const LeasePtr& lease : leases) {
        const ClientId client = lease->grant().client;
        const Consumer* const consumer = table.find(client);
        if (consumer && seen.insert(client).second)
            holders.append(holders.empty() ? "" : ", ").append(describe(*consumer));
    }
    return holders;
}

} // namespace weightroom::engine
