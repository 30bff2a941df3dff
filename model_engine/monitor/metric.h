// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "model_engine/core/clock.h"
#include "model_engine/core/ids.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace weightroom::engine {

/// What is watched over time. The names stand in the history on disk: they never change, and are never used anew.
enum class Metric : std::uint8_t {
    None = 0,
    // Of a device.
    MemoryHeld, ///< by this engine
    MemoryUsedByOthers,
    MemoryFree,
    GpuBusy,
    GpuMemoryBusy,
    Temperature,
    Power,
    GraphicsClock,
    MemoryClock,
    PcieReceived,
    PcieSent,
    FanSpeed,
    LoadTime, ///< of a load that has ended well: one value for each
    LoadRate, ///< bytes a second of such a load
    LoadFailed, ///< 1 for a load that has failed, 0 for one that has ended well: the mean is the share that fails
    // Of the machine.
    RamUsed,
    RamAvailable,
    CacheHeld,
    MemoryStall, ///< share of the time in which some thread waited for memory
    DiskStall, ///< likewise, for a disk
    ProcessorStall, ///< likewise, for a processor
    DiskRead, ///< of all disks together
    DiskWritten,
    EngineMemory, ///< RAM that this process has in its pages
    EngineProcessor, ///< processors that this process keeps busy: 1 is one of them
    CacheHits, ///< components that a load found in the cache, since the value before
    CacheMisses,
    GroupMemory, ///< of the control group that this process runs in, with all of its other processes
};

/// What the numbers of a metric are.
enum class MetricUnit : std::uint8_t {
    None = 0,
    Bytes,
    BytesPerSecond,
    Fraction,
    Celsius,
    Watts,
    Megahertz,
    Seconds,
    Count
};
[[nodiscard]] std::string_view toText(MetricUnit unit); ///< "bytes", "bytes_per_second", "fraction", …

enum class MetricScope : std::uint8_t { None = 0, Device, Machine };

struct MetricInfo {
    Metric metric = Metric::None;
    std::string_view name; ///< "memory_held"
    MetricUnit unit = MetricUnit::None;
    MetricScope scope = MetricScope::None;
};

/// All of them, in the order of the enumeration.
[[nodiscard]] std::span<const MetricInfo> allMetrics();
[[nodiscard]] const MetricInfo& infoOf(Metric metric); ///< of Metric::None: an empty name
[[nodiscard]] std::string_view toText(Metric metric);
[[nodiscard]] std::optional<Metric> metricFromText(std::string_view text);

/// Whose numbers over time.
struct SeriesKey {
    Metric metric = Metric::None;
    DeviceId device; ///< empty: of the machine

    friend auto operator<=>(const SeriesKey&, const SeriesKey&) = default;
};

/// One number at one moment.
struct MetricSample {
    SeriesKey series;
    Clock::Wall at{};
    double value = 0; ///< in the metric's unit; finite

    friend bool operator==(const MetricSample&, const MetricSample&) = default;
};

/// All samples of a span of time that begins at `from`.
struct MetricPoint {
    Clock::Wall from{};
    double minimum = 0;
    double mean = 0;
    double maximum = 0;
    std::uint64_t count = 0; ///< of samples; one that stood for a while counts once for each look meanwhile

    friend bool operator==(const MetricPoint&, const MetricPoint&) = default;
};

/// Both together, of the same span of time, as if their samples had come to one.
[[nodiscard]] MetricPoint merged(const MetricPoint& a, const MetricPoint& b);

} // namespace weightroom::engine
