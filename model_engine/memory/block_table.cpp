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
    const auto& [address, block] = *slab->second.blocks.cbegin();
    indexOf(slab->second).erase({block.size, slabNumber, address});
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

    FreeIndex& index = indexOf(slab);
    FreeIndex::node_type entry = std::move(block->second.entry);
    mergeWithNext(place.slab, index, slab.blocks, block);
    block = mergeWithPrevious(place.slab, index, slab.blocks, block);
    entry.value() = {block->second.size, place.slab, block->first};
    index.insert(std::move(entry));
    return slab.usedBlocks == 0 ? SlabUse::Empty : SlabUse::InUse;
}

void BlockTable::close(std::uint64_t slabNumber) noexcept { moveEntries(slabNumber, true); }

void BlockTable::open(std::uint64_t slabNumber) noexcept { moveEntries(slabNumber, false); }

void BlockTable::moveEntries(std::uint64_t slabNumber, bool isClosed) noexcept
{
    const auto slab = m_slabs.find(slabNumber);
    if (slab == m_slabs.end() || slab->second.isClosed == isClosed)
        return;
    FreeIndex& from = indexOf(slab->second);
    slab->second.isClosed = isClosed;
    FreeIndex& to = indexOf(slab->second);
    for (const auto& [address, block] : slab->second.blocks) {
        if (block.isFree())
            to.insert(from.extract({block.size, slabNumber, address}));
    }
}

std::vector<SlabLayout> BlockTable::layout() const
{
    std::vector<SlabLayout> slabs;
    slabs.reserve(m_slabs.size());
    for (const auto& [number, slab] : m_slabs) {
        const auto& [lastAddress, lastBlock] = *slab.blocks.rbegin();
        const std::uint64_t begin = slab.blocks.begin()->first;
        SlabLayout& layout = slabs.emplace_back(SlabLayout{
            .number = number, .address = begin, .size = lastBlock.size + Bytes{lastAddress - begin}, .used = {}});
        layout.used.reserve(slab.usedBlocks);
        for (const auto& [address, block] : slab.blocks) {
            if (!block.isFree())
                layout.used.push_back({address, block.size});
        }
    }
    return slabs;
}

BlockTable::FreeIndex::node_type BlockTable::makeEntry(const FreeBlock& block)
{
    FreeIndex index;
    index.insert(block);
    return index.extract(index.begin());
}

void BlockTable::mergeWithNext(std::uint64_t slab, FreeIndex& index, Blocks& blocks, Blocks::iterator block) noexcept
{
    const auto next = std::next(block);
    if (next == blocks.end() || !next->second.isFree())
        return;
    index.erase({next->second.size, slab, next->first});
    block->second.size += next->second.size;
    blocks.erase(next);
}

BlockTable::Blocks::iterator BlockTable::mergeWithPrevious(
    std::uint64_t slab, FreeIndex& index, Blocks& blocks, Blocks::iterator block) noexcept
{
    if (block == blocks.begin() || !std::prev(block)->second.isFree())
        return block;
    const auto previous = std::prev(block);
    index.erase({previous->second.size, slab, previous->first});
    previous->second.size += block->second.size;
    blocks.erase(block);
    return previous;
}

} // namespace weightroom::engine
