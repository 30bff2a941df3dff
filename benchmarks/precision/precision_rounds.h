// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/spread.h"
#include "model_engine/core/bytes.h"
#include "model_engine/core/dtype.h"
#include "model_engine/core/result.h"

#include <vector>

namespace weightroom::benchmarks {

struct PrecisionBenchmarkRequest {
    std::uint64_t mebibytes = 256; ///< of stored numbers: more than the caches hold
    unsigned rounds = 5;
    unsigned threads = 1;
};

/// Of one pair of types, one value a round: bytes of stored numbers a second, into memory that was touched before.
struct PairFigures {
    engine::Dtype from = engine::Dtype::Unknown;
    engine::Dtype to = engine::Dtype::Unknown;
    Spread rate;
    Spread toCopy; ///< to a plain copy of the stored numbers in the same round, on as many threads
    Spread plain; ///< by the loops for every processor, on one thread
};

struct PrecisionBenchmarkResult {
    unsigned threads = 1;
    Spread copy; ///< bytes a second
    std::vector<PairFigures> pairs;
};

/// Errors: those of the conversion.
[[nodiscard]] engine::Result<PrecisionBenchmarkResult> runPrecisionRounds(const PrecisionBenchmarkRequest& request);

} // namespace weightroom::benchmarks
