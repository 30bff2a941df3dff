// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// GetModelCache (O15), get_cache_status and analyze_cache_patterns (O16), optimize_cache (K3). `services` must outlive
/// the registry. What fills and empties the cache is in load_operations.h.
void addCacheOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
