// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// What a load would take, before it does (C3, C5). `services` must outlive the registry.
void addLoadPreviewOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
