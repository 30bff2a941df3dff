// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/usage/eviction_policy.h"
#include "model_engine/core/clock.h"
#include "model_engine/core/files/file.h"
#include "model_engine/core/ids.h"
#include "model_engine/memory/contents/component_weights.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <vector>

namespace weightroom::engine {

/// A component in RAM. Immutable once it is in the cache; a load that copies from it holds a pointer, so that an
/// eviction takes it out of the table at once and the memory is given back when the last copy has ended.
struct CachedComponent {
    ComponentKey key;
    ContentIdentity identity; ///< of what it was read from
    ComponentWeights weights;
    std::chrono::duration<double> loadCost{}; ///< seconds that reading took
};

using CachedComponentPtr = std::shared_ptr<const CachedComponent>;

/// The bytes that the memory gets back when the component leaves the cache.
[[nodiscard]] Bytes evictableBytes(const CachedComponent& component);

/// What the cache knows about one of its entries (K1).
struct CacheEntryStatistics {
    ComponentKey key;
    Bytes size;
    Bytes evictable; ///< bytes that go with it
    bool isInUse = false; ///< a load copies from it right now
    std::uint64_t hits = 0;
    std::uint64_t lastUse = 0; ///< counts uses
    Clock::Wall insertedAt{};
    Clock::Wall lastUsedAt{};
    std::chrono::duration<double> loadCost{};
};

/// A component that would leave the cache.
struct PlannedEviction {
    ComponentKey key;
    Bytes bytesThatGo; ///< with it, and with those before it
};

/// What came of reading ahead, since the cache was made.
struct PrefetchStatistics {
    Bytes read; ///< of components that were read ahead
    Bytes used; ///< of these, those that a load found later
    std::uint64_t hits = 0; ///< first uses of what was read ahead; they count as hits too
};

/// The table of what is cached. It owns entries, not memory: that belongs to the entries' allocations.
/// Lives on the engine thread: no locks. Functions that take entries out return them, so that their memory is given
/// back on the caller's thread and not on the engine's.
class RamCache {
public:
    explicit RamCache(const Clock& clock);

    /// Counts a hit or a miss. An entry that was read from another state of the file is a miss.
    [[nodiscard]] CachedComponentPtr use(const ComponentKey& key, const ContentIdentity& identity);
    /// As use(), and does not count; for who reads ahead.
    [[nodiscard]] CachedComponentPtr find(const ComponentKey& key, const ContentIdentity& identity) const;
    /// Does not count.
    [[nodiscard]] bool contains(const ComponentKey& key) const { return m_entries.contains(key); }
    [[nodiscard]] bool containsModel(const ModelId& model) const;
    /// Answers with the entry that it replaces, if there was one.
    [[nodiscard]] CachedComponentPtr insert(CachedComponentPtr component);
    /// As insert(), for what was read ahead.
    [[nodiscard]] CachedComponentPtr insertAhead(CachedComponentPtr component);
    [[nodiscard]] std::vector<CachedComponentPtr> removeModel(const ModelId& model);
    [[nodiscard]] std::vector<CachedComponentPtr> removeAll();
    [[nodiscard]] std::vector<CachedComponentPtr> removeIf(
        const std::function<bool(const CachedComponent&)>& isUnwanted);
    /// Takes out entries in the order of the rule until at least `wanted` bytes go with them, those that others share
    /// not counted; entries that a load is copying from right now stay, and so does what is pinned. May take out less
    /// than was wanted.
    [[nodiscard]] std::vector<CachedComponentPtr> evict(Bytes wanted, const EvictionRule& rule = {});

    /// What evict() would take out, in this order, and what goes with each. `inUse`: what a load would copy from
    /// meanwhile, which stays.
    [[nodiscard]] std::vector<PlannedEviction> evictionPlan(
        Bytes wanted, const EvictionRule& rule, const std::set<ComponentKey>& inUse = {}) const;

    /// Puts `after`, the same component with its bytes at other places, where `before` is; what is known of the entry
    /// stays. False when `before` is not there any more.
    [[nodiscard]] bool exchange(const CachedComponentPtr& before, CachedComponentPtr after);

    [[nodiscard]] std::vector<CacheEntryStatistics> entries() const; ///< in the order of their keys
    [[nodiscard]] std::vector<CachedComponentPtr> components() const; ///< likewise
    [[nodiscard]] std::uint64_t hits() const { return m_hits; }
    [[nodiscard]] std::uint64_t misses() const { return m_misses; }
    [[nodiscard]] std::uint64_t evictions() const { return m_evictions; }
    [[nodiscard]] const PrefetchStatistics& prefetches() const { return m_prefetches; }

private:
    struct Entry {
        CachedComponentPtr component;
        std::uint64_t hits = 0;
        std::uint64_t lastUse = 0; ///< counts uses, so that two within one tick of the clock keep their order
        Clock::Wall insertedAt{};
        Clock::Wall lastUsedAt{};
        bool isUnusedPrefetch = false; ///< read ahead, and found by no load yet
    };
    [[nodiscard]] Entry entryFor(CachedComponentPtr component);
    [[nodiscard]] CachedComponentPtr put(Entry entry);
    [[nodiscard]] static bool isInUse(const Entry& entry);
    [[nodiscard]] std::vector<EvictionCandidate> candidates() const;

    const Clock& m_clock;
    std::map<ComponentKey, Entry> m_entries;
    std::uint64_t m_uses = 0;
    std::uint64_t m_hits = 0;
    std::uint64_t m_misses = 0;
    std::uint64_t m_evictions = 0;
    PrefetchStatistics m_prefetches;
};

} // namespace weightroom::engine
