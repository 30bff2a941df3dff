// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/cache/idle_pool.h"

#include "model_engine/operations/engine_services.h"

#include <utility>

namespace weightroom::engine {
namespace {

/// Looks at the clock of the gate that are one look here: ten seconds, for a time of minutes.
constexpr int kLooks = 20;

/// That of the cache first: all loads go through it.
std::vector<SlabPool*> poolsOf(EngineServices& services)
{
    std::vector<SlabPool*> pools{&services.cacheMemory.pool()};
    for (const auto& device : services.devices.devices) {
        if (SlabPool* const pool = device->pool())
            pools.push_back(pool);
    }
    return pools;
}

/// Before the first load: slabs for the cache, and for the device that is taken when none is named.
PoolKeeper makeKeeper(EngineServices& services, PoolKeeper::ReadMemory readMemory)
{
    PoolKeeper keeper{poolsOf(services), services.clock, std::move(readMemory)};
    const Bytes ready = services.executor.invoke([&] { return services.tables.settings.poolReady; });
    keeper.expect(services.cacheMemory.pool(), ready, CacheMemory::kSlabSize);
    const auto& devices = services.devices.devices;
    if (!devices.empty() && devices.front()->pool())
        keeper.expect(*devices.front()->pool(), ready, kDeviceSlabSize);
    return keeper;
}

} // namespace

IdlePool::IdlePool(EngineServices& services, IdleGate& gate, PoolKeeper::ReadMemory readMemory, IdleTiming timing)
    : m_services(services)
    , m_keeper(makeKeeper(services, std::move(readMemory)))
    , m_worker(*this, gate, services.log, timing.look * kLooks)
{
}

std::string_view IdlePool::endedText() const { return "No more memory is made ready in idle time"; }

void IdlePool::look()
{
    const auto keep = m_services.executor.invoke([this] { return m_services.tables.settings.poolKeep; });
    if (m_keeper.letGo(keep))
        tell();
}

bool IdlePool::step(const std::stop_token&)
{
    if (m_keeper.fill()) {
        m_isUntold = true;
        return true;
    }
    if (std::exchange(m_isUntold, false))
        tell();
    return false;
}

void IdlePool::tell()
{
    m_services.executor.invoke([this] { m_services.publish(); });
}

} // namespace weightroom::engine
