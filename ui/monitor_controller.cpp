// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/monitor_controller.h"

#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"
#include "ui/dialogs/prompts.h"
#include "ui/pages/memory/memory_page.h"
#include "ui/pages/monitor/monitor_page.h"
#include "ui/widgets/banner.h"

#include <QDir>
#include <QFile>

#include <algorithm>
#include <utility>

namespace weightroom::ui {
namespace {

/// What a chart of the last minutes needs from before the window was there.
HistoryRequest recentHistory(const MonitorView& monitor)
{
    HistoryRequest request{.metrics = {}, .deviceId = {}, .from = monitor.at - LiveSeries::kLength, .to = monitor.at};
    request.mostPoints = static_cast<int>(LiveSeries::kLength / 1000) + 1;
    return request;
}

bool isNews(const AlertView& alert) { return alert.isActive && !alert.isAcknowledged; }

QByteArray suggestionFor(const HistoryRequest& what, HistoryFile format)
{
    const QString subject = what.deviceId.isEmpty() ? QStringLiteral("computer") : what.deviceId;
    const QString ending = format == HistoryFile::Json ? QStringLiteral("json") : QStringLiteral("csv");
    return QFile::encodeName(QDir::home().filePath(QStringLiteral("weightroom-history-%1.%2").arg(subject, ending)));
}

} // namespace

MonitorController::MonitorController(EngineBridge& bridge, Prompts& prompts, Banner& banner, QWidget* window)
    : QObject(window)
    , m_bridge(bridge)
    , m_prompts(prompts)
    , m_banner(banner)
    , m_memoryPage(new MemoryPage(m_live, window))
    , m_monitorPage(new MonitorPage(m_live, window))
{
    connect(&bridge, &EngineBridge::monitorChanged, this, &MonitorController::show);
    connect(&bridge, &EngineBridge::memoryChanged, this, [this] { m_memoryPage->setMemory(m_bridge.memory()); });
    connect(&bridge, &EngineBridge::historyReady, this, [this](const HistoryView& history) {
        m_live.prepend(history);
        m_memoryPage->setHistory(history);
        m_monitorPage->setHistory(history);
    });
    connect(&bridge, &EngineBridge::historyExported, this, [this](const QByteArray& file) {
        m_banner.showNotice(tr("%1 was written.", "file").arg(pathText(file.toStdString())), {}, {});
    });
    connect(&bridge, &EngineBridge::tensorsReady, m_memoryPage, &MemoryPage::setTensors);
    connect(&bridge, &EngineBridge::alertsReady, m_monitorPage, &MonitorPage::setEarlierAlerts);
    connect(&bridge, &EngineBridge::acknowledgementFailed, m_monitorPage, &MonitorPage::showUnacknowledged);
    connect(&bridge, &EngineBridge::alertGone, m_monitorPage, &MonitorPage::askForEarlierAlerts);
    connect(&bridge, &EngineBridge::performanceReady, m_monitorPage, &MonitorPage::setPerformance);
    connectPages();
    m_memoryPage->setMemory(bridge.memory());
}

void MonitorController::connectPages()
{
    connect(m_memoryPage, &MemoryPage::historyWanted, &m_bridge, &EngineBridge::requestHistory);
    connect(m_memoryPage, &MemoryPage::tensorsWanted, &m_bridge, &EngineBridge::requestTensors);
    connect(m_monitorPage, &MonitorPage::historyWanted, &m_bridge, &EngineBridge::requestHistory);
    connect(m_monitorPage, &MonitorPage::performanceWanted, &m_bridge, &EngineBridge::requestPerformance);
    connect(m_monitorPage, &MonitorPage::earlierAlertsWanted, &m_bridge, &EngineBridge::requestAlerts);
    connect(m_monitorPage, &MonitorPage::alertAcknowledged, &m_bridge, &EngineBridge::acknowledgeAlert);
    connect(m_monitorPage, &MonitorPage::exportRequested, this, &MonitorController::exportHistory);
}

void MonitorController::show()
{
    const MonitorView& monitor = m_bridge.monitor();
    m_live.add(monitor);
    if (!std::exchange(m_hasBegun, true))
        m_bridge.requestHistory(recentHistory(monitor));
    m_memoryPage->setMonitor(monitor);
    m_monitorPage->setMonitor(monitor);
    tellOfNewAlerts(monitor);
    tellWhatIsOver(monitor);
}

void MonitorController::tellOfNewAlerts(const MonitorView& monitor)
{
    for (const AlertView& alert : monitor.alerts) {
        if (m_told.contains(alert.number))
            continue;
        m_told.insert(alert.number);
        // An earlier run has told of what it had raised.
        if (isNews(alert) && alert.number > monitor.lastEarlierAlert)
            m_prompts.notify(alert.title, alert.sentence);
    }
    Q_EMIT alertsChanged(std::ranges::count_if(monitor.alerts, isNews));
}

/// What went on at the last look and does not any more. One that was acknowledged is not even there then.
void MonitorController::tellWhatIsOver(const MonitorView& monitor)
{
    QMap<quint64, AlertView> active;
    for (const AlertView& alert : monitor.alerts) {
        if (alert.isActive)
            active.insert(alert.number, alert);
    }
    for (const AlertView& before : std::exchange(m_active, active)) {
        if (!active.contains(before.number))
            m_prompts.notify(tr("Over: %1", "notification: an alert that has ended").arg(before.title),
                tr("It had begun at %1.", "notification: an alert that has ended; time")
                    .arg(momentText(before.raisedAt, QDate::currentDate())));
    }
}

void MonitorController::exportHistory(const HistoryRequest& what, HistoryFile format)
{
    m_prompts.askForNewFile(m_monitorPage, tr("Where to put the history", "title of the file dialog"),
        suggestionFor(what, format),
        [this, what, format](const QByteArray& file) { m_bridge.exportHistory(what, file, format); });
}

} // namespace weightroom::ui
