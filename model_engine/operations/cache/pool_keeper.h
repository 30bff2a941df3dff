// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"
#include "model_engine/core/system/memory_reading.h"
#include "model_engine/memory/slabs/slab_pool.h"

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

namespace weightroom::engine {

/// Decides what pools keep ready: as much as the largest of the last loads took, for as long as they are used, and
/// never so much that other programs miss it. One thread at a time.
class PoolKeeper {
public:
    using ReadMemory = std::function<std::optional<MemoryReading>()>;

    /// The pools in the order in which they are filled; they and the clock must outlive it.
    PoolKeeper(std::vector<SlabPool*> pools, const Clock& clock, ReadMemory readMemory);

    /// Lets go what was not needed for `keep`: no load took memory and none gave any back. 0 keeps nothing at all. True
    /// when anything went.
    [[nodiscard]] bool letGo(std::chrono::seconds keep);
    /// Before any load has said what it takes: slabs of `slabSize`, `total` in all, but at most a quarter of what the
    /// system has available.
    void expect(SlabPool& pool, Bytes total, Bytes slabSize);
    /// One step of filling the first pool that is not full, which takes at most some 40 ms (see kFillStep). False when
    /// all are full, the system has no memory to spare, or a source has failed.
    [[nodiscard]] bool fill();

    /// 64 MiB of 4 KiB pages take 35 ms on one thread (1.8 GB/s; 2-core virtual machine, November 2026): so long work
    /// that begins may find a processor taken.
    static constexpr Bytes kFillStep = kMiB * 64;

private:
    struct Kept {
        SlabPool* pool;
        std::uint64_t uses = 0; ///< at the last look
        Clock::Steady usedAt{};
    };
    [[nodiscard]] bool hasMemoryToSpare() const;

    std::vector<Kept> m_pools;
    const Clock& m_clock;
    const ReadMemory m_readMemory;
};

} // namespace weightroom::engine
