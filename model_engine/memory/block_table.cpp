// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/block_table.h"

#include <cassert>
#include <iterator>
#include <utility>

namespace weightroom::engine {

BlockTable::Slab::Slab(std::uint64_t number, std::uint64_t address, Bytes size, std::span<const Bytes> usedSizes)
    : m_number(number)
{
    SlabBlocks& slab = m_slab[number];
    const std::uint64_t end = address + size.value;
    for (const Bytes used : usedSizes) {
        assert(used.value <= end - address);
        slab.blocks.emplace(address, Block{used, makeEntry({used, number, address})});
        address += used.value;
        m_used += used;
    }
    slab.usedBlocks = usedSizes.size();
    if (address < end) {
        slab.blocks.emplace(address, Block{Bytes{end - address}, {}});
        m_free.insert({Bytes{end - address}, number, address});
    }
}

void BlockTable::add(Slab&& slab) noexcept
{
    m_used += slab.m_used;
    m_usedBlocks += slab.m_slab.at(slab.m_number).usedBlocks;
    m_slabs.merge(slab.m_slab);
    m_free.merge(slab.m_free);
    assert(slab.m_slab.empty() && slab.m_free.empty());
}

void BlockTable::remove(std::uint64_t slabNumber) noexcept
{
    const auto slab = m_slabs.find(slabNumber);
    assert(slab != m_slabs.end() && slab->second.usedBlocks == 0 && slab->second.blocks.size() == 1);
    removeFromIndex(slabNumber, slab->second.blocks.cbegin());
    m_slabs.erase(slab);
}

std::optional<BlockPlace> BlockTable::take(Bytes size)
{
    assert(size > Bytes{});
    const auto best = m_free.lower_bound({size, 0, 0});
    if (best == m_free.end())
        return std::nullopt;
    const BlockPlace place{best->slab, best->address};
    SlabBlocks& slab = m_slabs.at(place.slab);
    Block& block = slab.blocks.at(place.address);

    // All memory is taken before anything changes: from here on nothing can throw.
    Blocks rest;
    FreeIndex restIndex;
    if (block.size > size) {
        const Bytes restSize = block.size - size;
        rest.emplace(place.address + size.value, Block{restSize, {}});
        restIndex.insert({restSize, place.slab, place.address + size.value});
    }
    block.entry = m_free.extract(best);
    block.size = size;
    slab.blocks.merge(rest);
    m_free.merge(restIndex);
    ++slab.usedBlocks;
    ++m_usedBlocks;
    m_used += size;
    return place;
}

SlabUse BlockTable::giveBack(BlockPlace place) noexcept
{
    SlabBlocks& slab = m_slabs.at(place.slab);
    auto block = slab.blocks.find(place.address);
    assert(block != slab.blocks.end() && !block->second.isFree());
    m_used -= block->second.size;
    --m_usedBlocks;
    --slab.usedBlocks;

    FreeIndex::node_type entry = std::move(block->second.entry);
    mergeWithNext(place.slab, slab.blocks, block);
    block = mergeWithPrevious(place.slab, slab.blocks, block);
    entry.value() = {block->second.size, place.slab, block->first};
    m_free.insert(std::move(entry));
    return slab.usedBlocks == 0 ? SlabUse::Empty : SlabUse::InUse;
}

BlockTable::FreeIndex::node_type BlockTable::makeEntry(const FreeBlock& block)
{
    FreeIndex index;
    index.insert(block);
    return index.extract(index.begin());
}

void BlockTable::removeFromIndex(std::uint64_t slab, Blocks::const_iterator block) noexcept
{
    m_free.erase({block->second.size, slab, block->first});
}

void BlockTable::mergeWithNext(std::uint64_t slab, Blocks& blocks, Blocks::iterator block) noexcept
{
    const auto next = std::next(block);
    if (next == blocks.end() || !next->second.isFree())
        return;
    removeFromIndex(slab, next);
    block->second.size += next->second.size;
    blocks.erase(next);
}

BlockTable::Blocks::iterator BlockTable::mergeWithPrevious(
    std::uint64_t slab, Blocks& blocks, Blocks::iterator block) noexcept
{
    if (block == blocks.begin() || !std::prev(block)->second.isFree())
        return block;
    const auto previous = std::prev(block);
    removeFromIndex(slab, previous);
    previous->second.size += block->second.size;
    blocks.erase(block);
    return previous;
}

} // namespace weightroom::engine
