// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/sharing/lease_operations.h"

#include "model_engine/operations/jobs/job_description.h"
#include "model_engine/operations/sharing/lease_fields.h"
#include "model_engine/operations/sharing/lease_json.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace weightroom::engine {
namespace {

LeaseId leaseIdOf(const Arguments& arguments)
{
    return LeaseId{static_cast<std::uint64_t>(arguments.integer("lease_id", 0))};
}

FieldSpec leaseIdField()
{
    return {.name = "lease_id",
        .type = FieldType::Integer,
        .presence = Presence::Required,
        .help = "A lease of this client.",
        .minimum = 1};
}

Result<Json> postModelAttach(EngineServices& services, const Arguments& arguments, const JobContext& job)
{
    LeaseWish wish = leaseWishFrom(arguments);
    auto device = deviceFor(services, wish);
    if (!device)
        return fail(std::move(device).error());
    wish.device = std::move(*device);
    if (!becomeConsumer(services, arguments.client(), job))
        return fail(ErrorCode::Cancelled, "the client is gone", {.modelId = wish.model});
    const auto lease = grantLease(services, arguments.client().id, wish, job);
    if (!lease)
        return fail(lease.error());
    return services.executor.invoke([&] { return toJson(stateOf(**lease, services.tables.leases)); });
}

/// It is shown to everybody, in each state of the engine.
bool isShortAndPlain(const std::string& name)
{
    constexpr std::size_t kLongestName = 128;
    return name.size() <= kLongestName
        && std::ranges::none_of(name, [](unsigned char byte) { return byte < 0x20 || byte == 0x7f; });
}

Result<Json> postConsumerRegister(EngineServices& services, const Arguments& arguments)
{
    if (!isShortAndPlain(arguments.text("name"))) {
        return fail(
            ErrorCode::InvalidValue, "field 'name' may have 128 bytes and no control characters", {.field = "name"});
    }
    const Consumer& consumer = services.tables.leases.registerConsumer(
        arguments.client(), arguments.text("name"), domainsFrom(arguments), services.clock.wallTime());
    Json answer = toJson(consumer);
    services.publish();
    return answer;
}

Result<Json> postLeaseReturn(EngineServices& services, const Arguments& arguments)
{
    const auto returned = returnLease(services, arguments.client().id, leaseIdOf(arguments));
    if (!returned)
        return fail(returned.error());
    return Json{{"lease_id", leaseIdOf(arguments).number}, {"freed_bytes", returned->freed.value}};
}

Result<Json> getLeaseTensors(EngineServices& services, const Arguments& arguments)
{
    const LeasePtr lease = leaseOf(services.tables.leases, arguments.client().id, leaseIdOf(arguments));
    if (!lease) {
        return fail(
            ErrorCode::LeaseNotFound, "this client has no lease " + std::to_string(leaseIdOf(arguments).number));
    }
    const auto lane = services.laneOf(lease->grant().device);
    return tensorsJson(*lease, lane ? (*lane)->device().description().uuid : std::string{});
}

Result<Json> getLeases(EngineServices& services, const Arguments& arguments)
{
    const std::string model = arguments.text("model_id");
    Json consumers = Json::array();
    for (const auto& [id, consumer] : services.tables.leases.consumers())
        consumers.push_back(toJson(consumer));
    Json leases = Json::array();
    for (const auto& [id, lease] : services.tables.leases.leases()) {
        if (model.empty() || lease->grant().model.text == model)
            leases.push_back(toJson(stateOf(*lease, services.tables.leases)));
    }
    return Json{{"consumers", std::move(consumers)}, {"leases", std::move(leases)}};
}

OperationSpec attachSpec(EngineServices& services)
{
    return {
        .family = "model",
        .name = "post_model_attach",
        .summary =
            "Gives this client a lease on weights that are loaded: it may map the memory that they lie in, which "
            "is neither moved nor given back until the lease is returned or the client is gone.",
        .duration = Duration::Long,
        .caller = Caller::Connected,
        .fields = leaseWishFields("Components to use; left out: all that are loaded there."),
        .errors = {ErrorCode::NotLoaded, ErrorCode::DeviceNotFound, ErrorCode::FeatureOff, ErrorCode::Busy,
            ErrorCode::Unsupported, ErrorCode::IoError, ErrorCode::DeviceError, ErrorCode::DeviceLost,
            ErrorCode::Cancelled},
        .answer =
            "the lease: lease_id, consumer_id, consumer, model_id, device_id, component_ids, size_bytes, domain "
            "(null), stage (offered: the memory was not sent yet), is_converted (whether any of it is in another type "
            "than its file has), granted_at. sharing.get_lease_tensors says "
            "where the tensors lie; server.post_slabs_send sends the memory",
        .describe = describeModelJob(services, "post_model_attach", JobWeight::Light),
        .handler = [&services](const Arguments& arguments,
                       JobContext* job) { return postModelAttach(services, arguments, *job); },
    };
}

OperationSpec registerSpec(EngineServices& services)
{
    return {
        .family = "sharing",
        .name = "post_consumer_register",
        .summary = "Says who this client is, and what it uses weights for: what somebody shares for one of its domains "
                   "is offered to it, by the notification sharing.lease_granted.",
        .caller = Caller::Connected,
        .fields = {{.name = "name",
                       .type = FieldType::Text,
                       .help = "As it is shown to others, 128 bytes at most; left out: the name of its program."},
            domainsField("What this program uses weights for: it is offered what is shared for any of these.", 0)},
        .errors = {},
        .answer = "consumer_id, name, process_id, domains, since",
        .handler = [&services](
                       const Arguments& arguments, JobContext*) { return postConsumerRegister(services, arguments); },
    };
}

OperationSpec returnSpec(EngineServices& services)
{
    return {
        .family = "sharing",
        .name = "post_lease_return",
        .summary = "Ends a lease of this client: it must not touch the memory any more.",
        .duration = Duration::Long,
        .caller = Caller::Connected,
        .fields = {leaseIdField()},
        .errors = {ErrorCode::LeaseNotFound},
        .answer = "lease_id, freed_bytes (of weights that were unloaded before, and that nobody else holds)",
        .describe =
            [](const Arguments&) {
                return JobDescription{.operation = "post_lease_return", .modelId = {}, .deviceId = {}, .subject = {}};
            },
        .handler = [&services](
                       const Arguments& arguments, JobContext*) { return postLeaseReturn(services, arguments); },
    };
}

OperationSpec tensorsSpec(EngineServices& services)
{
    return {
        .family = "sharing",
        .name = "get_lease_tensors",
        .summary = "Where the tensors of a lease lie in the memory that it is on.",
        .caller = Caller::Connected,
        .fields = {leaseIdField()},
        .errors = {ErrorCode::LeaseNotFound},
        .answer =
            "lease_id, device_id, device_uuid (of a GPU, by which another process finds it whatever numbers its GPUs "
            "have there; null in RAM), slabs (blocks of memory: slab_id, size_bytes) and tensors, each with "
            "component_id, name (as its file has it), dtype, shape, slab (which of these; null for a tensor "
            "without elements), offset_bytes in it and size_bytes",
        .handler = [&services](
                       const Arguments& arguments, JobContext*) { return getLeaseTensors(services, arguments); },
    };
}

OperationSpec leasesSpec(EngineServices& services)
{
    return {
        .family = "sharing",
        .name = "get_leases",
        .summary = "Which programs use what is loaded.",
        .fields = {{.name = "model_id", .type = FieldType::Text, .help = "Only leases on this model."}},
        .errors = {},
        .answer = "consumers, each with consumer_id, name, process_id, domains and since; leases, each with lease_id, "
                  "consumer_id, consumer, model_id, device_id, component_ids, size_bytes, domain (null: nobody has "
                  "shared it with the consumer, which asked for it itself), stage (offered, attached), is_converted, "
                  "granted_at",
        .handler = [&services](const Arguments& arguments, JobContext*) { return getLeases(services, arguments); },
    };
}

} // namespace

void addLeaseOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(attachSpec(services));
    registry.add(registerSpec(services));
    registry.add(returnSpec(services));
    registry.add(tensorsSpec(services));
    registry.add(leasesSpec(services));
}

} // namespace weightroom::engine
