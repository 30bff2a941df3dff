// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/benchmark_run_model.h"

#include "ui/bridge/text/benchmark_text.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"
#include "ui/models/list_diff.h"

#include <array>

namespace weightroom::ui {
namespace {

using Model = BenchmarkRunModel;

QString modelsText(const BenchmarkRunView& run)
{
    if (run.problem.isEmpty())
        return run.models.join(QStringLiteral(", "));
    return BenchmarkRunModel::tr("%1: %2", "a benchmark, why it cannot be read").arg(run.id, run.problem);
}

QString textOf(const BenchmarkRunView& run, int column)
{
    if (column == Model::ModelsColumn)
        return modelsText(run);
    if (!run.problem.isEmpty())
        return {};
    switch (column) {
    case Model::WhenColumn:
        return momentText(run.startedAt, QDate::currentDate());
    case Model::PlaceColumn:
        return benchmarkPlaceText(run.deviceId);
    case Model::TemperatureColumn:
        return temperatureText(run.temperature);
    case Model::IterationsColumn:
        return countText(static_cast<quint64>(run.iterations));
    case Model::WholeColumn:
        return run.wholeSeconds ? benchmarkTimeText(*run.wholeSeconds) : QStringLiteral("\u2013");
    case Model::TrendColumn:
        return run.wholeRatio ? changeText(*run.wholeRatio) : QStringLiteral("\u2013");
    case Model::EndColumn:
        return benchmarkEndText(run.end);
    default:
        return {};
    }
}

} // namespace

void BenchmarkRunModel::setRuns(const QList<BenchmarkRunView>& runs)
{
    struct Target {
        BenchmarkRunModel& model;
        void removeRowRange(int first, int last)
        {
            model.beginRemoveRows({}, first, last);
            model.m_runs.remove(first, last - first + 1);
            model.endRemoveRows();
        }
        void insertRowRange(int row, const QList<BenchmarkRunView>& added)
        {
            model.beginInsertRows({}, row, row + static_cast<int>(added.size()) - 1);
            for (qsizetype i = 0; i < added.size(); ++i)
                model.m_runs.insert(row + i, added[i]);
            model.endInsertRows();
        }
        void replaceRow(int row, const BenchmarkRunView& run)
        {
            model.m_runs[row] = run;
            Q_EMIT model.dataChanged(model.index(row, 0), model.index(row, ColumnCount - 1));
        }
        void resetRows(const QList<BenchmarkRunView>& all)
        {
            model.beginResetModel();
            model.m_runs = all;
            model.endResetModel();
        }
    };
    applyDiff(
        m_runs, runs, [](const BenchmarkRunView& run) { return run.id; }, Target{*this});
}

int BenchmarkRunModel::rowOf(const QString& id) const
{
    const auto found = std::ranges::find(m_runs, id, &BenchmarkRunView::id);
    return found == m_runs.end() ? -1 : static_cast<int>(found - m_runs.begin());
}

int BenchmarkRunModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_runs.size());
}

int BenchmarkRunModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant BenchmarkRunModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= m_runs.size())
        return {};
    const BenchmarkRunView& run = m_runs[index.row()];
    if (role == IdRole)
        return run.id;
    if (role == Qt::DisplayRole)
        return textOf(run, index.column());
    if (role == Qt::ToolTipRole && index.column() == TrendColumn && run.wholeRatio)
        return plainToolTip(tr("How much longer the whole load took than in the run before that measured the same. "
                               "Compare the two to see whether that may be chance."));
    // Names may be long, and there may be many.
    if (role == Qt::ToolTipRole && index.column() == ModelsColumn)
        return plainToolTip(run.problem.isEmpty() ? run.models.join(QLatin1Char('\n')) : modelsText(run));
    return {};
}

QVariant BenchmarkRunModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole || section < 0 || section >= ColumnCount)
        return {};
    const std::array<QString, ColumnCount> names{
        tr("When", "column: a benchmark began"),
        tr("Models", "column: of a benchmark"),
        tr("Where", "column: device of a benchmark"),
        tr("Loads began", "column: cold or warm"),
        tr("Iterations", "column"),
        tr("Whole load", "column: duration"),
        tr("Since before", "column: longer or shorter than the run before"),
        tr("Ended", "column: how a benchmark ended"),
    };
    return names.at(static_cast<std::size_t>(section));
}

} // namespace weightroom::ui
