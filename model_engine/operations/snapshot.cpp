// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/snapshot.h"

#include "model_engine/memory/contents/weights_sharing.h"
#include "model_engine/memory/slabs/slab_pool.h"
#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/memory/memory_contents.h"

#include <algorithm>
#include <set>

namespace weightroom::engine {
namespace {

/// By the clock on the wall, as it goes now.
std::optional<Clock::Wall> expiryOn(const EngineServices& services, const DeviceId& device, const ModelId& model)
{
    const auto expiry = services.tables.residency.expiryOf(device, model);
    if (!expiry)
        return std::nullopt;
    return services.clock.wallTime()
        + std::chrono::duration_cast<Clock::Wall::duration>(*expiry - services.clock.now());
}

ModelState::OnDevice stateOn(const EngineServices& services, const DeviceId& device, const ModelId& model)
{
    const EngineTables& tables = services.tables;
    ModelState::OnDevice state{.device = device, .residency = Residency::None, .components = {}, .size = {}};
    if (const auto* components = tables.residency.find(device, model)) {
        for (const auto& [id, component] : *components) {
            state.components.push_back(id);
            state.size += component->weights.size;
            if (component->conversion)
                state.conversions.push_back(*component->conversion);
        }
        state.residency = Residency::Loaded;
        state.expiresAt = expiryOn(services, device, model);
    }
    if (tables.loading.contains({device, model}))
        state.residency = Residency::Loading;
    return state;
}

ModelState stateOf(const EngineServices& services, const ModelRecordPtr& record)
{
    ModelState state{.record = record,
        .cached = {},
        .devices = {},
        .settings = {},
        .hashes = {},
        .lookAlikes = services.tables.catalog.lookAlikes(record->id)};
    for (const ComponentRecord& component : record->identified.components) {
        if (services.tables.cache.contains({record->id, component.id}))
            state.cached.push_back(component.id);
    }
    for (const auto& device : services.devices.devices) {
        auto onDevice = stateOn(services, device->description().id, record->id);
        if (onDevice.residency != Residency::None)
            state.devices.push_back(std::move(onDevice));
    }
    if (const auto settings = services.tables.modelSettings.find(record->id);
        settings != services.tables.modelSettings.end())
        state.settings = settings->second;
    if (const auto hashes = services.tables.hashes.find(record->id); hashes != services.tables.hashes.end())
        state.hashes = hashes->second;
    return state;
}

Bytes exclusiveOf(const std::vector<ComponentPlacement>& owners)
{
    Bytes sum;
    for (const ComponentPlacement& owner : owners)
        sum += owner.exclusive;
    return sum;
}

/// Enters who owns what in one memory; what they share is counted once.
template <class State, class Component>
void enterOwners(State& state, const std::vector<Component>& components)
{
    std::vector<const ComponentWeights*> weights;
    for (const Component& component : components)
        weights.push_back(&component->weights);
    const SharingSum sum = sumSharing(weights);
    for (std::size_t i = 0; i < components.size(); ++i)
        state.owners.push_back({components[i]->key, components[i]->weights.size, sum.exclusive[i]});
    state.sharedBytes = sum.shared;
    state.savedBytes = sum.saved;
}

/// What is held beyond the bytes that have an owner. The arena's numbers and the tables are not read at one instant, so
/// the difference is bounded below by zero.
Bytes overheadOf(const ArenaStatistics& memory, Bytes owned)
{
    return memory.held > owned ? memory.held - owned : Bytes{};
}

Bytes sumOf(const std::vector<LoadingShare>& shares)
{
    Bytes sum;
    for (const LoadingShare& share : shares)
        sum += share.size;
    return sum;
}

/// What running loads have taken goes out of `unowned`. It is given back a moment before its row goes: it never counts
/// more than is held.
void addShare(std::vector<LoadingShare>& shares, const ModelId& model, Bytes taken, Bytes& unowned)
{
    const Bytes size = std::min(taken, unowned);
    if (size == Bytes{})
        return;
    shares.push_back({model, size});
    unowned = unowned - size;
}

/// Asks our own arena only: what the driver said last stands in the tables.
DeviceState stateOf(Device& device, const EngineTables& tables)
{
    DeviceState state{.description = device.description(),
        .memory = {},
        .owners = {},
        .loading = {},
        .overhead = {},
        .ready = device.pool() ? device.pool()->statistics().ready : Bytes{},
        .lost = device.lostReason()};
    state.memory.ours = device.arena().statistics();
    if (const auto driver = tables.driverMemory.find(state.description.id); driver != tables.driverMemory.end()) {
        state.memory.driverTotal = driver->second.total;
        state.memory.driverFree = driver->second.free;
    }
    enterOwners(state, componentsOn(tables, state.description.id));
    for (std::size_t i = tables.residency.onDevice(state.description.id).size(); i < state.owners.size(); ++i)
        state.owners[i].isOnlyLeased = true;
    state.overhead = overheadOf(state.memory.ours, state.ownedBytes());
    for (const auto& [place, taken] : tables.loading) {
        if (place.first == state.description.id)
            addShare(state.loading, place.second, taken, state.overhead);
    }
    return state;
}

CacheState stateOfCache(const EngineServices& services)
{
    const RamCache& cache = services.tables.cache;
    CacheState state{.memory = services.cacheMemory.arena().statistics(),
        .owners = {},
        .loading = {},
        .overhead = {},
        .ready = services.cacheMemory.pool().statistics().ready,
        .hits = cache.hits(),
        .misses = cache.misses(),
        .evictions = cache.evictions()};
    enterOwners(state, cache.components());
    state.overhead = overheadOf(state.memory, state.ownedBytes());
    for (const auto& [model, taken] : services.tables.caching)
        addShare(state.loading, model, taken, state.overhead);
    return state;
}

} // namespace

LeaseState stateOf(const Lease& lease, const LeaseTable& table)
{
    const Consumer* const consumer = table.find(lease.grant().client);
    const std::set<ComponentId> ids = lease.componentIds();
    return {.grant = lease.grant(),
        .consumer = consumer ? describe(*consumer) : std::string{},
        .components = {ids.begin(), ids.end()},
        .size = lease.size(),
        .stage = lease.stage(),
        .isConverted = std::ranges::any_of(
            lease.components(), [](const LoadedComponentPtr& component) { return component->conversion.has_value(); })};
}

Bytes DeviceState::loadingBytes() const { return sumOf(loading); }

Bytes CacheState::ownedBytes() const { return exclusiveOf(owners) + sharedBytes; }

Bytes CacheState::loadingBytes() const { return sumOf(loading); }

bool ModelState::isLoaded() const
{
    return std::ranges::any_of(devices, [](const OnDevice& on) { return on.residency == Residency::Loaded; });
}

bool ModelState::isLoading() const
{
    return std::ranges::any_of(devices, [](const OnDevice& on) { return on.residency == Residency::Loading; });
}

Bytes DeviceState::ownedBytes() const { return exclusiveOf(owners) + sharedBytes; }

Result<const ModelState*> findModel(const EngineSnapshot& snapshot, const ModelId& id)
{
    const auto found =
        std::ranges::find_if(snapshot.models, [&](const ModelState& model) { return model.record->id == id; });
    if (found == snapshot.models.end())
        return fail(ErrorCode::ModelNotFound, "there is no model '" + id.text + "'", {.modelId = id});
    return &*found;
}

EngineSnapshotPtr makeSnapshot(const EngineServices& services)
{
    EngineTables& tables = services.tables;
    auto snapshot = std::make_shared<EngineSnapshot>();
    snapshot->revision = ++tables.revision;
    snapshot->folders = tables.settings.modelFolders;
    snapshot->folderWatches = folderWatchesOf(services);
    for (const ModelRecordPtr& record : tables.catalog.models())
        snapshot->models.push_back(stateOf(services, record));
    snapshot->folderProblems = tables.folderProblems;
    snapshot->lastScan = tables.lastScan;
    snapshot->catalogProblem = tables.catalogProblem;
    snapshot->hashing = tables.hashing;
    for (const auto& device : services.devices.devices)
        snapshot->devices.push_back(stateOf(*device, tables));
    for (const UnusableDevice& device : services.devices.unusable)
        snapshot->unusableDevices.push_back(device);
    snapshot->cache = stateOfCache(services);
    snapshot->systemMemory = tables.systemMemory;
    for (const auto& [id, consumer] : tables.leases.consumers())
        snapshot->consumers.push_back(consumer);
    for (const auto& [id, lease] : tables.leases.leases())
        snapshot->leases.push_back(stateOf(*lease, tables.leases));
    for (const Deletion& deletion : tables.deletions)
        snapshot->deletions.push_back({deletion.number, deletion.record->id, deletion.record->name});
    snapshot->fallenBack = services.flags.fallenBack();
    return snapshot;
}

} // namespace weightroom::engine
