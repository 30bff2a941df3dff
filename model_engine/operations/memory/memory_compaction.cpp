// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/memory/memory_compaction.h"

namespace weightroom::engine {
namespace {

/// The slabs of RAM that a pool got back: who brings memory together wants it for something else.
void giveBack(SlabPool* pool, const Result<CompactionOutcome>& outcome)
{
    if (pool && outcome)
        pool->releaseReady(outcome->freed);
}

} // namespace

Result<CompactionOutcome> compactCache(EngineServices& services, const CompactionControl& control)
{
    CacheMemory& memory = services.cacheMemory;
    TableContents<CachedComponentPtr> contents{
        services.executor, memory.contents(), tableOf(services.tables.cache), services.publish};
    CacheContentMover mover{memory, control.stop};
    auto outcome = Compactor{memory.arena(), contents, mover, control}.compact();
    giveBack(&memory.pool(), outcome);
    return outcome;
}

Result<CompactionOutcome> compactDevice(EngineServices& services, TransferLane& lane, const CompactionControl& control)
{
    Device& device = lane.device();
    TableContents<LoadedComponentPtr> contents{services.executor, device.contents(),
        tableOf(services.tables.residency, device.description().id), services.publish};
    DeviceContentMover mover{lane, control.stop};
    auto outcome = Compactor{device.arena(), contents, mover, control}.compact();
    giveBack(device.pool(), outcome);
    noteDriverMemory(services, device);
    return outcome;
}

} // namespace weightroom::engine
