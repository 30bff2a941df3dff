// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/slab_plan.h"

#include <utility>

namespace weightroom::engine {
namespace {

std::optional<Bytes> roundUp(Bytes size, Bytes granularity)
{
    if (!checkedAdd(size.value, granularity.value - 1))
        return std::nullopt;
    return Bytes{alignUp(size.value, granularity.value)};
}

/// The plan while it is made: one shared slab is open at a time.
class Planner {
public:
    explicit Planner(const SlabSizes& limits)
        : m_limits(limits)
    {
    }

    [[nodiscard]] bool place(std::size_t item, Bytes size)
    {
        if (size > m_limits.largestShared)
            return close({size, {item}, {size}});
        if (m_open.size > m_limits.largestShared - size && !close(std::exchange(m_open, {})))
            return false;
        m_open.size += size;
        m_open.items.push_back(item);
        m_open.sizes.push_back(size);
        return true;
    }

    [[nodiscard]] std::optional<SlabPlan> finish()
    {
        if (!m_open.items.empty() && !close(std::exchange(m_open, {})))
            return std::nullopt;
        return std::move(m_plan);
    }

private:
    [[nodiscard]] bool close(PlannedSlab slab)
    {
        const auto rounded = roundUp(slab.size, m_limits.granularity);
        const auto total = rounded ? checkedAdd(m_plan.total.value, rounded->value) : std::nullopt;
        if (!total)
            return false;
        slab.size = *rounded;
        m_plan.total = Bytes{*total};
        m_plan.slabs.push_back(std::move(slab));
        return true;
    }

    const SlabSizes& m_limits;
    SlabPlan m_plan;
    PlannedSlab m_open;
};

} // namespace

std::optional<SlabPlan> planSlabs(
    std::span<const Bytes> sizes, std::span<const std::size_t> items, const SlabSizes& limits)
{
    Planner planner{limits};
    for (const std::size_t item : items) {
        if (!planner.place(item, sizes[item]))
            return std::nullopt;
    }
    return planner.finish();
}

} // namespace weightroom::engine
