// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/settings/settings.h"
#include "model_engine/monitor/alerts/alert.h"

#include <vector>

namespace weightroom::engine {

/// One rule for each kind of alert, in the order of the enumeration. Any thread.
[[nodiscard]] std::vector<AlertRule> alertRulesOf(const Settings& settings);

} // namespace weightroom::engine
