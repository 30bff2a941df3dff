// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/cache_policy/cache_replay.h"

#include "model_engine/cache/usage/prefetch_plan.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace weightroom::benchmarks {

using engine::Bytes;
using engine::Clock;
using engine::ComponentKey;
using engine::EvictionCandidate;

namespace {

using Seconds = std::chrono::duration<double>;

/// Idle time begins so long after the last work (engine::IdleTiming).
constexpr Seconds kQuiet{5};

double share(std::uint64_t part, std::uint64_t all)
{
    return all == 0 ? 0 : static_cast<double>(part) / static_cast<double>(all);
}

class Replay {
public:
    Replay(const Trace& trace, ReplayPolicy& policy, const ReplayRequest& request)
        : m_trace(trace)
        , m_policy(policy)
        , m_request(request)
    {
        for (const TraceLoad& load : trace.loads) {
            for (const TraceComponent& component : load.components)
                m_known[component.key] = component;
        }
    }

    ReplayFigures run()
    {
        Clock::Wall runStartedAt{};
        Clock::Wall lastWork{};
        for (std::size_t i = 0; i < m_trace.loads.size(); ++i) {
            const TraceLoad& load = m_trace.loads[i];
            if (std::exchange(runStartedAt, load.use.runStartedAt) != load.use.runStartedAt) {
                m_entries.clear();
                m_used = {};
                lastWork = runStartedAt;
                // The predictor hears of a new run by the first load in it; a guess before asks for the beginning.
                m_predictor.beginRun(runStartedAt);
            }
            prefetch(load.use.at - lastWork - kQuiet);
            m_policy.beginLoad(i);
            play(load);
            m_policy.endLoad(load);
            m_predictor.observe(load.use);
            lastWork = load.use.at;
        }
        return m_figures;
    }

private:
    struct Entry {
        TraceComponent component;
        std::uint64_t lastUse = 0;
        bool isGuess = false; ///< read ahead, and not used yet
    };

    void play(const TraceLoad& load)
    {
        std::set<ComponentKey> wanted;
        Bytes missing;
        for (const TraceComponent& component : load.components) {
            wanted.insert(component.key);
            missing += m_entries.contains(component.key) ? Bytes{} : component.size;
        }
        if (missing > m_request.budget)
            return;
        makeRoom(missing, wanted);
        for (const TraceComponent& component : load.components)
            use(component);
    }

    void use(const TraceComponent& component)
    {
        ++m_figures.uses;
        const auto entry = m_entries.find(component.key);
        if (entry == m_entries.end()) {
            m_figures.read += component.size;
            m_figures.lost += component.loadCost;
            m_used += component.size;
            m_entries[component.key] = {component, ++m_uses};
        } else {
            ++m_figures.hits;
            entry->second.lastUse = ++m_uses;
            if (std::exchange(entry->second.isGuess, false))
                m_figures.prefetchedUsed += component.size;
        }
        m_policy.use(component);
    }

    void makeRoom(Bytes missing, const std::set<ComponentKey>& wanted)
    {
        if (m_used + missing <= m_request.budget)
            return;
        std::vector<EvictionCandidate> candidates;
        for (const auto& [key, entry] : m_entries) {
            if (!wanted.contains(key))
                candidates.push_back({key, entry.component.size, entry.component.loadCost, entry.lastUse});
        }
        for (const std::size_t index : m_policy.order(candidates)) {
            if (m_used + missing <= m_request.budget)
                return;
            m_policy.evicted(candidates[index]);
            m_used -= candidates[index].bytesThatGo;
            m_entries.erase(candidates[index].key);
        }
    }

    void prefetch(Seconds idle)
    {
        if (!m_request.prefetching)
            return;
        // The rule of the engine itself.
        const auto missing = [this](const ComponentKey& key) {
            return m_entries.contains(key) ? std::nullopt : std::optional{m_known.at(key).size};
        };
        const Bytes room = m_request.budget - std::min(m_request.budget, m_used);
        for (const auto& planned :
            engine::prefetchPlan(m_predictor.next(), {room, missing, m_request.prefetching->threshold})) {
            const TraceComponent& component = m_known.at(planned.key);
            idle -= component.loadCost;
            if (idle < Seconds{0})
                return;
            m_figures.prefetched += component.size;
            m_used += component.size;
            m_entries[component.key] = {component, ++m_uses, true};
        }
    }

    const Trace& m_trace;
    ReplayPolicy& m_policy;
    const ReplayRequest& m_request;
    std::map<ComponentKey, TraceComponent> m_known;
    std::map<ComponentKey, Entry> m_entries;
    engine::UsePredictor m_predictor;
    ReplayFigures m_figures;
    Bytes m_used;
    std::uint64_t m_uses = 0;
};

} // namespace

double ReplayFigures::hitRate() const { return share(hits, uses); }

double PredictionFigures::precision() const { return share(right, guessed); }

double PredictionFigures::recall() const { return share(right, loads); }

ReplayFigures replay(const Trace& trace, ReplayPolicy& policy, const ReplayRequest& request)
{
    return Replay{trace, policy, request}.run();
}

PredictionFigures judgePrediction(const Trace& trace, double threshold)
{
    PredictionFigures figures{.threshold = threshold};
    engine::UsePredictor predictor;
    const engine::ModelUse* before = nullptr;
    for (const TraceLoad& load : trace.loads) {
        const bool isNewRun = !before || before->runStartedAt != load.use.runStartedAt;
        if (isNewRun)
            predictor.beginRun(load.use.runStartedAt);
        if (isNewRun || before->model != load.use.model) {
            ++figures.loads;
            for (const engine::LikelyModel& model : predictor.next()) {
                figures.guessed += model.probability >= threshold ? 1 : 0;
                figures.right += model.probability >= threshold && model.model == load.use.model ? 1 : 0;
            }
        }
        predictor.observe(load.use);
        before = &load.use;
    }
    return figures;
}

} // namespace weightroom::benchmarks
