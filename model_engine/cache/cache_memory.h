// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/cache_pinning.h"
#include "model_engine/core/system/log.h"
#include "model_engine/device/device_set.h"
#include "model_engine/memory/arena.h"
#include "model_engine/memory/budget.h"
#include "model_engine/memory/contents/content_store.h"
#include "model_engine/memory/slabs/host_slab_source.h"
#include "model_engine/memory/slabs/slab_pool.h"

#include <span>

namespace weightroom::engine {

/// The memory of the RAM cache: private slabs within the cache's budget, recycled by a pool. Where there are CUDA
/// devices a slab has all of its pages when it is handed out, so that it can be pinned (pinning()); where there are
/// none, its pages are taken by who writes there (takePages()). Thread-safe. The devices must outlive it, and it must
/// outlive what is cached.
class CacheMemory {
public:
    CacheMemory(Bytes capacity, DeviceSet& devices, LogSink& log);

    [[nodiscard]] Arena& arena() { return m_arena; }
    [[nodiscard]] const Arena& arena() const { return m_arena; }
    /// What lies in the arena, by content.
    [[nodiscard]] ContentStore& contents() { return m_contents; }
    void setCapacity(Bytes capacity);
    /// What is ready for the next load.
    [[nodiscard]] SlabPool& pool() { return m_pool; }
    [[nodiscard]] const SlabPool& pool() const { return m_pool; }
    /// To be called before something is written into `bytes` of the cache, by any thread; see HostSlabSource. Who
    /// forgets it pays the same price at the first write, but gets no error when the system has no memory left.
    [[nodiscard]] Result<> takePages(std::span<std::byte> bytes) { return m_source.takePages(bytes); }

    /// Which slabs are pinned for the GPUs.
    [[nodiscard]] CachePinning& pinning() { return m_pinning; }

    // Slabs of 256 MiB: large enough that pinning and sharing deal with few of them (27 for an SDXL checkpoint), small
    // enough that one that is half empty wastes little of a budget of some GiB.
    static constexpr Bytes kSlabSize = kMiB * 256;

private:
    [[nodiscard]] HostSlabSource makeSource(const DeviceSet& devices);

    CachePinning m_pinning;
    Budget m_budget;
    HostSlabSource m_source;
    SlabPool m_pool;
    Arena m_arena;
    ContentStore m_contents;
};

/// The bytes of a place in memory of the host.
[[nodiscard]] inline std::span<std::byte> hostBytes(const Allocation& place)
{
    return {reinterpret_cast<std::byte*>(place.address()), place.size().value}; // NOLINT: an address of the host
}

} // namespace weightroom::engine
