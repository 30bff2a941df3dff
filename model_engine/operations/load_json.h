// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"
#include "model_engine/loader/model_loader.h"

namespace weightroom::engine {

/// The answer of a load or of caching (C2): components, bytes, time by phase.
[[nodiscard]] Json loadJson(const LoadRequest& request, const LoadOutcome& outcome);

} // namespace weightroom::engine
