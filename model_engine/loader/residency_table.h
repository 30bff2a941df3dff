// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/catalog/model_record.h"
#include "model_engine/core/clock.h"
#include "model_engine/loader/plan/component_conversion.h"
#include "model_engine/loader/plan/load_plan.h"
#include "model_engine/memory/contents/component_weights.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace weightroom::engine {

/// A component in the memory of a device. Immutable once it is in the table; destroying the last pointer frees the
/// memory.
struct LoadedComponent {
    ComponentKey key;
    ComponentKind kind = ComponentKind::Other;
    ContentIdentity identity; ///< of what it was read from
    ComponentWeights weights;
    std::optional<ComponentConversion> conversion{}; ///< on the way to the device; nothing: it is as it is stored
    PrecisionRequest precision = kAsStored; ///< that it was loaded for
};

using LoadedComponentPtr = std::shared_ptr<const LoadedComponent>;

/// What is loaded where. Lives on the engine thread: no locks. What is taken out is returned, so that its memory is
/// given back on the caller's thread.
class ResidencyTable {
public:
    using ComponentsById = std::map<ComponentId, LoadedComponentPtr>;

    /// Answers with what they replace: the same components, and those of the model that an older state of its file
    /// gave.
    [[nodiscard]] std::vector<LoadedComponentPtr> add(
        const DeviceId& device, const std::vector<LoadedComponentPtr>& components);
    /// `wanted`: the components; empty: all of the model.
    [[nodiscard]] std::vector<LoadedComponentPtr> remove(
        const DeviceId& device, const ModelId& model, const std::set<ComponentId>& wanted = {});

    /// When the model may go from there if nobody uses it before; nothing: never. Nothing happens when it is not there,
    /// and it is forgotten with the last of its components.
    void setExpiry(const DeviceId& device, const ModelId& model, std::optional<Clock::Steady> expiry);
    [[nodiscard]] std::optional<Clock::Steady> expiryOf(const DeviceId& device, const ModelId& model) const;
    /// Those whose time has come, in the order of device and model.
    [[nodiscard]] std::vector<std::pair<DeviceId, ModelId>> expired(Clock::Steady now) const;

    /// Puts `after`, the same component with its bytes at other places, where `before` is. False when `before` is not
    /// there any more.
    [[nodiscard]] bool exchange(const DeviceId& device, const LoadedComponentPtr& before, LoadedComponentPtr after);

    /// nullptr when nothing of the model is there.
    [[nodiscard]] const ComponentsById* find(const DeviceId& device, const ModelId& model) const;
    /// Those that were read from this state of the file.
    [[nodiscard]] PresentComponents componentsOf(
        const DeviceId& device, const ModelId& model, const ContentIdentity& identity) const;
    [[nodiscard]] std::vector<LoadedComponentPtr> onDevice(
        const DeviceId& device) const; ///< in the order of model and component
    [[nodiscard]] std::vector<DeviceId> devicesOf(const ModelId& model) const;

private:
    struct LoadedModel {
        ComponentsById components; ///< at least one
        std::optional<Clock::Steady> expiry;
    };
    [[nodiscard]] const LoadedModel* modelOn(const DeviceId& device, const ModelId& model) const;
    [[nodiscard]] LoadedModel* modelOn(const DeviceId& device, const ModelId& model);

    std::map<DeviceId, std::map<ModelId, LoadedModel>> m_table;
};

} // namespace weightroom::engine
