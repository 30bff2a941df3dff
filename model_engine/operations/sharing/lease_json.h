// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "model_engine/operations/snapshot.h"
#include "model_engine/sharing/lease.h"

namespace weightroom::engine {

/// lease_id, consumer_id, consumer, model_id, device_id, component_ids, size_bytes, domain (null: none), stage
/// ("offered", "attached"), is_converted, granted_at.
[[nodiscard]] Json toJson(const LeaseState& lease);
/// consumer_id, name, process_id, domains, since.
[[nodiscard]] Json toJson(const Consumer& consumer);
/// What who maps the slabs needs: lease_id, device_id, device_uuid (null for a host device, whose UUID is empty), slabs
/// (slab_id, size_bytes) and tensors, each with component_id, name, dtype, shape, slab (its place in slabs; null for a
/// tensor without bytes), offset_bytes in it and size_bytes.
[[nodiscard]] Json tensorsJson(const Lease& lease, const std::string& deviceUuid);

} // namespace weightroom::engine
