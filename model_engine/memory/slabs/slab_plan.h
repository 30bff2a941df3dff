// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"

#include <cstddef>
#include <cstdint>
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

enum class SlabFit : std::uint8_t {
    None = 0,
    Classes, ///< few sizes, so that slabs of one model fit the next one: see slabSize()
    Exact, ///< no more than what lies in it, rounded up to the granularity
};

/// How large slabs may become.
struct SlabSizes {
    Bytes granularity; ///< of the source; a power of two
    Bytes largestShared; ///< the largest slab that several items share
    SlabFit fit = SlabFit::Classes;
};

/// The size of a slab for `content` bytes. As a class it is largestShared when at most a 64th of that stays empty,
/// which is the size of nearly all slabs of a large model; else the next multiple of a 64th of the power of two below
/// `content`. Either way less than 1.6 % are lost, as far as the granularity allows. Nothing when it does not fit into
/// 64 bits.
[[nodiscard]] std::optional<Bytes> slabSize(Bytes content, const SlabSizes& limits);

/// Cuts slabs for `items` (indices into `sizes`): an item above largestShared gets a slab of its own, the others share
/// slabs of up to largestShared, of which each is filled as far as the items allow. Time: linear in the items, and for
/// each slab up to a millisecond. Nothing when a sum does not fit into 64 bits.
[[nodiscard]] std::optional<SlabPlan> planSlabs(
    std::span<const Bytes> sizes, std::span<const std::size_t> items, const SlabSizes& limits);

} // namespace weightroom::engine
