// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/benchmark_controller.h"

#include "ui/benchmark_exporter.h"
#include "ui/bridge/engine_bridge.h"
#include "ui/dialogs/prompts.h"
#include "ui/pages/benchmark/benchmark_page.h"
#include "ui/pages/benchmark/benchmark_runs.h"
#include "ui/pages/benchmark/benchmark_setup.h"
#include "ui/pages/library/library_page.h"

#include <utility>

namespace weightroom::ui {
namespace {

constexpr int kPollMs = 1000;

} // namespace

BenchmarkController::BenchmarkController(
    EngineBridge& bridge, Prompts& prompts, const LibraryPage& library, Banner& banner, QWidget* window)
    : QObject(window)
    , m_bridge(bridge)
    , m_prompts(prompts)
    , m_library(library)
    , m_page(new BenchmarkPage(window))
    , m_exporter(new BenchmarkExporter(bridge, prompts, *m_page, banner, this))
{
    m_poll.setInterval(kPollMs);
    connect(&m_poll, &QTimer::timeout, &bridge, &EngineBridge::requestBenchmarkProgress);
    connect(&bridge, &EngineBridge::libraryChanged, this, [this] { m_page->setup()->setLibrary(m_bridge.library()); });
    connect(&bridge, &EngineBridge::memoryChanged, this, [this] { m_page->setup()->setMemory(m_bridge.memory()); });
    connect(&bridge, &EngineBridge::jobChanged, this, &BenchmarkController::followJob);
    connect(&bridge, &EngineBridge::benchmarkProgressReady, this, &BenchmarkController::takeProgress);
    connect(&bridge, &EngineBridge::benchmarkReportReady, m_page, &BenchmarkPage::setReport);
    connect(&bridge, &EngineBridge::benchmarkRunsReady, this, &BenchmarkController::takeRuns);
    connect(&bridge, &EngineBridge::benchmarkComparisonReady, m_page, &BenchmarkPage::setComparison);
    connectPage();
    m_page->setup()->setLibrary(bridge.library());
    m_page->setup()->setMemory(bridge.memory());
}

void BenchmarkController::connectPage()
{
    connect(m_page, &BenchmarkPage::opened, this, &BenchmarkController::open);
    connect(m_page, &BenchmarkPage::reportWanted, &m_bridge, &EngineBridge::requestBenchmarkReport);
    connect(m_page, &BenchmarkPage::comparisonWanted, &m_bridge, &EngineBridge::requestBenchmarkComparison);
    connect(m_page->setup(), &BenchmarkSetup::startRequested, this, [this](const BenchmarkRequest& request) {
        JobView job;
        job.kind = JobKind::Benchmark;
        job.number = m_bridge.startBenchmark(request);
        if (job.number != 0)
            begin(job);
    });
    connect(m_page->setup(), &BenchmarkSetup::cancelRequested, this, [this] { m_bridge.cancelJob(m_job); });
    connect(m_page->runs(), &BenchmarkRuns::exportRequested, m_exporter, &BenchmarkExporter::write);
    connect(m_page->runs(), &BenchmarkRuns::removalRequested, this, &BenchmarkController::remove);
}

void BenchmarkController::open()
{
    m_bridge.requestBenchmarkRuns();
    if (std::exchange(m_wasOpened, true))
        return;
    QStringList selected;
    for (const ModelRow& row : m_library.selectedModels())
        selected.append(row.facts->id);
    m_page->setup()->setChecked(selected);
}

void BenchmarkController::begin(const JobView& job)
{
    m_job = job.number;
    m_runId.clear();
    m_page->setJob(job);
    m_bridge.requestBenchmarkProgress();
    m_poll.start();
}

/// Whoever wanted it: two at once are refused.
void BenchmarkController::followJob(const JobView& job)
{
    if (job.kind != JobKind::Benchmark || (m_job != 0 && job.number != m_job))
        return;
    if (!job.isFinished())
        return m_job == 0 ? begin(job) : m_page->setJob(job);
    m_job = 0;
    m_poll.stop();
    m_page->setJob(std::nullopt);
    m_awaitsRuns = true;
    m_bridge.requestBenchmarkRuns();
}

void BenchmarkController::takeProgress(const BenchmarkProgressView& progress)
{
    if (m_job == 0 || progress.id.isEmpty())
        return;
    m_runId = progress.id;
    m_page->setProgress(progress);
}

void BenchmarkController::takeRuns(const QList<BenchmarkRunView>& runs)
{
    m_page->setRuns(runs);
    if (!std::exchange(m_awaitsRuns, false))
        return;
    // A short run may have ended before anybody has asked for its id: its report has it.
    if (m_runId.isEmpty() && m_page->report())
        m_runId = m_page->report()->id;
    m_page->endRun(m_runId);
}

void BenchmarkController::remove(const QString& id, const QString& name)
{
    m_prompts.askBefore(m_page,
        {.title = tr("Delete the benchmark?", "title of the question"),
            .sentence = tr("The report of this run is deleted and cannot be brought back: %1", "a run").arg(name),
            .button = tr("Delete", "button: a benchmark")},
        [this, id] { m_bridge.removeBenchmark(id); });
}

} // namespace weightroom::ui
