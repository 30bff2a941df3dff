// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/benchmark_controller.h"

#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/dialogs/prompts.h"
#include "ui/pages/benchmark/benchmark_page.h"
#include "ui/pages/benchmark/benchmark_printing.h"
#include "ui/pages/benchmark/benchmark_results.h"
#include "ui/pages/benchmark/benchmark_setup.h"
#include "ui/pages/library/library_page.h"
#include "ui/widgets/banner.h"

#include <QDir>
#include <QFile>
#include <QImage>

#include <utility>

namespace weightroom::ui {
namespace {

constexpr int kPollMs = 1000;

const char* endingOf(BenchmarkExport as)
{
    switch (as) {
    case BenchmarkExport::Json:
        return "json";
    case BenchmarkExport::Csv:
        return "csv";
    case BenchmarkExport::ChartPicture:
        return "png";
    case BenchmarkExport::PrintableReport:
        break;
    }
    return "pdf";
}

QByteArray suggestionFor(const QString& id, BenchmarkExport as)
{
    const QString name = QStringLiteral("weightroom-benchmark-%1.%2").arg(id, QLatin1String(endingOf(as)));
    return QFile::encodeName(QDir::home().filePath(name));
}

QString titleFor(BenchmarkExport as)
{
    return as == BenchmarkExport::ChartPicture
        ? BenchmarkController::tr("Where to put the chart", "title of the file dialog")
        : BenchmarkController::tr("Where to put the report", "title of the file dialog");
}

QString fileText(const QByteArray& file) { return pathText(file.toStdString()); }

} // namespace

BenchmarkController::BenchmarkController(
    EngineBridge& bridge, Prompts& prompts, const LibraryPage& library, Banner& banner, QWidget* window)
    : QObject(window)
    , m_bridge(bridge)
    , m_prompts(prompts)
    , m_library(library)
    , m_banner(banner)
    , m_page(new BenchmarkPage(window))
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
    connect(&bridge, &EngineBridge::benchmarkExported, this, &BenchmarkController::tellWritten);
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
    connect(m_page->runs(), &BenchmarkRuns::exportRequested, this, &BenchmarkController::exportRun);
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

void BenchmarkController::exportRun(const QString& id, BenchmarkExport as)
{
    m_prompts.askForNewFile(
        m_page, titleFor(as), suggestionFor(id, as), [this, id, as](const QByteArray& file) { write(id, file, as); });
}

void BenchmarkController::write(const QString& id, const QByteArray& file, BenchmarkExport as)
{
    if (as == BenchmarkExport::Json || as == BenchmarkExport::Csv)
        return m_bridge.exportBenchmark(
            id, file, as == BenchmarkExport::Json ? BenchmarkFile::Json : BenchmarkFile::Csv);
    if (m_page->report() && m_page->report()->id == id)
        writePicture(file, as);
}

void BenchmarkController::writePicture(const QByteArray& file, BenchmarkExport as)
{
    QFile target(QFile::decodeName(file));
    bool isWritten = target.open(QIODevice::WriteOnly | QIODevice::NewOnly);
    if (isWritten)
        isWritten = as == BenchmarkExport::ChartPicture ? m_page->results()->chartImage().save(&target, "PNG")
                                                        : printBenchmark(*m_page->report(), target);
    isWritten = isWritten && target.flush();
    if (isWritten)
        return tellWritten(file);
    const bool isOurs = target.isOpen(); // what was there before is left alone
    m_banner.showError({.sentence = tr("%1 could not be written: %2", "file, reason of the system")
                                        .arg(fileText(file), target.errorString()),
        .advice = {},
        .actions = {},
        .detail = {},
        .modelId = {},
        .weight = ErrorWeight::Error});
    if (isOurs)
        target.remove();
}

void BenchmarkController::remove(const QString& id, const QString& name)
{
    m_prompts.askBefore(m_page,
        {.title = tr("Delete the benchmark?", "title of the question"),
            .sentence = tr("The report of this run is deleted and cannot be brought back: %1", "a run").arg(name),
            .button = tr("Delete", "button: a benchmark")},
        [this, id] { m_bridge.removeBenchmark(id); });
}

void BenchmarkController::tellWritten(const QByteArray& file)
{
    m_banner.showNotice(tr("%1 was written.", "file").arg(fileText(file)), {}, {});
}

} // namespace weightroom::ui
