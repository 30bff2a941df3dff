// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/operations/engine_services.h"
#include "model_engine/operations/operation.h"

namespace weightroom::engine {

/// What a load was predicted to take: bytes, and seconds by phase, null where nothing could be said.
[[nodiscard]] Json predictedJson(const PredictedLoad& predicted);

/// get_model_load_records: what loads were predicted to take, and what they took. `services` must outlive the registry.
void addLoadRecordOperations(OperationRegistry& registry, EngineServices& services);

} // namespace weightroom::engine
