// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/sharing_operations.h"

#include "model_engine/loader/component_table.h"
#include "model_engine/loader/sharing_optimizer.h"
#include "model_engine/operations/sharing_json.h"

#include <functional>
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

struct MemoryOutcome {
    std::uint64_t tensorsMerged = 0;
    Bytes freed;
    Json row;
};

/// Looks, compares, and puts what was merged into the table: the only change that anybody sees. What had a place of its
/// own is given back when the last load that copies from there has ended.
template <class Component>
Result<MemoryOutcome> mergeIn(EngineServices& services, const SharedMemory<Component>& memory, JobContext& job)
{
    std::vector<PlacedContentPtr> contents;
    const SharingSum before = services.executor.invoke([&] {
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
    MemoryOutcome outcome;
    FreedBytes freed;
    const SharingSum after = services.executor.invoke([&] {
        outcome.tensorsMerged = carryOut(memory.table, exchanges);
        services.publish();
        return sumSharing(weightsOf(memory.table.components()));
    });
    for (const Exchange<Component>& exchange : exchanges)
        freed.add(exchange.before->weights);
    outcome.freed = freed.bytes();
    outcome.row = {
        {"tensors_merged", outcome.tensorsMerged},
        {"freed_bytes", outcome.freed.value},
        {"before", sharingJson(before)},
        {"after", sharingJson(after)},
    };
    return outcome;
}

/// The devices that were asked for; lost ones hold nothing that could be read.
Result<std::vector<TransferLane*>> chosenLanes(const EngineServices& services, const Arguments& arguments)
{
    std::vector<TransferLane*> chosen;
    if (arguments.has("device_id")) {
        auto lane = services.laneOf(DeviceId{arguments.text("device_id")});
        if (!lane)
            return fail(std::move(lane).error());
        chosen.push_back(*lane);
        return chosen;
    }
    for (const auto& lane : services.lanes) {
        if (!lane->device().lostReason())
            chosen.push_back(lane.get());
    }
    return chosen;
}

template <class Component>
Bytes bytesNotCompared(const std::vector<Component>& components)
{
    Bytes sum;
    for (const PlacedContentPtr& content : contentsNotCompared(weightsOf(components)))
        sum += content->size();
    return sum;
}

/// Only devices when one was named.
bool isWithCache(const Arguments& arguments) { return !arguments.has("device_id"); }

Bytes bytesToHash(EngineServices& services, const std::vector<TransferLane*>& lanes, const Arguments& arguments)
{
    return services.executor.invoke([&] {
        Bytes sum = isWithCache(arguments) ? bytesNotCompared(services.tables.cache.components()) : Bytes{};
        for (TransferLane* lane : lanes) {
            const DeviceId& id = lane->device().description().id;
            sum += bytesNotCompared(services.tables.residency.onDevice(id));
        }
        return sum;
    });
}

Result<Json> optimizeComponentSharing(EngineServices& services, const Arguments& arguments, JobContext& job)
{
    const auto lanes = chosenLanes(services, arguments);
    if (!lanes)
        return fail(lanes.error());
    job.setPhase(JobPhase::Verifying);
    job.setTotal(bytesToHash(services, *lanes, arguments).value);
    std::uint64_t merged = 0;
    Bytes freed;
    Json answer{{"cache", nullptr}, {"devices", Json::array()}};
    if (isWithCache(arguments)) {
        HostContentAccess access;
        auto outcome = mergeIn<CachedComponentPtr>(
            services, {services.cacheMemory.contents(), access, tableOf(services.tables.cache)}, job);
        if (!outcome)
            return fail(std::move(outcome).error());
        merged += outcome->tensorsMerged;
        freed += outcome->freed;
        answer["cache"] = std::move(outcome->row);
    }
    for (TransferLane* lane : *lanes) {
        DeviceContentAccess access{*lane, job.stopToken()};
        auto outcome = mergeIn<LoadedComponentPtr>(services,
            {lane->device().contents(), access, tableOf(services.tables.residency, lane->device().description().id)},
            job);
        if (!outcome)
            return fail(std::move(outcome).error());
        merged += outcome->tensorsMerged;
        freed += outcome->freed;
        outcome->row["device_id"] = lane->device().description().id.text;
        answer["devices"].push_back(std::move(outcome->row));
    }
    answer["tensors_merged"] = merged;
    answer["freed_bytes"] = freed.value;
    services.executor.invoke([&] { services.publish(); });
    return answer;
}

OperationSpec optimizeSpec(EngineServices& services)
{
    return {
        .family = "worker",
        .name = "optimize_component_sharing",
        .summary = "Compares tensors that were loaded without sharing, and holds equal ones once from then on.",
        .duration = Duration::Long,
        .fields = {{.name = "device_id",
            .type = FieldType::Text,
            .help = "The device to look at; left out: the RAM cache and all devices."}},
        .errors = {ErrorCode::DeviceNotFound, ErrorCode::DeviceError, ErrorCode::DeviceLost, ErrorCode::OutOfHostMemory,
            ErrorCode::Cancelled},
        .answer = "tensors_merged, freed_bytes, cache (null when a device was named) and devices, each with "
                  "tensors_merged, freed_bytes, and before and after: held_bytes of its components, shared_bytes "
                  "(that several have, counted once), saved_bytes (what more would be held without sharing)",
        .describe =
            [](const Arguments& arguments) {
                return JobDescription{.operation = "optimize_component_sharing",
                    .modelId = {},
                    .deviceId = DeviceId{arguments.text("device_id")},
                    .subject = {},
                    .weight = JobWeight::Heavy};
            },
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return optimizeComponentSharing(services, arguments, *job); },
    };
}

} // namespace

void addSharingOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(optimizeSpec(services));
}

} // namespace weightroom::engine
