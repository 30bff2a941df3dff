// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/cache/usage/use_predictor.h"
#include "model_engine/core/bytes.h"
#include "model_engine/core/ids.h"
#include "model_engine/core/settings/settings.h"

#include <chrono>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string_view>
#include <vector>

namespace weightroom::engine {

/// Which components leave the cache first when room is needed.
enum class EvictionPolicy : std::uint8_t {
    None = 0,
    LeastRecentlyUsed, ///< those that were used longest ago
    Value, ///< those that are worth least: seconds to bring them back × expected uses ÷ bytes that go
};

[[nodiscard]] std::string_view toText(EvictionPolicy policy); ///< "none", "lru", "value"
/// What the setting means; Auto is the one that wins on replayed traces (docs/decisions/0014).
[[nodiscard]] EvictionPolicy evictionPolicyFor(EvictionChoice choice);

/// A component that could leave the cache.
struct EvictionCandidate {
    ComponentKey key;
    Bytes bytesThatGo; ///< perhaps fewer than it has, when others share them
    std::chrono::duration<double> loadCost{}; ///< seconds that its last reading took
    std::uint64_t lastUse = 0; ///< counts uses; the higher, the later
};

/// Expected seconds to bring components back.
using LoadCosts = std::map<ComponentKey, std::chrono::duration<double>>;

/// Who leaves first, and who never.
struct EvictionRule {
    EvictionPolicy policy = EvictionPolicy::LeastRecentlyUsed;
    ExpectedUses expectedUses{}; ///< for Value
    LoadCosts loadCosts{}; ///< for Value; of those that are not named, the candidate's own
    std::set<ModelId> pinned{}; ///< these stay, whatever it costs
};

/// What it is worth to keep a component: seconds that are saved soon, for each byte that it holds. Without bytes that
/// would go it is never worth anything to let it go.
[[nodiscard]] double keepValue(std::chrono::duration<double> loadCost, double expectedUses, Bytes bytesThatGo);

/// The candidates that may leave, in the order in which they do; those of equal worth in the order of their last use.
[[nodiscard]] std::vector<std::size_t> evictionOrder(
    const EvictionRule& rule, std::span<const EvictionCandidate> candidates);

} // namespace weightroom::engine
