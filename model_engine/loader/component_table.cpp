// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/component_table.h"

namespace weightroom::engine {

ComponentTable<CachedComponentPtr> tableOf(RamCache& cache)
{
    return {
        .components = [&cache] { return cache.components(); },
        .exchange = [&cache](const CachedComponentPtr& before,
                        CachedComponentPtr after) { return cache.exchange(before, std::move(after)); },
    };
}

ComponentTable<LoadedComponentPtr> tableOf(ResidencyTable& table, const DeviceId& device)
{
    return {
        .components = [&table, device] { return table.onDevice(device); },
        .exchange = [&table, device](const LoadedComponentPtr& before,
                        LoadedComponentPtr after) { return table.exchange(device, before, std::move(after)); },
    };
}

ExchangedWeights withReplacements(const ComponentWeights& component, const ContentReplacements& replacements)
{
    ExchangedWeights exchanged{.weights = component};
    for (StoredTensor& tensor : exchanged.weights.tensors) {
        const auto replacement = replacements.find(tensor.content.get());
        if (replacement == replacements.end())
            continue;
        tensor.content = replacement->second;
        ++exchanged.tensors;
    }
    return exchanged;
}

} // namespace weightroom::engine
