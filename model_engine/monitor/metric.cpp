// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/metric.h"

#include <algorithm>
#include <array>

namespace weightroom::engine {
namespace {

constexpr auto kDevice = MetricScope::Device;
constexpr auto kMachine = MetricScope::Machine;

constexpr std::array<MetricInfo, 28> kMetrics{{
    {Metric::MemoryHeld, "memory_held", MetricUnit::Bytes, kDevice},
    {Metric::MemoryUsedByOthers, "memory_used_by_others", MetricUnit::Bytes, kDevice},
    {Metric::MemoryFree, "memory_free", MetricUnit::Bytes, kDevice},
    {Metric::GpuBusy, "gpu_busy", MetricUnit::Fraction, kDevice},
    {Metric::GpuMemoryBusy, "gpu_memory_busy", MetricUnit::Fraction, kDevice},
    {Metric::Temperature, "temperature", MetricUnit::Celsius, kDevice},
    {Metric::Power, "power", MetricUnit::Watts, kDevice},
    {Metric::GraphicsClock, "graphics_clock", MetricUnit::Megahertz, kDevice},
    {Metric::MemoryClock, "memory_clock", MetricUnit::Megahertz, kDevice},
    {Metric::PcieReceived, "pcie_received", MetricUnit::BytesPerSecond, kDevice},
    {Metric::PcieSent, "pcie_sent", MetricUnit::BytesPerSecond, kDevice},
    {Metric::FanSpeed, "fan_speed", MetricUnit::Fraction, kDevice},
    {Metric::LoadTime, "load_time", MetricUnit::Seconds, kDevice},
    {Metric::LoadRate, "load_rate", MetricUnit::BytesPerSecond, kDevice},
    {Metric::LoadFailed, "load_failed", MetricUnit::Fraction, kDevice},
    {Metric::RamUsed, "ram_used", MetricUnit::Bytes, kMachine},
    {Metric::RamAvailable, "ram_available", MetricUnit::Bytes, kMachine},
    {Metric::CacheHeld, "cache_held", MetricUnit::Bytes, kMachine},
    {Metric::MemoryStall, "memory_stall", MetricUnit::Fraction, kMachine},
    {Metric::DiskStall, "disk_stall", MetricUnit::Fraction, kMachine},
    {Metric::ProcessorStall, "processor_stall", MetricUnit::Fraction, kMachine},
    {Metric::DiskRead, "disk_read", MetricUnit::BytesPerSecond, kMachine},
    {Metric::DiskWritten, "disk_written", MetricUnit::BytesPerSecond, kMachine},
    {Metric::EngineMemory, "engine_memory", MetricUnit::Bytes, kMachine},
    {Metric::EngineProcessor, "engine_processor", MetricUnit::Fraction, kMachine},
    {Metric::CacheHits, "cache_hits", MetricUnit::Count, kMachine},
    {Metric::CacheMisses, "cache_misses", MetricUnit::Count, kMachine},
    {Metric::GroupMemory, "control_group_memory", MetricUnit::Bytes, kMachine},
}};

constexpr MetricInfo kNone{};

} // namespace

std::string_view toText(MetricUnit unit)
{
    switch (unit) {
    case MetricUnit::Bytes:
        return "bytes";
    case MetricUnit::BytesPerSecond:
        return "bytes_per_second";
    case MetricUnit::Fraction:
        return "fraction";
    case MetricUnit::Celsius:
        return "celsius";
    case MetricUnit::Watts:
        return "watts";
    case MetricUnit::Megahertz:
        return "megahertz";
    case MetricUnit::Seconds:
        return "seconds";
    case MetricUnit::Count:
        return "count";
    case MetricUnit::None:
        break;
    }
    return "none";
}

std::span<const MetricInfo> allMetrics() { return kMetrics; }

const MetricInfo& infoOf(Metric metric)
{
    const auto* const found = std::ranges::find(kMetrics, metric, &MetricInfo::metric);
    return found == kMetrics.end() ? kNone : *found;
}

std::string_view toText(Metric metric) { return infoOf(metric).name; }

std::optional<Metric> metricFromText(std::string_view text)
{
    const auto* const found = std::ranges::find(kMetrics, text, &MetricInfo::name);
    return found == kMetrics.end() ? std::nullopt : std::optional{found->metric};
}

MetricPoint merged(const MetricPoint& a, const MetricPoint& b)
{
    if (a.count == 0 || b.count == 0)
        return a.count == 0 ? b : a;
    const auto countA = static_cast<double>(a.count);
    const auto countB = static_cast<double>(b.count);
    return {.from = std::min(a.from, b.from),
        .minimum = std::min(a.minimum, b.minimum),
        .mean = (a.mean * countA + b.mean * countB) / (countA + countB),
        .maximum = std::max(a.maximum, b.maximum),
        .count = a.count + b.count};
}

} // namespace weightroom::engine
