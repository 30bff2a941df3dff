// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/usage/usage_log.h"

#include <chrono>
#include <cstddef>
#include <map>
#include <vector>

namespace weightroom::engine {

/// A model that may be used next.
struct LikelyModel {
    ModelId model;
    double probability = 0; ///< that it is the next one
    std::vector<ComponentId> components; ///< those that at least half of its late uses took
};

/// How many uses of a component are to be expected soon, in units of "the very next load": 1 is a use by it, a use by
/// one later counts for less. See UsePredictor::expectedUses().
using ExpectedUses = std::map<ComponentKey, double>;

/// Learns which model follows which: a Markov chain of first order over the loads, one row per model.
///
///     after A:  B 2.4   C 0.8        loads that followed A; every later one makes the earlier ones count for less
///     at large: A 3.1   B 2.9 …      how often each was loaded of late, for what the rows do not know
///
/// The same model twice is one load. The beginning of a run is a row of its own: what is loaded first in the morning.
/// Time of day is not looked at. Bounded: kMostModels rows, each
/// with the followers that still count. Lives on the engine thread: no locks.
class UsePredictor {
public:
    static constexpr std::size_t kMostModels = 512;

    /// A run of the engine begins, with an empty cache. observe() does so by itself for the first use of another run.
    void beginRun(Clock::Wall startedAt);
    void observe(const ModelUse& use);

    /// All models that may be next, the likeliest first; the probabilities add up to 1 at most.
    [[nodiscard]] std::vector<LikelyModel> next() const;
    /// For all components that are known. Walks the chain some loads ahead; costs a few milliseconds at most.
    [[nodiscard]] ExpectedUses expectedUses() const;

private:
    struct Row {
        double weight = 0; ///< of the loads of late, as of load `asOf`
        std::uint64_t asOf = 0;
        std::map<ComponentId, double> components; ///< how many of `uses` took each
        double uses = 0; ///< of the model, of late
        std::map<ModelId, double> followers;
    };
    using Rows = std::map<ModelId, Row>;
    using Share = std::map<ModelId, double>; ///< adds up to 1, or is empty

    [[nodiscard]] double weightNow(const Row& row) const;
    void forgetTheRarest();
    [[nodiscard]] Share atLarge() const;
    /// Where the chain goes from `share` in one load.
    [[nodiscard]] Share step(const Share& share, const Share& atLarge) const;

    Rows m_rows; ///< under the empty id: what a run begins with
    ModelId m_current; ///< empty: the run has just begun
    Clock::Wall m_run{};
    std::uint64_t m_loads = 0;
};

} // namespace weightroom::engine
