// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace weightroom::engine {

/// A slab that is going to be made, and what will lie in it from its beginning, one behind the other.
struct PlannedSlab {
    Bytes size; ///< a multiple of the granularity
    std::vector<std::size_t> items; ///< indices into the planned sizes
    std::vector<Bytes> sizes; ///< their sizes, in the same order
};

struct SlabPlan {
    std::vector<PlannedSlab> slabs;
    Bytes total; ///< sum over the slabs
};

/// How large slabs may become.
struct SlabSizes {
    Bytes granularity; ///< of the source; a power of two
    Bytes largestShared; ///< the largest slab that several items share
};

/// Cuts slabs for `items` (indices into `sizes`), in their order: an item above largestShared gets a slab of its own,
/// the others share slabs of up to largestShared. No slab is larger than what lies in it, rounded up to the
/// granularity. Nothing when a sum does not fit into 64 bits.
[[nodiscard]] std::optional<SlabPlan> planSlabs(
    std::span<const Bytes> sizes, std::span<const std::size_t> items, const SlabSizes& limits);

} // namespace weightroom::engine
