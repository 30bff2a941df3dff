// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/monitor/monitor_operations.h"

#include "model_engine/operations/monitor/engine_monitor.h"
#include "model_engine/operations/monitor/history_fields.h"
#include "model_engine/operations/monitor/monitor_json.h"

#include <functional>
#include <map>
#include <optional>
#include <utility>

namespace weightroom::engine {
namespace {

constexpr std::int64_t kDefaultPoints = 500;
constexpr std::int64_t kMostPoints = 10'000;
constexpr std::int64_t kDefaultAlerts = 100;
constexpr std::int64_t kMostAlerts = 1000;

double unixSeconds(Clock::Wall time) { return std::chrono::duration<double>(time.time_since_epoch()).count(); }

/// Columns: a row for each point would be three times as long.
Json seriesJson(const SeriesKey& key, const SeriesHistory& history)
{
    Json times = Json::array();
    Json minima = Json::array();
    Json means = Json::array();
    Json maxima = Json::array();
    Json counts = Json::array();
    for (const MetricPoint& point : history.points) {
        times.push_back(unixSeconds(point.from));
        minima.push_back(point.minimum);
        means.push_back(point.mean);
        maxima.push_back(point.maximum);
        counts.push_back(point.count);
    }
    return {
        {"metric", toText(key.metric)},
        {"device_id", key.device.empty() ? Json(nullptr) : Json(key.device.text)},
        {"unit", toText(infoOf(key.metric).unit)},
        {"step_seconds", history.step == HistoryStep::Unknown ? Json(nullptr) : Json(history.length.count())},
        {"times", std::move(times)},
        {"minimum", std::move(minima)},
        {"mean", std::move(means)},
        {"maximum", std::move(maxima)},
        {"counts", std::move(counts)},
    };
}

Result<Json> getMetricHistory(EngineServices& services, const Arguments& arguments)
{
    const auto wanted = seriesFrom(arguments, services);
    if (!wanted)
        return fail(wanted.error());
    const auto store = services.monitor->history();
    if (!store)
        return fail(store.error());
    const HistorySpan span = spanFrom(arguments, services.clock);
    const auto most = static_cast<std::size_t>(arguments.integer("most_points", kDefaultPoints));
    const auto histories = (*store)->readAll(*wanted, span, most, stepFrom(arguments));
    if (!histories)
        return fail(histories.error());
    Json series = Json::array();
    for (std::size_t i = 0; i < wanted->size(); ++i)
        series.push_back(seriesJson((*wanted)[i], (*histories)[i]));
    return Json{{"from", unixSeconds(span.from)}, {"to", unixSeconds(span.to)}, {"series", std::move(series)}};
}

/// Below which number they are to be; absent: the newest.
using AlertNumber = std::optional<std::uint64_t>;

AlertNumber numberBefore(const Arguments& arguments)
{
    constexpr auto kField = "before_alert_id";
    return arguments.has(kField) ? AlertNumber{static_cast<std::uint64_t>(arguments.integer(kField, 0))} : std::nullopt;
}

Result<std::vector<Alert>> keptAlerts(EngineServices& services, std::size_t most, AlertNumber before)
{
    const auto store = services.monitor->history();
    if (!store)
        return fail(store.error());
    return before ? (*store)->alerts(most, *before) : (*store)->alertsToGoOn(most);
}

/// Those that the engine has in mind are newer than what was written of them, and there where nothing can be written.
/// What goes on is never left out of the newest ones.
Json getAlerts(EngineServices& services, const Arguments& arguments)
{
    const auto most = static_cast<std::size_t>(arguments.integer("limit", kDefaultAlerts));
    const AlertNumber before = numberBefore(arguments);
    std::map<std::uint64_t, Alert, std::greater<>> alerts;
    for (const Alert& alert : services.monitor->shownAlerts()) {
        if (!before || alert.number < *before)
            alerts.emplace(alert.number, alert);
    }
    const auto kept = keptAlerts(services, most, before);
    if (kept) {
        for (const Alert& alert : *kept)
            alerts.emplace(alert.number, alert);
    }
    Json rows = Json::array();
    for (const auto& [number, alert] : alerts) {
        if (rows.size() < most || (!before && alert.isActive()))
            rows.push_back(toJson(alert));
    }
    return {{"alerts", std::move(rows)}, {"history_problem", kept ? Json(nullptr) : toJson(kept.error())}};
}

std::function<JobDescription(const Arguments&)> lightJob(std::string operation)
{
    return [operation = std::move(operation)](const Arguments&) {
        return JobDescription{
            .operation = operation, .modelId = {}, .deviceId = {}, .subject = {}, .weight = JobWeight::Light};
    };
}

OperationSpec stateSpec(EngineServices& services)
{
    return {
        .family = "monitor",
        .name = "get_monitor_state",
        .summary = "How the devices, the machine and the engine are: who has which byte, and what the GPUs say.",
        .duration = Duration::Long,
        .fields = {},
        .errors = {ErrorCode::Cancelled},
        .answer =
            "taken_at; devices with device_id, kind, name, device_uuid, wakefulness (awake, asleep, unknown), reading "
            "of a GPU by NVML, reading_taken_at (up to 30 seconds before taken_at where it could sleep and has nothing "
            "to "
            "do; what others use is then of that time too), problem (why there is no reading), and memory: "
            "total_bytes, others_known (false: total and free are of what the engine itself may "
            "have) and the entries that add up to the total (owner, size_bytes, and where they apply model_id, "
            "model_name, component_id, process_id, process_name, reported_bytes, work (compute, graphics, "
            "compute_and_graphics, unknown)); host; cache with memory, hits, misses, evictions; loads since the start "
            "by device; driver_version; history_problem; samples_dropped. What is not reported is null",
        .describe = lightJob("get_monitor_state"),
        .handler = [&services](
                       const Arguments&, JobContext*) -> Result<Json> { return toJson(*services.monitor->now()); },
    };
}

OperationSpec historySpec(EngineServices& services)
{
    return {
        .family = "monitor",
        .name = "get_metric_history",
        .summary = "How metrics were over a period.",
        .duration = Duration::Long,
        .fields = {metricsField("Which metrics; left out: all."),
            historyDeviceField("Of this device, and of the machine; left out: of all devices."), periodField(),
            endTimeField(),
            {.name = "most_points",
                .type = FieldType::Integer,
                .help = "At most so many points for each series; left out: 500.",
                .minimum = 1,
                .maximum = kMostPoints},
            stepField("Over what the values are put together before they are brought to so many points; left out: the "
                      "finest that is there and can be read at once.")},
        .errors = {ErrorCode::DeviceNotFound, ErrorCode::Cancelled, ErrorCode::InvalidFormat, ErrorCode::Unsupported,
            ErrorCode::FileInUse, ErrorCode::PermissionDenied, ErrorCode::DiskFull, ErrorCode::IoError,
            ErrorCode::OutOfHostMemory, ErrorCode::NotAnswering},
        .answer =
            "from and to in seconds since 1970; series with metric, device_id (null: of the machine), unit, "
            "step_seconds that each entry is of, and as columns times (where its values begin, in seconds since "
            "1970), minimum, mean, maximum and counts of the values (how much a mean weighs: a reading that stands for "
            "a while, of a GPU that could sleep, counts once a second); a step without values has no entry",
        .describe = lightJob("get_metric_history"),
        .handler = [&services](
                       const Arguments& arguments, JobContext*) { return getMetricHistory(services, arguments); },
    };
}

OperationSpec alertsSpec(EngineServices& services)
{
    return {
        .family = "monitor",
        .name = "get_alerts",
        .summary = "The alerts that are active, and those that were.",
        .duration = Duration::Long,
        .fields = {{.name = "limit",
                       .type = FieldType::Integer,
                       .help = "At most so many, and all that go on; left out: 100.",
                       .minimum = 1,
                       .maximum = kMostAlerts},
            {.name = "before_alert_id",
                .type = FieldType::Integer,
                .help = "Those before this one, and no others that go on: the next page of an answer that was full; "
                        "left out: the newest.",
                .minimum = 1}},
        .errors = {ErrorCode::Cancelled},
        .answer = "alerts, the newest first: alert_id, kind (memory_full, slow_loads, failing_loads), severity, "
                  "device_id, threshold, value when it was raised, worst since, is_active, raised_at, recovered_at, "
                  "acknowledged_at; history_problem: why earlier ones are not known, or null",
        .describe = lightJob("get_alerts"),
        .handler = [&services](const Arguments& arguments, JobContext*) -> Result<Json> {
            return getAlerts(services, arguments);
        },
    };
}

OperationSpec acknowledgeSpec(EngineServices& services)
{
    return {
        .family = "monitor",
        .name = "post_alert_acknowledge",
        .summary = "Says that somebody has seen an alert.",
        .fields = {{.name = "alert_id",
            .type = FieldType::Integer,
            .presence = Presence::Required,
            .help = "The number of the alert, as get_alerts gives it.",
            .minimum = 1}},
        .errors = {ErrorCode::AlertNotFound},
        .answer = "the alert, as get_alerts gives it",
        .handler = [&services](const Arguments& arguments, JobContext*) -> Result<Json> {
            const auto alert =
                services.monitor->acknowledge(static_cast<std::uint64_t>(arguments.integer("alert_id", 0)));
            if (!alert)
                return fail(alert.error());
            return toJson(*alert);
        },
    };
}

} // namespace

void addMonitorOperations(OperationRegistry& registry, EngineServices& services)
{
    registry.add(stateSpec(services));
    registry.add(historySpec(services));
    registry.add(alertsSpec(services));
    registry.add(acknowledgeSpec(services));
}

} // namespace weightroom::engine
