// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/ram_cache.h"
#include "model_engine/cache/usage/usage_log.h"
#include "model_engine/core/json.h"
#include "model_engine/operations/engine_tables.h"

#include <chrono>
#include <functional>
#include <vector>

namespace weightroom::engine {

/// What is known of the cached components that `isWanted` names, in the order of their keys: size, hits, misses, uses,
/// load cost, value, pinned, in use (K1). On the engine thread.
[[nodiscard]] Json cachedComponentsJson(
    const EngineTables& tables, const std::function<bool(const ComponentKey&)>& isWanted);

/// What an analysis of the uses works on: copied, so that the engine thread does not wait for it.
struct CacheHistory {
    UsageLog::Events events; ///< of the period
    std::vector<LikelyModel> next;
    ExpectedUses expectedUses;
    std::vector<CacheEntryStatistics> entries;
    Clock::Wall since{};
    Clock::Wall now{};
};

/// Hit rates, the course of the period, most used, never used again, likely next (K2).
[[nodiscard]] Json patternsJson(const CacheHistory& history);
/// The events as benchmarks/ replays them.
[[nodiscard]] Json traceJson(const UsageLog::Events& events);

} // namespace weightroom::engine
