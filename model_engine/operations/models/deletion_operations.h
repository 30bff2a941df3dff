// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// model.delete_model and model.post_model_restore (O5). `services` must outlive the registry.
void addDeletionOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
