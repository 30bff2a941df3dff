// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/precision/precision_benchmark.h"
#include "benchmarks/report.h"

#include <CLI/CLI.hpp>

namespace weightroom::benchmarks {
namespace {

constexpr unsigned kMostRounds = 100;
constexpr unsigned kMostThreads = 16;
constexpr std::uint64_t kMostMebibytes = 4096;

int run(int argumentCount, char** arguments)
{
    PrecisionBenchmarkRequest request;
    bool asJson = false;
    CLI::App app{"Measures how fast weights are brought from one type to another, against a copy of the same bytes."};
    app.add_option("--mebibytes", request.mebibytes, "How much is converted at once")
        ->check(CLI::Range(std::uint64_t{1}, kMostMebibytes))
        ->capture_default_str();
    app.add_option("--rounds", request.rounds, "How often")->check(CLI::Range(1U, kMostRounds))->capture_default_str();
    app.add_option("--threads", request.threads, "Of conversion and copy")
        ->check(CLI::Range(1U, kMostThreads))
        ->capture_default_str();
    app.add_flag("--json", asJson, "Print JSON");
    CLI11_PARSE(app, argumentCount, arguments);
    return report(runPrecisionRounds(request), asJson ? OutputForm::Json : OutputForm::Table);
}

} // namespace
} // namespace weightroom::benchmarks

int main(int argumentCount, char** arguments) { return weightroom::benchmarks::run(argumentCount, arguments); }
