// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/json.h"

#include <cstddef>
#include <iosfwd>
#include <optional>

namespace weightroom::ctl {

/// Tables of what monitor.get_monitor_state has answered, with active alerts of monitor.get_alerts in "alerts": the
/// memory of each device and of the RAM cache by who has it, what GPUs say of themselves ("-" where they do not), loads
/// since the start. `width`: columns that there are; nothing: as many as it takes.
void printMonitor(const engine::Json& answer, std::ostream& stream, std::optional<std::size_t> width);

} // namespace weightroom::ctl
