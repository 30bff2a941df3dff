// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/slabs/slab_plan.h"

#include <algorithm>
#include <bit>
#include <deque>
#include <functional>
#include <iterator>
#include <map>
#include <utility>

namespace weightroom::engine {
namespace {

/// What may stay empty of a slab, as a part of it.
constexpr std::uint64_t kFineness = 64;
/// Into so many units a slab is divided when items are chosen for it: 256 KiB of 256 MiB.
constexpr std::uint64_t kUnits = 1024;

std::optional<Bytes> roundUp(Bytes size, Bytes granularity)
{
    if (!checkedAdd(size.value, granularity.value - 1))
        return std::nullopt;
    return Bytes{alignUp(size.value, granularity.value)};
}

/// Items of at least a unit that wait for a slab, by their size in units, rounded up, the largest first; within a group
/// in their order. Tensors of a model have few different sizes, so there are few groups, and never more than units.
using Groups = std::map<std::uint64_t, std::deque<std::size_t>, std::greater<>>;

/// Which groups to take one item of, for a sum that is as near to `units` as can be: the subset sum, by dynamic
/// programming. Time: groups × units.
std::vector<std::uint64_t> bestFill(const Groups& groups, std::uint64_t units)
{
    struct Sum {
        std::uint64_t last = 0; ///< size of the item that made it; 0: it cannot be made
        std::uint64_t used = 0; ///< items of the present group in it
    };
    std::vector<Sum> sums(units + 1);
    for (const auto& [size, items] : groups) {
        for (Sum& sum : sums)
            sum.used = 0;
        for (std::uint64_t total = size; total <= units; ++total) {
            const Sum& before = sums[total - size];
            const bool isMade = total == size || before.last != 0;
            if (sums[total].last == 0 && isMade && before.used < items.size())
                sums[total] = {size, before.used + 1};
        }
    }
    std::uint64_t total = units;
    while (total > 0 && sums[total].last == 0)
        --total;
    std::vector<std::uint64_t> chosen;
    for (; total > 0; total -= sums[total].last)
        chosen.push_back(sums[total].last);
    return chosen;
}

/// The plan while it is made.
class Planner {
public:
    Planner(std::span<const Bytes> sizes, const SlabSizes& limits)
        : m_sizes(sizes)
        , m_limits(limits)
        , m_unit(std::max(limits.largestShared.value / kUnits, std::uint64_t{1}))
    {
    }

    void add(std::size_t item)
    {
        const Bytes size = m_sizes[item];
        if (size > m_limits.largestShared)
            m_slabs.push_back({size, {item}, {}});
        else if (size.value < m_unit)
            m_small.push_back(item);
        else
            m_groups[(size.value - 1) / m_unit + 1].push_back(item);
    }

    [[nodiscard]] std::optional<SlabPlan> finish()
    {
        const std::size_t firstShared = m_slabs.size();
        while (!m_groups.empty())
            m_slabs.push_back(fillSlab());
        placeSmall(firstShared);
        SlabPlan plan;
        for (PlannedSlab& slab : m_slabs) {
            if (!close(plan, std::move(slab)))
                return std::nullopt;
        }
        return plan;
    }

private:
    [[nodiscard]] PlannedSlab fillSlab()
    {
        PlannedSlab slab;
        for (const std::uint64_t group : bestFill(m_groups, m_limits.largestShared.value / m_unit))
            take(slab, m_groups.find(group));
        // Sizes were rounded up: there may be room for more.
        for (auto group = m_groups.begin(); group != m_groups.end();) {
            const auto next = std::next(group);
            for (std::size_t left = group->second.size(); left > 0 && fits(slab, group->second.front()); --left)
                take(slab, group);
            group = next;
        }
        return slab;
    }

    /// Fills what the others have left, slab after slab.
    void placeSmall(std::size_t slab)
    {
        for (const std::size_t item : m_small) {
            while (slab < m_slabs.size() && !fits(m_slabs[slab], item))
                ++slab;
            if (slab == m_slabs.size())
                m_slabs.emplace_back();
            put(m_slabs[slab], item);
        }
    }

    void take(PlannedSlab& slab, Groups::iterator group)
    {
        put(slab, group->second.front());
        group->second.pop_front();
        if (group->second.empty())
            m_groups.erase(group);
    }
    [[nodiscard]] bool fits(const PlannedSlab& slab, std::size_t item) const
    {
        return m_sizes[item] <= m_limits.largestShared - slab.size;
    }
    void put(PlannedSlab& slab, std::size_t item)
    {
        slab.size += m_sizes[item];
        slab.items.push_back(item);
    }

    [[nodiscard]] bool close(SlabPlan& plan, PlannedSlab slab) const
    {
        const auto size = slabSize(slab.size, m_limits);
        const auto total = size ? checkedAdd(plan.total.value, size->value) : std::nullopt;
        if (!total)
            return false;
        slab.size = *size;
        std::ranges::sort(slab.items); // what is read one after the other lies one behind the other
        for (const std::size_t item : slab.items)
            slab.sizes.push_back(m_sizes[item]);
        plan.total = Bytes{*total};
        plan.slabs.push_back(std::move(slab));
        return true;
    }

    const std::span<const Bytes> m_sizes;
    const SlabSizes& m_limits;
    const std::uint64_t m_unit; ///< in bytes
    std::vector<PlannedSlab> m_slabs; ///< those of large items first; their sizes are what lies in them
    Groups m_groups;
    std::vector<std::size_t> m_small;
};

} // namespace

std::optional<Bytes> slabSize(Bytes content, const SlabSizes& limits)
{
    if (limits.fit == SlabFit::Exact)
        return roundUp(content, limits.granularity);
    const Bytes largest = limits.largestShared;
    if (content <= largest && content >= largest - Bytes{largest.value / kFineness})
        return roundUp(largest, limits.granularity);
    return roundUp(content, std::max(Bytes{std::bit_floor(content.value) / kFineness}, limits.granularity));
}

std::optional<SlabPlan> planSlabs(
    std::span<const Bytes> sizes, std::span<const std::size_t> items, const SlabSizes& limits)
{
    Planner planner{sizes, limits};
    for (const std::size_t item : items)
        planner.add(item);
    return planner.finish();
}

} // namespace weightroom::engine
