// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// scan_model_directory and comprehensive_model_scan (O16). `services` must outlive the registry.
void addWorkerOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
