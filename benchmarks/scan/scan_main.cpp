// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/report.h"
#include "benchmarks/scan/scan_benchmark.h"
#include "benchmarks/scan/scan_memory.h"

#include <CLI/CLI.hpp>

namespace weightroom::benchmarks {
namespace {

constexpr unsigned kMostRounds = 100;
constexpr unsigned kMostThreads = 64;

int run(int argumentCount, char** arguments)
{
    ScanBenchmarkRequest request;
    bool asJson = false;
    std::size_t memoryOf = 0;
    CLI::App app{"Measures the first scan of a library against a bare loop that reads its headers, cold and warm, a\n"
                 "rescan against a walk with stat, and against other programs. Figures of one round belong together."};
    app.add_option("folder", request.folder, "Where the libraries are made; they take about 2 GB and stay")->required();
    app.add_option("--python", request.python, "A Python with safetensors, for the peer");
    app.add_option("--invoke-python", request.invokePython, "A Python with invokeai, for the peer");
    app.add_option("--models", request.models, "How many with real headers")->capture_default_str();
    app.add_option("--unchanged", request.unchanged, "How many for the rescan")->capture_default_str();
    app.add_option("--rounds", request.rounds, "How often")->check(CLI::Range(1U, kMostRounds))->capture_default_str();
    app.add_option("--threads", request.threads, "Of the scan; 0: as it chooses")->check(CLI::Range(0U, kMostThreads));
    app.add_option(kMemoryOption, memoryOf, "Only the memory of this process, for so many models of one library");
    app.add_flag("--json", asJson, "Print JSON");
    CLI11_PARSE(app, argumentCount, arguments);
    request.folder = std::filesystem::absolute(request.folder).lexically_normal();
    const OutputForm form = asJson ? OutputForm::Json : OutputForm::Table;
    if (memoryOf > 0)
        return report(measureScanMemory(request.folder, memoryOf), form);
    return report(runScanRounds(request), form);
}

} // namespace
} // namespace weightroom::benchmarks

int main(int argumentCount, char** arguments) { return weightroom::benchmarks::run(argumentCount, arguments); }
