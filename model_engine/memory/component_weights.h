// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/dtype.h"
#include "model_engine/core/shape.h"
#include "model_engine/memory/arena.h"

#include <string>
#include <vector>

namespace weightroom::engine {

/// A tensor that lies in the memory of the cache or of a device, under its file's own name.
struct StoredTensor {
    std::string name;
    Dtype dtype = Dtype::Unknown;
    Shape shape;
    Allocation place; ///< place.size(): the bytes of the tensor
};

/// The weights of one component in one place. Owns the memory: destroying it is the unload, and the rollback.
struct ComponentWeights {
    std::vector<StoredTensor> tensors;
    Bytes size; ///< sum over the tensors, without alignment
};

} // namespace weightroom::engine
