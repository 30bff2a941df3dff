// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/cache_policy/cache_policy_benchmark.h"
#include "benchmarks/report.h"

#include <CLI/CLI.hpp>

namespace weightroom::benchmarks {
namespace {

constexpr unsigned kMostSeeds = 1000;

int run(int argumentCount, char** arguments)
{
    CachePolicyRequest request;
    bool asJson = false;
    CLI::App app{"Replays loads on a cache that holds sizes only, and compares who leaves it first, and what is read\n"
                 "ahead. No model is read; the same seeds give the same figures everywhere."};
    app.add_option(
        "traces", request.recorded, "Recorded traces: answers of worker.analyze_cache_patterns with include_trace");
    app.add_option("--seeds", request.seeds, "How many sets of generated traces")
        ->check(CLI::Range(0U, kMostSeeds))
        ->capture_default_str();
    app.add_option("--first-seed", request.firstSeed, "The seed of the first of them")->capture_default_str();
    app.add_option("--budget", request.budgets, "Parts of all bytes of a trace")->check(CLI::Range(0.01, 1.0));
    app.add_option("--threshold", request.thresholds, "Probabilities from which something is read ahead")
        ->check(CLI::Range(0.0, 1.0));
    app.add_flag("--json", asJson, "Print JSON");
    CLI11_PARSE(app, argumentCount, arguments);
    return report(runCachePolicies(request), asJson ? OutputForm::Json : OutputForm::Table);
}

} // namespace
} // namespace weightroom::benchmarks

int main(int argumentCount, char** arguments) { return weightroom::benchmarks::run(argumentCount, arguments); }
