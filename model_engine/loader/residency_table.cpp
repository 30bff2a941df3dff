// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/residency_table.h"

#include <utility>

namespace weightroom::engine {

std::vector<LoadedComponentPtr> ResidencyTable::add(
    const DeviceId& device, const std::vector<LoadedComponentPtr>& components)
{
    std::vector<LoadedComponentPtr> replaced;
    for (const LoadedComponentPtr& component : components) {
        ComponentsById& row = m_table[device][component->key.model].components;
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

std::vector<LoadedComponentPtr> ResidencyTable::remove(
    const DeviceId& device, const ModelId& model, const std::set<ComponentId>& wanted)
{
    std::vector<LoadedComponentPtr> removed;
    LoadedModel* const there = modelOn(device, model);
    if (!there)
        return removed;
    std::erase_if(there->components, [&](auto& row) {
        const bool isWanted = wanted.empty() || wanted.contains(row.first);
        if (isWanted)
            removed.push_back(std::move(row.second));
        return isWanted;
    });
    if (there->components.empty())
        m_table[device].erase(model);
    return removed;
}

void ResidencyTable::setExpiry(const DeviceId& device, const ModelId& model, std::optional<Clock::Steady> expiry)
{
    if (LoadedModel* const there = modelOn(device, model))
        there->expiry = expiry;
}

std::optional<Clock::Steady> ResidencyTable::expiryOf(const DeviceId& device, const ModelId& model) const
{
    const LoadedModel* const there = modelOn(device, model);
    return there ? there->expiry : std::nullopt;
}

std::vector<std::pair<DeviceId, ModelId>> ResidencyTable::expired(Clock::Steady now) const
{
    std::vector<std::pair<DeviceId, ModelId>> over;
    for (const auto& [device, models] : m_table) {
        for (const auto& [model, loaded] : models) {
            if (loaded.expiry && *loaded.expiry <= now)
                over.emplace_back(device, model);
        }
    }
    return over;
}

bool ResidencyTable::exchange(const DeviceId& device, const LoadedComponentPtr& before, LoadedComponentPtr after)
{
    LoadedModel* const there = modelOn(device, before->key.model);
    if (!there)
        return false;
    const auto component = there->components.find(before->key.component);
    if (component == there->components.end() || component->second != before)
        return false;
    component->second = std::move(after);
    return true;
}

const ResidencyTable::LoadedModel* ResidencyTable::modelOn(const DeviceId& device, const ModelId& model) const
{
    const auto row = m_table.find(device);
    if (row == m_table.end())
        return nullptr;
    const auto there = row->second.find(model);
    return there == row->second.end() ? nullptr : &there->second;
}

ResidencyTable::LoadedModel* ResidencyTable::modelOn(const DeviceId& device, const ModelId& model)
{
    const auto row = m_table.find(device);
    if (row == m_table.end())
        return nullptr;
    const auto there = row->second.find(model);
    return there == row->second.end() ? nullptr : &there->second;
}

const ResidencyTable::ComponentsById* ResidencyTable::find(const DeviceId& device, const ModelId& model) const
{
    const LoadedModel* const there = modelOn(device, model);
    return there ? &there->components : nullptr;
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
    for (const auto& [model, loaded] : row->second) {
        for (const auto& [id, component] : loaded.components)
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
