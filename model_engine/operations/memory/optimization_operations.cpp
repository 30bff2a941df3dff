// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/memory/optimization_operations.h"

#include "model_engine/operations/jobs/job_description.h"
#include "model_engine/operations/loading/model_loading.h"
#include "model_engine/operations/loading/precision_wish.h"
#include "model_engine/operations/memory/memory_compaction.h"
#include "model_engine/operations/memory/memory_sharing.h"

#include <algorithm>
#include <string>
#include <utility>

namespace weightroom::engine {
namespace {

Json memoryJson(const ArenaStatistics& memory)
{
    Json row{{"held_bytes", memory.held.value}, {"allocated_bytes", memory.allocated.value}, {"efficiency", nullptr}};
    if (memory.held > Bytes{})
        row["efficiency"] = static_cast<double>(memory.allocated.value) / static_cast<double>(memory.held.value);
    return row;
}

Json recommendation(const char* action, const std::string& memory, Bytes bytes, std::string detail)
{
    return {{"action", action}, {"memory", memory}, {"bytes", bytes.value}, {"detail", std::move(detail)}};
}

/// What is asked of one run of the operation.
struct OptimizationWish {
    MemoryChoice memories;
    ModelId model{}; ///< whose weights are converted; empty: those of all models that are loaded there
    PrecisionWish precision{}; ///< neither level nor precision: nothing is converted
};

/// What a device holds of one model.
struct LoadedModel {
    ModelId id;
    std::set<ComponentId> components;
};

std::vector<LoadedModel> loadedModels(const EngineTables& tables, const DeviceId& device, const ModelId& wanted)
{
    std::map<ModelId, LoadedModel> models;
    for (const LoadedComponentPtr& component : tables.residency.onDevice(device)) {
        const ModelId& id = component->key.model;
        if (!wanted.empty() && id != wanted)
            continue;
        models[id].id = id;
        models[id].components.insert(component->key.component);
    }
    std::vector<LoadedModel> rows;
    for (auto& [id, model] : models)
        rows.push_back(std::move(model));
    return rows;
}

/// One run of the operation.
class Optimization {
public:
    Optimization(EngineServices& services, JobContext& job)
        : m_services(services)
        , m_job(job)
        , m_control{.stop = job.stopToken(),
              .planned = [this](Bytes size) { addToTotal(size); },
              .moved = [this](Bytes size) { m_job.advance(size.value); }}
    {
    }

    [[nodiscard]] Result<Json> run(const OptimizationWish& wish)
    {
        const MemoryChoice& memories = wish.memories;
        if (auto converted = convert(wish); !converted)
            return fail(std::move(converted).error());
        addToTotal(bytesToCompare(m_services, memories));
        if (memories.isWithCache) {
            const Access access{.name = "cache",
                .arena = m_services.cacheMemory.arena(),
                .merge = [&] { return mergeInCache(m_services, m_job); },
                .compact = [&] { return compactCache(m_services, m_control); }};
            if (auto done = optimize(access); !done)
                return fail(std::move(done).error());
        }
        for (TransferLane* lane : memories.lanes) {
            const Access access{.name = lane->device().description().id.text,
                .arena = lane->device().arena(),
                .merge = [&] { return mergeOnDevice(m_services, *lane, m_job); },
                .compact = [&] { return compactDevice(m_services, *lane, m_control); }};
            if (auto done = optimize(access); !done)
                return fail(std::move(done).error());
        }
        m_services.executor.invoke([&] { m_services.publish(); });
        return Json{{"optimizations", std::move(m_optimizations)}, {"freed_bytes", m_freed.value},
            {"recommended_actions", std::move(m_recommended)}};
    }

private:
    /// One memory, and what can be done there.
    struct Access {
        std::string name;
        Arena& arena;
        std::function<Result<MergedMemory>()> merge;
        std::function<Result<CompactionOutcome>()> compact;
    };

    /// Before the rest: what it frees is brought together by it. A model whose precision is what was asked for stays as
    /// it is; another one is loaded again, from the cache where it is there, and replaced.
    [[nodiscard]] Result<> convert(const OptimizationWish& wish)
    {
        if (!wish.precision.level && !wish.precision.precision)
            return {};
        for (TransferLane* lane : wish.memories.lanes) {
            const DeviceId& device = lane->device().description().id;
            const auto models =
                m_services.executor.invoke([&] { return loadedModels(m_services.tables, device, wish.model); });
            for (const LoadedModel& model : models) {
                if (auto converted = convert(*lane, model, wish.precision); !converted)
                    return converted;
            }
        }
        return {};
    }

    [[nodiscard]] Result<> convert(TransferLane& lane, const LoadedModel& model, const PrecisionWish& precision)
    {
        const ArenaStatistics before = lane.device().arena().statistics();
        const LoadWish wish{.model = model.id,
            .lane = &lane,
            .components = model.components,
            .precision = precision,
            .purpose = LoadPurpose::Conversion};
        auto load = carryOutLoad(m_services, wish, m_job, [this](Bytes toMove) { addToTotal(toMove); });
        if (!load)
            return fail(std::move(load).error());
        if (load->outcome.loaded.empty())
            return {}; // it has that precision
        const ArenaStatistics after = lane.device().arena().statistics();
        Json conversions = Json::array();
        for (const ComponentConversion& conversion : load->outcome.conversions) {
            Json row = toJson(conversion);
            row["component_id"] = conversion.id.text;
            conversions.push_back(std::move(row));
        }
        m_optimizations.push_back({{"kind", "precision"}, {"memory", lane.device().description().id.text},
            {"model_id", model.id.text}, {"components", std::move(conversions)},
            {"freed_bytes", (before.allocated - std::min(before.allocated, after.allocated)).value},
            {"before", memoryJson(before)}, {"after", memoryJson(after)}});
        m_freed += before.held - std::min(before.held, after.held);
        return {};
    }

    [[nodiscard]] Result<> optimize(const Access& memory)
    {
        const ArenaStatistics before = memory.arena.statistics();
        m_job.setPhase(JobPhase::Verifying);
        const auto merged = memory.merge();
        if (!merged)
            return fail(merged.error());
        addSharing(memory, *merged, before);
        m_job.setPhase(JobPhase::Copying);
        const auto compacted = memory.compact();
        if (!compacted)
            return fail(compacted.error());
        addCompaction(memory.name, *compacted);
        m_freed += before.held - std::min(before.held, compacted->after.held);
        return {};
    }

    void addSharing(const Access& memory, const MergedMemory& merged, const ArenaStatistics& before)
    {
        m_optimizations.push_back({{"kind", "sharing"}, {"memory", memory.name}, {"tensors_merged", merged.tensors},
            {"freed_bytes", merged.freed.value}, {"before", memoryJson(before)},
            {"after", memoryJson(memory.arena.statistics())}});
        const bool isShared = m_services.flags.status(Feature::ShareContents).isConfigured();
        if (merged.tensors > 0 && !isShared) {
            m_recommended.push_back(recommendation("share_contents", memory.name, merged.freed,
                "The setting share_contents is off: what is loaded next will lie there twice again."));
        }
    }

    void addCompaction(const std::string& memory, const CompactionOutcome& outcome)
    {
        m_optimizations.push_back({{"kind", "compaction"}, {"memory", memory}, {"tensors_moved", outcome.tensorsMoved},
            {"moved_bytes", outcome.moved.value}, {"predicted_freed_bytes", outcome.predicted.value},
            {"freed_bytes", outcome.freed.value}, {"before", memoryJson(outcome.before)},
            {"after", memoryJson(outcome.after)}});
        const Bytes later = outcome.isGivenUp ? outcome.keptByUse + outcome.keptByShortage : outcome.keptByUse;
        if (later > Bytes{}) {
            m_recommended.push_back(recommendation("optimize_when_idle", memory, later,
                "Something there is in use, or a load needed the space, and what is in use is not moved."));
        }
        if (!outcome.isGivenUp && outcome.keptByShortage > Bytes{}) {
            m_recommended.push_back(recommendation("free_memory_and_optimize", memory, outcome.keptByShortage,
                "Gaps are too small for what would fill them, and there was no memory to bring it together "
                "elsewhere."));
        }
    }

    void addToTotal(Bytes size)
    {
        m_total += size;
        m_job.setTotal(m_total.value);
    }

    EngineServices& m_services;
    JobContext& m_job;
    const CompactionControl m_control;
    Bytes m_total;
    Bytes m_freed; ///< of what was held
    Json m_optimizations = Json::array();
    Json m_recommended = Json::array();
};

/// Of these memories, those where the model lies. On the engine thread.
MemoryChoice memoriesOf(const EngineTables& tables, const ModelId& model, MemoryChoice memories)
{
    memories.isWithCache = memories.isWithCache && tables.cache.containsModel(model);
    std::erase_if(memories.lanes,
        [&](TransferLane* lane) { return tables.residency.find(lane->device().description().id, model) == nullptr; });
    return memories;
}

Result<MemoryChoice> memoriesToOptimize(EngineServices& services, const Arguments& arguments)
{
    auto chosen = chosenMemories(services, arguments);
    if (!chosen || !arguments.has("model_id"))
        return chosen;
    const ModelId model{arguments.text("model_id")};
    return services.executor.invoke([&]() -> Result<MemoryChoice> {
        MemoryChoice memories = memoriesOf(services.tables, model, std::move(*chosen));
        if (memories.isWithCache || !memories.lanes.empty())
            return memories;
        if (!services.tables.catalog.find(model) && !services.tables.isInMemory(model))
            return fail(ErrorCode::ModelNotFound, "there is no model '" + model.text + "'", {.modelId = model});
        return fail(ErrorCode::NotLoaded, "model '" + model.text + "' does not lie there",
            {.modelId = model, .deviceId = DeviceId{arguments.text("device_id")}});
    });
}

Result<Json> postModelOptimize(EngineServices& services, const Arguments& arguments, JobContext& job)
{
    const auto memories = memoriesToOptimize(services, arguments);
    if (!memories)
        return fail(memories.error());
    return Optimization{services, job}.run({.memories = *memories,
        .model = ModelId{arguments.text("model_id")},
        .precision = precisionWishFrom(arguments)});
}

/// Converting is loading.
std::vector<ErrorCode> optimizationErrors()
{
    std::vector<ErrorCode> errors = deviceLoadErrors();
    errors.push_back(ErrorCode::NotLoaded);
    return errors;
}

OperationSpec optimizeSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "post_model_optimize",
        .summary = "Holds equal tensors once, and brings together what lies apart, so that memory is given back. On "
                   "request it converts what is loaded before that.",
        .duration = Duration::Long,
        .fields = {{.name = "model_id",
                       .type = FieldType::Text,
                       .help = "Only the memories in which this model lies, with all that lies there."},
            {.name = "device_id",
                .type = FieldType::Text,
                .help = "The device to optimize; left out: the RAM cache and all devices."},
            optimizationLevelField(), precisionField()},
        .errors = optimizationErrors(),
        .answer =
            "optimizations, each with kind (\"precision\", \"sharing\" or \"compaction\"), memory (\"cache\" or the "
            "device's id), "
            "freed_bytes, and before and after: held_bytes, allocated_bytes and efficiency (allocated / held; null "
            "when "
            "nothing is held); precision (only where a level or a precision was named, for each model that was "
            "converted) has model_id "
            "and components, each with what model.post_model_load says of a conversion; sharing has tensors_merged, "
            "and its freed_bytes are of tensors; compaction has "
            "tensors_moved, moved_bytes and predicted_freed_bytes, and its freed_bytes are of whole slabs. "
            "freed_bytes: "
            "what less is held, of all. recommended_actions, each with action (\"share_contents\", "
            "\"optimize_when_idle\" or \"free_memory_and_optimize\"), memory, bytes (what it would free) and detail",
        .describe = describeModelJob(services, "post_model_optimize", JobWeight::Heavy),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return postModelOptimize(services, arguments, *job); },
    };
}

} // namespace

void addOptimizationOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(optimizeSpec(services));
}

} // namespace weightroom::engine
