// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/cache/cache_operations.h"

#include "model_engine/operations/cache/cache_json.h"
#include "model_engine/operations/cache/cache_optimization.h"
#include "model_engine/operations/cache/cache_policy.h"
#include "model_engine/operations/cache/usage_keeping.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

constexpr std::int64_t kDefaultHours = 24;
constexpr std::int64_t kMostHours = UsageLog::kRetention.count();

Result<Json> getModelCache(const EngineServices& services, const Arguments& arguments)
{
    const ModelId model{arguments.text("model_id")};
    const ModelRecordPtr record = services.tables.catalog.find(model);
    if (!record)
        return fail(ErrorCode::ModelNotFound, "there is no model '" + model.text + "'", {.modelId = model});
    Json missing = Json::array();
    for (const ComponentRecord& component : record->identified.components) {
        if (!services.tables.cache.contains({model, component.id}))
            missing.push_back(component.id.text);
    }
    const bool isCached = missing.empty() && !record->identified.components.empty();
    return Json{
        {"model_id", model.text},
        {"is_cached", isCached},
        {"components",
            cachedComponentsJson(services.tables, [&](const ComponentKey& key) { return key.model == model; })},
        {"missing_component_ids", std::move(missing)},
    };
}

Json prefetchJson(const EngineServices& services)
{
    const PrefetchStatistics& ahead = services.tables.cache.prefetches();
    const auto share = [&] { return static_cast<double>(ahead.used.value) / static_cast<double>(ahead.read.value); };
    return {
        {"predictive_caching", services.flags.isOn(Feature::PredictiveCaching)},
        {"prefetched_bytes", ahead.read.value},
        {"prefetch_hits", ahead.hits},
        {"prefetch_used_bytes", ahead.used.value},
        {"prefetch_used_share", ahead.read == Bytes{} ? Json(nullptr) : Json(share())},
    };
}

Json getCacheStatus(const EngineServices& services)
{
    const EngineTables& tables = services.tables;
    const ArenaStatistics memory = services.cacheMemory.arena().statistics();
    Json answer{
        {"budget_bytes", memory.capacity.value},
        {"held_bytes", memory.held.value},
        {"used_bytes", memory.allocated.value},
        {"hits", tables.cache.hits()},
        {"misses", tables.cache.misses()},
        {"evictions", tables.cache.evictions()},
        {"eviction_policy", toText(evictionPolicyFor(tables.settings.evictionPolicy))},
        {"components", cachedComponentsJson(tables, [](const ComponentKey&) { return true; })},
    };
    answer.update(prefetchJson(services));
    return answer;
}

/// On the engine thread.
CacheHistory historyOf(const EngineServices& services, std::chrono::hours period)
{
    const EngineTables& tables = services.tables;
    CacheHistory history{.events = {},
        .next = tables.predictor.next(),
        .expectedUses = tables.predictor.expectedUses(),
        .entries = tables.cache.entries(),
        .since = {},
        .now = services.clock.wallTime()};
    history.since = history.now - period;
    std::ranges::copy_if(tables.usage.events(), std::back_inserter(history.events),
        [&](const UsageEvent& event) { return event.at >= history.since; });
    return history;
}

Json analyzeCachePatterns(EngineServices& services, const Arguments& arguments)
{
    loadKeptUsage(services); // of an engine that has only just begun
    const std::int64_t hours = arguments.integer("period_hours", kDefaultHours);
    const CacheHistory history =
        services.executor.invoke([&] { return historyOf(services, std::chrono::hours{hours}); });
    Json answer{{"period_hours", hours}};
    answer.update(patternsJson(history));
    const ArenaStatistics memory = services.cacheMemory.arena().statistics();
    answer["memory"] = {{"budget_bytes", memory.capacity.value}, {"held_bytes", memory.held.value}};
    if (arguments.boolean("include_trace", false))
        answer["trace"] = traceJson(history.events);
    return answer;
}

OperationSpec modelCacheSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "get_model_cache",
        .summary = "What of a model is in the RAM cache, and how it is used.",
        .fields = {{.name = "model_id",
            .type = FieldType::Text,
            .presence = Presence::Required,
            .help = "The model, as get_available_models gives it."}},
        .errors = {ErrorCode::ModelNotFound},
        .answer = "model_id, is_cached (all of it), components as get_cache_status has them, missing_component_ids",
        .handler = [&services](const Arguments& arguments, JobContext*) { return getModelCache(services, arguments); },
    };
}

OperationSpec statusSpec(EngineServices& services)
{
    return {
        .family = "worker",
        .name = "get_cache_status",
        .summary = "The RAM cache and each component in it: uses, cost, value.",
        .fields = {},
        .errors = {},
        .answer = "budget_bytes, held_bytes, used_bytes, hits, misses, evictions, eviction_policy, predictive_caching, "
                  "prefetched_bytes (read ahead in this run), prefetch_hits and prefetch_used_bytes (of these, what "
                  "loads found later; counted among the hits too), prefetch_used_share (null before anything was read "
                  "ahead), components: of each "
                  "its size_bytes, evictable_bytes, uses, hits, misses, cached_at, last_used_at, "
                  "mean_use_interval_seconds, last_load_seconds, mean_load_seconds, expected_uses (1: by the very next "
                  "load), value_seconds (expected_uses x mean_load_seconds), is_pinned, is_in_use",
        .handler = [&services](const Arguments&, JobContext*) -> Result<Json> { return getCacheStatus(services); },
    };
}

OperationSpec patternsSpec(EngineServices& services)
{
    return {
        .family = "worker",
        .name = "analyze_cache_patterns",
        .summary = "How the RAM cache was used over a period, in this run and earlier ones.",
        .duration = Duration::Long,
        .fields =
            {
                {.name = "period_hours",
                    .type = FieldType::Integer,
                    .help = "How far to look back, in hours; left out: 24. Uses are kept for 30 days.",
                    .minimum = 1,
                    .maximum = kMostHours},
                {.name = "include_trace",
                    .type = FieldType::Boolean,
                    .help = "Whether each use is in the answer, for benchmarks; left out: false."},
            },
        .errors = {},
        .answer =
            "period_hours, since, uses, hits, misses, hit_rate (null without uses), bytes_read, "
            "seconds_saved, seconds_lost, working_set_bytes (of all that was used), the same for each part of the "
            "period in course, most_used, never_used_again (cached, used once at most and hardly expected), "
            "likely_next with their probability, memory, trace",
        .describe =
            [](const Arguments&) {
                return JobDescription{
                    .operation = "analyze_cache_patterns", .modelId = {}, .deviceId = {}, .subject = {}};
            },
        .handler = [&services](const Arguments& arguments, JobContext*) -> Result<Json> {
            return analyzeCachePatterns(services, arguments);
        },
    };
}

OperationSpec optimizeSpec(EngineServices& services)
{
    return {
        .family = "worker",
        .name = "optimize_cache",
        .summary = "Drops from the RAM cache what can never be used again and, on request, what is worth least; says "
                   "what was done and what would help.",
        .duration = Duration::Long,
        .fields = {{.name = "wanted_free_bytes",
            .type = FieldType::Integer,
            .help = "How many bytes of the budget shall be free afterwards; left out: 0, nothing that could be used "
                    "again goes. Pinned models and what a load uses stay in any case.",
            .minimum = 0}},
        .errors = {},
        .answer = "optimizations_applied (drop_outdated, evict_by_value or evict_by_last_use, with component_count and "
                  "freed_bytes), freed_bytes, held_before_bytes, held_after_bytes, expected_gain (free_bytes, and "
                  "expected_reload_seconds that it may cost), recommended_actions with action, bytes, detail",
        .describe =
            [](const Arguments&) {
                return JobDescription{.operation = "optimize_cache", .modelId = {}, .deviceId = {}, .subject = {}};
            },
        .handler = [&services](const Arguments& arguments, JobContext*) -> Result<Json> {
            loadKeptUsage(services);
            const std::int64_t wanted = arguments.integer("wanted_free_bytes", 0);
            return optimizeCache(services, Bytes{static_cast<std::uint64_t>(std::max<std::int64_t>(wanted, 0))});
        },
    };
}

} // namespace

void addCacheOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(modelCacheSpec(services));
    registry.add(statusSpec(services));
    registry.add(patternsSpec(services));
    registry.add(optimizeSpec(services));
}

} // namespace weightroom::engine
