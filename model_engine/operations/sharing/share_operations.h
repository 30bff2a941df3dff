// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// model.post_model_share (S1): offers a loaded model to the programs that have registered for a domain.
void addShareOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
