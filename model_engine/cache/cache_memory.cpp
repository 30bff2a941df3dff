// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/cache_memory.h"

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
    , m_source([this](HostSlab& slab) { return registerWithDevices(slab); })
    , m_arena(m_source, m_budget, kSlabSize)
{
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
