// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// PostModelPreload (O10), and plans of what is to be preloaded. `services` must outlive the registry.
void addPreloadOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
