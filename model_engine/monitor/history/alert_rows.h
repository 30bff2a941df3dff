// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/database/database.h"
#include "model_engine/monitor/alerts/alert.h"

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace weightroom::engine {

// The table alert. Errors: those of Database.

/// HistoryStore::write()
[[nodiscard]] Result<> writeAlerts(const Database& database, std::span<const Alert> alerts);
/// The newest first, by their numbers, of those below `before`; at most `most`. Rows that are none of ours are left
/// out.
[[nodiscard]] Result<std::vector<Alert>> readAlerts(
    const Database& database, std::size_t most, std::uint64_t before = std::numeric_limits<std::uint64_t>::max());
/// The newest first: these, and with them all of the older ones that are active, at most `mostActive`.
[[nodiscard]] Result<std::vector<Alert>> readAlertsToGoOn(
    const Database& database, std::size_t most, std::size_t mostActive);
/// Those that have recovered before `oldest`. The last number stays, so that it is not given again.
[[nodiscard]] Result<> removeOldAlerts(const Database& database, Clock::Wall oldest);

} // namespace weightroom::engine
