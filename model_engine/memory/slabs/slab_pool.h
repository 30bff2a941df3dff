// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/memory/budget.h"
#include "model_engine/memory/slabs/slab.h"

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>

namespace weightroom::engine {

struct SlabPoolStatistics {
    Bytes ready; ///< in slabs that nobody uses, and that the next load finds made
    std::uint64_t slabs = 0; ///< how many these are
    std::uint64_t made = 0; ///< slabs that the source made, since the start
    std::uint64_t recycled = 0; ///< slabs that were handed out again, since the start
    std::uint64_t uses = 0; ///< loads that took slabs, and slabs that were given back; for who looks whether it is used
};

/// Keeps slabs: what is given back is handed out again, so that it is made once, and what will be needed is made ahead,
/// in idle time. Making is what costs: a copy into fresh pages runs at a tenth of the speed, and pinning for a GPU
/// takes as long again (docs/decisions/0012).
///
///     source ──make──▶ ready ──acquire──▶ in use          in use + ready ≤ capacity of the budget, always;
///        ▲               │ ▲                 │             ready slabs make room for others, the oldest first
///        └────release────┘ └──give back──────┘
///
/// Thread-safe. The mutex guards the lists; slabs are made, prepared and released while it is not held. The source, the
/// budget, and this must outlive all slabs.
class SlabPool final : public SlabSource {
public:
    SlabPool(SlabSource& source, const Budget& budget);
    ~SlabPool() override;
    SlabPool(const SlabPool&) = delete;
    SlabPool& operator=(const SlabPool&) = delete;

    [[nodiscard]] Bytes granularity() const override { return m_source.granularity(); }
    /// A ready slab of this size, else a new one. When the system has no memory left, all ready slabs go back to it
    /// and the source is asked once more.
    [[nodiscard]] Result<std::unique_ptr<Slab>> acquire(Bytes size) override;
    /// What one load takes. The largest of the last ones is what fill() makes ready.
    void noteBatch(std::span<const Bytes> sizes) override;

    /// Slabs of `size` that fill() makes ready before any load has said what it takes: `total` in all.
    void expect(Bytes total, Bytes size);
    /// Forgets what loads took: fill() has nothing to do before the next one.
    void forgetBatches();

    enum class Fill : std::uint8_t { None = 0, Done, More };
    /// One step of making slabs ready: makes one, or prepares up to `most` bytes of it. Done: there is nothing to make
    /// ready, or no room for it. For one thread at a time, in idle time. Errors: those of the source; what could not be
    /// prepared has gone back to the system.
    [[nodiscard]] Result<Fill> fill(Bytes most);

    /// Gives ready slabs back to the system until at most `keep` bytes of them are left, the oldest first. Says how
    /// many bytes went. noexcept, for the way out of a shortage.
    Bytes trim(Bytes keep) noexcept;
    /// The same until at least `wanted` bytes have gone, or all.
    Bytes releaseReady(Bytes wanted) noexcept;
    /// The same until what is used and ready fits into the capacity: after that was made smaller.
    void fitCapacity();
    /// Whether slabs that are given back stay. What is ready goes when they no longer do.
    enum class Keeping : std::uint8_t { None = 0, Keep, Release };
    void setKeeping(Keeping keeping);

    [[nodiscard]] SlabPoolStatistics statistics() const;

    /// Slabs below this are not kept: to make one takes a millisecond.
    static constexpr Bytes kSmallestKept = kMiB * 2;

private:
    class PooledSlab;
    class Moving;
    class Share;
    struct ReadySlab {
        std::unique_ptr<Slab> slab;
        bool isPrepared = false; ///< true: fill() knows that all of it is done
    };
    using ReadySlabs = std::list<ReadySlab>; ///< a list, so that giving back moves a node and cannot fail
    struct Batch {
        std::map<Bytes, std::uint64_t> counts; ///< by size
        Bytes total;
    };

    [[nodiscard]] Result<> make(ReadySlab& into, Bytes size);
    void giveBack(ReadySlabs slab) noexcept;
    [[nodiscard]] Result<Fill> begin(Moving& slab);
    [[nodiscard]] Result<Fill> goOn(Moving& slab, Bytes most);

    // With the mutex held
    [[nodiscard]] ReadySlabs takeReady(Bytes size);
    [[nodiscard]] ReadySlabs takeUnprepared();
    void releaseOldest(std::unique_lock<std::mutex>& lock) noexcept;
    [[nodiscard]] std::optional<Bytes> nextToMake(Bytes capacity) const;

    SlabSource& m_source;
    const Budget& m_budget;
    mutable std::mutex m_mutex; ///< guards all that follows
    std::condition_variable m_moved; ///< m_movingBytes has changed
    ReadySlabs m_ready; ///< the oldest is first
    Bytes m_readyBytes; ///< of these, and m_movingBytes
    Bytes m_movingBytes; ///< in slabs that fill() is at work on, or that are being released
    Bytes m_usedBytes; ///< handed out, and those that are being made for that
    std::deque<Batch> m_batches; ///< the newest is last
    Keeping m_keeping = Keeping::Keep;
    std::uint64_t m_made = 0;
    std::uint64_t m_recycled = 0;
    std::uint64_t m_uses = 0;
};

} // namespace weightroom::engine
