// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/cache_policy/cache_policy_benchmark.h"
#include "benchmarks/report.h"

#include <ostream>

namespace weightroom::benchmarks {

using engine::Json;

namespace {

constexpr double kPerCent = 0.01;

std::string percent(double part) { return std::to_string(static_cast<int>(part / kPerCent + 0.5)) + " %"; }

void printPolicies(const TraceFigures& figures, std::ostream& out)
{
    out << figures.trace << ", budget " << percent(figures.budget) << " of all bytes\n";
    for (const auto& [name, row] : figures.policies) {
        out << "  " << name << '\n';
        out << lineOf({"    time lost, to lru", 1, "x"}, row.lostToLru) << '\n';
        out << lineOf({"    time lost", 1, "s"}, row.lostSeconds) << '\n';
        out << lineOf({"    read", 1, "GB"}, row.readGigabytes) << '\n';
        out << lineOf({"    hits of all uses", kPerCent, "%"}, row.hitRate) << '\n';
    }
}

void printPrefetching(const TraceFigures& figures, std::ostream& out)
{
    for (const auto& [threshold, row] : figures.prefetching) {
        out << "  value, read ahead from a probability of " << percent(threshold) << '\n';
        out << lineOf({"    time lost, to none ahead", 1, "x"}, row.lostToNone) << '\n';
        out << lineOf({"    time lost, to lru", 1, "x"}, row.lostToLru) << '\n';
        out << lineOf({"    hits of all uses", kPerCent, "%"}, row.hitRate) << '\n';
        out << lineOf({"    read ahead", 1, "GB"}, row.prefetchedGigabytes) << '\n';
        out << lineOf({"    used of it", kPerCent, "%"}, row.usedShare) << '\n';
    }
}

Json policiesJson(const TraceFigures& figures)
{
    Json rows = Json::object();
    for (const auto& [name, row] : figures.policies) {
        rows[name] = {
            {"lost_to_lru", toJson(row.lostToLru)},
            {"lost_seconds", toJson(row.lostSeconds)},
            {"read_gigabytes", toJson(row.readGigabytes)},
            {"hit_rate", toJson(row.hitRate)},
        };
    }
    return rows;
}

Json prefetchingJson(const TraceFigures& figures)
{
    Json rows = Json::array();
    for (const auto& [threshold, row] : figures.prefetching) {
        rows.push_back({
            {"threshold", threshold},
            {"lost_to_none_ahead", toJson(row.lostToNone)},
            {"lost_to_lru", toJson(row.lostToLru)},
            {"hit_rate", toJson(row.hitRate)},
            {"prefetched_gigabytes", toJson(row.prefetchedGigabytes)},
            {"used_share", toJson(row.usedShare)},
        });
    }
    return rows;
}

} // namespace

void printTable(const CachePolicyResult& result, std::ostream& out)
{
    for (const TraceFigures& figures : result.traces) {
        printPolicies(figures, out);
        printPrefetching(figures, out);
    }
    for (const JudgedPrediction& judged : result.predictions) {
        out << judged.trace << ", guesses from a probability of " << percent(judged.threshold) << '\n';
        out << lineOf({"    right of those guessed", kPerCent, "%"}, judged.precision) << '\n';
        out << lineOf({"    guessed of those loaded", kPerCent, "%"}, judged.recall) << '\n';
    }
}

Json toJson(const CachePolicyResult& result)
{
    Json traces = Json::array();
    for (const TraceFigures& figures : result.traces) {
        traces.push_back({{"trace", figures.trace}, {"budget", figures.budget}, {"policies", policiesJson(figures)},
            {"prefetching", prefetchingJson(figures)}});
    }
    Json predictions = Json::array();
    for (const JudgedPrediction& judged : result.predictions) {
        predictions.push_back({{"trace", judged.trace}, {"threshold", judged.threshold},
            {"precision", toJson(judged.precision)}, {"recall", toJson(judged.recall)}});
    }
    return {{"traces", std::move(traces)}, {"predictions", std::move(predictions)}};
}

} // namespace weightroom::benchmarks
