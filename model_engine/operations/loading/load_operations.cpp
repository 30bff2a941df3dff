// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/loading/load_operations.h"

#include "model_engine/operations/jobs/job_description.h"
#include "model_engine/operations/loading/load_json.h"
#include "model_engine/operations/loading/load_record_operations.h"
#include "model_engine/operations/loading/model_loading.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

std::set<ComponentId> wantedFrom(const Arguments& arguments)
{
    std::set<ComponentId> wanted;
    for (const std::string& id : arguments.texts("component_ids"))
        wanted.insert(ComponentId{id});
    return wanted;
}

std::optional<KeepAlive> keepAliveFrom(const Arguments& arguments)
{
    if (!arguments.has("keep_alive_seconds"))
        return std::nullopt;
    return KeepAlive{arguments.integer("keep_alive_seconds", kKeepForEver.count())};
}

Result<Json> load(EngineServices& services, const Arguments& arguments, JobContext& job, TransferLane* lane)
{
    LoadWish wish{.model = ModelId{arguments.text("model_id")},
        .lane = lane,
        .components = wantedFrom(arguments),
        .verification = arguments.boolean("verify", false) ? Verification::ReadBack : Verification::None,
        .precision = precisionWishFrom(arguments)};
    if (lane)
        wish.keepAlive = keepAliveFrom(arguments);
    Bytes total;
    const auto begun = [&](Bytes toMove) {
        total += toMove;
        job.setTotal(total.value);
    };
    const auto load = carryOutLoad(services, wish, job, begun);
    if (!load)
        return fail(load.error());
    Json answer = loadJson(load->request, load->outcome);
    answer["predicted"] = predictedJson(load->record.predicted);
    answer["recovery"] = load->recovery ? recoveryJson(*load->recovery) : Json();
    if (lane)
        answer["expires_at"] = load->expiresAt ? Json(toIsoText(*load->expiresAt, IsoPrecision::Seconds)) : Json();
    return answer;
}

Result<Json> postModelCache(EngineServices& services, const Arguments& arguments, JobContext& job)
{
    return load(services, arguments, job, nullptr);
}

Result<Json> postModelLoad(EngineServices& services, const Arguments& arguments, JobContext& job)
{
    auto lane = services.laneOf(DeviceId{arguments.text("device_id")});
    if (!lane)
        return fail(std::move(lane).error());
    return load(services, arguments, job, *lane);
}

constexpr std::int64_t kMostComponents = 1024;

FieldSpec modelField(Presence presence, std::string_view help)
{
    return {.name = "model_id", .type = FieldType::Text, .presence = presence, .help = help};
}

FieldSpec componentsField()
{
    return {.name = "component_ids",
        .type = FieldType::TextList,
        .help = "Components to take; left out: all of the model.",
        .minimum = 1,
        .maximum = kMostComponents};
}

FieldSpec deviceField(std::string_view help) { return {.name = "device_id", .type = FieldType::Text, .help = help}; }

OperationSpec cacheSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "post_model_cache",
        .summary = "Reads a model's components into the RAM cache.",
        .duration = Duration::Long,
        .fields = {modelField(Presence::Required, "The model to cache."), componentsField()},
        .errors = cacheLoadErrors(),
        .answer = "components, shared_bytes (of these, in RAM, those that other components have too), saved_bytes "
                  "(that needed no "
                  "place, because equal ones were there), bytes_read, read_from, loading_time, predicted (before it "
                  "began: device_bytes, cache_bytes, "
                  "and the times of loading_time), evicted_cache_bytes, recovery (null: none was needed; else "
                  "failed_with, the error of the first attempt, and steps, each with action and freed_bytes)",
        .describe = describeModelJob(services, "post_model_cache", JobWeight::Heavy),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return postModelCache(services, arguments, *job); },
    };
}

OperationSpec loadSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "post_model_load",
        .summary = "Loads a model's components onto a device, by way of the cache; all of them or none.",
        .duration = Duration::Long,
        .fields =
            {
                modelField(Presence::Required, "The model to load."),
                deviceField("Where to (GPU_0, HOST_0, ...); left out: the first device that can be used."),
                componentsField(),
                optimizationLevelField(),
                precisionField(),
                {.name = "verify",
                    .type = FieldType::Boolean,
                    .help =
                        "Whether the device's bytes are read back and compared with the file's, or with what these are "
                        "converted to; left out: false."},
                {.name = "keep_alive_seconds",
                    .type = FieldType::Integer,
                    .help = "How long the model stays on the device after this load without another one; then it is "
                            "unloaded, as soon as no job is at work on it. 0: at once; -1: until somebody unloads it. "
                            "Left out: as the model's settings say (post_model_config_update).",
                    .minimum = kKeepForEver.count(),
                    .maximum = kLongestKeepAlive.count()},
            },
        .errors = deviceLoadErrors(),
        .answer = "device_id, components with their vram_bytes and what was converted of them (conversion: "
                  "tensor_count, size_bytes, loaded_bytes, largest_error, mean_error, overflow_count; null: nothing), "
                  "total_vram_bytes of them together, shared_bytes (of these, on the device, those that other "
                  "components have too), saved_bytes (that needed no place, because equal ones were there), "
                  "cache_saved_bytes (the same in RAM), bytes_copied, loading_time by phase, predicted "
                  "(before it began: device_bytes, cache_bytes, and the times of loading_time; null where no load of "
                  "this run had said anything yet), expires_at (null: never), read_from, optimization_applied (of "
                  "sharing, precision), optimization_level, precision, "
                  "recovery (null: none was needed; else failed_with, the error of the first attempt, and steps that "
                  "were taken before the second, each with action (\"trim_pools\", \"evict_cache\", "
                  "\"compact_memory\", \"lower_precision\", \"reread_files\", \"try_again\") and freed_bytes)",
        .describe = describeModelJob(services, "post_model_load", JobWeight::Heavy),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return postModelLoad(services, arguments, *job); },
    };
}

} // namespace

void addLoadOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(cacheSpec(services));
    registry.add(loadSpec(services));
}

} // namespace weightroom::engine
