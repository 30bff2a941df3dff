// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/loading/model_expiry.h"

#include "model_engine/operations/loading/model_unloading.h"

#include <exception>
#include <string>
#include <utility>

namespace weightroom::engine {
namespace {

/// On the engine thread.
bool isOver(const EngineServices& services, const DeviceId& device, const ModelId& model)
{
    const auto expiry = services.tables.residency.expiryOf(device, model);
    return expiry && *expiry <= services.clock.now() && !services.tables.leases.isLeased(model, device);
}

} // namespace

ExpiredModel::ExpiredModel(EngineServices& services, DeviceId device, ModelId model)
    : m_services(services)
    , m_device(std::move(device))
    , m_model(std::move(model))
{
}

/// Perhaps on the window's thread, when it cancels the job: it does not wait.
ExpiredModel::~ExpiredModel()
try {
    m_services.executor.post(
        [&tables = m_services.tables, place = std::pair{m_device, m_model}] { tables.expiring.erase(place); });
} catch (const std::exception& error) {
    m_services.log.write(LogLevel::Error, std::string{"A model stays loaded until it is unloaded: "} + error.what());
}

std::vector<ExpiredModelPtr> expiredModels(EngineServices& services)
{
    std::vector<ExpiredModelPtr> expired;
    services.executor.invoke([&] {
        EngineTables& tables = services.tables;
        for (const auto& [device, model] : tables.residency.expired(services.clock.now())) {
            // Who has a lease uses it.
            if (tables.busy.contains(model) || tables.leases.isLeased(model, device))
                continue;
            if (tables.expiring.insert({device, model}).second)
                expired.push_back(std::make_shared<const ExpiredModel>(services, device, model));
        }
    });
    return expired;
}

JobDescription describeExpiry(const EngineServices& services, const ExpiredModel& expired)
{
    JobDescription description{.operation = "post_model_unload",
        .modelId = expired.model(),
        .deviceId = expired.device(),
        .subject = {},
        .origin = JobOrigin::Automatic};
    const EngineSnapshotPtr now = services.snapshot();
    if (const auto model = findModel(*now, expired.model()))
        description.subject = (*model)->record->name;
    return description;
}

Result<Json> unloadExpired(EngineServices& services, const ExpiredModel& expired)
{
    auto claim = ModelClaim::make(services, expired.model(), {});
    if (!claim)
        return fail(std::move(claim).error());
    // Claimed first: from here on no load can give it more time.
    if (!services.executor.invoke([&] { return isOver(services, expired.device(), expired.model()); }))
        return Json{{"model_id", expired.model().text}, {"devices", Json::array()}};
    return unloadClaimed(services, {.model = expired.model(), .device = expired.device()});
}

} // namespace weightroom::engine
