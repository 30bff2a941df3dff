// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/monitor/monitor_page.h"

#include "ui/pages/monitor/alert_panel.h"
#include "ui/pages/monitor/history_board.h"
#include "ui/pages/monitor/load_summary.h"
#include "ui/pages/monitor/monitor_charts.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"
#include "ui/widgets/memory/gpu_figure_list.h"

#include <QComboBox>
#include <QLabel>
#include <QMenu>
#include <QScrollArea>
#include <QSplitter>
#include <QToolButton>
#include <QVBoxLayout>

namespace weightroom::ui {
namespace {

constexpr int kColumns = 2;
constexpr int kAlertWidth = 300;
/// As often as the board asks for the history.
constexpr qint64 kBetweenQuestions = 10'000;

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
    , m_export(new QToolButton(this))
    , m_problem(makeSentenceLabel(this))
    , m_history(new HistoryBoard(live, kColumns, this))
    , m_loads(new LoadSummary(this))
    , m_groupHeading(makeHeading(tr("Control group of this program", "heading"), 1.0, this))
    , m_group(new GpuFigureList(this))
    , m_alerts(new AlertPanel(this))
{
    setObjectName(QStringLiteral("monitorPage"));
    build();
    buildExport();
    connectParts();
    updateExport();
}

void MonitorPage::build()
{
    m_device->setObjectName(QStringLiteral("watchedDevice"));
    m_device->setAccessibleName(tr("Device whose charts are shown", "accessible name"));
    m_device->setSizeAdjustPolicy(QComboBox::AdjustToContents);
    m_problem->setProperty("role", QStringLiteral("danger"));
    m_problem->setObjectName(QStringLiteral("historyProblem"));
    m_problem->hide();
    m_group->setObjectName(QStringLiteral("controlGroup"));
    m_groupHeading->hide();
    m_history->addToHeader(m_device);
    m_history->addToHeaderEnd(m_export);
    auto* splitter = new QSplitter(this);
    splitter->addWidget(scrolled(makeMain(), this));
    QScrollArea* alerts = scrolled(makeSide(), this);
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

QWidget* MonitorPage::makeMain()
{
    auto* main = new QWidget(this);
    auto* layout = new QVBoxLayout(main);
    layout->setContentsMargins(0, 0, kMargin, 0);
    layout->addWidget(m_history);
    layout->addWidget(m_loads);
    layout->addWidget(m_groupHeading);
    layout->addWidget(m_group);
    layout->addStretch(1);
    return main;
}

QWidget* MonitorPage::makeSide()
{
    auto* side = new QWidget(this);
    auto* layout = new QVBoxLayout(side);
    layout->setContentsMargins(kMargin, 0, 0, 0);
    layout->addWidget(m_alerts);
    return side;
}

void MonitorPage::buildExport()
{
    auto* menu = new QMenu(m_export);
    const auto add = [this, menu](const QString& text, const char* name, HistoryFile format) {
        QAction* action = menu->addAction(text);
        action->setObjectName(QLatin1String(name));
        connect(action, &QAction::triggered, this, [this, format] { requestExport(format); });
    };
    add(tr("A table as CSV\u2026", "menu: export"), "exportHistoryCsv", HistoryFile::Csv);
    add(tr("All numbers as JSON\u2026", "menu: export"), "exportHistoryJson", HistoryFile::Json);
    m_export->setMenu(menu);
    m_export->setPopupMode(QToolButton::InstantPopup);
    m_export->setText(tr("Export", "button: what charts show"));
    m_export->setObjectName(QStringLiteral("exportHistory"));
    m_export->setProperty("role", QStringLiteral("link"));
}

void MonitorPage::connectParts()
{
    connect(m_device, &QComboBox::activated, this, &MonitorPage::showCharts);
    connect(m_history, &HistoryBoard::historyWanted, this, &MonitorPage::historyWanted);
    connect(m_alerts, &AlertPanel::acknowledged, this, &MonitorPage::alertAcknowledged);
    connect(m_alerts, &AlertPanel::moreWanted, this, &MonitorPage::askForEarlierAlerts);
}

void MonitorPage::setMonitor(const MonitorView& monitor)
{
    m_monitor = monitor;
    updateDevices();
    updateExport();
    updateGroup();
    m_problem->setText(tr("The history is not kept: %1").arg(monitor.historyProblem));
    m_problem->setVisible(!monitor.historyProblem.isEmpty());
    m_alerts->setAlerts(monitor.alerts);
    if (monitor.alerts != m_known && isVisible())
        askForEarlierAlerts();
    m_known = monitor.alerts;
    askForPerformance();
    m_history->tick();
}

void MonitorPage::setHistory(const HistoryView& history) { m_history->setHistory(history); }

void MonitorPage::setPerformance(const PerformanceView& performance) { m_loads->setPerformance(performance); }

void MonitorPage::setEarlierAlerts(const QList<AlertView>& alerts) { m_alerts->setEarlierAlerts(alerts); }

void MonitorPage::showUnacknowledged(quint64 number) { m_alerts->showUnacknowledged(number); }

void MonitorPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    askForEarlierAlerts();
    m_performanceAskedAt = 0;
    askForPerformance();
}

void MonitorPage::askForEarlierAlerts() { Q_EMIT earlierAlertsWanted(m_alerts->mostWanted()); }

/// Nobody is asked before there are numbers: an engine that does not watch itself has none.
void MonitorPage::askForPerformance()
{
    const qint64 since = m_monitor.at - m_performanceAskedAt;
    const bool isTime = since < 0 || since >= kBetweenQuestions; // a clock may go back
    if (!isVisible() || m_monitor.at == 0 || !isTime)
        return;
    m_performanceAskedAt = m_monitor.at;
    Q_EMIT performanceWanted();
}

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

void MonitorPage::updateExport()
{
    const bool isKept = m_monitor.historyProblem.isEmpty();
    m_export->setEnabled(isKept && current() != nullptr);
    if (current() == nullptr)
        m_export->setToolTip(tr("There are no numbers yet"));
    else
        m_export->setToolTip(isKept ? tr("Writes the numbers that the charts show into a file")
                                    : tr("The history is not kept: there is nothing to write"));
}

void MonitorPage::updateGroup()
{
    const WatchedMemory* memory = current();
    const bool isMachine = memory != nullptr && memory->place == MemoryPlace::Cache;
    m_group->setFigures(isMachine ? m_monitor.group : QList<GpuFigure>());
    m_groupHeading->setVisible(isMachine && !m_monitor.group.isEmpty());
}

const WatchedMemory* MonitorPage::current() const { return m_monitor.find(m_device->currentData().toString()); }

void MonitorPage::showCharts()
{
    const WatchedMemory* memory = current();
    if (memory == nullptr)
        return;
    m_history->setCharts(memory->place == MemoryPlace::Cache ? machineCharts() : deviceCharts(*memory));
    updateGroup();
}

void MonitorPage::requestExport(HistoryFile format)
{
    const WatchedMemory* memory = current();
    HistoryRequest what = m_history->shown();
    if (memory == nullptr || what.metrics.isEmpty())
        return;
    if (memory->place != MemoryPlace::Cache)
        what.deviceId = memory->id;
    Q_EMIT exportRequested(what, format);
}

} // namespace weightroom::ui
