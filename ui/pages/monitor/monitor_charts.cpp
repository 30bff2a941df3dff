// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/monitor/monitor_charts.h"

#include <QCoreApplication>

namespace weightroom::ui {
namespace {

struct ChartText {
    Q_DECLARE_TR_FUNCTIONS(ChartText)
};

ChartLine line(const char* metric, const QString& deviceId, const QString& name)
{
    return {.series = {QString::fromLatin1(metric), deviceId}, .name = name};
}

QString unreported() { return ChartText::tr("This GPU does not report it", "empty chart"); }

QString unloaded() { return ChartText::tr("Nothing was loaded", "empty chart"); }

/// How often loads found in the cache what they looked for.
ChartSpec hitRateChart()
{
    ChartLine found = line("cache_hits", {}, ChartText::tr("Found", "line of a chart: in the cache"));
    found.rest = SeriesId{QStringLiteral("cache_misses"), {}};
    return {.title = ChartText::tr("Found in the RAM cache", "title of a chart: share of components"),
        .unit = ChartUnit::Percent,
        .lines = {found},
        .fullScale = 1.0,
        .emptyText = unloaded()};
}

ChartSpec loadTimeChart(const QString& id)
{
    return {.title = ChartText::tr("Time of loads", "title of a chart"),
        .unit = ChartUnit::Seconds,
        .lines = {line("load_time", id, ChartText::tr("A load", "line of a chart: its time"))},
        .emptyText = unloaded()};
}

/// What else is known of the loads to a device.
QList<ChartSpec> loadCharts(const QString& id)
{
    return {
        {.title = ChartText::tr("Throughput of loads", "title of a chart"),
            .unit = ChartUnit::BytesPerSecond,
            .lines = {line("load_rate", id, ChartText::tr("A load", "line of a chart: its throughput"))},
            .emptyText = unloaded()},
        {.title = ChartText::tr("Loads that fail", "title of a chart"),
            .unit = ChartUnit::Percent,
            .lines = {line("load_failed", id, ChartText::tr("Failed", "line of a chart: share of loads"))},
            .fullScale = 1.0,
            .emptyText = unloaded()},
    };
}

QList<ChartSpec> gpuCharts(const QString& id)
{
    return {
        {.title = ChartText::tr("Busy", "title of a chart"),
            .unit = ChartUnit::Percent,
            .lines = {line("gpu_busy", id, ChartText::tr("GPU", "line of a chart: busy")),
                line("gpu_memory_busy", id, ChartText::tr("Memory", "line of a chart: busy"))},
            .fullScale = 1.0,
            .emptyText = unreported()},
        {.title = ChartText::tr("Temperature", "title of a chart"),
            .unit = ChartUnit::Celsius,
            .lines = {line("temperature", id, ChartText::tr("Temperature", "line of a chart"))},
            .emptyText = unreported()},
        {.title = ChartText::tr("Power", "title of a chart"),
            .unit = ChartUnit::Watts,
            .lines = {line("power", id, ChartText::tr("Power", "line of a chart"))},
            .emptyText = unreported()},
        {.title = ChartText::tr("Clocks", "title of a chart"),
            .unit = ChartUnit::Megahertz,
            .lines = {line("graphics_clock", id, ChartText::tr("GPU", "line of a chart: clock")),
                line("memory_clock", id, ChartText::tr("Memory", "line of a chart: clock"))},
            .emptyText = unreported()},
        {.title = ChartText::tr("PCIe traffic", "title of a chart"),
            .unit = ChartUnit::BytesPerSecond,
            .lines = {line("pcie_received", id, ChartText::tr("To the GPU", "line of a chart: PCIe")),
                line("pcie_sent", id, ChartText::tr("From the GPU", "line of a chart: PCIe"))},
            .emptyText = unreported()},
    };
}

} // namespace

ChartSpec memoryChart(const WatchedMemory& memory)
{
    const QString ours = ChartText::tr("Weightroom", "line of a chart: memory of this program");
    const bool isCache = memory.place == MemoryPlace::Cache;
    ChartSpec chart{.title = ChartText::tr("Memory", "title of a chart"),
        .unit = ChartUnit::Bytes,
        .lines = {isCache ? line("cache_held", {}, ours) : line("memory_held", memory.id, ours)},
        .fullScale = static_cast<double>(memory.total)};
    if (memory.place == MemoryPlace::Gpu)
        chart.lines.append(line(
            "memory_used_by_others", memory.id, ChartText::tr("Others and the driver", "line of a chart: memory")));
    return chart;
}

QList<ChartSpec> deviceCharts(const WatchedMemory& device)
{
    QList<ChartSpec> charts{memoryChart(device), loadTimeChart(device.id)};
    if (device.place == MemoryPlace::Gpu)
        charts.append(gpuCharts(device.id));
    charts.append(loadCharts(device.id));
    return charts;
}

QList<ChartSpec> machineCharts()
{
    const QString none;
    return {
        {.title = ChartText::tr("RAM", "title of a chart"),
            .unit = ChartUnit::Bytes,
            .lines = {line("ram_used", none, ChartText::tr("All programs", "line of a chart: RAM")),
                line("cache_held", none, ChartText::tr("RAM cache", "line of a chart")),
                line("engine_memory", none, ChartText::tr("Weightroom", "line of a chart: RAM of this program")),
                line("control_group_memory", none,
                    ChartText::tr("Its control group", "line of a chart: RAM of the group of this program"))}},
        {.title = ChartText::tr("Disks", "title of a chart"),
            .unit = ChartUnit::BytesPerSecond,
            .lines = {line("disk_read", none, ChartText::tr("Read", "line of a chart: disks")),
                line("disk_written", none, ChartText::tr("Written", "line of a chart: disks"))}},
        {.title = ChartText::tr("Time that programs wait", "title of a chart"),
            .unit = ChartUnit::Percent,
            .lines = {line("memory_stall", none, ChartText::tr("For memory", "line of a chart: waiting")),
                line("disk_stall", none, ChartText::tr("For disks", "line of a chart: waiting")),
                line("processor_stall", none, ChartText::tr("For a processor", "line of a chart: waiting"))},
            .emptyText = ChartText::tr("This system does not report it", "empty chart")},
        {.title = ChartText::tr("RAM cache", "title of a chart"),
            .unit = ChartUnit::Count,
            .lines = {line("cache_hits", none, ChartText::tr("Found", "line of a chart: in the cache")),
                line("cache_misses", none, ChartText::tr("Not found", "line of a chart: in the cache"))}},
        hitRateChart(),
    };
}

} // namespace weightroom::ui
