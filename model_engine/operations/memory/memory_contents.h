// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/dtype.h"
#include "model_engine/core/ids.h"
#include "model_engine/core/result.h"
#include "model_engine/core/shape.h"
#include "model_engine/operations/engine_tables.h"

#include <cstdint>
#include <string>
#include <vector>

namespace weightroom::engine {

/// A tensor as a memory has it, which need not be as its file has it. A value: it keeps nothing there.
struct HeldTensor {
    ComponentKey owner;
    std::string name; ///< as its file has it, perhaps not UTF-8
    Dtype dtype = Dtype::Unknown; ///< as it lies there: after a conversion
    Shape shape;
};

/// Bytes that lie in a memory once, and the tensors that have them.
struct HeldContent {
    Bytes size; ///< without alignment
    bool isShared = false; ///< tensors of more than one component have it
    std::vector<HeldTensor> tensors; ///< at least one; in the order of model and component, then of the file
};

/// Which contents: those of several components, those that one component has alone, or both.
enum class ContentSharing : std::uint8_t { Any = 0, Exclusive, Shared };

/// Which contents of a memory are wanted.
struct ContentWish {
    ModelId model; ///< that has them; empty: any
    ComponentId component; ///< likewise, of that model
    ContentSharing sharing = ContentSharing::Any;
};

/// What is loaded on a device, in the order of model and component, and behind it what leases hold and is not loaded
/// any more. On the engine thread.
[[nodiscard]] std::vector<LoadedComponentPtr> componentsOn(const EngineTables& tables, const DeviceId& device);

/// The contents that lie on a device, or in the cache, each once; what is wanted of them is copied, so that nothing is
/// kept from being moved or given back. Those that one component has alone add up to its line in the ledger, those of
/// several to what is shared. Errors: NotLoaded, when nothing of the model or component that is wanted is there. On the
/// engine thread. Cost: two look-ups for each tensor of the memory, of which sumSharing() has one, and a copy of each
/// tensor that is wanted.
[[nodiscard]] Result<std::vector<HeldContent>> contentsOnDevice(
    const EngineTables& tables, const DeviceId& device, const ContentWish& wish);
[[nodiscard]] Result<std::vector<HeldContent>> contentsInCache(const EngineTables& tables, const ContentWish& wish);

} // namespace weightroom::engine
