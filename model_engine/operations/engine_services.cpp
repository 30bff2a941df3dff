// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/engine_services.h"

#include "model_engine/loader/model_loader.h"

#include <algorithm>
#include <utility>

namespace weightroom::engine {

Result<TransferLane*> EngineServices::laneOf(const DeviceId& id) const
{
    for (const auto& lane : lanes) {
        const Device& device = lane->device();
        if (id.empty() ? !device.lostReason() : device.description().id == id)
            return lane.get();
    }
    const std::string detail =
        id.empty() ? "there is no device that can be used" : "there is no device '" + id.text + "'";
    return fail(ErrorCode::DeviceNotFound, detail, {.deviceId = id});
}

Result<ModelClaim> ModelClaim::make(EngineServices& services, const ModelId& model, const DeviceId& device)
{
    return services.executor.invoke([&]() -> Result<ModelClaim> {
        if (!services.tables.busy.insert(model).second)
            return fail(ErrorCode::Busy, "another job is at work on '" + model.text + "'",
                {.modelId = model, .deviceId = device});
        if (!device.empty())
            services.tables.loading.try_emplace({device, model});
        services.publish();
        return ModelClaim{services, model, services.tables.catalog.find(model), device};
    });
}

ModelClaim::ModelClaim(EngineServices& services, ModelId model, ModelRecordPtr record, DeviceId device)
    : m_services(&services)
    , m_model(std::move(model))
    , m_record(std::move(record))
    , m_device(std::move(device))
{
}

ModelClaim::ModelClaim(ModelClaim&& other) noexcept
    : m_services(std::exchange(other.m_services, nullptr))
    , m_model(std::move(other.m_model))
    , m_record(std::move(other.m_record))
    , m_device(std::move(other.m_device))
{
}

Result<ModelRecordPtr> ModelClaim::record() const
{
    if (!m_record)
        return fail(ErrorCode::ModelNotFound, "there is no model '" + m_model.text + "'", {.modelId = m_model});
    return m_record;
}

void ModelClaim::setBytesTaken(const TakenMemory& taken)
{
    m_services->executor.invoke([this, &taken] {
        if (!m_device.empty())
            m_services->tables.loading[{m_device, m_model}] = taken.onDevice;
        m_services->tables.caching[m_model] = taken.inCache;
        m_services->publish();
    });
}

void ModelClaim::forgetBytesTaken() noexcept
{
    m_services->tables.caching.erase(m_model);
    std::erase_if(m_services->tables.loading,
        [this](const auto& row) { return row.first.first == m_device && row.first.second == m_model; });
}

ModelClaim::~ModelClaim()
{
    if (!m_services)
        return;
    // Takes no memory and throws nothing: a model must never stay claimed.
    m_services->executor.invoke([this] {
        m_services->tables.busy.erase(m_model);
        forgetBytesTaken();
        m_services->publish();
    });
}

DriverMemory driverMemoryOf(const Device& device)
{
    const auto memory = device.memory();
    return memory ? DriverMemory{memory->driverTotal, memory->driverFree} : DriverMemory{};
}

void noteDriverMemory(EngineServices& services, const Device& device)
{
    const DriverMemory now = driverMemoryOf(device);
    services.executor.invoke([&] {
        services.tables.driverMemory[device.description().id] = now;
        services.publish();
    });
}

} // namespace weightroom::engine
