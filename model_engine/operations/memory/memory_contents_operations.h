// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// What lies in a memory, down to its tensors: below what the ledger says of it. `services` must outlive the registry.
void addMemoryContentsOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
