// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/spread.h"
#include "model_engine/core/result.h"

#include <filesystem>

namespace weightroom::benchmarks {

struct ScanBenchmarkRequest {
    std::filesystem::path folder; ///< where the libraries are made, or are already
    std::filesystem::path python; ///< with safetensors; empty: the peer is left out
    std::size_t models = 1000; ///< with real headers
    std::size_t unchanged = 10'000; ///< for the rescan
    unsigned rounds = 5;
    unsigned threads = 0; ///< of the scan; 0: as the scanner chooses
};

/// Seconds, one value a round; the ratios are those of two figures of one round.
struct ScanBenchmarkResult {
    std::size_t models = 0;
    std::size_t unchanged = 0;
    Spread bareCold, scanCold, scanToBareCold;
    Spread bareWarm, scanWarm, scanToBareWarm;
    Spread parseWarm, scanToParseWarm; ///< the bare loop with a parser
    Spread safeOpenWarm, safeOpenToScan; ///< empty without the peer
    Spread statWalk, rescan, rescanToWalk;
    Spread peakHalf, peakWhole; ///< bytes above what the records of half and of all models keep, while they are made
    Spread keptPerModel; ///< bytes of a record
};

/// Errors: those of making the libraries, of the scan, and of the peers.
[[nodiscard]] engine::Result<ScanBenchmarkResult> runScanRounds(const ScanBenchmarkRequest& request);

} // namespace weightroom::benchmarks
