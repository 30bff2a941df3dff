// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/cache_policy/cache_replay.h"
#include "benchmarks/spread.h"
#include "model_engine/core/json.h"
#include "model_engine/core/result.h"

#include <filesystem>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

namespace weightroom::benchmarks {

struct CachePolicyRequest {
    std::uint64_t firstSeed = 1;
    unsigned seeds = 5; ///< so many sets of generated traces
    std::vector<std::filesystem::path> recorded; ///< traces of the application
    std::vector<double> budgets{0.25, 0.5, 0.75}; ///< as parts of all bytes of the trace
    std::vector<double> thresholds{0.1, 0.2, 0.3, 0.5}; ///< of the prediction
};

/// Of one policy; one value a seed.
struct PolicyFigures {
    Spread readGigabytes, lostSeconds, hitRate;
    Spread lostToLru; ///< of one seed
};

/// Of reading ahead above one threshold, with the policy `value`.
struct PrefetchFigures {
    Spread lostToNone; ///< to the same without
    Spread lostToLru, hitRate; ///< to plain LRU, which reads nothing ahead
    Spread prefetchedGigabytes, usedShare;
};

/// Of one kind of trace and one budget.
struct TraceFigures {
    std::string trace;
    double budget = 0;
    std::map<std::string, PolicyFigures> policies;
    std::map<double, PrefetchFigures> prefetching; ///< by threshold
};

/// Of one kind of trace and one threshold.
struct JudgedPrediction {
    std::string trace;
    double threshold = 0;
    Spread precision, recall;
};

struct CachePolicyResult {
    std::vector<TraceFigures> traces;
    std::vector<JudgedPrediction> predictions;
};

/// Errors: those of readTrace().
[[nodiscard]] engine::Result<CachePolicyResult> runCachePolicies(const CachePolicyRequest& request);

void printTable(const CachePolicyResult& result, std::ostream& out);
[[nodiscard]] engine::Json toJson(const CachePolicyResult& result);

} // namespace weightroom::benchmarks
