// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// GetSettings and PostSettingsUpdate: the model folders, the cache budget, the host devices. `services` must outlive
/// the registry.
void addSettingsOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
