// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/cache_memory.h"

#include <algorithm>
#include <vector>

namespace weightroom::engine {
namespace {

/// The registrations of one slab with the devices.
struct Registrations final : SlabCompanion {
    std::vector<std::unique_ptr<HostRegistration>> held;
};

} // namespace

CacheMemory::CacheMemory(Bytes capacity, DeviceSet& devices, LogSink& log)
    : m_devices(devices)
    , m_log(log)
    , m_budget(capacity, ErrorCode::OutOfCacheBudget, "cache budget")
    , m_source(makeSource())
    , m_pool(m_source, m_budget)
    , m_arena(m_pool, m_budget, kSlabSize)
{
}

/// What is pinned must have all of its pages before.
HostSlabSource CacheMemory::makeSource()
{
    const bool isPinned = std::ranges::any_of(
        m_devices.devices, [](const auto& device) { return device->description().kind != DeviceKind::Host; });
    if (!isPinned)
        return {HostMemory::Private, PageTaking::WhenUsed};
    return {HostMemory::Private, PageTaking::AtOnce, [this](HostSlab& slab) { return registerWithDevices(slab); }};
}

void CacheMemory::setCapacity(Bytes capacity)
{
    m_budget.setCapacity(capacity);
    m_pool.fitCapacity();
}

std::unique_ptr<SlabCompanion> CacheMemory::registerWithDevices(HostSlab& slab)
{
    auto registrations = std::make_unique<Registrations>();
    for (const auto& device : m_devices.devices) {
        if (device->description().kind == DeviceKind::Host)
            continue;
        auto registered = device->registerHostMemory(slab.hostBytes());
        if (registered)
            registrations->held.push_back(std::move(*registered));
        else
            m_log.write(LogLevel::Warning,
                "A cache slab could not be pinned, copies from it will be slower: " + describe(registered.error()));
    }
    return registrations;
}

} // namespace weightroom::engine
