// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// worker.optimize_component_sharing (O16, M1). `services` must outlive the registry.
void addSharingOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
