// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// GetAvailableModels (O15, D). `services` must outlive the registry.
void addScanOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
