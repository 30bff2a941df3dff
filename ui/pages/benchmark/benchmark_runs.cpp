// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/pages/benchmark/benchmark_runs.h"

#include "ui/bridge/text/benchmark_text.h"
#include "ui/models/benchmark_run_model.h"
#include "ui/style/theme.h"
#include "ui/widgets/data_label.h"
#include "ui/widgets/detail_table.h"

#include <QAction>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QItemSelectionModel>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QSignalBlocker>
#include <QTableView>
#include <QToolButton>
#include <QVBoxLayout>

#include <algorithm>
#include <utility>

namespace weightroom::ui {
namespace {

constexpr int kNarrowest = 56; ///< of a column

} // namespace

BenchmarkRuns::BenchmarkRuns(QWidget* parent)
    : QWidget(parent)
    , m_model(new BenchmarkRunModel(this))
    , m_table(new QTableView(this))
    , m_empty(makeSentenceLabel(this))
    , m_compare(new QPushButton(tr("Compare", "button: two benchmarks"), this))
    , m_export(new QToolButton(this))
    , m_remove(new QPushButton(tr("Delete\u2026", "button: a benchmark"), this))
{
    build();
    buildExport();
    connect(m_table->selectionModel(), &QItemSelectionModel::selectionChanged, this, &BenchmarkRuns::tellChoice);
    connect(m_compare, &QPushButton::clicked, this, [this] {
        const QStringList ids = chosen();
        if (ids.size() == 2)
            Q_EMIT comparisonRequested(ids.last(), ids.first());
    });
    connect(m_remove, &QPushButton::clicked, this, [this] {
        const int row = m_model->rowOf(chosen().value(0));
        if (row >= 0)
            Q_EMIT removalRequested(chosen().value(0), benchmarkRunText(m_model->runs()[row], QDate::currentDate()));
    });
    updateButtons();
}

void BenchmarkRuns::build()
{
    m_table->setObjectName(QStringLiteral("benchmarkRuns"));
    m_table->setAccessibleName(tr("Benchmarks that are kept", "accessible name"));
    m_table->setModel(m_model);
    m_table->setSelectionBehavior(QAbstractItemView::SelectRows);
    m_table->setSelectionMode(QAbstractItemView::ExtendedSelection);
    setUpDetailTable(*m_table);
    m_table->setTextElideMode(Qt::ElideRight);
    m_table->horizontalHeader()->setSectionResizeMode(BenchmarkRunModel::ModelsColumn, QHeaderView::Stretch);
    m_table->horizontalHeader()->setMinimumSectionSize(kNarrowest);
    m_empty->setText(tr("No benchmark is kept yet. Each run leaves a report here."));
    m_empty->setProperty("role", QStringLiteral("muted"));
    m_compare->setObjectName(QStringLiteral("compareBenchmarks"));
    m_compare->setToolTip(tr("Choose two runs: the later one is measured by the earlier one"));
    m_export->setObjectName(QStringLiteral("exportBenchmark"));
    m_export->setToolTip(tr("Writes the run that is chosen; of two runs, the chart that compares them"));
    m_remove->setObjectName(QStringLiteral("removeBenchmark"));
    auto* header = new QHBoxLayout;
    header->addWidget(makeHeading(tr("Kept runs", "heading: of benchmarks"), 1.0, this));
    header->addStretch();
    header->addWidget(m_compare);
    header->addWidget(m_export);
    header->addWidget(m_remove);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, kSpace, 0, 0);
    layout->addLayout(header);
    layout->addWidget(m_empty);
    layout->addWidget(m_table, 1);
}

void BenchmarkRuns::buildExport()
{
    auto* menu = new QMenu(m_export);
    const auto add = [this, menu](const QString& text, const char* name, BenchmarkExport as) {
        QAction* action = menu->addAction(text);
        action->setObjectName(QLatin1String(name));
        connect(action, &QAction::triggered, this, [this, as] { Q_EMIT exportRequested(chosen(), as); });
        if (as != BenchmarkExport::ChartPicture)
            m_exportsOfOne.append(action);
    };
    add(tr("All figures as JSON\u2026", "menu: export"), "exportJson", BenchmarkExport::Json);
    add(tr("A table as CSV\u2026", "menu: export"), "exportCsv", BenchmarkExport::Csv);
    add(tr("The chart as PNG\u2026", "menu: export"), "exportChart", BenchmarkExport::ChartPicture);
    add(tr("A report to print, as PDF\u2026", "menu: export"), "exportReport", BenchmarkExport::PrintableReport);
    m_export->setMenu(menu);
    m_export->setPopupMode(QToolButton::InstantPopup);
    m_export->setText(tr("Export", "button: a benchmark"));
    m_export->setProperty("role", QStringLiteral("link"));
}

void BenchmarkRuns::setRuns(const QList<BenchmarkRunView>& runs)
{
    m_model->setRuns(runs);
    updateButtons();
}

bool BenchmarkRuns::has(const QString& id) const { return m_model->rowOf(id) >= 0; }

void BenchmarkRuns::choose(const QString& id)
{
    const QSignalBlocker blocker(this);
    m_table->selectRow(m_model->rowOf(id));
    updateButtons();
}

void BenchmarkRuns::clearChoice()
{
    const QSignalBlocker blocker(this);
    m_table->clearSelection();
    updateButtons();
}

QStringList BenchmarkRuns::chosen() const
{
    QModelIndexList rows = m_table->selectionModel()->selectedRows();
    std::ranges::sort(rows, {}, &QModelIndex::row);
    QStringList ids;
    for (const QModelIndex& row : rows)
        ids.append(row.data(BenchmarkRunModel::IdRole).toString());
    return ids;
}

void BenchmarkRuns::updateButtons()
{
    const qsizetype count = chosen().size();
    m_compare->setEnabled(count == 2);
    m_export->setEnabled(count == 1 || count == 2);
    for (QAction* action : std::as_const(m_exportsOfOne))
        action->setEnabled(count == 1);
    m_remove->setEnabled(count == 1);
    m_empty->setVisible(m_model->rowCount() == 0);
    m_table->setVisible(m_model->rowCount() > 0);
}

void BenchmarkRuns::tellChoice()
{
    updateButtons();
    if (const QStringList ids = chosen(); ids.size() == 1)
        Q_EMIT runChosen(ids.first());
}

} // namespace weightroom::ui
