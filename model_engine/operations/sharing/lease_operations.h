// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// How other programs use what is loaded (S2, S3): model.post_model_attach, sharing.post_consumer_register,
/// sharing.post_lease_return, sharing.get_lease_tensors, sharing.get_leases. The memory itself goes over the socket:
/// server.post_slabs_send.
void addLeaseOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
