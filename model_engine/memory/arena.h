// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/memory/block_table.h"
#include "model_engine/memory/budget.h"
#include "model_engine/memory/slabs/slab.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <stop_token>
#include <vector>

namespace weightroom::engine {

class Arena;
class Evacuation;
struct PlannedSlab;
struct SlabPlan;
struct SlabSizes;

/// Places begin at multiples of this, and tensors on devices with them (in the cache, see cache/direct_placing.h): what
/// CUDA's own allocator promises, and enough for every vector load.
inline constexpr std::uint64_t kTensorAlignment = 256;
/// What a tensor of `size` takes.
[[nodiscard]] constexpr Bytes placeSizeOf(Bytes size) { return Bytes{alignUp(size.value, kTensorAlignment)}; }

/// A place inside a slab; given back by the destructor. The arena must outlive it.
class Allocation {
public:
    Allocation() = default;
    Allocation(Allocation&& other) noexcept;
    Allocation& operator=(Allocation&& other) noexcept;
    Allocation(const Allocation&) = delete;
    Allocation& operator=(const Allocation&) = delete;
    ~Allocation();

    [[nodiscard]] std::uint64_t address() const { return m_address; }
    [[nodiscard]] Bytes size() const { return m_size; } ///< as asked for, or what it was narrowed to
    [[nodiscard]] bool isEmpty() const { return m_arena == nullptr; }
    /// What of its slab is taken for it: more than its bytes, by the alignment and by what narrow() left out.
    [[nodiscard]] const BlockLayout& block() const { return m_block; }
    /// The slab that it lies in, which stays as long as this; nullptr for an empty one. Its number is never that of
    /// another slab of the arena, also when the same memory is used again.
    [[nodiscard]] Slab* slab() const;
    [[nodiscard]] std::uint64_t slabNumber() const { return m_slabNumber; }
    /// From now on only `size` bytes are used, which begin `front` bytes behind the present ones and lie inside of
    /// them. All of the block stays taken.
    void narrow(std::uint64_t front, Bytes size);

private:
    friend class Arena;
    Allocation(Arena& arena, BlockPlace place, Bytes size)
        : m_arena(&arena)
        , m_slabNumber(place.slab)
        , m_block{place.address, placeSizeOf(size)}
        , m_address(place.address)
        , m_size(size)
    {
    }
    Arena* m_arena = nullptr;
    std::uint64_t m_slabNumber = 0;
    BlockLayout m_block;
    std::uint64_t m_address = 0;
    Bytes m_size;
};

struct ArenaStatistics {
    Bytes capacity;
    Bytes held; ///< in slabs
    Bytes allocated; ///< of these in use, alignment included
    std::uint64_t slabs = 0;
    std::uint64_t allocations = 0;
};

/// Places tensors in slabs, best fit, aligned to kTensorAlignment. Slabs are taken when needed, sized to what is asked
/// for (see slab_plan.h), and given back as soon as they are empty. Sparse ones are emptied by an Evacuation.
///
///     slab 0  |tensor|tensor|..free..|tensor|       held = all slabs
///     slab 1  |tensor|tensor|tensor|free|           allocated = the tensors
///
/// Thread-safe. The mutex guards the table of slabs; slabs are created and destroyed while it is *not* held, because
/// that calls the system or the driver.
class Arena {
public:
    /// `slabSize`: the largest slab made for small tensors; a larger tensor gets a slab of its own size.
    Arena(SlabSource& source, Budget& budget, Bytes slabSize);
    ~Arena();
    Arena(const Arena&) = delete;
    Arena& operator=(const Arena&) = delete;

    /// Places for all `sizes`, in their order, or none: everything is taken before the first byte moves (C5), and given
    /// back when any of it does not fit. A size of 0 gives an empty place at address 0.
    /// Free space inside slabs is used first; what does not fit there gets new slabs, whose bytes are reserved at once.
    /// Errors: the budget's, with required = the new slabs of this batch and available = what the budget had left; and
    /// those of the slab source; Cancelled, which is tested before each slab, because making one takes a while.
    [[nodiscard]] Result<std::vector<Allocation>> allocate(
        std::span<const Bytes> sizes, const std::stop_token& stop = {});
    [[nodiscard]] ArenaStatistics statistics() const;

    /// Where everything lies: for who plans to bring it together.
    [[nodiscard]] std::vector<SlabLayout> layout() const;
    /// What new slabs may be like; SlabFit::Classes.
    [[nodiscard]] SlabSizes slabSizes() const;
    /// What the budget still has for new slabs.
    [[nodiscard]] Bytes available() const { return m_budget.available(); }
    /// Keeps new places out of these slabs from now on. An allocate() that does not fit otherwise gives this up; one
    /// evacuation at a time. Errors: Busy.
    [[nodiscard]] Result<Evacuation> evacuate(std::vector<std::uint64_t> slabNumbers);

private:
    friend class Allocation;
    friend class Evacuation;
    enum class Purpose : std::uint8_t { None = 0, Load, Move };
    /// A slab and its part of the budget, which is given back after the slab.
    struct HeldSlab {
        Reservation reservation;
        std::unique_ptr<Slab> slab;
    };
    using HeldSlabs = std::map<std::uint64_t, HeldSlab>; ///< by number
    struct ReservedPlan;

    [[nodiscard]] Result<std::vector<Allocation>> takePlaces(
        std::span<const Bytes> sizes, Bytes mostNew, Purpose purpose, const std::stop_token& stop);
    [[nodiscard]] bool isEvacuating() const;
    /// False: there was none.
    bool giveUpEvacuation() noexcept;
    void endEvacuation() noexcept;
    [[nodiscard]] std::vector<std::size_t> takeFreeSpace(
        std::span<const Bytes> sizes, std::span<const Bytes> placeSizes, std::vector<Allocation>& places);
    [[nodiscard]] Result<ReservedPlan> reserve(
        std::span<const Bytes> placeSizes, std::span<const std::size_t> items, Bytes mostNew);
    [[nodiscard]] Result<std::vector<HeldSlab>> makeSlabs(ReservedPlan& reserved, const std::stop_token& stop);
    void noteBatch(const SlabPlan& plan);
    void commit(
        const PlannedSlab& planned, HeldSlab held, std::span<const Bytes> sizes, std::vector<Allocation>& places);
    [[nodiscard]] std::uint64_t takeSlabNumber();
    void release(BlockPlace place) noexcept;

    SlabSource& m_source;
    Budget& m_budget;
    const Bytes m_slabSize;
    mutable std::mutex m_mutex; ///< guards all that follows
    BlockTable m_blocks;
    HeldSlabs m_slabs;
    Bytes m_held;
    std::uint64_t m_nextSlabNumber = 0;
    enum class Evacuating : std::uint8_t { Nothing = 0, Slabs, GivenUp };
    Evacuating m_evacuating = Evacuating::Nothing;
    std::vector<std::uint64_t> m_evacuated; ///< numbers of the slabs; some may be gone already
};

} // namespace weightroom::engine
