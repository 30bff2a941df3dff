// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/cache_policy/cache_policy_benchmark.h"

#include "benchmarks/cache_policy/generated_traces.h"

#include <algorithm>

namespace weightroom::benchmarks {

using engine::Bytes;
using engine::Result;

namespace {

constexpr double kGigabyte = 1e9;

double gigabytes(Bytes bytes) { return static_cast<double>(bytes.value) / kGigabyte; }

double ratio(double value, double to) { return to > 0 ? value / to : 1; }

/// The budget; never so small that a load would be left out.
Bytes budgetOf(const Trace& trace, double part)
{
    const auto wanted = static_cast<std::uint64_t>(static_cast<double>(trace.distinctBytes().value) * part);
    return std::max(Bytes{wanted}, trace.largestLoad());
}

ReplayFigures replayWith(const Trace& trace, const std::string& name, const ReplayRequest& request)
{
    for (NamedPolicy& policy : replayPolicies(trace)) {
        if (policy.name == name)
            return replay(trace, *policy.policy, request);
    }
    return {};
}

void comparePolicies(const Trace& trace, Bytes budget, TraceFigures& figures)
{
    const double lru = replayWith(trace, "lru", {budget}).lost.count();
    for (NamedPolicy& policy : replayPolicies(trace)) {
        const ReplayFigures played = replay(trace, *policy.policy, {budget});
        PolicyFigures& row = figures.policies[policy.name];
        row.readGigabytes.add(gigabytes(played.read));
        row.lostSeconds.add(played.lost.count());
        row.hitRate.add(played.hitRate());
        row.lostToLru.add(ratio(played.lost.count(), lru));
    }
}

void comparePrefetching(const Trace& trace, Bytes budget, const std::vector<double>& thresholds, TraceFigures& figures)
{
    const double without = replayWith(trace, "value", {budget}).lost.count();
    const double lru = replayWith(trace, "lru", {budget}).lost.count();
    for (const double threshold : thresholds) {
        const ReplayFigures played = replayWith(trace, "value", {budget, Prefetching{threshold}});
        PrefetchFigures& row = figures.prefetching[threshold];
        row.lostToNone.add(ratio(played.lost.count(), without));
        row.lostToLru.add(ratio(played.lost.count(), lru));
        row.hitRate.add(played.hitRate());
        row.prefetchedGigabytes.add(gigabytes(played.prefetched));
        row.usedShare.add(ratio(gigabytes(played.prefetchedUsed), gigabytes(played.prefetched)));
    }
}

class Rounds {
public:
    explicit Rounds(const CachePolicyRequest& request)
        : m_request(request)
    {
    }
    void add(const Trace& trace)
    {
        for (const double budget : m_request.budgets) {
            TraceFigures& figures = rowOf(trace.name, budget);
            comparePolicies(trace, budgetOf(trace, budget), figures);
            comparePrefetching(trace, budgetOf(trace, budget), m_request.thresholds, figures);
        }
        for (const double threshold : m_request.thresholds)
            judge(trace, threshold);
    }
    [[nodiscard]] CachePolicyResult take() { return std::move(m_result); }

private:
    TraceFigures& rowOf(const std::string& trace, double budget)
    {
        for (TraceFigures& row : m_result.traces) {
            if (row.trace == trace && row.budget == budget)
                return row;
        }
        return m_result.traces.emplace_back(TraceFigures{trace, budget, {}, {}});
    }
    void judge(const Trace& trace, double threshold)
    {
        const PredictionFigures judged = judgePrediction(trace, threshold);
        auto row = std::ranges::find_if(m_result.predictions,
            [&](const JudgedPrediction& one) { return one.trace == trace.name && one.threshold == threshold; });
        if (row == m_result.predictions.end())
            row = m_result.predictions.insert(row, {trace.name, threshold, {}, {}});
        row->precision.add(judged.precision());
        row->recall.add(judged.recall());
    }

    const CachePolicyRequest& m_request;
    CachePolicyResult m_result;
};

} // namespace

Result<CachePolicyResult> runCachePolicies(const CachePolicyRequest& request)
{
    Rounds rounds{request};
    for (unsigned i = 0; i < request.seeds; ++i) {
        for (const Trace& trace : generateTraces(request.firstSeed + i))
            rounds.add(trace);
    }
    for (const std::filesystem::path& file : request.recorded) {
        const auto trace = readTrace(file);
        if (!trace)
            return engine::fail(trace.error());
        rounds.add(*trace);
    }
    return rounds.take();
}

} // namespace weightroom::benchmarks
