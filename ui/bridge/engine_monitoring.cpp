// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/monitor_conversion.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/engine_request.h"
#include "ui/bridge/text/error_text.h"

#include <algorithm>
#include <utility>

namespace weightroom::ui {
namespace {

/// As many as the engine tells of in one answer.
constexpr qsizetype kMostAlertsAtOnce = 1000;

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

/// One after another: an older answer cannot come after a newer one. Of what is asked for meanwhile the newest counts.
void EngineBridge::requestAlerts(int most)
{
    m_alertsWanted = most;
    if (!m_isAskingForAlerts)
        askForWantedAlerts();
}

void EngineBridge::askForWantedAlerts()
{
    m_isAskingForAlerts = m_alertsWanted.has_value();
    if (const std::optional<int> most = std::exchange(m_alertsWanted, std::nullopt))
        askForAlerts(*most, {});
}

void EngineBridge::askForAlerts(int most, const QList<AlertView>& found)
{
    const qsizetype limit = std::min(most - found.size(), kMostAlertsAtOnce);
    engine::Json fields{{"limit", limit}};
    if (!found.isEmpty())
        fields["before_alert_id"] = found.last().number;
    start({.operation = "monitor.get_alerts",
        .fields = std::move(fields),
        .next =
            [most, found, limit](EngineBridge& bridge, const engine::Json& answer) {
                // Behind these there are only those that go on, which the monitor's snapshots have.
                const QList<AlertView> page = alertViews(answer).mid(0, limit);
                const QList<AlertView> all = found + page;
                if (page.size() == limit && all.size() < most)
                    return bridge.askForAlerts(most, all);
                Q_EMIT bridge.alertsReady(all);
                bridge.askForWantedAlerts();
            },
        .visibility = Request::Visibility::Quiet,
        .failure = Request::Failure::Silent,
        .refused = [](EngineBridge& bridge, const engine::Error&) { bridge.askForWantedAlerts(); }});
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
