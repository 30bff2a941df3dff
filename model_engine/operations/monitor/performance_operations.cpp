// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/monitor/performance_operations.h"

#include "model_engine/monitor/loads/load_statistics.h"
#include "model_engine/operations/monitor/engine_monitor.h"
#include "model_engine/operations/monitor/history_fields.h"
#include "model_engine/operations/monitor/monitor_json.h"

#include <cmath>
#include <utility>

namespace weightroom::engine {
namespace {

/// The metrics of a device, or of the machine, by name.
Result<Json> metricsJson(HistoryStore& store, MetricScope scope, const DeviceId& device, const HistorySpan& span)
{
    Json metrics = Json::object();
    for (const MetricInfo& info : allMetrics()) {
        if (info.scope != scope)
            continue;
        const auto whole = store.whole({info.metric, device}, span);
        if (!whole)
            return fail(whole.error());
        metrics[std::string{info.name}] = !*whole
            ? Json(nullptr)
            : Json{{"unit", toText(info.unit)}, {"minimum", (*whole)->minimum}, {"mean", (*whole)->mean},
                {"maximum", (*whole)->maximum}, {"count", (*whole)->count}};
    }
    return metrics;
}

/// How many there were, of a metric that counts.
Result<double> countOf(HistoryStore& store, Metric metric, const HistorySpan& span)
{
    const auto whole = store.whole({metric, {}}, span);
    if (!whole)
        return fail(whole.error());
    return *whole ? std::round((*whole)->mean * static_cast<double>((*whole)->count)) : 0.0;
}

/// The share of components that loads found in the cache; null where none was looked for.
Result<Json> hitRateJson(HistoryStore& store, const HistorySpan& span)
{
    const auto hits = countOf(store, Metric::CacheHits, span);
    if (!hits)
        return fail(hits.error());
    const auto misses = countOf(store, Metric::CacheMisses, span);
    if (!misses)
        return fail(misses.error());
    const double all = *hits + *misses;
    return all > 0 ? Json(*hits / all) : Json(nullptr);
}

class Metrics {
public:
    Metrics(HistoryStore& store, const HistorySpan& span, const MonitorSnapshot& now, std::vector<LoadEvent> loads)
        : m_store(store)
        , m_span(span)
        , m_now(now)
        , m_loads(std::move(loads))
    {
    }

    Result<Json> device(const WatchedDevice& device) const
    {
        auto metrics = metricsJson(m_store, MetricScope::Device, device.description.id, m_span);
        if (!metrics)
            return metrics;
        return Json{
            {"device_id", device.description.id.text},
            {"name", device.description.name},
            {"loads", toJson(statisticsOf(m_loads, device.description.id))},
            {"memory", toJson(device.ledger, m_now.modelNames)},
            {"metrics", std::move(*metrics)},
        };
    }
    Result<Json> machine() const
    {
        auto metrics = metricsJson(m_store, MetricScope::Machine, {}, m_span);
        if (!metrics)
            return metrics;
        auto hitRate = hitRateJson(m_store, m_span);
        if (!hitRate)
            return hitRate;
        return Json{{"cache_hit_rate", std::move(*hitRate)}, {"loads_into_cache", toJson(statisticsOf(m_loads, {}))},
            {"metrics", std::move(*metrics)}};
    }

private:
    HistoryStore& m_store;
    const HistorySpan m_span;
    const MonitorSnapshot& m_now;
    const std::vector<LoadEvent> m_loads;
};

Result<Json> collectPerformanceMetrics(EngineServices& services, const Arguments& arguments)
{
    const DeviceId only{arguments.text("device_id")};
    if (!only.empty() && !services.devices.find(only))
        return fail(ErrorCode::DeviceNotFound, "there is no device '" + only.text + "'", {.deviceId = only});
    const MonitorSnapshotPtr now = services.monitor->now();
    const auto store = services.monitor->history();
    if (!store)
        return fail(store.error());
    const HistorySpan span = spanFrom(arguments, services.clock);
    auto loads = (*store)->loads(span);
    if (!loads)
        return fail(std::move(loads).error());
    const Metrics metrics{**store, span, *now, std::move(*loads)};
    Json devices = Json::array();
    for (const WatchedDevice& device : now->devices) {
        if (!only.empty() && device.description.id != only)
            continue;
        auto row = metrics.device(device);
        if (!row)
            return row;
        devices.push_back(std::move(*row));
    }
    auto machine = metrics.machine();
    if (!machine)
        return machine;
    return Json{
        {"from", toIsoText(span.from, IsoPrecision::Seconds)},
        {"to", toIsoText(span.to, IsoPrecision::Seconds)},
        {"devices", std::move(devices)},
        {"machine", std::move(*machine)},
        {"history_problem", now->historyProblem ? toJson(*now->historyProblem) : Json(nullptr)},
    };
}

} // namespace

void addPerformanceOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add({
        .family = "worker",
        .name = "collect_performance_metrics",
        .summary = "How devices, loads and the machine did over a period.",
        .duration = Duration::Long,
        .fields = {historyDeviceField("Of this device; left out: of all."), periodField(), endTimeField()},
        .errors = {ErrorCode::DeviceNotFound, ErrorCode::Cancelled, ErrorCode::InvalidFormat, ErrorCode::Unsupported,
            ErrorCode::FileInUse, ErrorCode::PermissionDenied, ErrorCode::DiskFull, ErrorCode::IoError,
            ErrorCode::OutOfHostMemory, ErrorCode::NotAnswering},
        .answer =
            "from, to; devices with device_id, name, loads (succeeded, failed, cancelled, mean_seconds, "
            "median_seconds, p95_seconds, longest_seconds, bytes_per_second, failed_fraction), memory as it is now "
            "(see get_monitor_state), metrics by name with unit, minimum, mean, maximum and count of their values; "
            "machine with cache_hit_rate, loads_into_cache and metrics; history_problem. What is not known is null",
        .describe =
            [](const Arguments& arguments) {
                return JobDescription{.operation = "collect_performance_metrics",
                    .modelId = {},
                    .deviceId = DeviceId{arguments.text("device_id")},
                    .subject = {},
                    .weight = JobWeight::Light};
            },
        .handler = [&services](const Arguments& arguments,
                       JobContext*) { return collectPerformanceMetrics(services, arguments); },
    });
}

} // namespace weightroom::engine
