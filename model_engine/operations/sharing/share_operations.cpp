// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/sharing/share_operations.h"

#include "model_engine/operations/jobs/job_description.h"
#include "model_engine/operations/sharing/lease_fields.h"
#include "model_engine/operations/sharing/lease_json.h"

#include <algorithm>
#include <map>
#include <optional>
#include <ranges>
#include <utility>

namespace weightroom::engine {
namespace {

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

Result<Json> postModelShare(EngineServices& services, const Arguments& arguments, JobContext& job)
{
    const Clock::Steady begin = services.clock.now();
    if (auto on = expectSharing(services); !on)
        return fail(std::move(on).error());
    LeaseWish wish = leaseWishFrom(arguments);
    auto device = deviceFor(services, wish);
    if (!device)
        return fail(std::move(device).error());
    wish.device = std::move(*device);
    Outcome outcome;
    for (const SharingDomain domain : domainsFrom(arguments)) {
        wish.domain = domain;
        shareWith(services, wish, job, outcome);
    }
    if (job.isCancelled())
        return fail(ErrorCode::Cancelled, "what was shared before stays shared", {.modelId = wish.model});
    const auto seconds =
        services.executor.invoke([&] { return lastLoadSeconds(services.tables, wish.model, wish.device); });
    const std::chrono::duration<double> took = services.clock.now() - begin;
    return Json{
        {"model_id", wish.model.text},
        {"device_id", wish.device.text},
        {"shared_domains", std::move(outcome.shared)},
        {"failed_domains", std::move(outcome.failed)},
        {"duration_seconds", took.count()},
        {"performance_impact",
            {{"bytes_not_duplicated", outcome.size.value},
                {"load_seconds_saved",
                    seconds ? Json(*seconds * static_cast<double>(outcome.leases.size())) : Json()}}},
    };
}

std::vector<FieldSpec> shareFields()
{
    std::vector<FieldSpec> fields = leaseWishFields("Components to share; left out: all that are loaded there.");
    fields.push_back(
        domainsField("For whom: programs that have registered for any of these (sharing.post_consumer_register).", 1));
    return fields;
}

OperationSpec shareSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "post_model_share",
        .summary = "Offers a loaded model to the programs that are connected for some purpose: each gets a lease on "
                   "it, and is told.",
        .duration = Duration::Long,
        .fields = shareFields(),
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
