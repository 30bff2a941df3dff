// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/cache/cache_optimization.h"

#include "model_engine/memory/contents/weights_sharing.h"
#include "model_engine/operations/cache/cache_policy.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <utility>
#include <vector>

namespace weightroom::engine {
namespace {

using Removed = std::vector<CachedComponentPtr>;

constexpr std::chrono::hours kDay{24};
/// Below this a larger budget would help; above, little is left to gain.
constexpr double kGoodHitRate = 0.9;
/// Of what is held, without an owner: more is a waste.
constexpr std::uint64_t kFewestOwnedParts = 4;

/// What the catalogue no longer knows in this state of its files: no load can find it. On the engine thread.
Removed dropOutdated(EngineTables& tables)
{
    return tables.cache.removeIf([&](const CachedComponent& component) {
        const ModelRecordPtr model = tables.catalog.find(component.key.model);
        const bool isBusy = tables.busy.contains(component.key.model); // its load is about to enter it anew
        return !isBusy && (!model || model->identity() != component.identity);
    });
}

/// Components that have left the cache.
struct Dropped {
    std::uint64_t components = 0;
    Bytes bytes;
    double reloadSeconds = 0; ///< that are expected to be lost by it soon

    void add(const CachedComponent& component, const EvictionRule& rule)
    {
        ++components;
        const auto expected = rule.expectedUses.find(component.key);
        const auto cost = rule.loadCosts.find(component.key);
        const auto seconds = cost == rule.loadCosts.end() ? component.loadCost : cost->second;
        reloadSeconds += expected == rule.expectedUses.end() ? 0 : expected->second * seconds.count();
    }
    /// Gives their memory back.
    void add(Removed removed, const EvictionRule& rule)
    {
        FreedBytes freed;
        for (const CachedComponentPtr& component : removed) {
            add(*component, rule);
            freed.add(component->weights);
        }
        bytes += freed.bytes();
        removed.clear();
    }
};

void addOptimization(Json& list, std::string_view name, const Dropped& dropped)
{
    if (dropped.components > 0) {
        list.push_back({{"name", name}, {"component_count", dropped.components}, {"freed_bytes", dropped.bytes.value}});
    }
}

/// What the next load finds, in slabs that are held too.
Bytes freeOf(const ArenaStatistics& memory) { return memory.capacity - std::min(memory.capacity, memory.allocated); }

/// Evicts until so much is free, or nothing more can go. Once may not be enough: others may have some of the bytes.
Dropped evictUntilFree(EngineServices& services, Bytes wantedFree, const EvictionRule& rule)
{
    Dropped dropped;
    for (;;) {
        const Bytes free = freeOf(services.cacheMemory.arena().statistics());
        if (free >= wantedFree)
            return dropped;
        Removed evicted =
            services.executor.invoke([&] { return services.tables.cache.evict(wantedFree - free, rule); });
        if (evicted.empty())
            return dropped;
        dropped.add(std::move(evicted), rule);
    }
}

struct Day {
    std::uint64_t hits = 0;
    std::uint64_t uses = 0;
    Bytes workingSet;
};

/// On the engine thread.
Day lastDay(const EngineServices& services)
{
    Day day;
    const auto usage = usageByComponent(services.tables.usage.events(), services.clock.wallTime() - kDay);
    for (const auto& [key, component] : usage) {
        day.hits += component.hits;
        day.uses += component.uses();
        day.workingSet += component.uses() > 0 ? component.size : Bytes{};
    }
    return day;
}

Json recommendations(EngineServices& services)
{
    const Day day = services.executor.invoke([&] { return lastDay(services); });
    const ArenaStatistics memory = services.cacheMemory.arena().statistics();
    Json list = Json::array();
    const bool isTooSmall = day.workingSet > memory.capacity && day.uses > 0
        && static_cast<double>(day.hits) < kGoodHitRate * static_cast<double>(day.uses);
    if (isTooSmall) {
        list.push_back({{"action", "raise_cache_budget"}, {"bytes", day.workingSet.value},
            {"detail",
                "What was used in the last 24 hours does not fit into the cache: it takes " + toText(day.workingSet)
                    + ", the budget is " + toText(memory.capacity) + "."}});
    }
    if (memory.held > memory.capacity) {
        list.push_back({{"action", "free_cache_memory"}, {"bytes", (memory.held - memory.capacity).value},
            {"detail",
                "The cache holds more than its budget, which was lowered; pinned components and those that a "
                "load uses cannot be dropped."}});
    }
    const Bytes unused = memory.held - std::min(memory.held, memory.allocated);
    if (unused * kFewestOwnedParts > memory.held) {
        list.push_back({{"action", "post_model_optimize"}, {"bytes", unused.value},
            {"detail",
                "Much of the cache's memory lies in gaps between components; optimizing the memory brings them "
                "together."}});
    }
    return list;
}

} // namespace

Json optimizeCache(EngineServices& services, Bytes wantedFree)
{
    const ArenaStatistics before = services.cacheMemory.arena().statistics();
    EvictionRule rule;
    Dropped outdated;
    outdated.add(services.executor.invoke([&] {
        rule = evictionRule(services.tables);
        return dropOutdated(services.tables);
    }),
        {}); // no load would have found them
    const Dropped evicted = evictUntilFree(services, std::min(wantedFree, before.capacity), rule);
    Json applied = Json::array();
    addOptimization(applied, "drop_outdated", outdated);
    addOptimization(applied, rule.policy == EvictionPolicy::Value ? "evict_by_value" : "evict_by_last_use", evicted);
    services.executor.invoke([&] { services.publish(); });
    const ArenaStatistics after = services.cacheMemory.arena().statistics();
    return {
        {"optimizations_applied", std::move(applied)},
        {"freed_bytes", (outdated.bytes + evicted.bytes).value},
        {"held_before_bytes", before.held.value},
        {"held_after_bytes", after.held.value},
        {"expected_gain", {{"free_bytes", freeOf(after).value}, {"expected_reload_seconds", evicted.reloadSeconds}}},
        {"recommended_actions", recommendations(services)},
    };
}

} // namespace weightroom::engine
