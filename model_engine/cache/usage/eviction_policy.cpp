// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/usage/eviction_policy.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace weightroom::engine {
namespace {

double valueOf(const EvictionRule& rule, const EvictionCandidate& candidate)
{
    if (rule.policy != EvictionPolicy::Value)
        return 0; // all are worth the same: their last use decides
    const auto expected = rule.expectedUses.find(candidate.key);
    const auto cost = rule.loadCosts.find(candidate.key);
    return keepValue(cost == rule.loadCosts.end() ? candidate.loadCost : cost->second,
        expected == rule.expectedUses.end() ? 0 : expected->second, candidate.bytesThatGo);
}

} // namespace

std::string_view toText(EvictionPolicy policy)
{
    switch (policy) {
    case EvictionPolicy::LeastRecentlyUsed:
        return "lru";
    case EvictionPolicy::Value:
        return "value";
    case EvictionPolicy::None:
        break;
    }
    return "none";
}

EvictionPolicy evictionPolicyFor(EvictionChoice choice)
{
    return choice == EvictionChoice::LeastRecentlyUsed ? EvictionPolicy::LeastRecentlyUsed : EvictionPolicy::Value;
}

double keepValue(std::chrono::duration<double> loadCost, double expectedUses, Bytes bytesThatGo)
{
    if (bytesThatGo == Bytes{})
        return std::numeric_limits<double>::max();
    return loadCost.count() * expectedUses / static_cast<double>(bytesThatGo.value);
}

std::vector<std::size_t> evictionOrder(const EvictionRule& rule, std::span<const EvictionCandidate> candidates)
{
    struct Place {
        double value;
        std::uint64_t lastUse;
        std::size_t index;
    };
    std::vector<Place> places;
    for (std::size_t i = 0; i < candidates.size(); ++i) {
        if (!rule.pinned.contains(candidates[i].key.model))
            places.push_back({valueOf(rule, candidates[i]), candidates[i].lastUse, i});
    }
    std::ranges::stable_sort(places, {}, [](const Place& place) { return std::pair{place.value, place.lastUse}; });
    std::vector<std::size_t> order;
    order.reserve(places.size());
    for (const Place& place : places)
        order.push_back(place.index);
    return order;
}

} // namespace weightroom::engine
