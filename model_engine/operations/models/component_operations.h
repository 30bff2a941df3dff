// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// model.get_model_components: the parts of a model, and its tensors on request. `services` must outlive the registry.
void addComponentOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
