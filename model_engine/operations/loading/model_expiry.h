// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"

#include <memory>
#include <vector>

namespace weightroom::engine {

/// A model whose time on a device is over. While this lives nobody else is told of it.
class ExpiredModel {
public:
    ExpiredModel(EngineServices& services, DeviceId device, ModelId model);
    ExpiredModel(const ExpiredModel&) = delete;
    ExpiredModel& operator=(const ExpiredModel&) = delete;
    ~ExpiredModel();

    [[nodiscard]] const DeviceId& device() const { return m_device; }
    [[nodiscard]] const ModelId& model() const { return m_model; }

private:
    EngineServices& m_services;
    const DeviceId m_device;
    const ModelId m_model;
};

/// Shared, because a job's work must be copyable.
using ExpiredModelPtr = std::shared_ptr<const ExpiredModel>;

/// Those that a job is at work on stay until it has ended. Not on the engine thread.
[[nodiscard]] std::vector<ExpiredModelPtr> expiredModels(EngineServices& services);

/// For the list of jobs. Not on the engine thread.
[[nodiscard]] JobDescription describeExpiry(const EngineServices& services, const ExpiredModel& expired);

/// Unloads it, unless it was used again meanwhile. On a job's thread. Errors: those of carryOutUnload().
[[nodiscard]] Result<Json> unloadExpired(EngineServices& services, const ExpiredModel& expired);

} // namespace weightroom::engine
