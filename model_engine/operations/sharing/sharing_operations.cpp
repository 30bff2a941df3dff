// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/sharing/sharing_operations.h"

#include "model_engine/operations/memory/memory_sharing.h"
#include "model_engine/operations/sharing/sharing_json.h"

#include <utility>

namespace weightroom::engine {
namespace {

Json mergedJson(const MergedMemory& merged)
{
    return {
        {"tensors_merged", merged.tensors},
        {"freed_bytes", merged.freed.value},
        {"before", sharingJson(merged.before)},
        {"after", sharingJson(merged.after)},
    };
}

Result<Json> optimizeComponentSharing(EngineServices& services, const Arguments& arguments, JobContext& job)
{
    const auto memories = chosenMemories(services, arguments);
    if (!memories)
        return fail(memories.error());
    job.setPhase(JobPhase::Verifying);
    job.setTotal(bytesToCompare(services, *memories).value);
    std::uint64_t tensors = 0;
    Bytes freed;
    Json answer{{"cache", nullptr}, {"devices", Json::array()}};
    if (memories->isWithCache) {
        const auto merged = mergeInCache(services, job);
        if (!merged)
            return fail(merged.error());
        tensors += merged->tensors;
        freed += merged->freed;
        answer["cache"] = mergedJson(*merged);
    }
    for (TransferLane* lane : memories->lanes) {
        const auto merged = mergeOnDevice(services, *lane, job);
        if (!merged)
            return fail(merged.error());
        tensors += merged->tensors;
        freed += merged->freed;
        Json row = mergedJson(*merged);
        row["device_id"] = lane->device().description().id.text;
        answer["devices"].push_back(std::move(row));
    }
    answer["tensors_merged"] = tensors;
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
