// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/benchmark/benchmark_results.h"

#include "ui/bridge/text/benchmark_comparison_text.h"
#include "ui/bridge/text/benchmark_text.h"
#include "ui/bridge/text/units.h"
#include "ui/charts/iteration_chart.h"
#include "ui/charts/stage_chart.h"
#include "ui/models/benchmark_compute_model.h"
#include "ui/models/benchmark_overview_model.h"
#include "ui/models/benchmark_stage_model.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"
#include "ui/widgets/detail_table.h"
#include "ui/widgets/empty_state.h"

#include <QComboBox>
#include <QFormLayout>
#include <QHeaderView>
#include <QImage>
#include <QScrollArea>
#include <QSignalBlocker>
#include <QSplitter>
#include <QStackedWidget>
#include <QTabWidget>
#include <QTableView>
#include <QVBoxLayout>

#include <algorithm>

namespace weightroom::ui {
namespace {

enum Tab { StagesTab = 0, IterationsTab, CalculationsTab, ModelsTab, FactsTab, ComparisonTab };
constexpr int kTableHeight = 150;
constexpr int kPictureWidth = 800; ///< points; decided: a wide one fits a page, and its texts are not cut

QString runName(const BenchmarkReportView& report) { return momentText(report.startedAt, QDate::currentDate()); }

QString reportTitle(const BenchmarkReportView& report)
{
    const QString title = BenchmarkResults::tr("%1 \u00B7 %2", "a benchmark: when, cold or warm")
                              .arg(runName(report), temperatureText(report.temperature));
    if (report.end == BenchmarkEnd::Finished)
        return title;
    return BenchmarkResults::tr("%1 \u00B7 %2", "a benchmark: what it is, how it ended")
        .arg(title, benchmarkEndText(report.end));
}

} // namespace

BenchmarkResults::BenchmarkResults(QWidget* parent)
    : QWidget(parent)
    , m_stack(new QStackedWidget(this))
    , m_content(new QWidget(this))
    , m_title(new DataLabel(this))
    , m_model(new QComboBox(this))
    , m_problem(makeSentenceLabel(this))
    , m_peer(makeSentenceLabel(this))
    , m_tabs(new QTabWidget(this))
    , m_chart(new StageChart(this))
    , m_stages(new BenchmarkStageModel(this))
    , m_table(new QTableView(this))
    , m_outliers(makeSentenceLabel(this))
    , m_iterations(new IterationChart(this))
    , m_calculations(new BenchmarkComputeModel(this))
    , m_computeProblem(makeSentenceLabel(this))
    , m_overview(new BenchmarkOverviewModel(this))
    , m_facts(new QWidget(this))
    , m_factRows(new QFormLayout(m_facts))
    , m_verdicts(makeSentenceLabel(this))
{
    auto* empty = new EmptyState(QStringLiteral("benchmark"), tr("Nothing is chosen", "benchmark page"),
        tr("Choose models and start a benchmark, or choose a run that was kept."), this);
    empty->setObjectName(QStringLiteral("benchmarkEmpty"));
    m_stack->addWidget(empty);
    m_stack->addWidget(m_content);
    auto* layout = new QVBoxLayout(m_content);
    layout->setContentsMargins(0, 0, 0, 0);
    buildTabs();
    buildHeader();
    layout->addWidget(m_problem);
    layout->addWidget(m_peer);
    layout->addWidget(m_tabs, 1);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(m_stack);
}

void BenchmarkResults::buildTabs()
{
    m_verdicts->setObjectName(QStringLiteral("benchmarkVerdicts"));
    m_verdicts->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    m_verdicts->setMargin(kMargin);
    m_tabs->setObjectName(QStringLiteral("benchmarkTabs"));
    m_tabs->addTab(buildStages(), tr("Stages", "tab"));
    m_tabs->addTab(m_iterations, tr("Iterations", "tab"));
    m_tabs->addTab(buildCalculations(), tr("Calculations", "tab"));
    m_tabs->addTab(buildOverview(), tr("All models", "tab"));
    m_tabs->addTab(buildScrolled(m_facts), tr("Machine and setup", "tab"));
    m_tabs->addTab(buildScrolled(m_verdicts), tr("Comparison", "tab"));
    for (const Tab tab : {CalculationsTab, ModelsTab, ComparisonTab})
        m_tabs->setTabVisible(tab, false);
}

void BenchmarkResults::buildHeader()
{
    m_title->setObjectName(QStringLiteral("benchmarkTitle"));
    m_title->setFont(scaledFont(font(), 1.0, QFont::DemiBold));
    m_model->setObjectName(QStringLiteral("benchmarkModel"));
    m_model->setAccessibleName(tr("Model whose figures are shown", "accessible name"));
    m_model->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    m_model->setMinimumContentsLength(18);
    connect(m_model, &QComboBox::currentIndexChanged, this, &BenchmarkResults::showModel);
    m_problem->setProperty("role", QStringLiteral("danger"));
    m_problem->setObjectName(QStringLiteral("benchmarkProblem"));
    m_problem->hide();
    m_peer->setObjectName(QStringLiteral("benchmarkPeerResult"));
    m_peer->hide();
    auto* row = new QHBoxLayout;
    row->addWidget(m_title, 1);
    row->addWidget(m_model);
    static_cast<QVBoxLayout*>(m_content->layout())->addLayout(row);
}

QWidget* BenchmarkResults::buildScrolled(QWidget* content)
{
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(content);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    return scroll;
}

QWidget* BenchmarkResults::buildStages()
{
    m_table->setObjectName(QStringLiteral("benchmarkStages"));
    m_table->setAccessibleName(tr("Figures of the stages", "accessible name"));
    m_table->setModel(m_stages);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    setUpDetailTable(*m_table);
    m_outliers->setObjectName(QStringLiteral("benchmarkOutliers"));
    m_outliers->setAccessibleName(tr("Loads far from the others", "accessible name"));
    m_outliers->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_outliers->setFocusPolicy(Qt::StrongFocus);
    m_outliers->hide();
    auto* figures = new QWidget(this);
    auto* layout = new QVBoxLayout(figures);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->addWidget(m_table, 1);
    layout->addWidget(m_outliers);
    auto* splitter = new QSplitter(Qt::Vertical, this);
    splitter->addWidget(buildScrolled(m_chart));
    splitter->addWidget(figures);
    splitter->setStretchFactor(0, 1);
    splitter->setSizes({2 * kTableHeight, kTableHeight});
    splitter->setChildrenCollapsible(false);
    return splitter;
}

QWidget* BenchmarkResults::buildCalculations()
{
    auto* table = new QTableView(this);
    table->setObjectName(QStringLiteral("benchmarkCalculations"));
    table->setAccessibleName(tr("Calculations with the weights", "accessible name"));
    table->setModel(m_calculations);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    setUpDetailTable(*table);
    m_computeProblem->setProperty("role", QStringLiteral("danger"));
    m_computeProblem->setObjectName(QStringLiteral("benchmarkComputeProblem"));
    auto* page = new QWidget(this);
    auto* layout = new QVBoxLayout(page);
    layout->addWidget(m_computeProblem);
    layout->addWidget(table, 1);
    return page;
}

QWidget* BenchmarkResults::buildOverview()
{
    auto* table = new QTableView(this);
    table->setObjectName(QStringLiteral("benchmarkOverview"));
    table->setAccessibleName(tr("Models of the run beside one another", "accessible name"));
    table->setModel(m_overview);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    setUpDetailTable(*table);
    connect(table, &QTableView::activated, this, [this](const QModelIndex& cell) {
        m_model->setCurrentIndex(cell.row());
        m_tabs->setCurrentIndex(StagesTab);
    });
    return table;
}

void BenchmarkResults::showLive(const BenchmarkProgressView& progress)
{
    m_before.reset();
    m_comparison.reset();
    m_name = tr("median", "legend: a bar");
    showFacts({});
    show(tr("Measuring", "title: a benchmark that goes on"), progress.models);
}

void BenchmarkResults::showReport(const BenchmarkReportView& report)
{
    m_before.reset();
    m_comparison.reset();
    m_name = tr("median", "legend: a bar");
    showFacts(report.facts);
    show(reportTitle(report), report.models);
}

void BenchmarkResults::showBoth(
    const BenchmarkReportView& before, const BenchmarkReportView& after, const BenchmarkComparisonView& comparison)
{
    m_before = before;
    m_comparison = comparison;
    m_name = tr("median, later run", "legend: a bar");
    showFacts(after.facts);
    show(
        tr("%1 compared with %2", "two benchmarks, by their times").arg(runName(after), runName(before)), after.models);
    m_tabs->setCurrentIndex(ComparisonTab); // what was asked for
}

void BenchmarkResults::clear()
{
    m_models.clear();
    m_stack->setCurrentIndex(0);
}

QImage BenchmarkResults::chartImage() const { return m_chart->toImage(kPictureWidth); }

void BenchmarkResults::show(const QString& title, const QList<BenchmarkModelView>& models)
{
    m_models = models;
    m_title->setData(title);
    m_overview->setModels(models);
    m_tabs->setTabVisible(ModelsTab, models.size() > 1);
    updateModelChooser();
    showModel();
    m_tabs->setTabVisible(ComparisonTab, m_comparison.has_value());
    m_stack->setCurrentWidget(m_content);
}

void BenchmarkResults::updateModelChooser()
{
    const QSignalBlocker blocker(m_model);
    const QString before = m_model->currentData().toString();
    while (m_model->count() > m_models.size())
        m_model->removeItem(m_model->count() - 1);
    for (int row = 0; row < m_models.size(); ++row) {
        if (row == m_model->count())
            m_model->addItem(QString());
        m_model->setItemText(row, m_models[row].name);
        m_model->setItemData(row, m_models[row].id);
    }
    m_model->setCurrentIndex(std::max(m_model->findData(before), m_models.isEmpty() ? -1 : 0));
    m_model->setVisible(!m_models.isEmpty());
}

void BenchmarkResults::showModel()
{
    const int row = m_model->currentIndex();
    const BenchmarkModelView model = row >= 0 && row < m_models.size() ? m_models[row] : BenchmarkModelView{};
    m_model->setToolTip(model.name);
    m_problem->setText(model.problem);
    m_problem->setVisible(!model.problem.isEmpty());
    m_peer->setText(peerText(model));
    m_peer->setVisible(!m_peer->text().isEmpty());
    showCalculations(model);
    QList<StageChartRun> runs{{.name = m_name, .stages = model.stages}};
    if (const BenchmarkModelView* other = otherModel(model.id))
        runs.append({.name = tr("median, earlier run", "legend: a bar"), .stages = other->stages});
    m_chart->setRuns(runs);
    m_stages->setStages(model.stages);
    m_iterations->setStages(model.stages);
    showOutliers(model);
    showComparison();
}

void BenchmarkResults::showOutliers(const BenchmarkModelView& model)
{
    const QString text = outliersText(model);
    if (text == m_outliers->text())
        return;
    m_outliers->setText(text);
    m_outliers->setAccessibleDescription(text);
    m_outliers->setVisible(!text.isEmpty());
}

void BenchmarkResults::showCalculations(const BenchmarkModelView& model)
{
    m_calculations->setChecks(model.computeChecks);
    m_computeProblem->setText(model.computeProblem);
    m_computeProblem->setVisible(!model.computeProblem.isEmpty());
    m_tabs->setTabVisible(CalculationsTab, !model.computeChecks.isEmpty() || !model.computeProblem.isEmpty());
}

const BenchmarkModelView* BenchmarkResults::otherModel(const QString& modelId) const
{
    // The chart has seconds, which say nothing of two models of other sizes.
    if (!m_before || !m_comparison || m_comparison->comparability == BenchmarkComparability::RatesOnly)
        return nullptr;
    const QList<BenchmarkModelComparison>& pairs = m_comparison->models;
    const auto pair = std::ranges::find(pairs, modelId, &BenchmarkModelComparison::idAfter);
    if (pair == pairs.end())
        return nullptr;
    const auto found = std::ranges::find(m_before->models, pair->idBefore, &BenchmarkModelView::id);
    return found == m_before->models.end() ? nullptr : &*found;
}

void BenchmarkResults::showFacts(const QList<BenchmarkFact>& facts)
{
    while (m_factRows->rowCount() > 0)
        m_factRows->removeRow(0);
    m_factRows->setContentsMargins(kMargin, kMargin, kMargin, kMargin);
    for (const auto& [name, value] : facts) {
        QLabel* label = makeSentenceLabel(m_facts);
        label->setText(value);
        m_factRows->addRow(name, label);
    }
}

/// Of the model that is shown; what else there is to say about both runs stands above it.
void BenchmarkResults::showComparison()
{
    if (!m_comparison)
        return m_verdicts->clear();
    QStringList lines{comparabilityText(*m_comparison)};
    lines.append(m_comparison->differences);
    lines.append(modelsAloneText(*m_comparison));
    lines.append(QString());
    lines.append(modelVerdicts());
    m_verdicts->setText(lines.join(QLatin1Char('\n')));
}

QStringList BenchmarkResults::modelVerdicts() const
{
    const BenchmarkComparability comparability = m_comparison->comparability;
    const QString id = m_model->currentData().toString();
    const auto model = std::ranges::find(m_comparison->models, id, &BenchmarkModelComparison::idAfter);
    if (model == m_comparison->models.end())
        return comparability == BenchmarkComparability::NotComparable
            ? QStringList()
            : QStringList{tr("The earlier run has no model to put beside this one.")};
    const bool areRates = comparability == BenchmarkComparability::RatesOnly;
    QStringList lines;
    if (areRates)
        lines.append(modelPairText(*model));
    for (const BenchmarkStageComparison& stage : model->stages)
        lines.append(areRates ? rateVerdictText(stage) : verdictText(stage));
    return lines;
}

} // namespace weightroom::ui
