// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// What is watched: its state now and over time, and alerts (P1 to P3). `services` must outlive the registry.
void addMonitorOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
