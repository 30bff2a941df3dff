// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/memory/own_memory.h"

namespace weightroom::engine {
namespace {

/// Both have the same fields, but for the capacity.
template <class State>
OwnMemory ownMemory(const State& state, Bytes capacity)
{
    OwnMemory own{.components = {},
        .shared = state.sharedBytes,
        .loading = {},
        .overhead = state.overhead,
        .ready = state.ready,
        .capacity = capacity};
    for (const ComponentPlacement& owner : state.owners)
        own.components.push_back({owner.key.model, owner.key.component, owner.exclusive});
    for (const LoadingShare& share : state.loading)
        own.loading.push_back({share.model, share.size});
    return own;
}

} // namespace

OwnMemory ownMemoryOf(const DeviceState& device) { return ownMemory(device, device.memory.ours.capacity); }

OwnMemory ownMemoryOf(const CacheState& cache) { return ownMemory(cache, cache.memory.capacity); }

} // namespace weightroom::engine
