// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/cache/cache_json.h"

#include "model_engine/operations/cache/cache_policy.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace weightroom::engine {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr std::size_t kMostRows = 20; ///< of each list
/// The course of a period is told in so many parts.
constexpr int kParts = 24;
/// Fewer expected uses than this: hardly.
constexpr double kHardly = 0.02;

Json secondsOrNull(const std::optional<Seconds>& seconds) { return seconds ? Json(seconds->count()) : Json(nullptr); }

Json timeOrNull(Clock::Wall time)
{
    return time == Clock::Wall{} ? Json(nullptr) : Json(toIsoText(time, IsoPrecision::Seconds));
}

double unixSeconds(Clock::Wall time) { return Seconds{time.time_since_epoch()}.count(); }

Json keyJson(const ComponentKey& key) { return {{"model_id", key.model.text}, {"component_id", key.component.text}}; }

double expectedOf(const ExpectedUses& expected, const ComponentKey& key)
{
    const auto row = expected.find(key);
    return row == expected.end() ? 0 : row->second;
}

Json usageJson(const ComponentKey& key, const ComponentUsage& usage)
{
    Json row = keyJson(key);
    row.update({
        {"uses", usage.uses()},
        {"hits", usage.hits},
        {"misses", usage.misses},
        {"last_used_at", timeOrNull(usage.lastUsedAt)},
        {"mean_use_interval_seconds", secondsOrNull(usage.meanInterval())},
        {"mean_load_seconds", secondsOrNull(usage.meanLoadCost())},
        {"size_bytes", usage.size.value},
    });
    return row;
}

Json entryJson(const CacheEntryStatistics& entry, const ComponentUsage& usage, const EvictionRule& rule)
{
    Json row = usageJson(entry.key, usage);
    const Seconds cost = usage.meanLoadCost().value_or(entry.loadCost);
    const double expected = expectedOf(rule.expectedUses, entry.key);
    row.update({
        {"size_bytes", entry.size.value},
        {"evictable_bytes", entry.evictable.value},
        {"cached_at", toIsoText(entry.insertedAt, IsoPrecision::Seconds)},
        {"last_load_seconds", entry.loadCost.count()},
        {"expected_uses", expected},
        {"value_seconds", cost.count() * expected},
        {"is_pinned", rule.pinned.contains(entry.key.model)},
        {"is_in_use", entry.isInUse},
    });
    return row;
}

/// Sums over uses.
struct Sums {
    std::uint64_t hits = 0;
    std::uint64_t misses = 0;
    Bytes read;
    Seconds saved{};
    Seconds lost{};
    std::map<ComponentKey, Bytes> used;

    void add(const UsageEvent& event)
    {
        if (event.kind == UseKind::Prefetch)
            return; // nobody has waited for it
        const bool isHit = event.kind == UseKind::Hit;
        ++(isHit ? hits : misses);
        (isHit ? saved : lost) += event.loadCost;
        read += isHit ? Bytes{} : event.size;
        used[event.key] = event.size;
    }
    [[nodiscard]] Bytes workingSet() const
    {
        Bytes sum;
        for (const auto& [key, size] : used)
            sum += size;
        return sum;
    }
};

Json sumsJson(const Sums& sums)
{
    const std::uint64_t uses = sums.hits + sums.misses;
    return {
        {"uses", uses},
        {"hits", sums.hits},
        {"misses", sums.misses},
        {"hit_rate", uses == 0 ? Json(nullptr) : Json(static_cast<double>(sums.hits) / static_cast<double>(uses))},
        {"bytes_read", sums.read.value},
        {"seconds_saved", sums.saved.count()},
        {"seconds_lost", sums.lost.count()},
        {"working_set_bytes", sums.workingSet().value},
    };
}

/// The period in parts of equal length; those in which nothing was used are left out.
Json courseJson(const CacheHistory& history)
{
    const auto length = (history.now - history.since) / kParts;
    std::map<int, Sums> parts;
    for (const UsageEvent& event : history.events) {
        const auto part = length.count() > 0 ? (event.at - history.since) / length : 0;
        parts[static_cast<int>(std::clamp<decltype(part)>(part, 0, kParts - 1))].add(event);
    }
    Json rows = Json::array();
    for (const auto& [part, sums] : parts) {
        Json row{{"begins_at", toIsoText(history.since + part * length, IsoPrecision::Seconds)}};
        row.update(sumsJson(sums));
        rows.push_back(std::move(row));
    }
    return rows;
}

Json mostUsedJson(const UsageByComponent& usage)
{
    std::vector<const UsageByComponent::value_type*> rows;
    for (const auto& row : usage) {
        if (row.second.uses() > 0)
            rows.push_back(&row);
    }
    std::ranges::stable_sort(rows, std::ranges::greater{}, [](const auto* row) { return row->second.uses(); });
    rows.resize(std::min(rows.size(), kMostRows));
    Json list = Json::array();
    for (const auto* row : rows)
        list.push_back(usageJson(row->first, row->second));
    return list;
}

/// Cached, used once at most, and hardly expected.
Json neverUsedAgainJson(const CacheHistory& history, const UsageByComponent& usage)
{
    Json list = Json::array();
    for (const CacheEntryStatistics& entry : history.entries) {
        const auto row = usage.find(entry.key);
        const std::uint64_t uses = row == usage.end() ? 0 : row->second.uses();
        if (uses > 1 || expectedOf(history.expectedUses, entry.key) >= kHardly || list.size() >= kMostRows)
            continue;
        Json one = keyJson(entry.key);
        one["size_bytes"] = entry.size.value;
        one["cached_at"] = toIsoText(entry.insertedAt, IsoPrecision::Seconds);
        list.push_back(std::move(one));
    }
    return list;
}

Json likelyNextJson(const CacheHistory& history)
{
    std::set<ComponentKey> cached;
    for (const CacheEntryStatistics& entry : history.entries)
        cached.insert(entry.key);
    Json list = Json::array();
    for (const LikelyModel& model : history.next) {
        if (list.size() >= kMostRows)
            break;
        Json ids = Json::array();
        for (const ComponentId& id : model.components)
            ids.push_back(id.text);
        const bool isCached = std::ranges::all_of(model.components, [&](const auto& id) {
            return cached.contains({model.model, id});
        });
        list.push_back({{"model_id", model.model.text}, {"probability", model.probability},
            {"component_ids", std::move(ids)}, {"is_cached", isCached}});
    }
    return list;
}

} // namespace

Json cachedComponentsJson(const EngineTables& tables, const std::function<bool(const ComponentKey&)>& isWanted)
{
    const EvictionRule rule = evictionRule(tables);
    const UsageByComponent usage = usageByComponent(tables.usage.events(), Clock::Wall::min());
    Json rows = Json::array();
    for (const CacheEntryStatistics& entry : tables.cache.entries()) {
        if (!isWanted(entry.key))
            continue;
        const auto known = usage.find(entry.key);
        rows.push_back(entryJson(entry, known == usage.end() ? ComponentUsage{} : known->second, rule));
    }
    return rows;
}

Json patternsJson(const CacheHistory& history)
{
    Sums sums;
    for (const UsageEvent& event : history.events)
        sums.add(event);
    const UsageByComponent usage = usageByComponent(history.events, history.since);
    Json answer{{"since", toIsoText(history.since, IsoPrecision::Seconds)}};
    answer.update(sumsJson(sums));
    answer["course"] = courseJson(history);
    answer["most_used"] = mostUsedJson(usage);
    answer["never_used_again"] = neverUsedAgainJson(history, usage);
    answer["likely_next"] = likelyNextJson(history);
    return answer;
}

Json traceJson(const UsageLog::Events& events)
{
    Json rows = Json::array();
    for (const UsageEvent& event : events) {
        Json row{{"at_unix_seconds", unixSeconds(event.at)}, {"run_unix_seconds", unixSeconds(event.runStartedAt)}};
        row.update(keyJson(event.key));
        row.update(
            {{"kind", toText(event.kind)}, {"size_bytes", event.size.value}, {"load_seconds", event.loadCost.count()}});
        rows.push_back(std::move(row));
    }
    return rows;
}

} // namespace weightroom::engine
