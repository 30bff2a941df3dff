// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/memory/slabs/slab_layout.h"

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <vector>

namespace weightroom::engine {

/// Where a block begins, and in which slab.
struct BlockPlace {
    std::uint64_t slab = 0;
    std::uint64_t address = 0;
};

enum class SlabUse : std::uint8_t { Unknown = 0, InUse, Empty };

/// Which parts of the slabs are free: the bookkeeping of Arena, without memory, budget or lock.
///
///     slab   |used|used|--free--|used|free|     blocks by address; neighbours are never both free
///     index  free blocks by size, then oldest slab, then lowest address: the first that is large enough is the best
///     fit; those of closed slabs have an index of their own, in which take() does not look
///
/// Each block owns an entry of the index: in the index while it is free, as a node handle while it is used. So giving
/// back moves an entry and needs no memory: it cannot fail, whatever the destructor that called it was fleeing from.
class BlockTable {
public:
    /// A slab whose used blocks are ready to be added; made outside the arena's lock.
    class Slab;

    /// Takes over the blocks of a new slab; cannot fail.
    void add(Slab&& slab) noexcept;
    /// Forgets an empty slab.
    void remove(std::uint64_t slabNumber) noexcept;

    /// The best fit for `size`, which is not 0. Nothing when no free block is large enough.
    [[nodiscard]] std::optional<BlockPlace> take(Bytes size);
    /// Gives back a block that take() or Slab handed out, and says whether its slab is used at all now.
    SlabUse giveBack(BlockPlace place) noexcept;

    /// Nothing is taken from the slab any more until it is opened again; cannot fail, nor does it matter if the slab
    /// has been removed meanwhile.
    void close(std::uint64_t slabNumber) noexcept;
    void open(std::uint64_t slabNumber) noexcept;

    [[nodiscard]] std::vector<SlabLayout> layout() const; ///< the oldest first
    [[nodiscard]] Bytes used() const { return m_used; }
    [[nodiscard]] std::uint64_t usedBlocks() const { return m_usedBlocks; }

private:
    struct FreeBlock {
        Bytes size;
        std::uint64_t slab = 0;
        std::uint64_t address = 0;
        friend auto operator<=>(const FreeBlock&, const FreeBlock&) = default;
    };
    using FreeIndex = std::set<FreeBlock>;
    struct Block {
        Bytes size;
        FreeIndex::node_type entry; ///< empty while the block is free: then the entry is in the index
        [[nodiscard]] bool isFree() const { return entry.empty(); }
    };
    using Blocks = std::map<std::uint64_t, Block>; ///< by address
    struct SlabBlocks {
        Blocks blocks;
        std::uint64_t usedBlocks = 0;
        bool isClosed = false;
    };
    using Slabs = std::map<std::uint64_t, SlabBlocks>; ///< by number

    static FreeIndex::node_type makeEntry(const FreeBlock& block);
    [[nodiscard]] FreeIndex& indexOf(const SlabBlocks& slab) { return slab.isClosed ? m_closed : m_free; }
    void moveEntries(std::uint64_t slabNumber, bool isClosed) noexcept;
    static void mergeWithNext(std::uint64_t slab, FreeIndex& index, Blocks& blocks, Blocks::iterator block) noexcept;
    [[nodiscard]] static Blocks::iterator mergeWithPrevious(
        std::uint64_t slab, FreeIndex& index, Blocks& blocks, Blocks::iterator block) noexcept;

    Slabs m_slabs;
    FreeIndex m_free;
    FreeIndex m_closed; ///< of closed slabs
    Bytes m_used;
    std::uint64_t m_usedBlocks = 0;
};

class BlockTable::Slab {
public:
    /// A slab of `size` bytes at `address` that begins with used blocks of `usedSizes`, one behind the other; they fit.
    Slab(std::uint64_t number, std::uint64_t address, Bytes size, std::span<const Bytes> usedSizes);

private:
    friend class BlockTable;

    std::uint64_t m_number;
    Slabs m_slab; ///< one element
    FreeIndex m_free; ///< what is left behind the used blocks, if anything
    Bytes m_used;
};

} // namespace weightroom::engine
