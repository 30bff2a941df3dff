// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// model.get_model_config and model.post_model_config_update (O13). `services` must outlive the registry.
void addModelConfigOperations(OperationRegistry& registry, EngineServices& services);

/// Takes what users said about their models in earlier runs from the store into the tables, once; does nothing when it
/// is there already. On a job's thread. Errors: those of the store.
[[nodiscard]] Result<> loadModelSettings(EngineServices& services);

} // namespace weightroom::engine
