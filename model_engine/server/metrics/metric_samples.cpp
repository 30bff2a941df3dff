// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/server/metrics/metric_samples.h"

#include "model_engine/server/metrics/memory_metrics.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace weightroom::engine {
namespace {

constexpr std::array kClockLimits{ClockLimit::Idle, ClockLimit::ApplicationSetting, ClockLimit::PowerCap,
    ClockLimit::HardwareSlowdown, ClockLimit::SyncBoost, ClockLimit::SoftwareThermal, ClockLimit::HardwareThermal,
    ClockLimit::HardwarePowerBrake, ClockLimit::DisplaySetting};
static_assert(static_cast<std::size_t>(kClockLimits.back()) == kClockLimits.size(), "all but None");

/// To the millisecond.
double unixSeconds(Clock::Wall time)
{
    const auto sinceEpoch = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
    return static_cast<double>(sinceEpoch.count()) / 1000;
}

} // namespace

std::string deviceLabels(const DeviceId& device) { return metricLabels({{"device", device.text}}); }

void addBuild(MetricsWriter& out, const MonitorSnapshot&)
{
    out.add(metricLabels({{"version", WEIGHTROOM_VERSION}}), 1);
}

void addTime(MetricsWriter& out, const MonitorSnapshot& snapshot) { out.add("", unixSeconds(snapshot.at)); }

void addHistoryUp(MetricsWriter& out, const MonitorSnapshot& snapshot) { out.add("", snapshot.historyProblem ? 0 : 1); }

void addDevices(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    for (const WatchedDevice& device : snapshot.devices) {
        const DeviceDescription& is = device.description;
        const std::string_view driver = is.kind == DeviceKind::Cuda ? std::string_view{snapshot.driverVersion} : "";
        out.add(metricLabels({{"device", is.id.text}, {"name", is.name}, {"uuid", is.uuid}, {"kind", toText(is.kind)},
                    {"driver", driver}, {"api", is.driver}}),
            1);
    }
}

void addDevicesUp(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    for (const WatchedDevice& device : snapshot.devices) {
        const bool isLost = device.problem && device.problem->code == ErrorCode::DeviceLost;
        out.add(deviceLabels(device.description.id), isLost ? 0 : 1);
    }
}

void addDeviceProblems(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    for (const WatchedDevice& device : snapshot.devices) {
        if (device.problem)
            out.add(metricLabels({{"device", device.description.id.text}, {"code", toText(device.problem->code)}}), 1);
    }
}

void addDeviceMemorySizes(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    for (const WatchedDevice& device : snapshot.devices) {
        if (device.ledger.areOthersKnown)
            out.add(deviceLabels(device.description.id), device.ledger.total);
    }
}

void addDeviceMemory(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    for (const WatchedDevice& device : snapshot.devices)
        addMemoryByOwner(out, device.description.id, device.ledger);
}

void addComponents(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    for (const WatchedDevice& device : snapshot.devices)
        addMemoryByComponent(out, device, snapshot);
}

void addProcesses(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    for (const WatchedDevice& device : snapshot.devices)
        addMemoryByProcess(out, device);
}

void addReadingTimes(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    for (const WatchedDevice& device : snapshot.devices) {
        if (device.reading && device.readAt)
            out.add(deviceLabels(device.description.id), unixSeconds(*device.readAt));
    }
}

void addAwake(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    for (const WatchedDevice& device : snapshot.devices) {
        if (device.wakefulness != GpuWakefulness::Unknown)
            out.add(deviceLabels(device.description.id), device.wakefulness == GpuWakefulness::Awake ? 1 : 0);
    }
}

/// 0 too, so that "how much of the last hour" can be asked.
void addClockLimits(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    for (const WatchedDevice& device : snapshot.devices) {
        if (!device.reading || !device.reading->clockLimits)
            continue;
        const std::vector<ClockLimit>& limits = *device.reading->clockLimits;
        for (const ClockLimit limit : kClockLimits) {
            const bool isLimited = std::ranges::find(limits, limit) != limits.end();
            out.add(
                metricLabels({{"device", device.description.id.text}, {"reason", toText(limit)}}), isLimited ? 1 : 0);
        }
    }
}

void addEccErrors(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    for (const WatchedDevice& device : snapshot.devices) {
        if (!device.reading)
            continue;
        const std::string& id = device.description.id.text;
        out.add(metricLabels({{"device", id}, {"kind", "corrected"}}), device.reading->correctedErrors);
        out.add(metricLabels({{"device", id}, {"kind", "uncorrected"}}), device.reading->uncorrectedErrors);
    }
}

void addVirtualization(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    for (const WatchedDevice& device : snapshot.devices) {
        if (!device.reading || !device.reading->virtualization)
            continue;
        const std::string_view mode = toText(*device.reading->virtualization);
        out.add(metricLabels({{"device", device.description.id.text}, {"mode", mode}}), 1);
    }
}

std::map<DeviceId, LoadTotals> loadsOf(const MonitorSnapshot& snapshot)
{
    std::map<DeviceId, LoadTotals> loads = snapshot.loads;
    loads.try_emplace(DeviceId{});
    for (const WatchedDevice& device : snapshot.devices)
        loads.try_emplace(device.description.id);
    return loads;
}

void addLoads(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    for (const auto& [device, totals] : loadsOf(snapshot)) {
        out.add(metricLabels({{"device", device.text}, {"result", "succeeded"}}), totals.succeeded);
        out.add(metricLabels({{"device", device.text}, {"result", "failed"}}), totals.failed);
        out.add(metricLabels({{"device", device.text}, {"result", "cancelled"}}), totals.cancelled);
    }
}

void addCacheMemory(MetricsWriter& out, const MonitorSnapshot& snapshot) { addMemoryByOwner(out, {}, snapshot.cache); }

void addCacheMemorySize(MetricsWriter& out, const MonitorSnapshot& snapshot) { out.add("", snapshot.cache.total); }

void addStalls(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    out.add(metricLabels({{"resource", "memory"}}), snapshot.host.memoryStall);
    out.add(metricLabels({{"resource", "disk"}}), snapshot.host.diskStall);
    out.add(metricLabels({{"resource", "processor"}}), snapshot.host.processorStall);
}

void addAlerts(MetricsWriter& out, const MonitorSnapshot& snapshot)
{
    std::set<std::string> active; // each once
    for (const Alert& alert : snapshot.alerts) {
        if (alert.isActive())
            active.insert(metricLabels({{"device", alert.device.text}, {"kind", toText(alert.kind)},
                {"severity", toText(severityOf(alert.kind))}}));
    }
    for (const std::string& labels : active)
        out.add(labels, 1);
}

} // namespace weightroom::engine
