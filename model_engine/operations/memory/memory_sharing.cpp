// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/memory/memory_sharing.h"

#include "model_engine/loader/component_table.h"
#include "model_engine/loader/contents/sharing_optimizer.h"

#include <utility>

namespace weightroom::engine {
namespace {

/// One memory whose equal contents are merged.
template <class Component>
struct SharedMemory {
    ContentStore& contents;
    ContentAccess& access;
    ComponentTable<Component> table;
};

/// Looks, compares, and puts what was merged into the table: the only change that anybody sees. What had a place of its
/// own is given back when the last load that copies from there has ended.
template <class Component>
Result<MergedMemory> mergeIn(EngineServices& services, const SharedMemory<Component>& memory, JobContext& job)
{
    std::vector<PlacedContentPtr> contents;
    SharingSum before = services.executor.invoke([&] {
        const std::vector<Component> components = memory.table.components();
        const std::vector<const ComponentWeights*> weights = weightsOf(components);
        contents = contentsNotCompared(weights);
        return sumSharing(weights);
    });
    auto replacements = findSecondContents(contents, memory.contents, memory.access, job);
    if (!replacements)
        return fail(std::move(replacements).error());
    auto exchanges = exchangesFor(services.executor.invoke([&] { return memory.table.components(); }), *replacements);
    contents.clear();
    replacements->clear();
    MergedMemory outcome{.tensors = 0, .freed = {}, .before = std::move(before), .after = {}};
    FreedBytes freed;
    outcome.after = services.executor.invoke([&] {
        outcome.tensors = carryOut(memory.table, exchanges);
        services.publish();
        return sumSharing(weightsOf(memory.table.components()));
    });
    for (const Exchange<Component>& exchange : exchanges) {
        if (exchange.before.use_count() == 1) // else a lease, or a load, still has it
            freed.add(exchange.before->weights);
    }
    outcome.freed = freed.bytes();
    return outcome;
}

template <class Component>
Bytes bytesNotCompared(const std::vector<Component>& components)
{
    Bytes sum;
    for (const PlacedContentPtr& content : contentsNotCompared(weightsOf(components)))
        sum += content->size();
    return sum;
}

} // namespace

Result<MemoryChoice> chosenMemories(const EngineServices& services, const Arguments& arguments)
{
    MemoryChoice chosen;
    if (arguments.has("device_id")) {
        auto lane = services.laneOf(DeviceId{arguments.text("device_id")});
        if (!lane)
            return fail(std::move(lane).error());
        chosen.lanes.push_back(*lane);
        return chosen;
    }
    chosen.isWithCache = true;
    for (const auto& lane : services.lanes) {
        if (!lane->device().lostReason())
            chosen.lanes.push_back(lane.get());
    }
    return chosen;
}

Bytes bytesToCompare(EngineServices& services, const MemoryChoice& memories)
{
    return services.executor.invoke([&] {
        Bytes sum = memories.isWithCache ? bytesNotCompared(services.tables.cache.components()) : Bytes{};
        for (TransferLane* lane : memories.lanes)
            sum += bytesNotCompared(services.tables.residency.onDevice(lane->device().description().id));
        return sum;
    });
}

Result<MergedMemory> mergeInCache(EngineServices& services, JobContext& job)
{
    HostContentAccess access;
    return mergeIn<CachedComponentPtr>(
        services, {services.cacheMemory.contents(), access, tableOf(services.tables.cache)}, job);
}

Result<MergedMemory> mergeOnDevice(EngineServices& services, TransferLane& lane, JobContext& job)
{
    DeviceContentAccess access{lane, job.stopToken()};
    Device& device = lane.device();
    return mergeIn<LoadedComponentPtr>(
        services, {device.contents(), access, tableOf(services.tables.residency, device.description().id)}, job);
}

} // namespace weightroom::engine
