// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// GetModelCompatibility: what a model works with, what it needs, and where it fits. `services` must outlive the
/// registry.
void addCompatibilityOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
