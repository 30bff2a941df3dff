// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/benchmark_exporter.h"

#include "ui/bridge/engine_bridge.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/charts/stage_chart.h"
#include "ui/dialogs/prompts.h"
#include "ui/pages/benchmark/benchmark_page.h"
#include "ui/pages/benchmark/benchmark_printing.h"
#include "ui/pages/benchmark/benchmark_results.h"
#include "ui/widgets/banner.h"

#include <QDir>
#include <QFile>
#include <QImage>

#include <algorithm>
#include <utility>

namespace weightroom::ui {
namespace {

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

QByteArray suggestionFor(const QStringList& ids, BenchmarkExport as)
{
    const QString name = QStringLiteral("weightroom-benchmark-%1.%2")
                             .arg(ids.join(QStringLiteral("-and-")), QLatin1String(endingOf(as)));
    return QFile::encodeName(QDir::home().filePath(name));
}

QString titleFor(BenchmarkExport as)
{
    return as == BenchmarkExport::ChartPicture
        ? BenchmarkExporter::tr("Where to put the chart", "title of the file dialog")
        : BenchmarkExporter::tr("Where to put the report", "title of the file dialog");
}

QString fileText(const QByteArray& file) { return pathText(file.toStdString()); }

} // namespace

BenchmarkExporter::BenchmarkExporter(
    EngineBridge& bridge, Prompts& prompts, BenchmarkPage& page, Banner& banner, QObject* parent)
    : QObject(parent)
    , m_bridge(bridge)
    , m_prompts(prompts)
    , m_page(page)
    , m_banner(banner)
{
    connect(&bridge, &EngineBridge::benchmarkExported, this, &BenchmarkExporter::tellWritten);
    connect(&bridge, &EngineBridge::benchmarkRefused, this, &BenchmarkExporter::forget);
    connect(&page, &BenchmarkPage::shownChanged, this, &BenchmarkExporter::followPage);
}

void BenchmarkExporter::write(const QStringList& ids, BenchmarkExport as)
{
    m_prompts.askForNewFile(&m_page, titleFor(as), suggestionFor(ids, as),
        [this, ids, as](const QByteArray& file) { writeInto(file, ids, as); });
}

void BenchmarkExporter::writeInto(const QByteArray& file, const QStringList& ids, BenchmarkExport as)
{
    if (as == BenchmarkExport::Json || as == BenchmarkExport::Csv)
        return m_bridge.exportBenchmark(
            ids.first(), file, as == BenchmarkExport::Json ? BenchmarkFile::Json : BenchmarkFile::Csv);
    if (isShown(ids))
        return writePicture({ids, file, as});
    if (m_awaited)
        tellProblem(m_awaited->file, tr("another export was asked for", "why a file was not written"));
    m_awaited = Awaited{ids, file, as};
    m_page.show(ids); // which may ask the engine anew, and end in followPage() or forget()
}

/// With the report of the later one, which the page may have let go of while it asks for others.
bool BenchmarkExporter::isShown(const QStringList& ids) const
{
    return m_page.shown() == ids && m_page.report() && m_page.report()->id == ids.first();
}

void BenchmarkExporter::followPage()
{
    if (!m_awaited)
        return;
    const Awaited picture = *std::exchange(m_awaited, std::nullopt);
    if (isShown(picture.ids))
        return writePicture(picture);
    tellProblem(picture.file, tr("the page shows something else now", "why a file was not written"));
}

/// That the run cannot be had, and why, is what the banner says already.
void BenchmarkExporter::forget(const QString& refusedId)
{
    if (m_awaited && m_awaited->ids.contains(refusedId))
        m_awaited.reset();
}

void BenchmarkExporter::writePicture(const Awaited& picture)
{
    const auto& rows = m_page.results()->chart()->rows();
    const bool hasBoth = std::ranges::any_of(rows, [](const StageChart::Row& row) { return row.runs[1].has_value(); });
    if (picture.ids.size() == 2 && !hasBoth)
        return tellProblem(
            picture.file, tr("the chart has nothing that is in both runs", "why a file was not written"));
    writeFile(picture.file, picture.as);
}

void BenchmarkExporter::writeFile(const QByteArray& file, BenchmarkExport as)
{
    QFile target(QFile::decodeName(file));
    bool isWritten = target.open(QIODevice::WriteOnly | QIODevice::NewOnly);
    if (isWritten)
        isWritten = as == BenchmarkExport::ChartPicture ? m_page.results()->chartImage().save(&target, "PNG")
                                                        : printBenchmark(*m_page.report(), target);
    isWritten = isWritten && target.flush();
    if (isWritten)
        return tellWritten(file);
    const bool isOurs = target.isOpen(); // what was there before is left alone
    tellProblem(file, target.errorString());
    if (isOurs)
        target.remove();
}

void BenchmarkExporter::tellWritten(const QByteArray& file)
{
    m_banner.showNotice(tr("%1 was written.", "file").arg(fileText(file)), {}, {});
}

void BenchmarkExporter::tellProblem(const QByteArray& file, const QString& reason)
{
    m_banner.showError({.sentence = tr("%1 could not be written: %2", "file, reason").arg(fileText(file), reason),
        .advice = {},
        .actions = {},
        .detail = {},
        .modelId = {},
        .weight = ErrorWeight::Error});
}

} // namespace weightroom::ui
