// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/memory/slabs/slab_layout.h"
#include "model_engine/memory/slabs/slab_plan.h"

#include <cstdint>
#include <span>
#include <unordered_set>
#include <vector>

namespace weightroom::engine {

/// One step of bringing together what lies in sparse slabs: slabs to empty, so that they are given back. Their blocks
/// go into free space of other slabs, best fit in the order of `moved`, and what finds none into new slabs.
struct CompactionPlan {
    std::vector<std::uint64_t> emptied; ///< numbers of slabs; none: there is nothing to gain
    std::vector<BlockLayout> moved; ///< all blocks of these, the largest first
    Bytes newSlabs; ///< what the new slabs take; 0: free space is enough
    Bytes gain; ///< by so much less is held at the end

    [[nodiscard]] bool isEmpty() const { return emptied.empty(); }
};

struct CompactionLimits {
    SlabSizes slabs; ///< of new ones
    Bytes mostNew; ///< what new slabs may take until the old ones are given back
};

/// A slab that is filled this far is good enough: emptying it gains less than it costs.
inline constexpr double kGoodFill = 0.98;

/// Plans one step. `movable`: addresses of the blocks that may move; a slab with any other block stays.
///
/// First come slabs that fit into the free space of the others, with the fewest bytes to move: they cost no memory, not
/// even for a moment. Where there are none, slabs that are filled to less than kGoodFill are packed together anew, the
/// emptiest first. So when no step is left, every slab is filled to kGoodFill, but for those that hold what may not
/// move, those that are as small as the granularity allows, and where `mostNew` was too small.
[[nodiscard]] CompactionPlan planCompaction(std::span<const SlabLayout> slabs,
    const std::unordered_set<std::uint64_t>& movable, const CompactionLimits& limits);

} // namespace weightroom::engine
