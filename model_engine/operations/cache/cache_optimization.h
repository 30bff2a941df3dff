// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "model_engine/core/result.h"
#include "model_engine/operations/engine_services.h"

namespace weightroom::engine {

/// Drops what can never be hit again, then what is worth least until `wantedFree` bytes of the budget are free, and
/// reports: optimizations_applied, freed_bytes, expected_gain, recommended_actions (K3, M4). On the thread of a job.
[[nodiscard]] Json optimizeCache(EngineServices& services, Bytes wantedFree);

} // namespace weightroom::engine
