// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "benchmarks/cache_policy/replay_policies.h"

#include <optional>

namespace weightroom::benchmarks {

/// What is read ahead in idle time: models that follow with at least this probability, into free room only.
struct Prefetching {
    double threshold = 0;
};

struct ReplayRequest {
    engine::Bytes budget;
    std::optional<Prefetching> prefetching{}; ///< absent: nothing is read ahead
};

/// What a trace costs with a policy.
struct ReplayFigures {
    engine::Bytes read; ///< by loads, while somebody waits
    std::chrono::duration<double> lost{}; ///< in which somebody waits for the disk
    std::uint64_t uses = 0; ///< of components
    std::uint64_t hits = 0;
    engine::Bytes prefetched; ///< in idle time
    engine::Bytes prefetchedUsed; ///< of these

    [[nodiscard]] double hitRate() const;
};

/// Plays a trace on a cache that holds sizes only. Each run begins with an empty one. Every load goes through the
/// cache, as in the engine; one that is larger than the budget is left out.
[[nodiscard]] ReplayFigures replay(const Trace& trace, ReplayPolicy& policy, const ReplayRequest& request);

/// How good the guesses are: of the loads of another model than before.
struct PredictionFigures {
    double threshold = 0;
    std::uint64_t loads = 0;
    std::uint64_t guessed = 0; ///< models that were expected with at least this probability
    std::uint64_t right = 0; ///< loads of a model that was expected so

    [[nodiscard]] double precision() const; ///< right to guessed
    [[nodiscard]] double recall() const; ///< right to loads
};

[[nodiscard]] PredictionFigures judgePrediction(const Trace& trace, double threshold);

} // namespace weightroom::benchmarks
