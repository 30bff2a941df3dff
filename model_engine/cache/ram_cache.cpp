// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/ram_cache.h"

#include "model_engine/memory/weights_sharing.h"

#include <utility>

namespace weightroom::engine {

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
    return entry.component;
}

CachedComponentPtr RamCache::insert(CachedComponentPtr component)
{
    const auto now = m_clock.wallTime();
    Entry entry{
        .component = std::move(component), .hits = 0, .lastUse = ++m_uses, .insertedAt = now, .lastUsedAt = now};
    Entry& place = m_entries[entry.component->key];
    return std::exchange(place, std::move(entry)).component;
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

std::vector<CachedComponentPtr> RamCache::evict(Bytes wanted)
{
    std::vector<CachedComponentPtr> removed;
    FreedBytes out;
    while (out.bytes() < wanted) {
        const auto victim = leastRecentlyUsed();
        if (!victim)
            break;
        auto node = m_entries.extract(*victim);
        out.add(node.mapped().component->weights);
        removed.push_back(std::move(node.mapped().component));
        ++m_evictions;
    }
    return removed;
}

std::optional<ComponentKey> RamCache::leastRecentlyUsed() const
{
    const std::pair<const ComponentKey, Entry>* oldest = nullptr;
    for (const auto& row : m_entries) {
        // A count above 1: a load on another thread copies from it. New pointers are only handed out on this thread.
        const bool isInUse = row.second.component.use_count() > 1;
        if (!isInUse && (!oldest || row.second.lastUse < oldest->second.lastUse))
            oldest = &row;
    }
    return oldest ? std::optional{oldest->first} : std::nullopt;
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
    for (const auto& [key, entry] : m_entries)
        rows.push_back({key, entry.component->weights.size, entry.hits, entry.insertedAt, entry.lastUsedAt,
            entry.component->loadCost});
    return rows;
}

} // namespace weightroom::engine
