// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/ram_cache.h"

#include "model_engine/memory/contents/weights_sharing.h"

#include <utility>

namespace weightroom::engine {

Bytes evictableBytes(const CachedComponent& component) { return exclusiveBytes(component.weights); }

RamCache::RamCache(const Clock& clock)
    : m_clock(clock)
{
}

CachedComponentPtr RamCache::use(const ComponentKey& key, const ContentIdentity& identity)
{
    const auto found = m_entries.find(key);
    if (found == m_entries.end() || found->second.component->identity != identity) {
        ++m_misses;
        return nullptr;
    }
    ++m_hits;
    Entry& entry = found->second;
    ++entry.hits;
    entry.lastUse = ++m_uses;
    entry.lastUsedAt = m_clock.wallTime();
    if (std::exchange(entry.isUnusedPrefetch, false)) {
        ++m_prefetches.hits;
        m_prefetches.used += entry.component->weights.size;
    }
    return entry.component;
}

CachedComponentPtr RamCache::find(const ComponentKey& key, const ContentIdentity& identity) const
{
    const auto found = m_entries.find(key);
    return found == m_entries.end() || found->second.component->identity != identity ? nullptr
                                                                                     : found->second.component;
}

RamCache::Entry RamCache::entryFor(CachedComponentPtr component)
{
    const auto now = m_clock.wallTime();
    return {.component = std::move(component), .hits = 0, .lastUse = ++m_uses, .insertedAt = now, .lastUsedAt = now};
}

CachedComponentPtr RamCache::put(Entry entry)
{
    Entry& place = m_entries[entry.component->key];
    return std::exchange(place, std::move(entry)).component;
}

CachedComponentPtr RamCache::insert(CachedComponentPtr component) { return put(entryFor(std::move(component))); }

CachedComponentPtr RamCache::insertAhead(CachedComponentPtr component)
{
    Entry entry = entryFor(std::move(component));
    entry.isUnusedPrefetch = true;
    m_prefetches.read += entry.component->weights.size;
    return put(std::move(entry));
}

bool RamCache::containsModel(const ModelId& model) const
{
    const auto entry = m_entries.lower_bound({model, {}});
    return entry != m_entries.end() && entry->first.model == model;
}

std::vector<CachedComponentPtr> RamCache::removeModel(const ModelId& model)
{
    std::vector<CachedComponentPtr> removed;
    for (auto entry = m_entries.lower_bound({model, {}}); entry != m_entries.end() && entry->first.model == model;) {
        removed.push_back(std::move(entry->second.component));
        entry = m_entries.erase(entry);
    }
    return removed;
}

std::vector<CachedComponentPtr> RamCache::removeAll()
{
    std::vector<CachedComponentPtr> removed;
    for (auto& [key, entry] : std::exchange(m_entries, {}))
        removed.push_back(std::move(entry.component));
    return removed;
}

std::vector<CachedComponentPtr> RamCache::removeIf(const std::function<bool(const CachedComponent&)>& isUnwanted)
{
    std::vector<CachedComponentPtr> removed;
    std::erase_if(m_entries, [&](auto& row) {
        if (!isUnwanted(*row.second.component))
            return false;
        removed.push_back(row.second.component);
        return true;
    });
    return removed;
}

std::vector<PlannedEviction> RamCache::evictionPlan(
    Bytes wanted, const EvictionRule& rule, const std::set<ComponentKey>& inUse) const
{
    std::vector<PlannedEviction> plan;
    std::vector<EvictionCandidate> all = candidates();
    std::erase_if(all, [&](const EvictionCandidate& candidate) { return inUse.contains(candidate.key); });
    FreedBytes out;
    for (const std::size_t index : evictionOrder(rule, all)) {
        const Bytes before = out.bytes();
        if (before >= wanted)
            break;
        out.add(m_entries.at(all[index].key).component->weights);
        plan.push_back({all[index].key, out.bytes() - before});
    }
    return plan;
}

std::vector<CachedComponentPtr> RamCache::evict(Bytes wanted, const EvictionRule& rule)
{
    std::vector<CachedComponentPtr> removed;
    for (const PlannedEviction& planned : evictionPlan(wanted, rule)) {
        removed.push_back(std::move(m_entries.extract(planned.key).mapped().component));
        ++m_evictions;
    }
    return removed;
}

bool RamCache::isInUse(const Entry& entry)
{
    // A count above 1: a load on another thread copies from it. New pointers are only handed out on this thread.
    return entry.component.use_count() > 1;
}

std::vector<EvictionCandidate> RamCache::candidates() const
{
    std::vector<EvictionCandidate> candidates;
    for (const auto& [key, entry] : m_entries) {
        if (!isInUse(entry)) {
            candidates.push_back({key, evictableBytes(*entry.component), entry.component->loadCost, entry.lastUse});
        }
    }
    return candidates;
}

bool RamCache::exchange(const CachedComponentPtr& before, CachedComponentPtr after)
{
    const auto entry = m_entries.find(before->key);
    if (entry == m_entries.end() || entry->second.component != before)
        return false;
    entry->second.component = std::move(after);
    return true;
}

std::vector<CachedComponentPtr> RamCache::components() const
{
    std::vector<CachedComponentPtr> all;
    all.reserve(m_entries.size());
    for (const auto& [key, entry] : m_entries)
        all.push_back(entry.component);
    return all;
}

std::vector<CacheEntryStatistics> RamCache::entries() const
{
    std::vector<CacheEntryStatistics> rows;
    rows.reserve(m_entries.size());
    for (const auto& [key, entry] : m_entries) {
        const CachedComponent& component = *entry.component;
        rows.push_back({key, component.weights.size, evictableBytes(component), isInUse(entry), entry.hits,
            entry.lastUse, entry.insertedAt, entry.lastUsedAt, component.loadCost});
    }
    return rows;
}

} // namespace weightroom::engine
