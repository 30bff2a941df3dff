// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/benchmark/benchmark_page.h"

#include "ui/pages/benchmark/benchmark_results.h"
#include "ui/pages/benchmark/benchmark_runs.h"
#include "ui/pages/benchmark/benchmark_setup.h"
#include "ui/style/theme.h"

#include <QScrollArea>
#include <QSplitter>
#include <QVBoxLayout>

#include <utility>

namespace weightroom::ui {
namespace {

constexpr int kSetupWidth = 260;
constexpr int kRunsHeight = 150;

} // namespace

BenchmarkPage::BenchmarkPage(QWidget* parent)
    : QWidget(parent)
    , m_setup(new BenchmarkSetup(this))
    , m_results(new BenchmarkResults(this))
    , m_runs(new BenchmarkRuns(this))
{
    setObjectName(QStringLiteral("benchmarkPage"));
    build();
    connect(m_runs, &BenchmarkRuns::runChosen, this, &BenchmarkPage::choose);
    connect(m_runs, &BenchmarkRuns::comparisonRequested, this, &BenchmarkPage::compare);
}

void BenchmarkPage::build()
{
    auto* side = new QWidget(this);
    auto* sideLayout = new QVBoxLayout(side);
    sideLayout->setContentsMargins(0, 0, kMargin, 0);
    sideLayout->addWidget(m_setup);
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(side);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setMinimumWidth(kSetupWidth * 4 / 5);
    auto* centre = new QSplitter(Qt::Vertical, this);
    centre->addWidget(m_results);
    centre->addWidget(m_runs);
    centre->setStretchFactor(0, 1);
    centre->setSizes({4 * kRunsHeight, kRunsHeight});
    centre->setChildrenCollapsible(false);
    auto* right = new QWidget(this);
    auto* rightLayout = new QVBoxLayout(right);
    rightLayout->setContentsMargins(kMargin, 0, 0, 0);
    rightLayout->addWidget(centre);
    auto* splitter = new QSplitter(this);
    splitter->addWidget(scroll);
    splitter->addWidget(right);
    splitter->setStretchFactor(1, 1);
    splitter->setChildrenCollapsible(false);
    splitter->setSizes({kSetupWidth, 3 * kSetupWidth});
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(kMargin, kMargin, kMargin, kMargin);
    layout->addWidget(splitter);
}

void BenchmarkPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    Q_EMIT opened();
}

void BenchmarkPage::setJob(const std::optional<JobView>& job)
{
    const bool isNew = job && !m_setup->isRunning();
    m_setup->setJob(job);
    if (!isNew)
        return;
    m_isLive = true;
    m_report.reset();
    m_comparison.reset();
    m_wanted.clear();
    m_wantedBefore.clear();
    m_runs->clearChoice();
    m_results->showLive({});
    setShown({});
}

void BenchmarkPage::setProgress(const BenchmarkProgressView& progress)
{
    if (m_isLive && !progress.id.isEmpty())
        m_results->showLive(progress);
}

void BenchmarkPage::setRuns(const QList<BenchmarkRunView>& runs)
{
    const bool wasKept = m_report && m_runs->has(m_report->id);
    m_runs->setRuns(runs);
    if (!wasKept || m_runs->has(m_report->id) || m_isLive)
        return;
    m_report.reset();
    m_comparison.reset();
    m_wanted.clear();
    m_results->clear();
    setShown({});
}

void BenchmarkPage::endRun(const QString& id)
{
    const bool isLookedAt = m_isLive || (!id.isEmpty() && m_wanted == id);
    m_isLive = false;
    if (!isLookedAt)
        return;
    if (m_runs->has(id)) {
        m_runs->choose(id);
        choose(id);
    } else if (!m_report) {
        m_results->clear();
    }
}

void BenchmarkPage::show(const QStringList& ids)
{
    if (ids.size() == 2)
        compare(ids.last(), ids.first());
    else if (!ids.isEmpty())
        choose(ids.first());
}

void BenchmarkPage::choose(const QString& id)
{
    m_isLive = false;
    m_comparison.reset();
    m_wantedBefore.clear();
    m_wanted = id;
    if (m_report && m_report->id == id)
        return showReport();
    Q_EMIT reportWanted(id);
}

void BenchmarkPage::setReport(const BenchmarkReportView& report)
{
    // Of a run that has just ended, nobody has asked.
    if (std::exchange(m_isLive, false))
        m_wanted = report.id;
    if (report.id == m_wantedBefore)
        m_before = report;
    if (report.id == m_wanted) {
        m_report = report;
        if (m_wantedBefore.isEmpty())
            showReport();
    }
    showComparison();
}

void BenchmarkPage::compare(const QString& before, const QString& after)
{
    m_isLive = false;
    m_wanted = after;
    m_wantedBefore = before;
    m_before.reset();
    m_report.reset();
    m_comparison.reset();
    Q_EMIT reportWanted(before);
    Q_EMIT reportWanted(after);
    Q_EMIT comparisonWanted(before, after);
}

void BenchmarkPage::setComparison(const BenchmarkComparisonView& comparison)
{
    if (comparison.before != m_wantedBefore || comparison.after != m_wanted)
        return;
    m_comparison = comparison;
    showComparison();
}

void BenchmarkPage::showReport()
{
    m_results->showReport(*m_report);
    setShown({m_report->id});
}

void BenchmarkPage::showComparison()
{
    if (!m_comparison || !m_before || !m_report)
        return;
    m_results->showBoth(*m_before, *m_report, *m_comparison);
    setShown({m_report->id, m_before->id});
}

void BenchmarkPage::setShown(const QStringList& ids)
{
    m_shown = ids;
    Q_EMIT shownChanged();
}

} // namespace weightroom::ui
