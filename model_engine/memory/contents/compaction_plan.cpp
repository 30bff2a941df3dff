// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/contents/compaction_plan.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

namespace weightroom::engine {
namespace {

/// The part of what is moved that packing anew must gain. Whatever is filled to less than kGoodFill gains it, though
/// new slabs have a margin of a 64th; slabs that only the granularity keeps from being smaller do not.
constexpr std::uint64_t kLeastGain = 512;
/// Slabs in a row that do not fit into the others before the search ends: what comes behind them is fuller still.
constexpr int kMostMisses = 16;

/// Free blocks by size: who takes the best fit needs no more to know what is left.
class Gaps {
public:
    void add(Bytes size)
    {
        if (size > Bytes{})
            m_sizes.insert(size);
    }
    void add(const SlabLayout& slab)
    {
        std::uint64_t end = slab.address;
        for (const BlockLayout& block : slab.used) {
            add(Bytes{block.address - end});
            end = block.address + block.size.value;
        }
        add(Bytes{slab.address + slab.size.value - end});
    }
    [[nodiscard]] bool take(Bytes size)
    {
        const auto best = m_sizes.lower_bound(size);
        if (best == m_sizes.end())
            return false;
        const Bytes rest = *best - size;
        m_sizes.erase(best);
        add(rest);
        return true;
    }

private:
    std::multiset<Bytes> m_sizes;
};

/// A slab all of whose blocks may move.
struct Candidate {
    const SlabLayout* slab = nullptr;
    Bytes used;

    [[nodiscard]] double fill() const
    {
        return static_cast<double>(used.value) / static_cast<double>(slab->size.value);
    }
};
using Candidates = std::vector<Candidate>;

Bytes usedBytes(const SlabLayout& slab)
{
    Bytes used;
    for (const BlockLayout& block : slab.used)
        used += block.size;
    return used;
}

/// What would be moved, where to, and what that would gain.
class StepPlanner {
public:
    StepPlanner(std::span<const SlabLayout> slabs, const std::unordered_set<std::uint64_t>& movable,
        const CompactionLimits& limits)
        : m_slabs(slabs)
        , m_limits(limits)
    {
        for (const SlabLayout& slab : slabs) {
            const Bytes used = usedBytes(slab);
            m_free += slab.size - used;
            const bool isMovable = std::ranges::all_of(
                slab.used, [&](const BlockLayout& block) { return movable.contains(block.address); });
            if (isMovable && used > Bytes{})
                m_candidates.push_back({&slab, used});
        }
    }

    /// Slabs that fit into the free space of the others, tried in runs: each try looks at all blocks.
    [[nodiscard]] CompactionPlan filling()
    {
        std::ranges::stable_sort(m_candidates, {}, &Candidate::used);
        Candidates chosen;
        CompactionPlan plan;
        std::size_t run = m_candidates.size();
        int misses = 0;
        for (std::size_t next = 0; next < m_candidates.size() && misses < kMostMisses;) {
            run = std::min(run, m_candidates.size() - next);
            const auto begin = m_candidates.begin() + static_cast<std::ptrdiff_t>(next);
            chosen.insert(chosen.end(), begin, begin + static_cast<std::ptrdiff_t>(run));
            if (auto more = isTooMuch(chosen) ? std::nullopt : planFor(chosen, {})) {
                plan = std::move(*more);
                next += run;
                run *= 2;
                misses = 0;
                continue;
            }
            chosen.resize(chosen.size() - run);
            if (run > 1) {
                run /= 2;
                continue;
            }
            ++next;
            ++misses;
        }
        return plan;
    }

    /// Sparse slabs that are packed together anew.
    [[nodiscard]] CompactionPlan repacking()
    {
        Candidates sparse = sparseOnes();
        for (; !sparse.empty(); sparse.pop_back()) {
            auto plan = planFor(sparse, m_limits.mostNew);
            if (plan)
                return isWorthwhile(*plan) ? std::move(*plan) : CompactionPlan{};
        }
        return {};
    }

private:
    static Bytes sum(const Candidates& chosen)
    {
        return std::accumulate(chosen.begin(), chosen.end(), Bytes{},
            [](Bytes total, const Candidate& candidate) { return total + candidate.used; });
    }

    /// Whether the bytes alone say that the chosen slabs do not fit into the others.
    [[nodiscard]] bool isTooMuch(const Candidates& chosen) const
    {
        Bytes free = m_free;
        for (const Candidate& candidate : chosen)
            free -= candidate.slab->size - candidate.used;
        return sum(chosen) > free;
    }

    /// The emptiest ones, as many as `mostNew` may hold.
    [[nodiscard]] Candidates sparseOnes()
    {
        std::ranges::stable_sort(m_candidates, {}, &Candidate::fill);
        Candidates sparse;
        Bytes room = m_limits.mostNew;
        for (const Candidate& candidate : m_candidates) {
            if (candidate.fill() >= kGoodFill || candidate.used > room)
                continue;
            room -= candidate.used;
            sparse.push_back(candidate);
        }
        return sparse;
    }

    [[nodiscard]] static bool isWorthwhile(const CompactionPlan& plan)
    {
        Bytes moved;
        for (const BlockLayout& block : plan.moved)
            moved += block.size;
        return plan.gain > Bytes{} && plan.gain * kLeastGain >= moved;
    }

    /// Nothing when that takes more than `mostNew`.
    [[nodiscard]] std::optional<CompactionPlan> planFor(const Candidates& chosen, Bytes mostNew) const
    {
        CompactionPlan plan;
        std::unordered_set<const SlabLayout*> emptied;
        Bytes given;
        for (const Candidate& candidate : chosen) {
            emptied.insert(candidate.slab);
            plan.emptied.push_back(candidate.slab->number);
            plan.moved.insert(plan.moved.end(), candidate.slab->used.begin(), candidate.slab->used.end());
            given += candidate.slab->size;
        }
        std::ranges::stable_sort(plan.moved, std::greater{}, &BlockLayout::size);
        const auto taken = newSlabs(plan.moved, gapsWithout(emptied), mostNew);
        if (!taken)
            return std::nullopt;
        plan.newSlabs = *taken;
        plan.gain = given - std::min(given, *taken);
        return plan;
    }

    [[nodiscard]] Gaps gapsWithout(const std::unordered_set<const SlabLayout*>& emptied) const
    {
        Gaps gaps;
        for (const SlabLayout& slab : m_slabs) {
            if (!emptied.contains(&slab))
                gaps.add(slab);
        }
        return gaps;
    }

    /// What new slabs take for the blocks that find no gap. Nothing when that is more than `most`.
    [[nodiscard]] std::optional<Bytes> newSlabs(const std::vector<BlockLayout>& blocks, Gaps gaps, Bytes most) const
    {
        std::vector<Bytes> sizes;
        Bytes sum;
        for (const BlockLayout& block : blocks) {
            if (gaps.take(block.size))
                continue;
            sizes.push_back(block.size);
            sum += block.size;
            if (sum > most)
                return std::nullopt;
        }
        std::vector<std::size_t> items(sizes.size());
        std::iota(items.begin(), items.end(), std::size_t{0});
        const auto plan = planSlabs(sizes, items, m_limits.slabs);
        return plan && plan->total <= most ? std::optional{plan->total} : std::nullopt;
    }

    const std::span<const SlabLayout> m_slabs;
    const CompactionLimits& m_limits;
    Candidates m_candidates;
    Bytes m_free; ///< in all slabs
};

} // namespace

CompactionPlan planCompaction(
    std::span<const SlabLayout> slabs, const std::unordered_set<std::uint64_t>& movable, const CompactionLimits& limits)
{
    StepPlanner planner{slabs, movable, limits};
    CompactionPlan plan = planner.filling();
    return plan.isEmpty() ? planner.repacking() : plan;
}

} // namespace weightroom::engine
