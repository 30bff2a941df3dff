// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/spread.h"
#include "model_engine/core/result.h"

#include <filesystem>
#include <vector>

namespace weightroom::benchmarks {

struct ScanBenchmarkRequest {
    std::filesystem::path folder; ///< where the libraries are made, or are already
    std::filesystem::path python; ///< with safetensors; empty: the peer is left out
    std::filesystem::path invokePython; ///< with invokeai; empty: the peer is left out
    std::size_t models = 1000; ///< with real headers
    std::size_t unchanged = 10'000; ///< for the rescan
    unsigned rounds = 5;
    unsigned threads = 0; ///< of the scan; 0: as the scanner chooses
};

/// Of one library of real headers. Seconds, one value a round; the ratios are those of two figures of one round.
struct FirstScanFigures {
    std::size_t models = 0;
    std::size_t tables = 0; ///< different ones, of TensorTables
    Spread bareCold, scanCold, scanToBareCold;
    Spread bareWarm, scanWarm, scanToBareWarm;
    Spread parseWarm, scanToParseWarm; ///< the bare loop with a parser
    Spread safeOpenWarm, safeOpenToScan; ///< empty without the peer
    Spread invokeCold, scanToInvokeCold; ///< of one file; empty without the peer
    Spread invokeWarm, scanToInvokeWarm;
};

/// What a scan in a process of its own takes, in bytes.
struct MemoryFigures {
    std::size_t models = 0;
    Spread beside; ///< the highest use of memory, above what the records keep
    Spread keptPerModel; ///< by a record
};

struct ScanBenchmarkResult {
    FirstScanFigures shared, distinct; ///< by TensorTables
    std::size_t unchanged = 0;
    Spread statWalk, rescan, rescanToWalk;
    std::vector<MemoryFigures> memory; ///< for growing parts of a library of distinct tables
};

/// Errors: those of making the libraries, of the scan, and of the peers.
[[nodiscard]] engine::Result<ScanBenchmarkResult> runScanRounds(const ScanBenchmarkRequest& request);

} // namespace weightroom::benchmarks
