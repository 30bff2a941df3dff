// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/monitor/monitor_page.h"

#include "ui/pages/monitor/alert_panel.h"
#include "ui/pages/monitor/history_board.h"
#include "ui/pages/monitor/monitor_charts.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"

#include <QComboBox>
#include <QLabel>
#include <QScrollArea>
#include <QSplitter>
#include <QVBoxLayout>

namespace weightroom::ui {
namespace {

constexpr int kColumns = 2;
constexpr int kAlertWidth = 300;

QScrollArea* scrolled(QWidget* content, QWidget* parent)
{
    auto* scroll = new QScrollArea(parent);
    scroll->setWidget(content);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    return scroll;
}

} // namespace

MonitorPage::MonitorPage(const LiveSeries& live, QWidget* parent)
    : QWidget(parent)
    , m_device(new QComboBox(this))
    , m_problem(makeSentenceLabel(this))
    , m_history(new HistoryBoard(live, kColumns, this))
    , m_alerts(new AlertPanel(this))
{
    setObjectName(QStringLiteral("monitorPage"));
    build();
    connect(m_device, &QComboBox::activated, this, &MonitorPage::showCharts);
    connect(m_history, &HistoryBoard::historyWanted, this, &MonitorPage::historyWanted);
    connect(m_alerts, &AlertPanel::acknowledged, this, &MonitorPage::alertAcknowledged);
    connect(m_alerts, &AlertPanel::moreWanted, this, &MonitorPage::askForEarlierAlerts);
}

void MonitorPage::build()
{
    m_device->setObjectName(QStringLiteral("watchedDevice"));
    m_device->setAccessibleName(tr("Device whose charts are shown", "accessible name"));
    m_device->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_problem->setProperty("role", QStringLiteral("danger"));
    m_problem->setObjectName(QStringLiteral("historyProblem"));
    m_problem->hide();
    m_history->addToHeader(m_device);
    auto* charts = new QWidget(this);
    auto* chartLayout = new QVBoxLayout(charts);
    chartLayout->setContentsMargins(0, 0, kMargin, 0);
    chartLayout->addWidget(m_history);
    auto* side = new QWidget(this);
    auto* sideLayout = new QVBoxLayout(side);
    sideLayout->setContentsMargins(kMargin, 0, 0, 0);
    sideLayout->addWidget(m_alerts);
    auto* splitter = new QSplitter(this);
    splitter->addWidget(scrolled(charts, this));
    QScrollArea* alerts = scrolled(side, this);
    alerts->setMinimumWidth(kAlertWidth * 3 / 4);
    splitter->addWidget(alerts);
    splitter->setStretchFactor(0, 1);
    splitter->setChildrenCollapsible(false);
    splitter->setSizes({3 * kAlertWidth, kAlertWidth});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(kMargin, kMargin, kMargin, kMargin);
    layout->addWidget(m_problem);
    layout->addWidget(splitter, 1);
}

void MonitorPage::setMonitor(const MonitorView& monitor)
{
    m_monitor = monitor;
    updateDevices();
    m_problem->setText(tr("The history is not kept: %1").arg(monitor.historyProblem));
    m_problem->setVisible(!monitor.historyProblem.isEmpty());
    m_alerts->setAlerts(monitor.alerts);
    if (monitor.alerts != m_known && isVisible())
        askForEarlierAlerts();
    m_known = monitor.alerts;
    m_history->tick();
}

void MonitorPage::setHistory(const HistoryView& history) { m_history->setHistory(history); }

void MonitorPage::setEarlierAlerts(const QList<AlertView>& alerts) { m_alerts->setEarlierAlerts(alerts); }

void MonitorPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    askForEarlierAlerts();
}

void MonitorPage::askForEarlierAlerts() { Q_EMIT earlierAlertsWanted(m_alerts->mostWanted()); }

/// Devices do not come and go while an engine lives. The cache is the machine's.
void MonitorPage::updateDevices()
{
    if (m_device->count() == m_monitor.memories.size())
        return;
    m_device->clear();
    for (const WatchedMemory& memory : std::as_const(m_monitor.memories)) {
        const bool isDevice = memory.place != MemoryPlace::Cache;
        m_device->addItem(isDevice ? tr("%1 \u00B7 %2", "device: id, name").arg(memory.id, memory.title)
                                   : tr("This computer", "what charts are about"),
            memory.id);
    }
    showCharts();
}

void MonitorPage::showCharts()
{
    const WatchedMemory* memory = m_monitor.find(m_device->currentData().toString());
    if (memory == nullptr)
        return;
    m_history->setCharts(memory->place == MemoryPlace::Cache ? machineCharts() : deviceCharts(*memory));
}

} // namespace weightroom::ui
