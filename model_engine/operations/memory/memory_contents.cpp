// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/memory/memory_contents.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace weightroom::engine {
namespace {

/// Who has a content of a memory.
struct Use {
    std::size_t firstUser; ///< the number of the component
    bool isShared = false;
    bool isAskedFor = false; ///< a component that is asked for has it
    std::optional<std::size_t> place{}; ///< in the answer
};

using Uses = std::unordered_map<const PlacedContent*, Use>;

bool isAskedFor(const ComponentKey& key, const ContentWish& wish)
{
    return (wish.model.empty() || key.model == wish.model)
        && (wish.component.empty() || key.component == wish.component);
}

bool isWanted(const Use& use, ContentSharing sharing)
{
    const bool isOfThatKind = sharing == ContentSharing::Any || use.isShared == (sharing == ContentSharing::Shared);
    return use.isAskedFor && isOfThatKind;
}

template <class Component>
Uses usesOf(const std::vector<Component>& components, const ContentWish& wish)
{
    Uses uses;
    for (std::size_t i = 0; i < components.size(); ++i) {
        const bool isOne = isAskedFor(components[i]->key, wish);
        for (const StoredTensor& tensor : components[i]->weights.tensors) {
            if (tensor.size() == Bytes{})
                continue; // it has no bytes to lie anywhere
            Use& use = uses.try_emplace(tensor.content.get(), Use{.firstUser = i}).first->second;
            use.isShared = use.isShared || use.firstUser != i;
            use.isAskedFor = use.isAskedFor || isOne;
        }
    }
    return uses;
}

template <class Component>
std::vector<HeldContent> contentsOf(const std::vector<Component>& components, const ContentWish& wish)
{
    Uses uses = usesOf(components, wish);
    std::vector<HeldContent> contents;
    for (const Component& component : components) {
        for (const StoredTensor& tensor : component->weights.tensors) {
            const auto use = uses.find(tensor.content.get());
            if (use == uses.end() || !isWanted(use->second, wish.sharing))
                continue;
            if (!use->second.place) {
                use->second.place = contents.size();
                contents.push_back({.size = tensor.size(), .isShared = use->second.isShared, .tensors = {}});
            }
            contents[*use->second.place].tensors.push_back({component->key, tensor.name, tensor.dtype, tensor.shape});
        }
    }
    return contents;
}

/// `device`: for the error; empty: the cache.
template <class Component>
Result<std::vector<HeldContent>> wantedOf(
    const std::vector<Component>& components, const ContentWish& wish, const DeviceId& device)
{
    const bool isThere =
        std::ranges::any_of(components, [&](const Component& component) { return isAskedFor(component->key, wish); });
    if (!isThere && !wish.model.empty()) {
        const std::string what = wish.component.empty() ? "nothing" : "no component '" + wish.component.text + "'";
        return fail(ErrorCode::NotLoaded, what + " of model '" + wish.model.text + "' is in that memory",
            {.modelId = wish.model, .deviceId = device});
    }
    return contentsOf(components, wish);
}

} // namespace

std::vector<LoadedComponentPtr> componentsOn(const EngineTables& tables, const DeviceId& device)
{
    std::vector<LoadedComponentPtr> components = tables.residency.onDevice(device);
    const std::set<LoadedComponentPtr> there(components.begin(), components.end());
    std::ranges::copy_if(tables.leases.onDevice(device), std::back_inserter(components),
        [&](const LoadedComponentPtr& component) { return !there.contains(component); });
    return components;
}

Result<std::vector<HeldContent>> contentsOnDevice(
    const EngineTables& tables, const DeviceId& device, const ContentWish& wish)
{
    return wantedOf(componentsOn(tables, device), wish, device);
}

Result<std::vector<HeldContent>> contentsInCache(const EngineTables& tables, const ContentWish& wish)
{
    return wantedOf(tables.cache.components(), wish, {});
}

} // namespace weightroom::engine
