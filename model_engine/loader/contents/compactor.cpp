// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/contents/compactor.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <numeric>
#include <unordered_set>
#include <utility>

namespace weightroom::engine {
namespace {

/// Steps in a row that loads and unloads thwart before it is left: they change the memory faster than it is tidied.
constexpr int kMostMissed = 3;
constexpr Bytes kNoLimit{std::numeric_limits<std::uint64_t>::max()};

bool isShortage(const Error& error)
{
    return error.code == ErrorCode::OutOfDeviceMemory || error.code == ErrorCode::OutOfCacheBudget
        || error.code == ErrorCode::OutOfHostMemory;
}

/// Of these slabs, those that are still there.
std::vector<SlabLayout> slabsOf(const Arena& arena, const std::vector<std::uint64_t>& numbers)
{
    std::vector<SlabLayout> slabs = arena.layout();
    std::erase_if(
        slabs, [&](const SlabLayout& slab) { return std::ranges::find(numbers, slab.number) == numbers.end(); });
    return slabs;
}

Bytes sizeOf(const std::vector<SlabLayout>& slabs)
{
    Bytes size;
    for (const SlabLayout& slab : slabs)
        size += slab.size;
    return size;
}

/// Gives each move its place.
void fill(std::vector<ContentMove>& moves, std::vector<Allocation> places)
{
    for (std::size_t i = 0; i < moves.size(); ++i)
        moves[i].to = std::make_shared<const PlacedContent>(std::move(places[i]));
}

} // namespace

Result<CompactionOutcome> Compactor::compact()
{
    m_outcome.before = m_arena.statistics();
    for (int missed = 0; missed < kMostMissed && !m_outcome.isGivenUp;) {
        if (m_control.stop.stop_requested())
            return fail(ErrorCode::Cancelled, "cancelled while memory was compacted");
        const Contents contents = movable();
        const CompactionPlan plan = planFor(contents, mostNew());
        if (plan.isEmpty())
            break;
        const auto step = carryOut(plan, contents);
        if (!step)
            return fail(step.error());
        missed = *step == Step::Missed ? missed + 1 : 0;
        m_outcome.isGivenUp = *step == Step::GivenUp;
    }
    m_outcome.after = m_arena.statistics();
    noteWhatIsLeft();
    return m_outcome;
}

Compactor::Contents Compactor::movable()
{
    Contents contents;
    for (MovableContent& movable : m_contents.list())
        contents.emplace(movable.address, std::move(movable.content));
    return contents;
}

CompactionPlan Compactor::planFor(const Contents& contents, Bytes mostNew) const
{
    std::unordered_set<std::uint64_t> addresses;
    for (const auto& [address, content] : contents)
        addresses.insert(address);
    return planCompaction(m_arena.layout(), addresses, {m_arena.slabSizes(), mostNew});
}

Bytes Compactor::mostNew() const
{
    if (m_isShort)
        return {};
    return std::min(m_arena.available(), stepSize());
}

Bytes Compactor::stepSize() const { return m_arena.slabSizes().largestShared * kSlabsOfAStep; }

Result<Compactor::Step> Compactor::carryOut(const CompactionPlan& plan, const Contents& contents)
{
    auto evacuation = m_arena.evacuate(plan.emptied);
    if (!evacuation)
        return fail(std::move(evacuation).error());
    const std::vector<SlabLayout> emptied = slabsOf(m_arena, plan.emptied);
    auto batch = batchOf(emptied, contents);
    if (!batch)
        return Step::Missed;
    // New slabs are filled at once or not at all: half of it would hold more than before.
    const Bytes mostAtOnce = plan.newSlabs > Bytes{} ? kNoLimit : stepSize();
    Step step = Step::Done;
    for (Batch& part : inParts(std::move(*batch), mostAtOnce)) {
        auto moved = move(*evacuation, part, plan.newSlabs);
        if (!moved)
            return moved;
        step = *moved;
        if (step != Step::Done)
            break;
    }
    if (step == Step::Done)
        m_outcome.predicted += plan.gain;
    const Bytes given = sizeOf(emptied) - sizeOf(slabsOf(m_arena, plan.emptied));
    m_outcome.freed += given - std::min(given, plan.newSlabs);
    return step;
}

Result<Compactor::Step> Compactor::move(Evacuation& evacuation, Batch& batch, Bytes mostNew)
{
    auto places = evacuation.allocate(batch.sizes, mostNew, m_control.stop);
    if (!places && isShortage(places.error())) {
        m_isShort = m_isShort || mostNew > Bytes{};
        return Step::Missed;
    }
    if (!places)
        return fail(std::move(places).error());
    fill(batch.moves, std::move(*places));
    if (auto copied = copy(batch); !copied)
        return fail(std::move(copied).error());
    if (evacuation.isGivenUp())
        return Step::GivenUp;
    const auto tensors = m_contents.exchange(batch.moves);
    if (!tensors)
        return Step::Missed;
    m_outcome.tensorsMoved += *tensors;
    return Step::Done;
}

/// All that lies in these slabs, the largest first. Nothing when something is not, or no longer, a content that may
/// move. The slabs are closed: nothing new comes into them.
std::optional<Compactor::Batch> Compactor::batchOf(const std::vector<SlabLayout>& slabs, const Contents& contents)
{
    std::vector<std::pair<Bytes, std::weak_ptr<const PlacedContent>>> found;
    for (const SlabLayout& slab : slabs) {
        for (const BlockLayout& block : slab.used) {
            const auto content = contents.find(block.address);
            const PlacedContentPtr kept = content == contents.end() ? nullptr : content->second.lock();
            if (!kept)
                return std::nullopt;
            found.emplace_back(kept->size(), kept);
        }
    }
    std::ranges::stable_sort(found, std::greater{}, [](const auto& entry) { return entry.first; });
    Batch batch;
    for (auto& [size, content] : found) {
        batch.sizes.push_back(size);
        batch.moves.push_back({std::move(content), nullptr});
    }
    return batch;
}

/// In the same order, each of at most so many bytes where a single move is not more.
std::vector<Compactor::Batch> Compactor::inParts(Batch batch, Bytes mostAtOnce)
{
    std::vector<Batch> parts;
    Bytes room;
    for (std::size_t i = 0; i < batch.moves.size(); ++i) {
        if (parts.empty() || batch.sizes[i] > room) {
            parts.emplace_back();
            room = mostAtOnce;
        }
        parts.back().moves.push_back(std::move(batch.moves[i]));
        parts.back().sizes.push_back(batch.sizes[i]);
        room -= std::min(room, batch.sizes[i]);
    }
    return parts;
}

Result<> Compactor::copy(const Batch& batch)
{
    m_control.planned(std::accumulate(batch.sizes.begin(), batch.sizes.end(), Bytes{}));
    for (const ContentMove& move : batch.moves) {
        // Kept only while it is copied: what is unloaded meanwhile goes, and what is cached can be evicted.
        const PlacedContentPtr from = move.from.lock();
        if (!from)
            continue;
        if (auto copied = m_mover.copy(*from, *move.to); !copied)
            return copied;
        m_outcome.moved += from->size();
        m_control.moved(from->size());
    }
    return {};
}

/// Looked at when no step is left.
void Compactor::noteWhatIsLeft()
{
    const Contents free = movable();
    m_outcome.keptByShortage = planFor(free, kNoLimit).gain;
    Contents all;
    for (const SlabLayout& slab : m_arena.layout()) {
        for (const BlockLayout& block : slab.used)
            all.emplace(block.address, std::weak_ptr<const PlacedContent>{});
    }
    const Bytes withAll = planFor(all, kNoLimit).gain;
    m_outcome.keptByUse = withAll - std::min(withAll, m_outcome.keptByShortage);
}

} // namespace weightroom::engine
