// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/arena.h"

#include "model_engine/memory/contents/evacuation.h"
#include "model_engine/memory/slabs/slab_plan.h"

#include <cassert>
#include <limits>
#include <optional>
#include <utility>

namespace weightroom::engine {
namespace {

constexpr Bytes kNoLimit{std::numeric_limits<std::uint64_t>::max()};

/// The sizes of the places: rounded up to kTensorAlignment. Nothing when one of them does not fit into 64 bits.
std::optional<std::vector<Bytes>> placeSizesOf(std::span<const Bytes> sizes)
{
    std::vector<Bytes> placeSizes;
    placeSizes.reserve(sizes.size());
    for (const Bytes size : sizes) {
        if (!checkedAdd(size.value, kTensorAlignment - 1))
            return std::nullopt;
        placeSizes.push_back(placeSizeOf(size));
    }
    return placeSizes;
}

} // namespace

Allocation::Allocation(Allocation&& other) noexcept
    : m_arena(std::exchange(other.m_arena, nullptr))
    , m_slabNumber(other.m_slabNumber)
    , m_block(std::exchange(other.m_block, {}))
    , m_address(std::exchange(other.m_address, 0))
    , m_size(std::exchange(other.m_size, Bytes{}))
{
}

Allocation& Allocation::operator=(Allocation&& other) noexcept
{
    std::swap(m_arena, other.m_arena);
    std::swap(m_slabNumber, other.m_slabNumber);
    std::swap(m_block, other.m_block);
    std::swap(m_address, other.m_address);
    std::swap(m_size, other.m_size);
    return *this;
}

Allocation::~Allocation()
{
    if (m_arena)
        m_arena->release({m_slabNumber, m_block.address});
}

Slab* Allocation::slab() const
{
    if (!m_arena)
        return nullptr;
    const std::scoped_lock lock{m_arena->m_mutex};
    return m_arena->m_slabs.at(m_slabNumber).slab.get();
}

void Allocation::narrow(std::uint64_t front, Bytes size)
{
    assert(front <= m_size.value && size.value <= m_size.value - front);
    m_address += front;
    m_size = size;
}

/// New slabs, not made yet, and the part of the budget that is kept for them.
struct Arena::ReservedPlan {
    SlabPlan plan;
    Reservation reservation;
};

Arena::Arena(SlabSource& source, Budget& budget, Bytes slabSize)
    : m_source(source)
    , m_budget(budget)
    , m_slabSize(slabSize)
{
    assert(slabSize > Bytes{});
}

Arena::~Arena() { assert(m_slabs.empty() && "an allocation outlives its arena"); }

Result<std::vector<Allocation>> Arena::allocate(std::span<const Bytes> sizes, const std::stop_token& stop)
{
    auto places = takePlaces(sizes, kNoLimit, Purpose::Load, stop);
    if (places || places.error().code == ErrorCode::Cancelled || !giveUpEvacuation())
        return places;
    return takePlaces(sizes, kNoLimit, Purpose::Load, stop);
}

Result<std::vector<Allocation>> Arena::takePlaces(
    std::span<const Bytes> sizes, Bytes mostNew, Purpose purpose, const std::stop_token& stop)
{
    const auto placeSizes = placeSizesOf(sizes);
    if (!placeSizes)
        return fail(m_budget.shortage(kNoLimit));

    // The owner of what was taken so far: leaving early gives it back.
    std::vector<Allocation> places(sizes.size());
    const std::vector<std::size_t> rest = takeFreeSpace(sizes, *placeSizes, places);
    auto reserved = reserve(*placeSizes, rest, mostNew);
    if (!reserved)
        return fail(std::move(reserved).error());
    if (purpose == Purpose::Load)
        noteBatch(reserved->plan);
    auto slabs = makeSlabs(*reserved, stop);
    if (!slabs)
        return fail(std::move(slabs).error());
    for (std::size_t i = 0; i < slabs->size(); ++i)
        commit(reserved->plan.slabs[i], std::move((*slabs)[i]), sizes, places);
    return places;
}

/// Plans slabs whose sizes are found again; where the budget is too short for these, slabs without any margin.
Result<Arena::ReservedPlan> Arena::reserve(
    std::span<const Bytes> placeSizes, std::span<const std::size_t> items, Bytes mostNew)
{
    Error shortage;
    SlabSizes limits = slabSizes();
    for (const SlabFit fit : {SlabFit::Classes, SlabFit::Exact}) {
        limits.fit = fit;
        auto plan = planSlabs(placeSizes, items, limits);
        if (!plan)
            return fail(m_budget.shortage(kNoLimit));
        if (plan->total > mostNew)
            return fail(m_budget.shortage(plan->total));
        auto reservation = m_budget.reserve(plan->total);
        if (reservation)
            return ReservedPlan{std::move(*plan), std::move(*reservation)};
        shortage = std::move(reservation).error();
    }
    return fail(std::move(shortage));
}

std::vector<SlabLayout> Arena::layout() const
{
    const std::scoped_lock lock{m_mutex};
    return m_blocks.layout();
}

SlabSizes Arena::slabSizes() const
{
    return {.granularity = m_source.granularity(), .largestShared = m_slabSize, .fit = SlabFit::Classes};
}

Result<Evacuation> Arena::evacuate(std::vector<std::uint64_t> slabNumbers)
{
    const std::scoped_lock lock{m_mutex};
    if (m_evacuating != Evacuating::Nothing)
        return fail(ErrorCode::Busy, "the slabs of this memory are being emptied already");
    m_evacuating = Evacuating::Slabs;
    m_evacuated = std::move(slabNumbers);
    for (const std::uint64_t number : m_evacuated)
        m_blocks.close(number);
    return Evacuation{*this};
}

bool Arena::isEvacuating() const
{
    const std::scoped_lock lock{m_mutex};
    return m_evacuating == Evacuating::Slabs;
}

bool Arena::giveUpEvacuation() noexcept
{
    const std::scoped_lock lock{m_mutex};
    if (m_evacuating != Evacuating::Slabs)
        return false;
    m_evacuating = Evacuating::GivenUp;
    for (const std::uint64_t number : m_evacuated)
        m_blocks.open(number);
    return true;
}

void Arena::endEvacuation() noexcept
{
    giveUpEvacuation();
    const std::scoped_lock lock{m_mutex};
    m_evacuating = Evacuating::Nothing;
    m_evacuated.clear();
}

ArenaStatistics Arena::statistics() const
{
    const Bytes capacity = m_budget.capacity();
    const std::scoped_lock lock{m_mutex};
    return {capacity, m_held, m_blocks.used(), m_slabs.size(), m_blocks.usedBlocks()};
}

/// Fills `places` from free space and returns the indices of the sizes that found none.
std::vector<std::size_t> Arena::takeFreeSpace(
    std::span<const Bytes> sizes, std::span<const Bytes> placeSizes, std::vector<Allocation>& places)
{
    std::vector<std::size_t> rest;
    rest.reserve(sizes.size());
    const std::scoped_lock lock{m_mutex};
    for (std::size_t i = 0; i < sizes.size(); ++i) {
        if (sizes[i] == Bytes{})
            continue;
        if (const auto place = m_blocks.take(placeSizes[i]))
            places[i] = Allocation{*this, *place, sizes[i]};
        else
            rest.push_back(i);
    }
    return rest;
}

Result<std::vector<Arena::HeldSlab>> Arena::makeSlabs(ReservedPlan& reserved, const std::stop_token& stop)
{
    std::vector<HeldSlab> slabs;
    slabs.reserve(reserved.plan.slabs.size());
    for (const PlannedSlab& planned : reserved.plan.slabs) {
        if (stop.stop_requested())
            return fail(ErrorCode::Cancelled, "cancelled while memory was taken");
        auto slab = m_source.acquire(planned.size);
        if (!slab)
            return fail(std::move(slab).error());
        assert((*slab)->address() % kTensorAlignment == 0 && (*slab)->size() == planned.size);
        slabs.push_back({reserved.reservation.split(planned.size), std::move(*slab)});
    }
    return slabs;
}

void Arena::noteBatch(const SlabPlan& plan)
{
    std::vector<Bytes> sizes;
    sizes.reserve(plan.slabs.size());
    for (const PlannedSlab& planned : plan.slabs)
        sizes.push_back(planned.size);
    m_source.noteBatch(sizes);
}

/// Enters one slab, with what lies in it, into the table.
void Arena::commit(
    const PlannedSlab& planned, HeldSlab held, std::span<const Bytes> sizes, std::vector<Allocation>& places)
{
    const std::uint64_t number = takeSlabNumber();
    BlockPlace next{number, held.slab->address()};
    BlockTable::Slab blocks{number, next.address, planned.size, planned.sizes};
    HeldSlabs entry;
    entry.emplace(number, std::move(held));
    {
        const std::scoped_lock lock{m_mutex};
        m_blocks.add(std::move(blocks));
        m_slabs.merge(entry);
        m_held += planned.size;
    }
    for (std::size_t i = 0; i < planned.items.size(); ++i) {
        const std::size_t item = planned.items[i];
        places[item] = Allocation{*this, next, sizes[item]};
        next.address += planned.sizes[i].value;
    }
}

std::uint64_t Arena::takeSlabNumber()
{
    const std::scoped_lock lock{m_mutex};
    return m_nextSlabNumber++;
}

void Arena::release(BlockPlace place) noexcept
{
    HeldSlabs::node_type empty; // destroyed after the lock: giving a slab back calls the system or the driver
    const std::scoped_lock lock{m_mutex};
    if (m_blocks.giveBack(place) != SlabUse::Empty)
        return;
    m_blocks.remove(place.slab);
    empty = m_slabs.extract(place.slab);
    m_held -= empty.mapped().slab->size();
}

} // namespace weightroom::engine
