// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/ram_cache.h"
#include "model_engine/loader/residency_table.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

namespace weightroom::engine {

/// The components of one memory, the cache or a device, as jobs see them that merge or move their bytes. `Component` is
/// a pointer as the table keeps it. On the engine thread.
template <class Component>
struct ComponentTable {
    std::function<std::vector<Component>()> components;
    /// False when `before` is not there any more.
    std::function<bool(const Component& before, Component after)> exchange;
};

/// `cache` and `table` must outlive what they answer with.
[[nodiscard]] ComponentTable<CachedComponentPtr> tableOf(RamCache& cache);
[[nodiscard]] ComponentTable<LoadedComponentPtr> tableOf(ResidencyTable& table, const DeviceId& device);

template <class Component>
[[nodiscard]] std::vector<const ComponentWeights*> weightsOf(const std::vector<Component>& components)
{
    std::vector<const ComponentWeights*> weights;
    weights.reserve(components.size());
    for (const Component& component : components)
        weights.push_back(&component->weights);
    return weights;
}

/// A component with other places for some of its bytes.
struct ExchangedWeights {
    ComponentWeights weights;
    std::uint64_t tensors = 0; ///< that have other places; 0: it is as it was
};
[[nodiscard]] ExchangedWeights withReplacements(
    const ComponentWeights& component, const ContentReplacements& replacements);

/// A component whose bytes are at other places now.
template <class Component>
struct Exchange {
    Component before;
    Component after;
    std::uint64_t tensors = 0;
};

/// For the components that have any of the contents that are replaced.
template <class Component>
[[nodiscard]] std::vector<Exchange<Component>> exchangesFor(
    const std::vector<Component>& components, const ContentReplacements& replacements)
{
    std::vector<Exchange<Component>> exchanges;
    for (const Component& component : components) {
        ExchangedWeights exchanged = withReplacements(component->weights, replacements);
        if (exchanged.tensors == 0)
            continue;
        auto after = *component;
        after.weights = std::move(exchanged.weights);
        exchanges.push_back(
            {component, std::make_shared<const typename Component::element_type>(std::move(after)), exchanged.tensors});
    }
    return exchanges;
}

/// Carries them out and says how many tensors have other places now. What had been there stays in `exchanges`, so that
/// its memory is given back on the caller's thread. On the engine thread.
template <class Component>
std::uint64_t carryOut(const ComponentTable<Component>& table, std::vector<Exchange<Component>>& exchanges)
{
    std::uint64_t tensors = 0;
    for (Exchange<Component>& exchange : exchanges) {
        if (table.exchange(exchange.before, std::move(exchange.after)))
            tensors += exchange.tensors;
    }
    return tensors;
}

} // namespace weightroom::engine
