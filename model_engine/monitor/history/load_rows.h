// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/database/database.h"
#include "model_engine/monitor/history/history_store.h"
#include "model_engine/monitor/loads/load_event.h"

#include <span>
#include <vector>

namespace weightroom::engine {

// The table load. Errors: those of Database.

[[nodiscard]] Result<> writeLoads(const Database& database, std::span<const LoadEvent> loads);
/// By time; rows that are none of ours are left out.
[[nodiscard]] Result<std::vector<LoadEvent>> readLoads(const Database& database, const HistorySpan& span);
/// Those that ended before `oldest`, and those beyond HistoryStore::kMostLoads.
[[nodiscard]] Result<> removeOldLoads(const Database& database, Clock::Wall oldest);

} // namespace weightroom::engine
