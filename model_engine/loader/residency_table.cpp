// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/residency_table.h"

#include <utility>

namespace weightroom::engine {

std::vector<LoadedComponentPtr> ResidencyTable::add(
    const DeviceId& device, const std::vector<LoadedComponentPtr>& components)
{
    std::vector<LoadedComponentPtr> replaced;
    for (const LoadedComponentPtr& component : components) {
        ComponentsById& row = m_table[device][component->key.model];
        std::erase_if(row, [&](auto& there) {
            const bool isReplaced =
                there.first == component->key.component || there.second->identity != component->identity;
            if (isReplaced)
                replaced.push_back(std::move(there.second));
            return isReplaced;
        });
        row.emplace(component->key.component, component);
    }
    return replaced;
}

std::vector<LoadedComponentPtr> ResidencyTable::remove(const DeviceId& device, const ModelId& model)
{
    std::vector<LoadedComponentPtr> removed;
    const auto row = m_table.find(device);
    if (row == m_table.end())
        return removed;
    const auto node = row->second.extract(model);
    if (!node.empty()) {
        for (auto& [id, component] : node.mapped())
            removed.push_back(component);
    }
    return removed;
}

bool ResidencyTable::exchange(const DeviceId& device, const LoadedComponentPtr& before, LoadedComponentPtr after)
{
    const auto row = m_table.find(device);
    if (row == m_table.end())
        return false;
    const auto components = row->second.find(before->key.model);
    if (components == row->second.end())
        return false;
    const auto component = components->second.find(before->key.component);
    if (component == components->second.end() || component->second != before)
        return false;
    component->second = std::move(after);
    return true;
}

const ResidencyTable::ComponentsById* ResidencyTable::find(const DeviceId& device, const ModelId& model) const
{
    const auto row = m_table.find(device);
    if (row == m_table.end())
        return nullptr;
    const auto components = row->second.find(model);
    return components == row->second.end() ? nullptr : &components->second;
}

PresentComponents ResidencyTable::componentsOf(
    const DeviceId& device, const ModelId& model, const ContentIdentity& identity) const
{
    PresentComponents present;
    const ComponentsById* components = find(device, model);
    if (!components)
        return present;
    for (const auto& [id, component] : *components) {
        if (component->identity != identity)
            continue;
        std::vector<Dtype>& types = present[id];
        for (const StoredTensor& tensor : component->weights.tensors)
            types.push_back(tensor.dtype);
    }
    return present;
}

std::vector<LoadedComponentPtr> ResidencyTable::onDevice(const DeviceId& device) const
{
    std::vector<LoadedComponentPtr> all;
    const auto row = m_table.find(device);
    if (row == m_table.end())
        return all;
    for (const auto& [model, components] : row->second) {
        for (const auto& [id, component] : components)
            all.push_back(component);
    }
    return all;
}

std::vector<DeviceId> ResidencyTable::devicesOf(const ModelId& model) const
{
    std::vector<DeviceId> devices;
    for (const auto& [device, models] : m_table) {
        if (models.contains(model))
            devices.push_back(device);
    }
    return devices;
}

} // namespace weightroom::engine
