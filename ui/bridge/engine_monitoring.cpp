// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/monitor_conversion.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/engine_request.h"
#include "ui/bridge/text/error_text.h"

#include <algorithm>

namespace weightroom::ui {
namespace {

/// What both reading and writing a history ask for.
engine::Json historyFields(const HistoryRequest& request)
{
    engine::Json metrics = engine::Json::array();
    for (const QString& metric : request.metrics)
        metrics.push_back(metric.toStdString());
    const qint64 end = (request.to + 999) / 1000; // the second that has the end is in it
    engine::Json fields{{"end_time", end}, {"period_seconds", std::max<qint64>(1, end - request.from / 1000)}};
    if (!metrics.empty())
        fields["metrics"] = std::move(metrics);
    if (!request.deviceId.isEmpty())
        fields["device_id"] = request.deviceId.toStdString();
    return fields;
}

} // namespace

void EngineBridge::requestHistory(const HistoryRequest& request)
{
    engine::Json fields = historyFields(request);
    fields["most_points"] = request.mostPoints;
    // A page says by itself why the history is not kept.
    start({.operation = "monitor.get_metric_history",
        .fields = std::move(fields),
        .visibility = Request::Visibility::Quiet,
        .failure = Request::Failure::Silent,
        .refused = [request](EngineBridge& bridge,
                       const engine::Error&) { Q_EMIT bridge.historyReady({.request = request, .series = {}}); },
        .prepare = [request](const engine::Json& answer) -> std::function<void(EngineBridge&)> {
            const HistoryView view = historyView(request, answer);
            return [view](EngineBridge& bridge) { Q_EMIT bridge.historyReady(view); };
        }});
}

void EngineBridge::exportHistory(const HistoryRequest& what, const QByteArray& file, HistoryFile format)
{
    engine::Json fields = historyFields(what);
    fields["file"] = file.toStdString();
    fields["format"] = format == HistoryFile::Json ? "json" : "csv";
    start({.operation = "monitor.post_history_export",
        .fields = std::move(fields),
        .next = [file](EngineBridge& bridge, const engine::Json&) { Q_EMIT bridge.historyExported(file); },
        .visibility = Request::Visibility::Quiet});
}

void EngineBridge::requestPerformance()
{
    if (isAwaited("worker.collect_performance_metrics"))
        return;
    start({.operation = "worker.collect_performance_metrics",
        .fields = {{"period_seconds", PerformanceView::kPeriodSeconds}},
        .visibility = Request::Visibility::Quiet,
        .failure = Request::Failure::Silent,
        .refused = [](EngineBridge& bridge, const engine::Error&) { Q_EMIT bridge.performanceReady({}); },
        .prepare = [](const engine::Json& answer) -> std::function<void(EngineBridge&)> {
            return [performance = performanceView(answer)](
                       EngineBridge& bridge) { Q_EMIT bridge.performanceReady(performance); };
        }});
}

void EngineBridge::requestAlerts(int most)
{
    const engine::Json fields{{"limit", most}};
    const bool isAsked = std::ranges::any_of(m_waiting,
        [&](const auto& request) { return request->operation == "monitor.get_alerts" && request->fields == fields; });
    if (isAsked)
        return;
    start({.operation = "monitor.get_alerts",
        .fields = fields,
        .next = [](EngineBridge& bridge, const engine::Json& answer) { Q_EMIT bridge.alertsReady(alertViews(answer)); },
        .visibility = Request::Visibility::Quiet,
        .failure = Request::Failure::Silent});
}

void EngineBridge::acknowledgeAlert(quint64 number)
{
    start({.operation = "monitor.post_alert_acknowledge",
        .fields = {{"alert_id", number}},
        .failure = Request::Failure::Silent,
        .refused = [number](EngineBridge& bridge, const engine::Error& error) {
            // Somebody else was faster, which is what was wanted.
            if (error.code == engine::ErrorCode::AlertNotFound)
                return Q_EMIT bridge.alertGone(number);
            Q_EMIT bridge.requestRefused(errorView(error, bridge.m_memory));
            Q_EMIT bridge.acknowledgementFailed(number);
        }});
}

void EngineBridge::requestTensors(const QString& memoryId, const QString& modelId, const QString& componentId)
{
    const TensorsView asked{.memoryId = memoryId, .modelId = modelId, .componentId = componentId, .tensors = {}};
    const bool isShared = componentId.isEmpty();
    engine::Json fields = isShared ? engine::Json::object() : modelRequest(modelId);
    fields["device_id"] = memoryId == QStringLiteral("CACHE") ? "cache" : memoryId.toStdString();
    fields["sharing"] = isShared ? "shared" : "exclusive";
    if (!isShared)
        fields["component_id"] = componentId.toStdString();
    // What has been unloaded meanwhile is no news: the page does not show it any more.
    start({.operation = "monitor.get_memory_contents",
        .fields = std::move(fields),
        .visibility = Request::Visibility::Quiet,
        .failure = Request::Failure::Silent,
        .refused = [asked](EngineBridge& bridge, const engine::Error&) { Q_EMIT bridge.tensorsReady(asked); },
        .prepare = [asked](const engine::Json& answer) -> std::function<void(EngineBridge&)> {
            const TensorsView view = tensorsView(asked, answer);
            return [view](EngineBridge& bridge) { Q_EMIT bridge.tensorsReady(view); };
        }});
}

} // namespace weightroom::ui
