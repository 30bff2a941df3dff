// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/scan_benchmark.h"

#include <array>
#include <cstdio>
#include <ostream>
#include <string>

namespace weightroom::benchmarks {
namespace {

struct Figure {
    const char* name;
    const char* label;
    const Spread ScanBenchmarkResult::*spread;
    double unit; ///< divisor for the table
    const char* unitName;
};

using Result = ScanBenchmarkResult;
constexpr std::array<Figure, 16> kFigures{{
    {"bare_cold", "bare loop over the headers, cold", &Result::bareCold, 1e-3, "ms"},
    {"scan_cold", "scan with identification, cold", &Result::scanCold, 1e-3, "ms"},
    {"scan_to_bare_cold", "  to the bare loop", &Result::scanToBareCold, 1, ""},
    {"bare_warm", "bare loop, warm", &Result::bareWarm, 1e-3, "ms"},
    {"scan_warm", "scan, warm", &Result::scanWarm, 1e-3, "ms"},
    {"scan_to_bare_warm", "  to the bare loop", &Result::scanToBareWarm, 1, ""},
    {"parse_warm", "bare loop with simdjson, warm", &Result::parseWarm, 1e-3, "ms"},
    {"scan_to_parse_warm", "  the scan to it", &Result::scanToParseWarm, 1, ""},
    {"safe_open_warm", "safetensors.safe_open, warm", &Result::safeOpenWarm, 1e-3, "ms"},
    {"safe_open_to_scan", "  to the scan", &Result::safeOpenToScan, 1, ""},
    {"stat_walk", "walk with stat", &Result::statWalk, 1e-3, "ms"},
    {"rescan", "rescan of unchanged files", &Result::rescan, 1e-3, "ms"},
    {"rescan_to_walk", "  to the walk", &Result::rescanToWalk, 1, ""},
    {"peak_half", "memory beside the result, half", &Result::peakHalf, 1 << 20, "MiB"},
    {"peak_whole", "memory beside the result, all", &Result::peakWhole, 1 << 20, "MiB"},
    {"kept_per_model", "memory of a record", &Result::keptPerModel, 1 << 10, "KiB"},
}};

std::string line(const Figure& figure, const Spread& spread)
{
    std::array<char, 160> text{};
    std::snprintf(text.data(), text.size(), "%-34s %9.2f  (%.2f to %.2f) %s", figure.label,
        spread.median() / figure.unit, spread.minimum() / figure.unit, spread.maximum() / figure.unit, figure.unitName);
    return text.data();
}

} // namespace

void printTable(const ScanBenchmarkResult& result, std::ostream& out)
{
    out << result.models << " models with real headers, " << result.unchanged
        << " unchanged files; median (minimum to maximum)\n";
    for (const Figure& figure : kFigures) {
        if (!(result.*figure.spread).isEmpty())
            out << line(figure, result.*figure.spread) << '\n';
    }
}

engine::Json toJson(const ScanBenchmarkResult& result)
{
    engine::Json document{{"models", result.models}, {"unchanged", result.unchanged}};
    for (const Figure& figure : kFigures) {
        const Spread& spread = result.*figure.spread;
        if (!spread.isEmpty())
            document[figure.name] = {
                {"median", spread.median()}, {"minimum", spread.minimum()}, {"maximum", spread.maximum()}};
    }
    return document;
}

} // namespace weightroom::benchmarks
