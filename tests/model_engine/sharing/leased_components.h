// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/device/host_device.h"
#include "model_engine/loader/residency_table.h"

#include <QtGlobal>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace weightroom::test {

/// A component on a device whose tensors are filled with the first letter of their names.
inline engine::LoadedComponentPtr loadedComponent(engine::Device& device, const std::string& model,
    const std::string& component, const std::vector<std::pair<std::string, engine::Bytes>>& tensors)
{
    std::vector<engine::Bytes> sizes;
    for (const auto& [name, size] : tensors)
        sizes.push_back(size);
    auto places = device.arena().allocate(sizes).value();
    engine::LoadedComponent loaded{
        .key = {{model}, {component}}, .kind = engine::ComponentKind::Other, .identity = {}, .weights = {}};
    for (std::size_t i = 0; i < tensors.size(); ++i) {
        const auto& [name, size] = tensors[i];
        const std::vector<std::byte> bytes(size.value, static_cast<std::byte>(name.front()));
        const engine::CopyStep step{bytes, places[i].address()};
        if (!device.upload({&step, 1}, {}, [](engine::Bytes) {}))
            qFatal("the device takes nothing");
        loaded.weights.size += size;
        loaded.weights.tensors.emplace_back(name, engine::Dtype::U8, engine::Shape{size.value}, std::move(places[i]));
    }
    return std::make_shared<const engine::LoadedComponent>(std::move(loaded));
}

} // namespace weightroom::test
