// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "model_engine/loader/model_loader.h"
#include "model_engine/operations/loading/model_loading.h"

namespace weightroom::engine {

/// The answer of a load or of caching (C2): components, bytes, time by phase.
[[nodiscard]] Json loadJson(const LoadRequest& request, const LoadOutcome& outcome);
/// What was done before a load succeeded at the second attempt: failed_with and steps.
[[nodiscard]] Json recoveryJson(const LoadRecoveryReport& report);

} // namespace weightroom::engine
