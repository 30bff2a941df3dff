// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/plan/load_memory.h"

#include "model_engine/loader/plan/place_request.h"

#include <algorithm>

namespace weightroom::engine {
namespace {

/// When the budget is short, evicts (E3) until the places fit or nothing more can be evicted: once may not be enough,
/// because a slab is given back only when nothing lies in it.
Result<std::vector<Allocation>> cachePlaces(
    Arena& arena, std::span<const Bytes> sizes, const LoadMemory::MakeRoom& makeRoom, const std::stop_token& stop)
{
    while (true) {
        auto places = arena.allocate(sizes, stop);
        if (places || places.error().code != ErrorCode::OutOfCacheBudget)
            return places;
        const Bytes required = places.error().context.required.value_or(Bytes{});
        if (required > arena.statistics().capacity)
            return places; // not even an empty cache would hold it: evicting would help nobody
        const Bytes available = places.error().context.available.value_or(Bytes{});
        if (makeRoom(required - std::min(required, available)) == Bytes{})
            return places;
    }
}

} // namespace

Result<Bytes> LoadMemory::takeOnDevice(
    std::span<StagedComponent> components, Device& device, const std::stop_token& stop)
{
    PlaceRequest request;
    for (StagedComponent& component : components) {
        for (StagedTensor& tensor : component.tensors())
            requestOnDevice(tensor, request);
    }
    auto places = device.arena().allocate(request.sizes(), stop);
    if (!places) {
        Error error = std::move(places).error();
        error.context.deviceId = device.description().id;
        return fail(std::move(error));
    }
    request.fill(std::move(*places));
    for (StagedTensor* follower : m_followers)
        follower->onDevice = copiedFor(*follower)->onDevice;
    return request.total();
}

void LoadMemory::requestOnDevice(StagedTensor& tensor, PlaceRequest& request)
{
    if (tensor.size() == Bytes{})
        tensor.onDevice = emptyContent();
    if (tensor.onDevice)
        return;
    const bool isKnown = m_sharing == ContentSharing::EqualContents && tensor.inCache;
    if (isKnown && !m_copied.emplace(copyOf(tensor), &tensor).second) {
        m_followers.push_back(&tensor);
        return;
    }
    request.add(tensor.sizeOnDevice(), tensor.onDevice);
    tensor.isCopied = true;
}

Result<Bytes> LoadMemory::takeInCache(
    std::span<StagedComponent> components, Arena& arena, const MakeRoom& makeRoom, const std::stop_token& stop)
{
    PlaceRequest request;
    for (StagedComponent& component : components) {
        for (StagedTensor& tensor : component.tensors()) {
            if (tensor.size() == Bytes{} && !tensor.inCache)
                tensor.inCache = emptyContent();
            if (tensor.inCache)
                continue;
            request.addToCache(tensor.entry, tensor.inCache);
            tensor.isRead = true;
        }
    }
    auto places = cachePlaces(arena, request.sizes(), makeRoom, stop);
    if (!places)
        return fail(std::move(places).error());
    request.fill(std::move(*places));
    return request.total();
}

const StagedTensor* LoadMemory::copiedFor(const StagedTensor& tensor) const
{
    const auto copied = m_copied.find(copyOf(tensor));
    return copied == m_copied.end() ? nullptr : copied->second;
}

LoadMemory::Copy LoadMemory::copyOf(const StagedTensor& tensor)
{
    if (!tensor.conversion)
        return {tensor.inCache.get(), Dtype::Unknown, Dtype::Unknown};
    return {tensor.inCache.get(), tensor.entry.dtype, tensor.loadedType};
}

} // namespace weightroom::engine
