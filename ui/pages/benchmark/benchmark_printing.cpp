// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/benchmark/benchmark_printing.h"

#include "ui/bridge/text/benchmark_text.h"
#include "ui/bridge/text/units.h"
#include "ui/charts/iteration_chart.h"
#include "ui/charts/stage_chart.h"
#include "ui/models/benchmark_compute_model.h"
#include "ui/models/benchmark_overview_model.h"
#include "ui/models/benchmark_stage_model.h"
#include "ui/style/theme.h"

#include <QCoreApplication>
#include <QImage>
#include <QMarginsF>
#include <QPageSize>
#include <QPdfWriter>
#include <QTextDocument>
#include <QUrl>

namespace weightroom::ui {
namespace {

struct BenchmarkPrinting {
    Q_DECLARE_TR_FUNCTIONS(BenchmarkPrinting)
};

constexpr int kChartWidth = 640;
constexpr double kMarginMillimetres = 15;
constexpr int kResolution = 96; ///< dots per inch that the layout is made for: the paper is wider than the charts then

QString cell(const QString& tag, const QString& text)
{
    return QStringLiteral("<%1 align=\"left\">%2</%1>").arg(tag, text.toHtmlEscaped());
}

QString factTable(const QList<BenchmarkFact>& facts)
{
    QString html = QStringLiteral("<table cellpadding=\"2\">");
    for (const auto& [name, value] : facts)
        html += QStringLiteral("<tr>") + cell(QStringLiteral("td"), name) + cell(QStringLiteral("td"), value)
            + QStringLiteral("</tr>");
    return html + QStringLiteral("</table>");
}

QString tableOf(const QAbstractItemModel& model)
{
    QString html = QStringLiteral("<table cellpadding=\"3\"><tr>");
    for (int column = 0; column < model.columnCount(); ++column)
        html += cell(QStringLiteral("th"), model.headerData(column, Qt::Horizontal, Qt::DisplayRole).toString());
    for (int row = 0; row < model.rowCount(); ++row) {
        html += QStringLiteral("</tr><tr>");
        for (int column = 0; column < model.columnCount(); ++column)
            html += cell(QStringLiteral("td"), model.index(row, column).data().toString());
    }
    return html + QStringLiteral("</tr></table>");
}

QString stageTable(const QList<BenchmarkStageView>& stages)
{
    BenchmarkStageModel model;
    model.setStages(stages);
    return tableOf(model);
}

QString paragraph(const QString& text)
{
    return text.isEmpty() ? QString() : QStringLiteral("<p>%1</p>").arg(text.toHtmlEscaped());
}

QString calculations(const BenchmarkModelView& model)
{
    BenchmarkComputeModel checks;
    checks.setChecks(model.computeChecks);
    return paragraph(model.computeProblem) + (model.computeChecks.isEmpty() ? QString() : tableOf(checks));
}

/// The models beside one another, where there are several.
QString overview(const QList<BenchmarkModelView>& models)
{
    BenchmarkOverviewModel table;
    table.setModels(models);
    return models.size() > 1 ? tableOf(table) : QString();
}

QPalette paperPalette()
{
    QPalette paper;
    paper.setColor(QPalette::Window, Qt::white);
    paper.setColor(QPalette::WindowText, Qt::black);
    return paper;
}

QImage chartOf(const BenchmarkModelView& model)
{
    StageChart chart;
    chart.setPalette(paperPalette());
    chart.setRuns({{.name = BenchmarkPrinting::tr("median", "legend: a bar"), .stages = model.stages}});
    return chart.toImage(kChartWidth);
}

QImage iterationsOf(const BenchmarkModelView& model)
{
    IterationChart chart;
    chart.setPalette(paperPalette());
    chart.resize(kChartWidth, chart.sizeHint().height());
    chart.setStages(model.stages);
    return chart.toImage();
}

QString picture(const QString& name, const QImage& image, QTextDocument& document)
{
    const QUrl address(name);
    document.addResource(QTextDocument::ImageResource, address, image);
    return QStringLiteral("<p><img src=\"%1\" width=\"%2\"></p>").arg(address.toString()).arg(kChartWidth);
}

QString outliers(const BenchmarkModelView& model)
{
    QString html;
    for (const BenchmarkStageView& stage : model.stages)
        html += paragraph(outliersText(stage));
    return html;
}

QString modelPart(const BenchmarkModelView& model, int number, QTextDocument& document)
{
    QString html = QStringLiteral("<h2>%1</h2>").arg(model.name.toHtmlEscaped());
    html += paragraph(model.problem);
    if (model.stages.isEmpty())
        return html;
    return html + picture(QStringLiteral("chart:%1").arg(number), chartOf(model), document) + stageTable(model.stages)
        + outliers(model) + picture(QStringLiteral("iterations:%1").arg(number), iterationsOf(model), document)
        + paragraph(peerText(model)) + calculations(model);
}

QString titleOf(const BenchmarkReportView& report)
{
    return BenchmarkPrinting::tr("Benchmark of %1", "title of a report: when")
        .arg(momentText(report.startedAt, QDate()));
}

} // namespace

void fillBenchmarkDocument(const BenchmarkReportView& report, QTextDocument& document)
{
    QString html = QStringLiteral("<h1>%1</h1>").arg(titleOf(report).toHtmlEscaped()) + factTable(report.facts)
        + overview(report.models);
    for (int number = 0; number < report.models.size(); ++number)
        html += modelPart(report.models[number], number, document);
    document.setHtml(html);
}

bool printBenchmark(const BenchmarkReportView& report, QIODevice& device)
{
    QPdfWriter writer(&device);
    writer.setResolution(kResolution);
    writer.setTitle(titleOf(report));
    writer.setCreator(QStringLiteral("Weightroom"));
    writer.setPageSize(QPageSize(QPageSize::A4));
    writer.setPageMargins(QMarginsF(kMarginMillimetres, kMarginMillimetres, kMarginMillimetres, kMarginMillimetres),
        QPageLayout::Millimeter);
    QTextDocument document;
    document.setDocumentMargin(0);
    // Without a page size of its own print() adds margins and a number to each page.
    document.setPageSize(writer.pageLayout().paintRectPixels(kResolution).size());
    fillBenchmarkDocument(report, document);
    document.print(&writer);
    return device.isOpen() && device.size() > 0;
}

} // namespace weightroom::ui
