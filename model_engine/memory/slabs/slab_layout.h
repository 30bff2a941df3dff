// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"

#include <cstdint>
#include <vector>

namespace weightroom::engine {

/// A used block as it lies in its slab, alignment included.
struct BlockLayout {
    std::uint64_t address = 0;
    Bytes size;
};

/// A slab at one moment. What lies between the used blocks, and behind the last one, is free.
struct SlabLayout {
    std::uint64_t number = 0; ///< never given to a second slab
    std::uint64_t address = 0;
    Bytes size;
    std::vector<BlockLayout> used; ///< in the order of their addresses
};

} // namespace weightroom::engine
