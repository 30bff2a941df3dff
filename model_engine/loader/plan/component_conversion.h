// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/bytes.h"
#include "model_engine/core/ids.h"
#include "model_engine/formats/precision.h"

namespace weightroom::engine {

/// What was converted of one component, and what that cost (M3).
struct ComponentConversion {
    ComponentId id;
    std::uint64_t tensors = 0; ///< that were converted; 0: none
    Bytes stored; ///< of these
    Bytes loaded; ///< of these
    PrecisionLoss loss;
};

} // namespace weightroom::engine
