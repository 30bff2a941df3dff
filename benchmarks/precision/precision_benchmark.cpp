// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/precision/precision_benchmark.h"

#include "benchmarks/report.h"

#include <ostream>

namespace weightroom::benchmarks {
namespace {

constexpr double kGigabyte = 1e9;

std::string nameOf(const PairFigures& pair)
{
    return std::string{engine::toText(pair.from)} + " to " + std::string{engine::toText(pair.to)};
}

} // namespace

void printTable(const PrecisionBenchmarkResult& result, std::ostream& out)
{
    out << lineOf({"copy", kGigabyte, "GB/s"}, result.copy) << ", threads: " << result.threads << '\n';
    for (const PairFigures& pair : result.pairs) {
        out << lineOf({nameOf(pair).c_str(), kGigabyte, "GB/s"}, pair.rate) << '\n'
            << lineOf({"  to the copy", 1, ""}, pair.toCopy) << '\n'
            << lineOf({"  plain, one thread", kGigabyte, "GB/s"}, pair.plain) << '\n';
    }
}

engine::Json toJson(const PrecisionBenchmarkResult& result)
{
    engine::Json pairs = engine::Json::array();
    for (const PairFigures& pair : result.pairs) {
        pairs.push_back({{"from", engine::toText(pair.from)}, {"to", engine::toText(pair.to)},
            {"bytes_per_second", toJson(pair.rate)}, {"to_copy", toJson(pair.toCopy)},
            {"plain_bytes_per_second", toJson(pair.plain)}});
    }
    return {{"threads", result.threads}, {"copy_bytes_per_second", toJson(result.copy)}, {"pairs", std::move(pairs)}};
}

} // namespace weightroom::benchmarks
