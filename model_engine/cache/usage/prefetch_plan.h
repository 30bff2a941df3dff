// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/usage/use_predictor.h"
#include "model_engine/core/bytes.h"

#include <functional>
#include <optional>
#include <span>
#include <vector>

namespace weightroom::engine {

/// From this probability on a model is read ahead. In the replays a lower one saves little more time, and reads more
/// for nothing (docs/performance.md).
inline constexpr double kLeastPrefetchProbability = 0.2;

/// What decides about reading ahead.
struct PrefetchRequest {
    Bytes room; ///< free in the cache: nothing has to go for what is read ahead
    /// The bytes of a component that can be read; nothing for one that is cached, or that cannot be read.
    std::function<std::optional<Bytes>(const ComponentKey&)> missing;
    double leastProbability = kLeastPrefetchProbability;
};

struct PlannedPrefetch {
    ComponentKey key;
    Bytes size;

    friend bool operator==(const PlannedPrefetch&, const PlannedPrefetch&) = default;
};

/// What to read ahead, in this order: the components of the likeliest model first. What does not fit beside those
/// before it is passed over. `next`: the likeliest first, as UsePredictor::next() gives them.
[[nodiscard]] std::vector<PlannedPrefetch> prefetchPlan(
    std::span<const LikelyModel> next, const PrefetchRequest& request);

} // namespace weightroom::engine
