// SPDX-License-Identifier: GPL-3.0-or-later
#include "benchmarks/load/load_benchmark.h"

#include "benchmarks/report.h"

#include <array>
#include <ostream>

namespace weightroom::benchmarks {
namespace {

struct Figure {
    const char* name;
    FigureFormat format;
    const Spread LoadBenchmarkResult::*spread;
};

constexpr std::array<Figure, 17> kFigures{{
    {"disk_limit", {"limit of the disk", 1e9, "GB/s"}, &LoadBenchmarkResult::diskLimit},
    {"disk_to_cache", {"disk to cache, cold", 1e9, "GB/s"}, &LoadBenchmarkResult::diskToCache},
    {"disk_to_cache_ratio", {"  of the limit", 1, ""}, &LoadBenchmarkResult::diskToCacheRatio},
    {"copy_limit", {"limit of copies to the device", 1e9, "GB/s"}, &LoadBenchmarkResult::copyLimit},
    {"cache_to_device", {"cache to device", 1e9, "GB/s"}, &LoadBenchmarkResult::cacheToDevice},
    {"cache_to_device_ratio", {"  of the limit", 1, ""}, &LoadBenchmarkResult::cacheToDeviceRatio},
    {"cold_load", {"cold load, reading and copying", 1, "s"}, &LoadBenchmarkResult::coldLoad},
    {"cold_load_to_slowest_stage", {"  of its slowest stage alone", 1, ""},
        &LoadBenchmarkResult::coldLoadToSlowestStage},
    {"taking_memory", {"  before that: taking memory", 1, "s"}, &LoadBenchmarkResult::takingMemory},
    {"whole_cold_load", {"  from request to answer", 1, "s"}, &LoadBenchmarkResult::wholeColdLoad},
    {"first_load", {"first cold load, nothing ready", 1, "s"}, &LoadBenchmarkResult::firstLoad},
    {"first_load_to_disk", {"  of the disk alone", 1, ""}, &LoadBenchmarkResult::firstLoadToDisk},
    {"ready_load", {"cold load into ready memory", 1, "s"}, &LoadBenchmarkResult::readyLoad},
    {"ready_load_to_disk", {"  of the disk alone", 1, ""}, &LoadBenchmarkResult::readyLoadToDisk},
    {"second_load", {"cold load after an unload", 1, "s"}, &LoadBenchmarkResult::secondLoad},
    {"second_load_to_disk", {"  of the disk alone", 1, ""}, &LoadBenchmarkResult::secondLoadToDisk},
    {"making_ready", {"  before: making memory ready", 1, "s"}, &LoadBenchmarkResult::makingReady},
}};

} // namespace

void printTable(const LoadBenchmarkResult& result, std::ostream& out)
{
    out << "device " << result.device << ", " << result.size.value << " bytes; median (minimum to maximum)\n";
    for (const Figure& figure : kFigures)
        out << lineOf(figure.format, result.*figure.spread) << '\n';
}

engine::Json toJson(const LoadBenchmarkResult& result)
{
    engine::Json document{{"device_id", result.device}, {"size_bytes", result.size.value}};
    for (const Figure& figure : kFigures)
        document[figure.name] = toJson(result.*figure.spread);
    return document;
}

} // namespace weightroom::benchmarks
