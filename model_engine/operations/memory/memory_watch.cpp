// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/memory/memory_watch.h"

#include "model_engine/cache/memory_allowance.h"
#include "model_engine/operations/cache/cache_policy.h"
#include "model_engine/operations/engine_services.h"

#include <algorithm>
#include <exception>

namespace weightroom::engine {
namespace {

/// However often the kernel gives signs.
constexpr std::chrono::milliseconds kShortestSleep{50};
/// Each telling makes a snapshot of the whole catalogue: what is free is told when it has changed by this share of all.
constexpr std::uint64_t kToldParts = 20;

bool isNews(const SystemMemoryState& now, const SystemMemoryState& told)
{
    const Bytes more = std::max(now.available, told.available);
    const Bytes less = std::min(now.available, told.available);
    const bool hasMoved = (more - less).value > now.total.value / kToldParts;
    SystemMemoryState same = now;
    same.available = told.available;
    return hasMoved || same != told;
}

/// What the settings say about the cache, and what it holds.
struct CacheWishes {
    Bytes budget;
    Bytes reserve; ///< 0: chosen by us
};

/// All that the cache has of the system's memory.
Bytes heldAndReady(CacheMemory& memory) { return memory.arena().statistics().held + memory.pool().statistics().ready; }

/// Memory of host devices that nobody uses; says how much went.
Bytes releaseReadyOfDevices(const DeviceSet& devices, Bytes wanted)
{
    Bytes gone;
    for (const auto& device : devices.devices) {
        if (SlabPool* const pool = device->pool())
            gone += pool->releaseReady(wanted - std::min(wanted, gone));
    }
    return gone;
}

} // namespace

Result<std::unique_ptr<MemoryWatch>> MemoryWatch::start(
    EngineServices& services, MemoryWatching watching, std::function<void()> alsoEachLook)
{
    auto wakeUp = WakeUp::make();
    if (!wakeUp)
        return fail(std::move(wakeUp).error());
    return std::unique_ptr<MemoryWatch>{
        new MemoryWatch{services, std::move(watching), std::move(alsoEachLook), std::move(*wakeUp)}};
}

MemoryWatch::MemoryWatch(
    EngineServices& services, MemoryWatching watching, std::function<void()> alsoEachLook, WakeUp wakeUp)
    : m_services(services)
    , m_watching(std::move(watching))
    , m_alsoEachLook(std::move(alsoEachLook))
    , m_wakeUp(std::move(wakeUp))
    , m_trigger(m_watching.pressure ? openPressureTrigger(*m_watching.pressure) : UniqueFd{})
    , m_thread([this](const std::stop_token& stop) { run(stop); })
{
}

MemoryWatch::~MemoryWatch()
{
    m_thread.request_stop();
    m_wakeUp.wake();
}

void MemoryWatch::run(const std::stop_token& stop) noexcept
try {
    while (!stop.stop_requested()) {
        look();
        if (m_alsoEachLook)
            m_alsoEachLook();
        m_wakeUp.wait({}, std::min(kShortestSleep, m_watching.look));
        if (stop.stop_requested())
            break;
        m_wakeUp.wait({.descriptor = m_trigger.get(), .sign = WakeUp::Sign::Urgent}, m_watching.look);
    }
} catch (const std::exception& error) {
    m_services.log.write(LogLevel::Error, std::string{"The system's memory is not watched any more: "} + error.what());
}

void MemoryWatch::look()
{
    const auto memory = readMemory(m_watching.files);
    if (!memory)
        return; // a system that does not tell: the budget alone holds
    const auto wishes = m_services.executor.invoke([this] {
        const Settings& settings = m_services.tables.settings;
        return CacheWishes{.budget = settings.cacheBudget, .reserve = settings.memoryReserve};
    });
    const Bytes reserve = wishes.reserve > Bytes{} ? wishes.reserve : defaultMemoryReserve(memory->total);
    const Bytes held = heldAndReady(m_services.cacheMemory);
    const Allowance allowance = allowanceFor({.memory = *memory,
        .held = held,
        .budget = wishes.budget,
        .reserve = reserve,
        .stalled = stalledShare(*memory)});
    m_services.cacheMemory.setCapacity(allowance.capacity); // what is ready goes, and does not come again
    m_state.total = memory->total;
    m_state.available = memory->available;
    m_state.budget = wishes.budget;
    m_state.reserve = reserve;
    m_state.isCacheLimited = allowance.capacity < wishes.budget;
    if (const Bytes gone = giveBack(allowance.toGiveBack, held); gone > Bytes{}) {
        m_state.givenBack += gone;
        m_state.gaveBackAt = m_services.clock.wallTime();
    }
    tell(m_state);
}

/// The share of the time since the last look in which some thread waited for memory.
double MemoryWatch::stalledShare(const MemoryReading& memory)
{
    const auto before = std::exchange(m_stalled, memory.stalled);
    const auto now = m_services.clock.now();
    const std::chrono::duration<double> passed = now - std::exchange(m_lookedAt, now);
    if (!before || !memory.stalled || passed.count() <= 0)
        return 0;
    return std::chrono::duration<double>(*memory.stalled - *before) / passed;
}

/// What the system got back: slabs, those that nobody uses first. A component that was evicted may have left parts of
/// them to others. `before`: what the cache had, before its capacity was set.
Bytes MemoryWatch::giveBack(Bytes wanted, Bytes before)
{
    if (wanted == Bytes{})
        return {};
    const Bytes ofDevices = releaseReadyOfDevices(m_services.devices, wanted);
    const auto goneSoFar = [&] { return before + ofDevices - std::min(before, heldAndReady(m_services.cacheMemory)); };
    if (const Bytes gone = goneSoFar(); gone < wanted) {
        auto evicted = m_services.executor.invoke(
            [&] { return m_services.tables.cache.evict(wanted - gone, evictionRule(m_services.tables)); });
        evicted.clear(); // here, not on the engine's thread
    }
    const Bytes gone = goneSoFar();
    if (gone > Bytes{})
        m_services.log.write(LogLevel::Warning,
            "Memory is short for other programs: of the cache, " + toText(gone) + " went back to the system ("
                + toText(wanted) + " were missing).");
    return gone;
}

void MemoryWatch::tell(const SystemMemoryState& state)
{
    if (!isNews(state, m_told))
        return;
    m_told = state;
    m_services.executor.invoke([&] {
        m_services.tables.systemMemory = state;
        m_services.publish();
    });
}

} // namespace weightroom::engine
