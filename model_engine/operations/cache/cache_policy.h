// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/usage/eviction_policy.h"

namespace weightroom::engine {

struct EngineTables;

/// Who leaves the cache first, by the setting and by what is known of the uses, which stands in it whatever the policy.
/// On the engine thread.
[[nodiscard]] EvictionRule evictionRule(const EngineTables& tables);

} // namespace weightroom::engine
