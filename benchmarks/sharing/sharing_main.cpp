// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/report.h"
#include "benchmarks/sharing/sharing_benchmark.h"

#include <CLI/CLI.hpp>

#include <set>

namespace weightroom::benchmarks {
namespace {

int run(int argumentCount, char** arguments)
{
    SharingBenchmarkRequest request;
    // With others the 3840 rows of CLIP-G's attention cannot be cut into three any more, which the diffusers folder
    // needs.
    const std::set<std::uint64_t> divisors{1, 2, 4, 8, 16, 32, 64, 128, 256};
    bool asJson = false;
    CLI::App app{
        "Makes the models that one person collects (SDXL checkpoints, one of them as a diffusers folder too,\n"
        "Flux dev and schnell, encoders and VAE apart), loads all of them with and without sharing, and prints\n"
        "the memory that they take. Memory that is needed: twice the size of the set, 101 GB at its real size."};
    app.add_option("folder", request.folder, "Where the set is made; it stays")->required();
    app.add_option("--divisor", request.divisor, "By what the weights of large tensors are divided")
        ->check(CLI::IsMember(divisors))
        ->capture_default_str();
    app.add_flag("--json", asJson, "Print JSON");
    CLI11_PARSE(app, argumentCount, arguments);
    request.folder = std::filesystem::absolute(request.folder).lexically_normal();
    return report(runSharingBenchmark(request, {}), asJson ? OutputForm::Json : OutputForm::Table);
}

} // namespace
} // namespace weightroom::benchmarks

int main(int argumentCount, char** arguments) { return weightroom::benchmarks::run(argumentCount, arguments); }
