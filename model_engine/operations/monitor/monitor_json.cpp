// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/monitor/monitor_json.h"

#include "model_engine/core/utf8.h"

#include <optional>
#include <utility>

namespace weightroom::engine {
namespace {

template <class Value>
Json orNull(const std::optional<Value>& value)
{
    return value ? Json(*value) : Json(nullptr);
}

Json orNull(const std::optional<Bytes>& value) { return value ? Json(value->value) : Json(nullptr); }

Json timeOrNull(const std::optional<Clock::Wall>& time)
{
    return time ? Json(toIsoText(*time, IsoPrecision::Milliseconds)) : Json(nullptr);
}

Json entryJson(const LedgerEntry& entry, const std::map<ModelId, std::string>& names)
{
    Json row{{"owner", toText(entry.owner)}, {"size_bytes", entry.size.value}};
    if (!entry.model.empty()) {
        const auto name = names.find(entry.model);
        row["model_id"] = entry.model.text;
        row["model_name"] = name == names.end() ? Json(nullptr) : Json(toValidUtf8(name->second));
    }
    if (!entry.component.empty())
        row["component_id"] = entry.component.text;
    if (entry.owner == LedgerOwner::Process) {
        row["process_id"] = entry.processId;
        row["process_name"] = entry.name.empty() ? Json(nullptr) : Json(entry.name);
        row["reported_bytes"] = orNull(entry.reported);
        row["work"] = toText(entry.work);
    }
    return row;
}

Json limitsJson(const std::optional<std::vector<ClockLimit>>& limits)
{
    if (!limits)
        return nullptr;
    Json texts = Json::array();
    for (const ClockLimit limit : *limits)
        texts.push_back(toText(limit));
    return texts;
}

Json processesJson(const std::optional<std::vector<GpuProcess>>& processes)
{
    if (!processes)
        return nullptr;
    Json rows = Json::array();
    for (const GpuProcess& process : *processes)
        rows.push_back(
            {{"process_id", process.id}, {"work", toText(process.work)}, {"memory_bytes", orNull(process.memory)}});
    return rows;
}

Json memoryJson(const GpuReading& reading)
{
    return {
        {"total_bytes", orNull(reading.memoryTotal)},
        {"reserved_bytes", orNull(reading.memoryReserved)},
        {"used_bytes", orNull(reading.memoryUsed)},
        {"free_bytes", orNull(reading.memoryFree)},
    };
}

Json slowFieldsJson(const GpuSlowFields& fields)
{
    return {
        {"slowdown_temperature_celsius", orNull(fields.slowdownTemperature)},
        {"shutdown_temperature_celsius", orNull(fields.shutdownTemperature)},
        {"memory_temperature_limit_celsius", orNull(fields.memoryTemperatureLimit)},
        {"power_limit_watts", orNull(fields.powerLimit)},
        {"smallest_power_limit_watts", orNull(fields.smallestPowerLimit)},
        {"largest_power_limit_watts", orNull(fields.largestPowerLimit)},
        {"fan_fraction", orNull(fields.fanFraction)},
        {"largest_graphics_clock_mhz", orNull(fields.largestGraphicsClock)},
        {"largest_memory_clock_mhz", orNull(fields.largestMemoryClock)},
        {"pcie_generation", orNull(fields.pcieGeneration)},
        {"largest_pcie_generation", orNull(fields.largestPcieGeneration)},
        {"pcie_width", orNull(fields.pcieWidth)},
        {"largest_pcie_width", orNull(fields.largestPcieWidth)},
        {"pcie_received_bytes_per_second", orNull(fields.pcieReceived)},
        {"pcie_sent_bytes_per_second", orNull(fields.pcieSent)},
        {"has_ecc", orNull(fields.hasEcc)},
        {"corrected_errors", orNull(fields.correctedErrors)},
        {"uncorrected_errors", orNull(fields.uncorrectedErrors)},
        {"has_mig", orNull(fields.hasMig)},
        {"virtualization", fields.virtualization ? Json(toText(*fields.virtualization)) : Json(nullptr)},
    };
}

Json deviceJson(const WatchedDevice& device, const std::map<ModelId, std::string>& names)
{
    return {
        {"device_id", device.description.id.text},
        {"kind", toText(device.description.kind)},
        {"name", device.description.name},
        {"device_uuid", device.description.uuid.empty() ? Json(nullptr) : Json(device.description.uuid)},
        {"wakefulness", toText(device.wakefulness)},
        {"reading", device.reading ? toJson(*device.reading) : Json(nullptr)},
        {"reading_taken_at", timeOrNull(device.readAt)},
        {"problem", device.problem ? toJson(*device.problem) : Json(nullptr)},
        {"memory", toJson(device.ledger, names)},
    };
}

Json totalsJson(const std::map<DeviceId, LoadTotals>& loads)
{
    Json rows = Json::array();
    for (const auto& [device, totals] : loads) {
        rows.push_back({{"device_id", device.empty() ? Json("cache") : Json(device.text)},
            {"succeeded", totals.succeeded}, {"failed", totals.failed}, {"cancelled", totals.cancelled},
            {"seconds", totals.seconds}, {"moved_bytes", totals.moved.value}});
    }
    return rows;
}

} // namespace

Json toJson(const MemoryLedger& ledger, const std::map<ModelId, std::string>& names)
{
    Json entries = Json::array();
    for (const LedgerEntry& entry : ledger.entries)
        entries.push_back(entryJson(entry, names));
    return {
        {"total_bytes", ledger.total.value}, {"others_known", ledger.areOthersKnown}, {"entries", std::move(entries)}};
}

Json toJson(const GpuReading& reading)
{
    Json json = slowFieldsJson(reading);
    json["memory"] = memoryJson(reading);
    json["busy_fraction"] = orNull(reading.busyFraction);
    json["memory_busy_fraction"] = orNull(reading.memoryBusyFraction);
    json["temperature_celsius"] = orNull(reading.temperature);
    json["power_watts"] = orNull(reading.power);
    json["graphics_clock_mhz"] = orNull(reading.graphicsClock);
    json["memory_clock_mhz"] = orNull(reading.memoryClock);
    json["clock_limits"] = limitsJson(reading.clockLimits);
    json["processes"] = processesJson(reading.processes);
    return json;
}

Json toJson(const HostReading& reading)
{
    const ControlGroupReading& group = reading.group;
    return {
        {"memory_total_bytes", orNull(reading.memoryTotal)},
        {"memory_available_bytes", orNull(reading.memoryAvailable)},
        {"swap_total_bytes", orNull(reading.swapTotal)},
        {"swap_free_bytes", orNull(reading.swapFree)},
        {"memory_stall_fraction", orNull(reading.memoryStall)},
        {"disk_stall_fraction", orNull(reading.diskStall)},
        {"processor_stall_fraction", orNull(reading.processorStall)},
        {"disk_read_bytes_per_second", orNull(reading.diskRead)},
        {"disk_written_bytes_per_second", orNull(reading.diskWritten)},
        {"engine_memory_bytes", orNull(reading.ownMemory)},
        {"engine_processors", orNull(reading.ownProcessor)},
        {"control_group",
            {
                {"memory_bytes", orNull(group.memory)},
                {"memory_limit_bytes", orNull(group.memoryLimit)},
                {"disk_read_bytes_per_second", orNull(group.diskRead)},
                {"disk_written_bytes_per_second", orNull(group.diskWritten)},
                {"memory_stall_fraction", orNull(group.memoryStall)},
            }},
    };
}

Json toJson(const LoadStatistics& statistics)
{
    return {
        {"succeeded", statistics.succeeded},
        {"failed", statistics.failed},
        {"cancelled", statistics.cancelled},
        {"mean_seconds", orNull(statistics.meanSeconds)},
        {"median_seconds", orNull(statistics.medianSeconds)},
        {"p95_seconds", orNull(statistics.p95Seconds)},
        {"longest_seconds", orNull(statistics.longestSeconds)},
        {"bytes_per_second", orNull(statistics.bytesPerSecond)},
        {"failed_fraction", orNull(statistics.failedFraction)},
    };
}

Json toJson(const Alert& alert)
{
    return {
        {"alert_id", alert.number},
        {"kind", toText(alert.kind)},
        {"severity", toText(severityOf(alert.kind))},
        {"device_id", alert.device.text},
        {"threshold", alert.threshold},
        {"value", alert.value},
        {"worst", alert.worst},
        {"is_active", alert.isActive()},
        {"raised_at", toIsoText(alert.raisedAt, IsoPrecision::Milliseconds)},
        {"recovered_at", timeOrNull(alert.recoveredAt)},
        {"acknowledged_at", timeOrNull(alert.acknowledgedAt)},
    };
}

Json toJson(const MonitorSnapshot& snapshot)
{
    Json devices = Json::array();
    for (const WatchedDevice& device : snapshot.devices)
        devices.push_back(deviceJson(device, snapshot.modelNames));
    return {
        {"taken_at", toIsoText(snapshot.at, IsoPrecision::Milliseconds)},
        {"devices", std::move(devices)},
        {"host", toJson(snapshot.host)},
        {"cache",
            {
                {"memory", toJson(snapshot.cache, snapshot.modelNames)},
                {"hits", snapshot.cacheHits},
                {"misses", snapshot.cacheMisses},
                {"evictions", snapshot.cacheEvictions},
            }},
        {"loads", totalsJson(snapshot.loads)},
        {"driver_version", snapshot.driverVersion.empty() ? Json(nullptr) : Json(snapshot.driverVersion)},
        {"history_problem", snapshot.historyProblem ? toJson(*snapshot.historyProblem) : Json(nullptr)},
        {"samples_dropped", snapshot.samplesDropped},
    };
}

} // namespace weightroom::engine
