// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/cache_policy/replay_policies.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

namespace weightroom::benchmarks {

using engine::ComponentKey;
using engine::EvictionCandidate;
using engine::EvictionPolicy;

namespace {

/// The rules of the engine.
class EngineRule final : public ReplayPolicy {
public:
    explicit EngineRule(EvictionPolicy policy)
        : m_policy(policy)
    {
    }
    void endLoad(const TraceLoad& load) override { m_predictor.observe(load.use); }
    std::vector<std::size_t> order(std::span<const EvictionCandidate> candidates) override
    {
        return engine::evictionOrder({.policy = m_policy, .expectedUses = m_predictor.expectedUses()}, candidates);
    }

private:
    const EvictionPolicy m_policy;
    engine::UsePredictor m_predictor;
};

/// Those of lowest priority first, then those used longest ago.
class ByPriority : public ReplayPolicy {
public:
    std::vector<std::size_t> order(std::span<const EvictionCandidate> candidates) override
    {
        std::vector<std::pair<double, std::size_t>> rows;
        for (std::size_t i = 0; i < candidates.size(); ++i)
            rows.emplace_back(priorityOf(candidates[i]), i);
        std::ranges::sort(rows, {}, [&](const auto& row) {
            return std::pair{row.first, candidates[row.second].lastUse};
        });
        std::vector<std::size_t> order;
        for (const auto& [priority, index] : rows)
            order.push_back(index);
        return order;
    }

private:
    [[nodiscard]] virtual double priorityOf(const EvictionCandidate& candidate) const = 0;
};

class FrequencyWithDecay final : public ByPriority {
public:
    void beginLoad(std::size_t position) override { m_now = static_cast<double>(position); }
    void use(const TraceComponent& component) override
    {
        Row& row = m_rows[component.key];
        row = {weightOf(row) + 1, m_now};
    }

private:
    struct Row {
        double weight = 0;
        double asOf = 0;
    };
    [[nodiscard]] double weightOf(const Row& row) const
    {
        constexpr double kHalfLifeLoads = 32;
        return row.weight * std::exp2((row.asOf - m_now) / kHalfLifeLoads);
    }
    [[nodiscard]] double priorityOf(const EvictionCandidate& candidate) const override
    {
        const auto row = m_rows.find(candidate.key);
        return row == m_rows.end() ? 0 : weightOf(row->second);
    }
    std::map<ComponentKey, Row> m_rows;
    double m_now = 0;
};

class GreedyDualSizeFrequency final : public ByPriority {
public:
    void use(const TraceComponent& component) override
    {
        Row& row = m_rows[component.key];
        row.uses += 1;
        row.priority = m_age + row.uses * component.loadCost.count() / static_cast<double>(component.size.value);
    }
    void evicted(const EvictionCandidate& candidate) override
    {
        const auto row = m_rows.find(candidate.key);
        if (row == m_rows.end())
            return;
        m_age = std::max(m_age, row->second.priority);
        m_rows.erase(row); // its frequency is that within the cache
    }

private:
    struct Row {
        double uses = 0;
        double priority = 0;
    };
    [[nodiscard]] double priorityOf(const EvictionCandidate& candidate) const override
    {
        const auto row = m_rows.find(candidate.key);
        return row == m_rows.end() ? 0 : row->second.priority;
    }
    std::map<ComponentKey, Row> m_rows;
    double m_age = 0;
};

enum class Weighing : std::uint8_t { DistanceOnly, CostAndSize };

/// Knows what comes. Past the end of a run nothing counts: the cache is empty after it.
class Future final : public ByPriority {
public:
    Future(const Trace& trace, Weighing weighing)
        : m_weighing(weighing)
        , m_trace(trace)
    {
        for (std::size_t i = 0; i < trace.loads.size(); ++i) {
            for (const TraceComponent& component : trace.loads[i].components)
                m_uses[component.key].push_back(i);
        }
    }
    void beginLoad(std::size_t position) override { m_position = position; }

private:
    [[nodiscard]] double priorityOf(const EvictionCandidate& candidate) const override
    {
        const std::vector<std::size_t>& uses = m_uses.at(candidate.key);
        const auto next = std::ranges::upper_bound(uses, m_position);
        const bool isNever =
            next == uses.end() || m_trace.loads[*next].use.runStartedAt != m_trace.loads[m_position].use.runStartedAt;
        if (isNever)
            return 0;
        const double nearness = 1 / static_cast<double>(*next - m_position);
        return m_weighing == Weighing::DistanceOnly
            ? nearness
            : engine::keepValue(candidate.loadCost, nearness, candidate.bytesThatGo);
    }
    const Weighing m_weighing;
    const Trace& m_trace;
    std::map<ComponentKey, std::vector<std::size_t>> m_uses;
    std::size_t m_position = 0;
};

} // namespace

std::vector<NamedPolicy> replayPolicies(const Trace& trace)
{
    std::vector<NamedPolicy> policies;
    policies.push_back({"lru", std::make_unique<EngineRule>(EvictionPolicy::LeastRecentlyUsed)});
    policies.push_back({"lfu", std::make_unique<FrequencyWithDecay>()});
    policies.push_back({"gdsf", std::make_unique<GreedyDualSizeFrequency>()});
    policies.push_back({"value", std::make_unique<EngineRule>(EvictionPolicy::Value)});
    policies.push_back({"belady", std::make_unique<Future>(trace, Weighing::DistanceOnly)});
    policies.push_back({"future", std::make_unique<Future>(trace, Weighing::CostAndSize)});
    return policies;
}

} // namespace weightroom::benchmarks
