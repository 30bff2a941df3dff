// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"

#include <vector>

namespace weightroom::engine {

/// What a model takes on a device at one precision.
struct MemoryNeed {
    Dtype precision = Dtype::Unknown; ///< Unknown: as it is stored, of several types perhaps
    Bytes size; ///< of all components, with the room that placing them takes
    bool isEstimate = false; ///< true where it follows from the number of parameters and not from the tensors' sizes
};

/// As it is stored, and at the precisions below that: half of its width, and a quarter. Quantised weights are not
/// converted. Pure.
[[nodiscard]] std::vector<MemoryNeed> memoryNeedsOf(const Identification& model);

} // namespace weightroom::engine
