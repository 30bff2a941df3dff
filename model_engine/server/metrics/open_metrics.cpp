// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/metrics/open_metrics.h"

#include "model_engine/server/metrics/metric_samples.h"

#include <array>
#include <utility>

namespace weightroom::engine {
namespace {

/// Adds the samples of the family that has begun.
using AddSamples = void (*)(MetricsWriter& out, const MonitorSnapshot& snapshot);

struct Row {
    MetricFamily family;
    AddSamples addSamples;
};

constexpr std::int64_t kHertz = 1'000'000; ///< of a megahertz

// What is one field of the snapshot; metric_samples.h has what is more.

template <auto field>
void ofEngine(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    out.add("", snapshot.*field);
}

template <auto field>
void ofHost(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    out.add("", snapshot.host.*field);
}

template <auto field>
void ofGroup(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    out.add("", snapshot.host.group.*field);
}

template <auto field, std::int64_t scale = 1>
void ofGpu(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    for (const WatchedDevice& device : snapshot.devices) {
        if (!device.reading)
            continue;
        const auto& value = *device.reading.*field;
        if constexpr (scale == 1)
            out.add(deviceLabels(device.description.id), value);
        else if (value)
            out.add(deviceLabels(device.description.id), *value * scale);
    }
}

template <auto field>
void ofLoads(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    for (const auto& [device, totals] : loadsOf(snapshot))
        out.add(deviceLabels(device), totals.*field);
}

constexpr auto kGauge = MetricType::Gauge;
constexpr auto kCounter = MetricType::Counter;
constexpr auto kInfo = MetricType::Info;

constexpr std::array kRows{
    Row{{"weightroom_build", kInfo, "", "The version of Weightroom."}, addBuild},
    Row{{"weightroom_snapshot_timestamp_seconds", kGauge, "seconds",
            "When all of this was looked at, in seconds since 1970. Older than a few seconds: the engine is stuck."},
        addTime},
    Row{{"weightroom_history_up", kGauge, "", "1: the engine keeps its own history; 0: it cannot."}, addHistoryUp},
    Row{{"weightroom_history_dropped_samples", kCounter, "", "Samples that the engine's own history could not take."},
        ofEngine<&MonitorSnapshot::samplesDropped>},

    Row{{"weightroom_device", kInfo, "",
            "What a device is. driver: that of the GPU; api: what it is used by; kind: cuda, or host for RAM."},
        addDevices},
    Row{{"weightroom_device_up", kGauge, "", "0: the device is lost."}, addDevicesUp},
    Row{{"weightroom_device_problem", kGauge, "", "1, where nothing can be read of a device that is awake."},
        addDeviceProblems},
    Row{{"weightroom_device_memory_size_bytes", kGauge, "bytes", "The memory of a device."}, addDeviceMemorySizes},
    Row{{"weightroom_device_memory_bytes", kGauge, "bytes",
            "Who has the memory of a device; the owners add up to its size. component: of one component of a model; "
            "shared: of several; loading, overhead, ready and context: the engine's otherwise; process: of others; "
            "reserved: of the driver; unattributed: in use, and nobody says by whom."},
        addDeviceMemory},
    Row{{"weightroom_component_memory_bytes", kGauge, "bytes",
            "What a component of a model has alone. The largest 1000 of a device; the rest is component other."},
        addComponents},
    Row{{"weightroom_process_memory_bytes", kGauge, "bytes",
            "What another process has. The largest 1000 of a device; the rest is process other."},
        addProcesses},

    Row{{"weightroom_gpu_awake", kGauge, "",
            "0: the system has put the GPU to sleep, and it is not woken to be asked."},
        addAwake},
    Row{{"weightroom_gpu_reading_timestamp_seconds", kGauge, "seconds",
            "When a GPU was asked for what follows, in seconds since 1970: up to 30 seconds ago where it could sleep "
            "and has nothing to do."},
        addReadingTimes},
    Row{{"weightroom_gpu_busy_ratio", kGauge, "ratio", "Of the last moments: the share in which the GPU computed."},
        ofGpu<&GpuReading::busyFraction>},
    Row{{"weightroom_gpu_memory_busy_ratio", kGauge, "ratio",
            "Of the last moments: the share in which the GPU's memory was read or written."},
        ofGpu<&GpuReading::memoryBusyFraction>},
    Row{{"weightroom_gpu_temperature_celsius", kGauge, "celsius", "The temperature of the GPU."},
        ofGpu<&GpuReading::temperature>},
    Row{{"weightroom_gpu_slowdown_temperature_celsius", kGauge, "celsius", "From here on the GPU slows itself down."},
        ofGpu<&GpuReading::slowdownTemperature>},
    Row{{"weightroom_gpu_shutdown_temperature_celsius", kGauge, "celsius", "From here on the GPU switches itself off."},
        ofGpu<&GpuReading::shutdownTemperature>},
    Row{{"weightroom_gpu_memory_temperature_limit_celsius", kGauge, "celsius",
            "From here on the GPU slows down for the sake of its memory."},
        ofGpu<&GpuReading::memoryTemperatureLimit>},
    Row{{"weightroom_gpu_power_watts", kGauge, "watts", "What the GPU takes."}, ofGpu<&GpuReading::power>},
    Row{{"weightroom_gpu_power_limit_watts", kGauge, "watts", "What the GPU may take."},
        ofGpu<&GpuReading::powerLimit>},
    Row{{"weightroom_gpu_power_limit_min_watts", kGauge, "watts", "The lowest that this limit may be set to."},
        ofGpu<&GpuReading::smallestPowerLimit>},
    Row{{"weightroom_gpu_power_limit_max_watts", kGauge, "watts", "The highest that it may be set to."},
        ofGpu<&GpuReading::largestPowerLimit>},
    Row{{"weightroom_gpu_fan_ratio", kGauge, "ratio", "Of the fan's full speed, as it is meant to turn."},
        ofGpu<&GpuReading::fanFraction>},
    Row{{"weightroom_gpu_graphics_clock_hertz", kGauge, "hertz", "The clock of the GPU's processors."},
        ofGpu<&GpuReading::graphicsClock, kHertz>},
    Row{{"weightroom_gpu_graphics_clock_max_hertz", kGauge, "hertz", "The highest that it may be."},
        ofGpu<&GpuReading::largestGraphicsClock, kHertz>},
    Row{{"weightroom_gpu_memory_clock_hertz", kGauge, "hertz", "The clock of the GPU's memory."},
        ofGpu<&GpuReading::memoryClock, kHertz>},
    Row{{"weightroom_gpu_memory_clock_max_hertz", kGauge, "hertz", "The highest that it may be."},
        ofGpu<&GpuReading::largestMemoryClock, kHertz>},
    Row{{"weightroom_gpu_clock_limited", kGauge, "",
            "1: this is a reason for which the GPU runs slower than it could."},
        addClockLimits},
    Row{{"weightroom_gpu_pcie_generation", kGauge, "", "PCI Express, now: a GPU that idles may have lowered it."},
        ofGpu<&GpuReading::pcieGeneration>},
    Row{{"weightroom_gpu_pcie_generation_max", kGauge, "", "The highest that GPU and slot can do."},
        ofGpu<&GpuReading::largestPcieGeneration>},
    Row{{"weightroom_gpu_pcie_lanes", kGauge, "", "PCI Express, now."}, ofGpu<&GpuReading::pcieWidth>},
    Row{{"weightroom_gpu_pcie_lanes_max", kGauge, "", "The most that GPU and slot can do."},
        ofGpu<&GpuReading::largestPcieWidth>},
    Row{{"weightroom_gpu_pcie_received_bytes_per_second", kGauge, "bytes_per_second",
            "To the GPU, in the 20 ms before it was looked at."},
        ofGpu<&GpuReading::pcieReceived>},
    Row{{"weightroom_gpu_pcie_sent_bytes_per_second", kGauge, "bytes_per_second",
            "From the GPU, in the 20 ms before it was looked at."},
        ofGpu<&GpuReading::pcieSent>},
    Row{{"weightroom_gpu_ecc_enabled", kGauge, "", "1: errors of the GPU's memory are noticed."},
        ofGpu<&GpuReading::hasEcc>},
    Row{{"weightroom_gpu_ecc_errors", kCounter, "", "Errors of the GPU's memory since its driver was loaded."},
        addEccErrors},
    Row{{"weightroom_gpu_mig_enabled", kGauge, "", "1: the GPU is cut into instances."}, ofGpu<&GpuReading::hasMig>},
    Row{{"weightroom_gpu_virtualization", kInfo, "", "How the GPU is shared with virtual machines."},
        addVirtualization},

    Row{{"weightroom_loads", kCounter, "", "Loads that have ended. Without device: into the cache only."}, addLoads},
    Row{{"weightroom_load_seconds", kCounter, "seconds", "What the loads that succeeded took together."},
        ofLoads<&LoadTotals::seconds>},
    Row{{"weightroom_load_bytes", kCounter, "bytes", "What the loads that succeeded have read and copied."},
        ofLoads<&LoadTotals::moved>},

    Row{{"weightroom_cache_hits", kCounter, "", "Components that a load found in the RAM cache."},
        ofEngine<&MonitorSnapshot::cacheHits>},
    Row{{"weightroom_cache_misses", kCounter, "", "Components that a load had to read from their files."},
        ofEngine<&MonitorSnapshot::cacheMisses>},
    Row{{"weightroom_cache_evictions", kCounter, "", "Components that had to leave the RAM cache."},
        ofEngine<&MonitorSnapshot::cacheEvictions>},
    Row{{"weightroom_cache_memory_size_bytes", kGauge, "bytes", "What the RAM cache may have."}, addCacheMemorySize},
    Row{{"weightroom_cache_memory_bytes", kGauge, "bytes",
            "Who has the memory of the RAM cache, as in weightroom_device_memory_bytes; adds up to its size."},
        addCacheMemory},

    Row{{"weightroom_host_memory_size_bytes", kGauge, "bytes", "RAM, or the limit of the engine's control group."},
        ofHost<&HostReading::memoryTotal>},
    Row{{"weightroom_host_memory_available_bytes", kGauge, "bytes", "RAM that can be had without swapping."},
        ofHost<&HostReading::memoryAvailable>},
    Row{{"weightroom_host_swap_size_bytes", kGauge, "bytes", "Swap space."}, ofHost<&HostReading::swapTotal>},
    Row{{"weightroom_host_swap_free_bytes", kGauge, "bytes", "Swap space that nobody has."},
        ofHost<&HostReading::swapFree>},
    Row{{"weightroom_host_stall_ratio", kGauge, "ratio",
            "Of the last moments: the share in which some thread waited for the resource."},
        addStalls},
    Row{{"weightroom_host_disk_read_bytes_per_second", kGauge, "bytes_per_second", "From all disks."},
        ofHost<&HostReading::diskRead>},
    Row{{"weightroom_host_disk_written_bytes_per_second", kGauge, "bytes_per_second", "To all disks."},
        ofHost<&HostReading::diskWritten>},
    Row{{"weightroom_engine_memory_bytes", kGauge, "bytes", "RAM that the engine's process has in its pages."},
        ofHost<&HostReading::ownMemory>},
    Row{{"weightroom_engine_busy_processors", kGauge, "", "Processors that the engine's process keeps busy."},
        ofHost<&HostReading::ownProcessor>},
    Row{{"weightroom_control_group_memory_bytes", kGauge, "bytes", "RAM that the engine's control group has."},
        ofGroup<&ControlGroupReading::memory>},
    Row{{"weightroom_control_group_memory_limit_bytes", kGauge, "bytes", "RAM that it may have."},
        ofGroup<&ControlGroupReading::memoryLimit>},
    Row{{"weightroom_control_group_memory_stall_ratio", kGauge, "ratio",
            "Of the last moments: the share in which some thread of it waited for memory."},
        ofGroup<&ControlGroupReading::memoryStall>},
    Row{{"weightroom_control_group_disk_read_bytes_per_second", kGauge, "bytes_per_second",
            "What it reads from disks."},
        ofGroup<&ControlGroupReading::diskRead>},
    Row{{"weightroom_control_group_disk_written_bytes_per_second", kGauge, "bytes_per_second",
            "What it writes to disks."},
        ofGroup<&ControlGroupReading::diskWritten>},

    Row{{"weightroom_alert_active", kGauge, "", "1: the engine itself has raised this alert, and it goes on."},
        addAlerts},
};

} // namespace

std::string openMetricsText(const MonitorSnapshot& snapshot)
{
    MetricsWriter out;
    for (const Row& row : kRows) {
        out.begin(row.family);
        row.addSamples(out, snapshot);
    }
    return std::move(out).finish();
}

std::vector<MetricFamily> openMetricsFamilies()
{
    std::vector<MetricFamily> families;
    families.reserve(kRows.size());
    for (const Row& row : kRows)
        families.push_back(row.family);
    return families;
}

} // namespace weightroom::engine
