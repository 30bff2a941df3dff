// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/cache_memory.h"

#include <algorithm>

namespace weightroom::engine {
CacheMemory::CacheMemory(Bytes capacity, DeviceSet& devices, LogSink& log)
    : m_pinning(devices, log)
    , m_budget(capacity, ErrorCode::OutOfCacheBudget, "cache budget")
    , m_source(makeSource(devices))
    , m_pool(m_source, m_budget)
    , m_arena(m_pool, m_budget, kSlabSize)
{
}

/// What is pinned must have all of its pages before.
HostSlabSource CacheMemory::makeSource(const DeviceSet& devices)
{
    const bool isPinned = std::ranges::any_of(
        devices.devices, [](const auto& device) { return device->description().kind != DeviceKind::Host; });
    if (!isPinned)
        return {HostMemory::Private, PageTaking::WhenUsed};
    return {HostMemory::Private, PageTaking::AtOnce, [this](HostSlab& slab) { return m_pinning.enter(slab); }};
}

void CacheMemory::setCapacity(Bytes capacity)
{
    m_budget.setCapacity(capacity);
    m_pool.fitCapacity();
}

} // namespace weightroom::engine
