// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/loading/unload_operations.h"

#include "model_engine/operations/jobs/job_description.h"
#include "model_engine/operations/loading/model_unloading.h"
#include "model_engine/operations/sharing/sharing_json.h"

namespace weightroom::engine {
namespace {

constexpr std::int64_t kMostComponents = 1024;

Result<Json> postModelUnload(EngineServices& services, const Arguments& arguments)
{
    UnloadWish wish{.model = ModelId{arguments.text("model_id")}, .device = DeviceId{arguments.text("device_id")}};
    for (const std::string& id : arguments.texts("component_ids"))
        wish.components.insert(ComponentId{id});
    if (arguments.boolean("force", false))
        wish.leased = UnloadWish::Leased::Force;
    return carryOutUnload(services, wish);
}

Result<Json> deleteModelCache(EngineServices& services, const Arguments& arguments)
{
    const ModelId model{arguments.text("model_id")};
    std::vector<CachedComponentPtr> others;
    std::vector<CachedComponentPtr> removed = services.executor.invoke([&] {
        RamCache& cache = services.tables.cache;
        auto taken = arguments.has("model_id") ? cache.removeModel(model) : cache.removeAll();
        others = cache.components();
        return taken;
    });
    const Release release = releaseOf(removed, others);
    others.clear(); // what nobody holds can be evicted
    Json ids = Json::array();
    for (const CachedComponentPtr& component : removed)
        ids.push_back({{"model_id", component->key.model.text}, {"component_id", component->key.component.text}});
    const Bytes before = services.cacheMemory.arena().statistics().held;
    removed.clear();
    // Who drops something wants the memory for something else.
    SlabPool& pool = services.cacheMemory.pool();
    pool.releaseReady(arguments.has("model_id") ? release.bytes.bytes() : pool.statistics().ready);
    const Bytes after = services.cacheMemory.arena().statistics().held;
    services.executor.invoke([&] { services.publish(); });
    Json answer{
        {"dropped_components", std::move(ids)},
        {"held_before_bytes", before.value},
        {"held_after_bytes", after.value},
    };
    addRelease(answer, release);
    return answer;
}

OperationSpec unloadSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "post_model_unload",
        .summary = "Gives back a model's memory on one device or on all; it stays in the cache.",
        .duration = Duration::Long,
        .fields = {{.name = "model_id",
                       .type = FieldType::Text,
                       .presence = Presence::Required,
                       .help = "The model to unload."},
            {.name = "device_id", .type = FieldType::Text, .help = "Where from; left out: everywhere."},
            {.name = "component_ids",
                .type = FieldType::TextList,
                .help = "Components to take off; left out: all of the model.",
                .minimum = 1,
                .maximum = kMostComponents},
            {.name = "force",
                .type = FieldType::Boolean,
                .help = "Whether it is unloaded although other programs have leases on it; left out: it is refused. "
                        "What was only offered to them is taken back; what they use is no longer listed as loaded, and "
                        "its memory stays until they return it."}},
        .errors = {ErrorCode::NotLoaded, ErrorCode::DeviceNotFound, ErrorCode::Busy, ErrorCode::LeaseHeld},
        .answer =
            "requested_component_ids (null: all), resident_before_bytes and resident_after_bytes (the RAM of this "
            "process; null where the system does not tell), devices, each with unloaded_component_ids, "
            "freed_bytes, kept_bytes (that other components have too) and kept_by (which these are, and what each "
            "has), leased_bytes (that stay because other programs use them) and leases (theirs), what was held before "
            "and "
            "after, ready_bytes (kept there for the next load), and what the driver had "
            "free before and after",
        .describe = describeModelJob(services, "post_model_unload", JobWeight::Light),
        .handler = [&services](
                       const Arguments& arguments, JobContext*) { return postModelUnload(services, arguments); },
    };
}

OperationSpec deleteCacheSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "delete_model_cache",
        .summary = "Drops a model, or everything, from the RAM cache.",
        .duration = Duration::Long,
        .fields = {{.name = "model_id", .type = FieldType::Text, .help = "The model to drop; left out: all."}},
        .errors = {},
        .answer =
            "dropped_components, freed_bytes, kept_bytes (that other components have too), kept_by (which these are, "
            "and what each has), held_before_bytes, held_after_bytes",
        .describe = describeModelJob(services, "delete_model_cache", JobWeight::Light),
        .handler = [&services](
                       const Arguments& arguments, JobContext*) { return deleteModelCache(services, arguments); },
    };
}

} // namespace

void addUnloadOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(unloadSpec(services));
    registry.add(deleteCacheSpec(services));
}

} // namespace weightroom::engine
