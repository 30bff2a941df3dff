// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/cache/pool_keeper.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {
namespace {

/// A fifth of the memory stays free for others: what is ready is only a convenience.
constexpr std::uint64_t kSparedPart = 5;
/// Of what is available, at the start.
constexpr std::uint64_t kExpectedPart = 4;

} // namespace

PoolKeeper::PoolKeeper(std::vector<SlabPool*> pools, const Clock& clock, ReadMemory readMemory)
    : m_clock(clock)
    , m_readMemory(std::move(readMemory))
{
    for (SlabPool* pool : pools)
        m_pools.push_back({pool, pool->statistics().uses, m_clock.now()});
}

bool PoolKeeper::letGo(std::chrono::seconds keep)
{
    const Clock::Steady now = m_clock.now();
    Bytes gone;
    for (Kept& kept : m_pools) {
        const SlabPoolStatistics statistics = kept.pool->statistics();
        kept.pool->setKeeping(keep > std::chrono::seconds{} ? SlabPool::Keeping::Keep : SlabPool::Keeping::Release);
        if (std::exchange(kept.uses, statistics.uses) != statistics.uses)
            kept.usedAt = now;
        if (now - kept.usedAt >= keep) {
            kept.pool->forgetBatches();
            kept.pool->trim({});
        }
        const Bytes left = kept.pool->statistics().ready;
        gone += statistics.ready - std::min(statistics.ready, left);
    }
    return gone > Bytes{};
}

void PoolKeeper::expect(SlabPool& pool, Bytes total, Bytes slabSize)
{
    if (const auto memory = m_readMemory())
        pool.expect(std::min(total, Bytes{memory->available.value / kExpectedPart}), slabSize);
}

bool PoolKeeper::fill()
{
    return std::ranges::any_of(m_pools, [this](const Kept& kept) {
        if (!hasMemoryToSpare())
            return false;
        const auto filled = kept.pool->fill(kFillStep);
        return filled && *filled == SlabPool::Fill::More;
    });
}

bool PoolKeeper::hasMemoryToSpare() const
{
    const auto memory = m_readMemory();
    return memory && memory->available >= Bytes{memory->total.value / kSparedPart} + kFillStep;
}

} // namespace weightroom::engine
