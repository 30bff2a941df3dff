// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// collect_performance_metrics (O16, P1). `services` must outlive the registry.
void addPerformanceOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
