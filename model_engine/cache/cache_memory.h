// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/log.h"
#include "model_engine/device/device_set.h"
#include "model_engine/memory/arena.h"
#include "model_engine/memory/budget.h"
#include "model_engine/memory/content_store.h"
#include "model_engine/memory/memfd_slab_source.h"

#include <span>

namespace weightroom::engine {

/// The memory of the RAM cache: slabs on memfd, within the cache's budget, registered (pinned) with every CUDA device
/// when the slab is made and never per load. Thread-safe. The devices must outlive it, and it must outlive what is
/// cached.
class CacheMemory {
public:
    CacheMemory(Bytes capacity, DeviceSet& devices, LogSink& log);

    [[nodiscard]] Arena& arena() { return m_arena; }
    [[nodiscard]] const Arena& arena() const { return m_arena; }
    /// What lies in the arena, by content.
    [[nodiscard]] ContentStore& contents() { return m_contents; }
    void setCapacity(Bytes capacity) { m_budget.setCapacity(capacity); }

    // Slabs of 256 MiB: large enough that pinning and sharing deal with few of them (27 for an SDXL checkpoint), small
    // enough that one that is half empty wastes little of a budget of some GiB.
    static constexpr Bytes kSlabSize = kMiB * 256;

private:
    std::unique_ptr<SlabCompanion> registerWithDevices(HostSlab& slab);

    DeviceSet& m_devices;
    LogSink& m_log;
    Budget m_budget;
    MemfdSlabSource m_source;
    Arena m_arena;
    ContentStore m_contents;
};

/// The bytes of a place in memory of the host.
[[nodiscard]] inline std::span<std::byte> hostBytes(const Allocation& place)
{
    return {reinterpret_cast<std::byte*>(place.address()), place.size().value}; // NOLINT: an address of the host
}

} // namespace weightroom::engine
