// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// PostModelUnload (O4) and DeleteModelCache (O12). `services` must outlive the registry.
void addUnloadOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
