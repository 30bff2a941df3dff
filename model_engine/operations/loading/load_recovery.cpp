// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/loading/load_recovery.h"

#include "model_engine/memory/contents/weights_sharing.h"
#include "model_engine/operations/cache/cache_policy.h"
#include "model_engine/operations/loading/load_preview.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {
namespace {

Bytes difference(Bytes more, Bytes less) { return more - std::min(more, less); }

/// What a memory has for new slabs, and what it would have more if everything lay side by side.
struct Room {
    Bytes free;
    Bytes scattered;

    [[nodiscard]] bool isEnoughWhenCompacted(Bytes needed) const
    {
        return scattered > Bytes{} && needed <= free + scattered;
    }
};

Room roomIn(const Arena& arena)
{
    const ArenaStatistics memory = arena.statistics();
    return {arena.available(), difference(memory.held, memory.allocated)};
}

/// Of a GPU other programs may have taken what the budget still allows.
Room roomOn(Device& device)
{
    Room room = roomIn(device.arena());
    if (const DriverMemory driver = driverMemoryOf(device); driver.free)
        room.free = std::min(room.free, *driver.free);
    return room;
}

} // namespace

bool mayRecover(const Error& error)
{
    const ErrorTraits& traits = traitsOf(error.code);
    if (traits.recovery == RecoveryStrategy::FreeMemory)
        return traits.errorClass == ErrorClass::Memory;
    // Of a file that has changed everything that is known is out of date until the next scan.
    return traits.recovery == RecoveryStrategy::RereadFile && error.code != ErrorCode::FileChanged;
}

Bytes evictFromCache(EngineServices& services, Bytes wanted, const ModelId& spared)
{
    std::vector<CachedComponentPtr> evicted;
    FreedBytes freed;
    while (freed.bytes() == Bytes{}) {
        const auto more = services.executor.invoke([&] {
            EvictionRule rule = evictionRule(services.tables);
            if (!spared.empty())
                rule.pinned.insert(spared);
            return services.tables.cache.evict(wanted, rule);
        });
        if (more.empty())
            break;
        for (const CachedComponentPtr& component : more)
            freed.add(component->weights);
        evicted.insert(evicted.end(), more.begin(), more.end());
    }
    return freed.bytes();
}

std::optional<LoadWish> LoadRecovery::recover(const FailedLoad& failed)
{
    if (!mayRecover(failed.error) || m_job.isCancelled())
        return std::nullopt;
    m_job.setPhase(JobPhase::Recovering);
    const bool hasHelped = help(failed);
    m_services.executor.invoke([this] { m_services.publish(); });
    if (!hasHelped || m_job.isCancelled())
        return std::nullopt;
    note(RecoveryAction::TryAgain, {});
    return m_wish;
}

bool LoadRecovery::help(const FailedLoad& failed)
{
    switch (failed.error.code) {
    case ErrorCode::OutOfDeviceMemory:
        return helpDevice(failed);
    case ErrorCode::OutOfCacheBudget:
        return helpCache(failed);
    case ErrorCode::OutOfHostMemory:
        return helpSystem(failed);
    default:
        note(RecoveryAction::RereadFiles, {});
        return true;
    }
}

/// What pools keep ready is no part of it: their slabs give way to others by themselves, and a GPU keeps none.
bool LoadRecovery::helpDevice(const FailedLoad& failed)
{
    TransferLane& lane = *m_wish.lane;
    Room room = roomOn(lane.device());
    // The budget names all that was missing, a driver the one slab that it has refused.
    const Bytes required = failed.error.context.required.value_or(Bytes{});
    Bytes needed = required > lane.device().arena().available() ? required : std::max(required, failed.newOnDevice);
    const auto lowered = inLowerPrecision(failed);
    const Bytes least = lowered ? std::min(needed, lowered->needed) : needed;
    Bytes freed;
    if (room.free < needed && room.isEnoughWhenCompacted(least)) {
        freed = compact([&](const CompactionControl& control) { return compactDevice(m_services, lane, control); });
        room = roomOn(lane.device());
    }
    if (room.free < needed && lowered && lowered->needed < needed) {
        freed += note(RecoveryAction::LowerPrecision, needed - lowered->needed);
        m_wish = lowered->wish;
        needed = lowered->needed;
    }
    return freed > Bytes{} || needed <= room.free;
}

/// The load itself has evicted what can be.
bool LoadRecovery::helpCache(const FailedLoad& failed)
{
    if (failed.evicted > Bytes{})
        note(RecoveryAction::EvictCache, failed.evicted);
    const Room room = roomIn(m_services.cacheMemory.arena());
    const Bytes needed = failed.error.context.required.value_or(failed.newInCache);
    if (needed <= room.free)
        return true; // another load has given it back meanwhile
    if (!room.isEnoughWhenCompacted(needed))
        return false;
    return compact([this](const CompactionControl& control) { return compactCache(m_services, control); }) > Bytes{};
}

/// The cache and host devices take the same RAM: what any of them does not need helps the others. What the failed load
/// had got is among what the pools have: it is wanted again, and is no gain.
bool LoadRecovery::helpSystem(const FailedLoad& failed)
{
    const bool isOnHost = m_wish.lane && m_wish.lane->device().pool();
    const Bytes required = failed.error.context.required.value_or(Bytes{});
    const Bytes needed = std::max(required, failed.newInCache + (isOnHost ? failed.newOnDevice : Bytes{}));
    if (failed.evicted > Bytes{})
        note(RecoveryAction::EvictCache, failed.evicted);
    const Bytes trimmed = note(RecoveryAction::TrimPools, trimPools());
    // Slabs that are there and have not got their pages do not tell what is missing.
    Bytes missing = failed.hasTakenMemory ? required : difference(needed, trimmed);
    Bytes freed;
    if (missing > Bytes{})
        freed = note(RecoveryAction::EvictCache, evictIntoSystem(missing));
    missing = difference(missing, freed);
    if (missing > Bytes{} && !m_job.isCancelled())
        freed += compactForSystem(missing);
    // A slab that was refused says how large it is. Where something small was, any memory that is free by now may do.
    return freed > Bytes{} || missing == Bytes{} || !failed.error.context.required;
}

/// What nobody uses at all. Says how much the system got back.
Bytes LoadRecovery::trimPools()
{
    Bytes gone = m_services.cacheMemory.pool().trim({});
    for (const auto& device : m_services.devices.devices) {
        if (SlabPool* const pool = device->pool())
            gone += pool->trim({});
    }
    return gone;
}

Bytes LoadRecovery::evictIntoSystem(Bytes wanted)
{
    SlabPool& pool = m_services.cacheMemory.pool();
    const auto held = [&] { return m_services.cacheMemory.arena().statistics().held + pool.statistics().ready; };
    const Bytes before = held();
    while (difference(before, held()) < wanted) {
        const Bytes missing = wanted - difference(before, held());
        const Bytes evicted = evictFromCache(m_services, missing, m_wish.model);
        pool.releaseReady(missing); // what was evicted is kept ready, where whole slabs became free
        if (evicted == Bytes{})
            break;
    }
    return difference(before, held());
}

Bytes LoadRecovery::compact(const Compaction& run)
{
    const CompactionControl control{.stop = m_job.stopToken(), .planned = [](Bytes) {}, .moved = [](Bytes) {}};
    const auto outcome = run(control);
    if (!outcome)
        m_services.log.write(LogLevel::Warning, "Memory could not be compacted: " + describe(outcome.error()));
    return note(RecoveryAction::CompactMemory, outcome ? outcome->freed : Bytes{});
}

/// Only where that can bring all that is missing: it moves gigabytes.
Bytes LoadRecovery::compactForSystem(Bytes missing)
{
    TransferLane* const lane = m_wish.lane;
    if (roomIn(m_services.cacheMemory.arena()).scattered >= missing)
        return compact([this](const CompactionControl& control) { return compactCache(m_services, control); });
    if (lane && lane->device().pool() && roomIn(lane->device().arena()).scattered >= missing)
        return compact([&](const CompactionControl& control) { return compactDevice(m_services, *lane, control); });
    return {};
}

std::optional<LoadRecovery::Lowered> LoadRecovery::inLowerPrecision(const FailedLoad& failed) const
{
    const PrecisionRequest& precision = failed.precision;
    const bool isNamed = m_wish.precision.precision && !m_wish.precision.level;
    const bool isLowest =
        precision.precision == WantedPrecision::ByLevel || precision.precision == WantedPrecision::AsStored;
    if (m_wish.purpose != LoadPurpose::Use || isNamed || isLowest || precision.level != OptimizationLevel::Aggressive)
        return std::nullopt;
    Lowered lowered{.wish = m_wish};
    lowered.wish.precision = {.level = OptimizationLevel::Aggressive, .precision = WantedPrecision::ByLevel};
    const auto preview = previewLoad(m_services, lowered.wish);
    if (!preview)
        return std::nullopt;
    lowered.needed = preview->newOnDevice;
    return lowered;
}

Bytes LoadRecovery::note(RecoveryAction action, Bytes freed)
{
    m_steps.push_back({action, freed});
    return freed;
}

} // namespace weightroom::engine
