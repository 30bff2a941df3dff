// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/load/load_benchmark.h"
#include "benchmarks/report.h"

#include <CLI/CLI.hpp>

namespace weightroom::benchmarks {
namespace {

constexpr unsigned kMostRounds = 100;

int run(int argumentCount, char** arguments)
{
    LoadBenchmarkRequest request{.file = {}, .device = {}, .settings = engine::defaultSettings(engine::systemMemory())};
    bool asJson = false;
    std::uint64_t hostGiB = 0;
    std::uint64_t cacheGiB = 0;
    CLI::App app{"Measures disk to cache, cache to device and a cold load of one model file against the limits of this "
                 "machine,\n"
                 "which are measured in the same round. Memory that is needed: twice the file on a host device."};
    app.add_option("file", request.file, "A model file of 64 MiB or more that can be loaded; not in use by others")
        ->required()
        ->check(CLI::ExistingFile);
    app.add_option("--device", request.device.text, "GPU_0, HOST_0, ...; left out: the first");
    app.add_option("--rounds", request.rounds, "How often")->check(CLI::Range(1U, kMostRounds))->capture_default_str();
    app.add_option("--host-device", hostGiB, "Capacity of the host device in GiB");
    app.add_option("--cache", cacheGiB, "Budget of the cache in GiB");
    app.add_flag("--json", asJson, "Print JSON");
    CLI11_PARSE(app, argumentCount, arguments);
    if (hostGiB > 0)
        request.settings.hostDevices = {engine::kGiB * hostGiB};
    if (cacheGiB > 0)
        request.settings.cacheBudget = engine::kGiB * cacheGiB;
    request.file = std::filesystem::absolute(request.file).lexically_normal();
    return report(runLoadRounds(request, {}), asJson ? OutputForm::Json : OutputForm::Table);
}

} // namespace
} // namespace weightroom::benchmarks

int main(int argumentCount, char** arguments) { return weightroom::benchmarks::run(argumentCount, arguments); }
