// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/memory/memory_page.h"

#include "ui/bridge/text/units.h"
#include "ui/models/process_model.h"
#include "ui/pages/memory/ledger_segments.h"
#include "ui/pages/memory/ledger_tree.h"
#include "ui/pages/monitor/history_board.h"
#include "ui/pages/monitor/monitor_charts.h"
#include "ui/style/theme.h"
#include "ui/widgets/breadcrumb.h"
#include "ui/widgets/data_label.h"
#include "ui/widgets/detail_table.h"
#include "ui/widgets/empty_state.h"
#include "ui/widgets/memory/gpu_figure_list.h"
#include "ui/widgets/memory/memory_gauge.h"
#include "ui/widgets/memory/memory_users.h"
#include "ui/widgets/treemap/treemap.h"

#include <QCheckBox>
#include <QHeaderView>
#include <QLabel>
#include <QScrollArea>
#include <QSplitter>
#include <QTabBar>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

namespace weightroom::ui {
namespace {

constexpr int kSideWidth = 340;
constexpr int kGaugeHeight = 28;
/// Below the device there are the model and its component.
constexpr int kTensorDepth = 2;

} // namespace

MemoryPage::MemoryPage(const LiveSeries& live, QWidget* parent)
    : QWidget(parent)
    , m_tabs(new QTabBar(this))
    , m_empty(new EmptyState(QStringLiteral("gpu"), tr("Nothing to see yet", "page of memory"),
          tr("The engine has not looked at its devices yet. That takes a second.", "page of memory"), this))
    , m_content(new QWidget(this))
    , m_amount(makeHeading({}, 1.4, this))
    , m_title(new QLabel(this))
    , m_problem(makeSentenceLabel(this))
    , m_age(new QLabel(this))
    , m_gauge(new MemoryGauge(this))
    , m_path(new Breadcrumb(this))
    , m_showsFree(new QCheckBox(tr("Free memory too", "check box: what a treemap shows"), this))
    , m_treemap(new Treemap(this))
    , m_processModel(new ProcessModel(this))
    , m_processes(new QTableView(this))
    , m_figures(new GpuFigureList(this))
    , m_users(new MemoryUsers(this))
    , m_history(new HistoryBoard(live, 1, this))
{
    setObjectName(QStringLiteral("memoryPage"));
    setUpParts();
    build();
    connectParts();
}

void MemoryPage::setUpParts()
{
    m_tabs->setAccessibleName(tr("Memories", "accessible name"));
    m_tabs->setExpanding(false);
    m_tabs->setDrawBase(false);
    m_title->setTextFormat(Qt::PlainText);
    m_title->setProperty("role", QStringLiteral("muted"));
    m_problem->setProperty("role", QStringLiteral("danger"));
    m_age->setProperty("role", QStringLiteral("muted"));
    m_age->setObjectName(QStringLiteral("ageOfReading"));
    m_age->setToolTip(tr("It has nothing to do, and is asked every 30 seconds only, so that it can sleep.", "a GPU"));
    m_amount->setObjectName(QStringLiteral("amount"));
    m_gauge->setMinimumHeight(kGaugeHeight);
    m_showsFree->setObjectName(QStringLiteral("showFree"));
    m_content->hide();
    m_problem->hide();
    m_age->hide();
}

void MemoryPage::build()
{
    auto* head = new QHBoxLayout;
    head->addWidget(m_amount);
    head->addWidget(m_title, 1);
    head->addWidget(m_age); // where its coming and going moves nothing
    auto* splitter = new QSplitter(this);
    splitter->addWidget(makeMain());
    splitter->addWidget(makeSide());
    splitter->setStretchFactor(0, 1);
    splitter->setChildrenCollapsible(false);
    splitter->setSizes({3 * kSideWidth, kSideWidth});

    auto* content = new QVBoxLayout(m_content);
    content->setContentsMargins(0, 0, 0, 0);
    content->addLayout(head);
    content->addWidget(m_problem);
    content->addWidget(m_gauge);
    content->addWidget(splitter, 1);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(kMargin, kMargin, kMargin, kMargin);
    layout->addWidget(m_tabs);
    layout->addWidget(m_content, 1);
    layout->addWidget(m_empty, 1);
}

QWidget* MemoryPage::makeMain()
{
    auto* main = new QWidget(this);
    auto* head = new QHBoxLayout;
    head->addWidget(m_path, 1);
    head->addWidget(m_showsFree);
    auto* layout = new QVBoxLayout(main);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addLayout(head);
    layout->addWidget(m_treemap, 1);
    layout->addWidget(m_history);
    return main;
}

QWidget* MemoryPage::makeSide()
{
    auto* side = new QWidget(this);
    m_processes->setModel(m_processModel);
    m_processes->setObjectName(QStringLiteral("processTable"));
    m_processes->setAccessibleName(tr("Programs with memory here", "accessible name of a table"));
    setUpDetailTable(*m_processes);
    m_processes->horizontalHeader()->setSectionResizeMode(ProcessModel::ProgramColumn, QHeaderView::Stretch);
    auto* layout = new QVBoxLayout(side);
    layout->setContentsMargins(kMargin, 0, 0, 0);
    layout->addWidget(makeHeading(tr("Programs", "heading: that have memory"), 1.0, side));
    layout->addWidget(m_processes, 1);
    layout->addWidget(m_users);
    layout->addWidget(m_figures);
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(side);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setMinimumWidth(kSideWidth * 3 / 4);
    return scroll;
}

void MemoryPage::connectParts()
{
    connect(m_tabs, &QTabBar::currentChanged, this, [this] {
        m_treemap->setPath({});
        showCurrent();
    });
    connect(m_showsFree, &QCheckBox::toggled, this, &MemoryPage::showCurrent);
    connect(m_treemap, &Treemap::stepsChanged, m_path, &Breadcrumb::setSteps);
    connect(m_path, &Breadcrumb::stepChosen, m_treemap, &Treemap::goUpTo);
    connect(m_treemap, &Treemap::childrenWanted, this, [this](const QStringList& path) {
        if (path.size() == kTensorDepth)
            Q_EMIT tensorsWanted(currentId(), path[0], path[1]);
        else if (path == QStringList(sharedNodeId()))
            Q_EMIT tensorsWanted(currentId(), {}, {});
    });
    connect(m_gauge, &MemoryGauge::ownerClicked, this, &MemoryPage::ownerClicked);
    connect(m_history, &HistoryBoard::historyWanted, this, &MemoryPage::historyWanted);
}

void MemoryPage::setMemory(const QList<MemoryView>& memory)
{
    m_memory = memory;
    QStringList owners;
    for (const MemoryView& view : std::as_const(m_memory)) {
        for (const MemoryOwner& owner : view.owners)
            owners.append(owner.modelId);
    }
    m_colors.setOwners(owners);
}

void MemoryPage::setMonitor(const MonitorView& monitor)
{
    m_monitor = monitor;
    updateTabs();
    showCurrent();
}

void MemoryPage::setHistory(const HistoryView& history) { m_history->setHistory(history); }

void MemoryPage::setTensors(const TensorsView& tensors)
{
    if (tensors.memoryId == currentId()) // and not of one that was looked at before
        m_treemap->setChildren(pathOf(tensors), tensorNodes(tensors));
}

QString MemoryPage::currentId() const { return m_tabs->tabData(m_tabs->currentIndex()).toString(); }

void MemoryPage::showMemory(const QString& id)
{
    for (int tab = 0; tab < m_tabs->count(); ++tab) {
        if (m_tabs->tabData(tab).toString() == id)
            m_tabs->setCurrentIndex(tab);
    }
}

/// Devices do not come and go while an engine lives.
void MemoryPage::updateTabs()
{
    if (m_tabs->count() == m_monitor.memories.size())
        return;
    const QSignalBlocker blocker(m_tabs);
    while (m_tabs->count() > 0)
        m_tabs->removeTab(0);
    for (const WatchedMemory& memory : std::as_const(m_monitor.memories)) {
        const int tab = m_tabs->addTab(memory.place == MemoryPlace::Cache ? memory.title : memory.id);
        m_tabs->setTabData(tab, memory.id);
        m_tabs->setTabToolTip(tab, memory.title);
    }
    m_tabs->updateGeometry(); // it does not see to that itself while it is hidden
}

const MemoryView* MemoryPage::currentView() const
{
    const auto found = std::ranges::find(m_memory, currentId(), &MemoryView::id);
    return found == m_memory.end() ? nullptr : &*found;
}

void MemoryPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    showCurrent();
}

/// While nobody sees it nothing is laid out.
void MemoryPage::showCurrent()
{
    if (!isVisible())
        return;
    const WatchedMemory* memory = m_monitor.find(currentId());
    m_content->setVisible(memory != nullptr);
    m_empty->setVisible(memory == nullptr);
    if (memory == nullptr)
        return;
    showAmount(*memory);
    showGauge(*memory);
    m_treemap->setColors(m_colors);
    m_treemap->setRoot(ledgerTree(*memory, m_showsFree->isChecked() ? FreeMemory::Shown : FreeMemory::Hidden));
    showPrograms(*memory);
    m_figures->setFigures(memory->figures);
    showCharts(*memory);
    if (const MemoryView* view = currentView())
        m_users->setUsers(view->users);
}

void MemoryPage::showAmount(const WatchedMemory& memory)
{
    m_treemap->setEmptyText(memory.isAsleep ? tr("What is in it is not known while it sleeps.", "memory of a GPU")
                                            : tr("There is nothing in this memory."));
    const quint64 unused = memory.bytesOf(LedgerKind::Free) + memory.bytesOf(LedgerKind::Ready);
    const quint64 used = memory.total - std::min(memory.total, unused);
    const auto amount = [&memory](const QString& part, const QString& all) {
        return memory.areOthersKnown ? tr("%1 of %2", "used, all of a memory").arg(part, all)
                                     : tr("%1 by this program", "used; what others use is not known").arg(part);
    };
    m_amount->setText(amount(bytesText(used), bytesText(memory.total)));
    m_amount->setToolTip(amount(exactBytesText(used), exactBytesText(memory.total)));
    m_title->setText(memory.title);
    QString problem = memory.problem;
    if (memory.isAsleep)
        problem = tr("It sleeps, and is not woken to be asked.", "a GPU");
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
    if (memory.age)
        m_age->setText(tr("As of %n seconds ago", "what a GPU says", *memory.age));
    m_age->setVisible(memory.age.has_value());
}

/// Where nobody else is, there are no numbers of processes to tell them apart by.
void MemoryPage::showPrograms(const WatchedMemory& memory)
{
    m_processModel->setMemory(memory);
    const bool isAlone = m_processModel->rowCount() == 1;
    for (const int column : {ProcessModel::IdColumn, ProcessModel::WorkColumn})
        m_processes->setColumnHidden(column, isAlone);
}

void MemoryPage::showGauge(const WatchedMemory& memory)
{
    const MemoryView* view = currentView();
    m_gauge->setParts(memory.title, m_amount->text(),
        ledgerSegments(memory, view == nullptr ? QList<MemoryOwner>() : view->owners), m_colors);
}

void MemoryPage::showCharts(const WatchedMemory& memory)
{
    ChartSpec chart = memoryChart(memory);
    chart.title = tr("Memory over time", "title of a chart");
    m_history->setCharts({chart});
    m_history->tick();
}

} // namespace weightroom::ui
