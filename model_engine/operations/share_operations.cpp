// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/share_operations.h"

#include "model_engine/operations/job_description.h"
#include "model_engine/operations/lease_json.h"
#include "model_engine/operations/leasing.h"

#include <algorithm>
#include <map>
#include <optional>
#include <ranges>
#include <utility>

namespace weightroom::engine {
namespace {

constexpr std::int64_t kMostComponents = 1024;

/// What sharing has come to.
struct Outcome {
    Json shared = Json::array();
    Json failed = Json::array();
    std::map<ClientId, Json> leases; ///< of each consumer one, for the first of its domains
    Bytes size; ///< of all leases
};

Json failedDomain(SharingDomain domain, std::string_view reason, const Json& error)
{
    return {{"domain", toText(domain)}, {"reason", reason}, {"error", error}};
}

Json rowOf(EngineServices& services, const Lease& lease)
{
    return services.executor.invoke([&] { return toJson(stateOf(lease, services.tables.leases)); });
}

/// Offers to each consumer of one domain, and tells it.
void shareWith(EngineServices& services, LeaseWish wish, const JobContext& job, Outcome& outcome)
{
    const std::vector<Client> clients =
        services.executor.invoke([&] { return services.tables.leases.consumersIn(wish.domain); });
    if (clients.empty())
        return outcome.failed.push_back(failedDomain(wish.domain, "no_consumers", nullptr));
    Json leases = Json::array();
    std::optional<Error> error;
    for (const Client& client : clients) {
        if (const auto given = outcome.leases.find(client.id); given != outcome.leases.end()) {
            leases.push_back(given->second);
            continue;
        }
        if (const LeasePtr present = presentLease(services, client.id, wish)) {
            leases.push_back(rowOf(services, *present)); // it needs no second one
            continue;
        }
        const auto lease = grantLease(services, client.id, wish, job);
        if (!lease) {
            error = lease.error();
            continue;
        }
        Json row = rowOf(services, **lease);
        services.tellClient(client.id, "sharing.lease_granted", row);
        leases.push_back(row);
        outcome.leases.emplace(client.id, std::move(row));
        outcome.size += (*lease)->size();
    }
    if (error)
        outcome.failed.push_back(failedDomain(wish.domain, "no_lease", toJson(*error)));
    if (!leases.empty())
        outcome.shared.push_back({{"domain", toText(wish.domain)}, {"leases", std::move(leases)}});
}

/// How long the last load of the model to this device took; nothing when this run has not loaded it. On the engine
/// thread.
std::optional<double> lastLoadSeconds(const EngineTables& tables, const ModelId& model, const DeviceId& device)
{
    for (const LoadRecord& record : tables.loadRecords.all() | std::views::reverse) {
        if (record.model == model && record.device == device)
            return record.measured.total.count();
    }
    return std::nullopt;
}

Result<DeviceId> deviceFor(EngineServices& services, const Arguments& arguments)
{
    const DeviceId named{arguments.text("device_id")};
    if (!named.empty()) {
        if (auto lane = services.laneOf(named); !lane)
            return fail(std::move(lane).error());
    }
    const ModelId model{arguments.text("model_id")};
    return services.executor.invoke([&]() -> Result<DeviceId> {
        const std::vector<DeviceId> devices = services.tables.residency.devicesOf(model);
        const bool isThere = named.empty() ? !devices.empty() : std::ranges::find(devices, named) != devices.end();
        if (!isThere) {
            return fail(ErrorCode::NotLoaded, "model '" + model.text + "' is not loaded there",
                {.modelId = model, .deviceId = named});
        }
        return named.empty() ? devices.front() : named;
    });
}

Result<Json> postModelShare(EngineServices& services, const Arguments& arguments, JobContext& job)
{
    const Clock::Steady begin = services.clock.now();
    if (!services.flags.isOn(Feature::ShareWithProcesses)) {
        return fail(ErrorCode::FeatureOff, "sharing with other programs is switched off, or has failed too often",
            {.feature = Feature::ShareWithProcesses});
    }
    const auto device = deviceFor(services, arguments);
    if (!device)
        return fail(device.error());
    LeaseWish wish{.model = ModelId{arguments.text("model_id")}, .device = *device};
    for (const std::string& id : arguments.texts("component_ids"))
        wish.components.insert(ComponentId{id});
    std::set<SharingDomain> domains;
    for (const std::string& domain : arguments.texts("domains"))
        domains.insert(sharingDomainFrom(domain));
    Outcome outcome;
    for (const SharingDomain domain : domains) {
        wish.domain = domain;
        shareWith(services, wish, job, outcome);
    }
    if (job.isCancelled())
        return fail(ErrorCode::Cancelled, "what was shared before stays shared", {.modelId = wish.model});
    const auto seconds =
        services.executor.invoke([&] { return lastLoadSeconds(services.tables, wish.model, *device); });
    const std::chrono::duration<double> took = services.clock.now() - begin;
    return Json{
        {"model_id", wish.model.text},
        {"device_id", device->text},
        {"shared_domains", std::move(outcome.shared)},
        {"failed_domains", std::move(outcome.failed)},
        {"duration_seconds", took.count()},
        {"performance_impact",
            {{"bytes_not_duplicated", outcome.size.value},
                {"load_seconds_saved",
                    seconds ? Json(*seconds * static_cast<double>(outcome.leases.size())) : Json()}}},
    };
}

FieldSpec domainsField()
{
    FieldSpec field{.name = "domains",
        .type = FieldType::TextList,
        .presence = Presence::Required,
        .help = "For whom: programs that have registered for any of these (sharing.post_consumer_register).",
        .minimum = 1,
        .maximum = static_cast<std::int64_t>(sharingDomains().size())};
    for (const SharingDomain domain : sharingDomains())
        field.allowed.push_back(toText(domain));
    return field;
}

OperationSpec shareSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "post_model_share",
        .summary = "Offers a loaded model to the programs that are connected for some purpose: each gets a lease on "
                   "it, and is told.",
        .duration = Duration::Long,
        .fields = {{.name = "model_id",
                       .type = FieldType::Text,
                       .presence = Presence::Required,
                       .help = "A model that is loaded."},
            domainsField(),
            {.name = "device_id",
                .type = FieldType::Text,
                .help = "Where it is loaded; left out: the first device that it is on."},
            {.name = "component_ids",
                .type = FieldType::TextList,
                .help = "Components to share; left out: all that are loaded there.",
                .minimum = 1,
                .maximum = kMostComponents}},
        .errors = {ErrorCode::NotLoaded, ErrorCode::DeviceNotFound, ErrorCode::FeatureOff, ErrorCode::Cancelled},
        .answer = "shared_domains (domain, leases), failed_domains (domain, reason: no_consumers or no_lease, error), "
                  "duration_seconds, performance_impact: bytes_not_duplicated (what the consumers would each have "
                  "loaded), load_seconds_saved (the last load's time for each; null when this run has not loaded it)",
        .describe = describeModelJob(services, "post_model_share", JobWeight::Light),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return postModelShare(services, arguments, *job); },
    };
}

} // namespace

void addShareOperations(OperationRegistry& registry, EngineServices& services) { registry.add(shareSpec(services)); }

} // namespace weightroom::engine
