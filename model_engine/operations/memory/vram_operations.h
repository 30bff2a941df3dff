// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// The other names of loading, unloading and caching: PostModelVramLoad and PostModelVramUnload (O15), and the
/// operations of workers on single components (O16). They are the operations of load_operations.h and
/// unload_operations.h, which the registry must have already. `services` must outlive the registry.
void addVramOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
