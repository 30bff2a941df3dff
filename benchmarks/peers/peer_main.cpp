// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/peers/peer_benchmark.h"
#include "benchmarks/report.h"

#include <CLI/CLI.hpp>

namespace weightroom::benchmarks {
namespace {

constexpr unsigned kMostRounds = 100;

int run(int argumentCount, char** arguments)
{
    PeerRequest request;
    bool asJson = false;
    CLI::App app{
        "Loads one safetensors file into RAM as Weightroom and as others do, in turns.\nMemory that is needed: "
        "three times the file."};
    app.add_option("file", request.file, "A model in one safetensors file of 64 MiB or more; not in use by others")
        ->required()
        ->check(CLI::ExistingFile);
    app.add_option("--python", request.python,
           "A Python with torch and safetensors, and fastsafetensors and "
           "runai-model-streamer if they are to be measured")
        ->check(CLI::ExistingFile);
    app.add_option("--second", request.second,
           "Another model of the same size, with half of its bytes in common: see make_half_shared.py")
        ->check(CLI::ExistingFile);
    app.add_option("--rounds", request.rounds, "How often")->check(CLI::Range(1U, kMostRounds))->capture_default_str();
    app.add_flag("--json", asJson, "Print JSON");
    CLI11_PARSE(app, argumentCount, arguments);
    request.file = std::filesystem::absolute(request.file).lexically_normal();
    if (!request.second.empty())
        request.second = std::filesystem::absolute(request.second).lexically_normal();
    return report(runPeerRounds(request, {}), asJson ? OutputForm::Json : OutputForm::Table);
}

} // namespace
} // namespace weightroom::benchmarks

int main(int argumentCount, char** arguments) { return weightroom::benchmarks::run(argumentCount, arguments); }
