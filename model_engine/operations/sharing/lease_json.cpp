// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/sharing/lease_json.h"

#include "model_engine/core/clock.h"
#include "model_engine/core/utf8.h"

#include <utility>

namespace weightroom::engine {
namespace {

Json tensorJson(const LeasedTensor& leased)
{
    const StoredTensor& tensor = *leased.tensor;
    Json shape = Json::array();
    for (const std::uint64_t length : tensor.shape.dimensions)
        shape.push_back(length);
    const bool hasBytes = tensor.size() > Bytes{};
    return {
        {"component_id", leased.component->key.component.text},
        {"name", toValidUtf8(tensor.name)},
        {"dtype", toText(tensor.dtype)},
        {"shape", std::move(shape)},
        {"slab", hasBytes ? Json(leased.slab) : Json()},
        {"offset_bytes", leased.offset},
        {"size_bytes", tensor.size().value},
    };
}

} // namespace

Json toJson(const LeaseState& lease)
{
    Json ids = Json::array();
    for (const ComponentId& id : lease.components)
        ids.push_back(id.text);
    const LeaseGrant& grant = lease.grant;
    return {
        {"lease_id", grant.id.number},
        {"consumer_id", grant.client.number},
        {"consumer", lease.consumer},
        {"model_id", grant.model.text},
        {"device_id", grant.device.text},
        {"component_ids", std::move(ids)},
        {"size_bytes", lease.size.value},
        {"domain", grant.domain == SharingDomain::None ? Json() : Json(toText(grant.domain))},
        {"stage", toText(lease.stage)},
        {"is_converted", lease.isConverted},
        {"granted_at", toIsoText(grant.at, IsoPrecision::Seconds)},
    };
}

Json toJson(const Consumer& consumer)
{
    Json domains = Json::array();
    for (const SharingDomain domain : consumer.domains)
        domains.push_back(toText(domain));
    return {
        {"consumer_id", consumer.client.id.number},
        {"name", consumer.name},
        {"process_id", consumer.client.processId},
        {"domains", std::move(domains)},
        {"since", toIsoText(consumer.since, IsoPrecision::Seconds)},
    };
}

Json tensorsJson(const Lease& lease, const std::string& deviceUuid)
{
    const std::string& device = lease.grant().device.text;
    Json slabs = Json::array();
    for (const LeasedSlab& slab : lease.slabs())
        slabs.push_back({{"slab_id", device + "-" + std::to_string(slab.number)}, {"size_bytes", slab.size.value}});
    Json tensors = Json::array();
    for (const LeasedTensor& tensor : lease.tensors())
        tensors.push_back(tensorJson(tensor));
    return {
        {"lease_id", lease.grant().id.number},
        {"device_id", device},
        {"device_uuid", deviceUuid.empty() ? Json() : Json(deviceUuid)},
        {"slabs", std::move(slabs)},
        {"tensors", std::move(tensors)},
    };
}

} // namespace weightroom::engine
