// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/load_benchmark.h"

#include <array>
#include <cstdio>
#include <ostream>
#include <string>

namespace weightroom::benchmarks {
namespace {

struct Figure {
    const char* name;
    const char* label;
    const Spread LoadBenchmarkResult::*spread;
    double unit; ///< divisor for the table
    const char* unitName;
};

constexpr std::array<Figure, 10> kFigures{{
    {"disk_limit", "limit of the disk", &LoadBenchmarkResult::diskLimit, 1e9, "GB/s"},
    {"disk_to_cache", "disk to cache, cold", &LoadBenchmarkResult::diskToCache, 1e9, "GB/s"},
    {"disk_to_cache_ratio", "  of the limit", &LoadBenchmarkResult::diskToCacheRatio, 1, ""},
    {"copy_limit", "limit of copies to the device", &LoadBenchmarkResult::copyLimit, 1e9, "GB/s"},
    {"cache_to_device", "cache to device", &LoadBenchmarkResult::cacheToDevice, 1e9, "GB/s"},
    {"cache_to_device_ratio", "  of the limit", &LoadBenchmarkResult::cacheToDeviceRatio, 1, ""},
    {"cold_load", "cold load, reading and copying", &LoadBenchmarkResult::coldLoad, 1, "s"},
    {"cold_load_to_slowest_stage", "  of its slowest stage alone", &LoadBenchmarkResult::coldLoadToSlowestStage, 1, ""},
    {"taking_memory", "  before that: taking memory", &LoadBenchmarkResult::takingMemory, 1, "s"},
    {"whole_cold_load", "  from request to answer", &LoadBenchmarkResult::wholeColdLoad, 1, "s"},
}};

std::string line(const Figure& figure, const Spread& spread)
{
    std::array<char, 160> text{};
    std::snprintf(text.data(), text.size(), "%-32s %8.2f  (%.2f to %.2f) %s", figure.label,
        spread.median() / figure.unit, spread.minimum() / figure.unit, spread.maximum() / figure.unit, figure.unitName);
    return text.data();
}

} // namespace

void printTable(const LoadBenchmarkResult& result, std::ostream& out)
{
    out << "device " << result.device << ", " << result.size.value << " bytes; median (minimum to maximum)\n";
    for (const Figure& figure : kFigures)
        out << line(figure, result.*figure.spread) << '\n';
}

engine::Json toJson(const LoadBenchmarkResult& result)
{
    engine::Json document{{"device_id", result.device}, {"size_bytes", result.size.value}};
    for (const Figure& figure : kFigures) {
        const Spread& spread = result.*figure.spread;
        document[figure.name] = {
            {"median", spread.median()}, {"minimum", spread.minimum()}, {"maximum", spread.maximum()}};
    }
    return document;
}

} // namespace weightroom::benchmarks
