// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/shape.h"
#include "model_engine/formats/torch/torch_storages.h"

namespace weightroom::engine {

/// A tensor as a pickle describes it, checked against the size that its storage claims to have.
struct TensorClaim {
    std::string name;
    Dtype dtype = Dtype::Unknown;
    Shape shape;
    std::vector<std::uint64_t> strides; ///< in elements; empty when the elements follow each other
    std::uint64_t offset = 0; ///< of the first element in its storage, in elements
    std::uint64_t span = 0; ///< elements from the first to the last; 0 when there is none
    std::size_t storage = 0; ///< index in StorageClaims::storages
};

/// What a value of kind Applied is, without its name: a tensor, a view of a storage. Parameters are what they hold.
/// Errors, worded to follow the tensor's name: InvalidFormat; UnknownDtype; Unsupported for what is a tensor and is not
/// read (sparse, quantized, of a class of its own, …).
[[nodiscard]] Result<TensorClaim> readTensor(const PickleTree& values, const StorageClaims& storages, PickleRef tensor);

} // namespace weightroom::engine
