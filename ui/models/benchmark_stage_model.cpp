// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/benchmark_stage_model.h"

#include "ui/bridge/text/benchmark_text.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/bridge/text/units.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

namespace weightroom::ui {
namespace {

using Model = BenchmarkStageModel;

QString percentOfShare(double share)
{
    return percentText(static_cast<int>(std::lround(std::min(share, 100.0) * 100)));
}

/// Absent where the column has no number, or nobody knows it.
std::optional<double> numberOf(const BenchmarkStageView& stage, int column)
{
    switch (column) {
    case Model::MedianColumn:
        return stage.median;
    case Model::MinimumColumn:
        return stage.minimum;
    case Model::P95Column:
        return stage.p95;
    case Model::MaximumColumn:
        return stage.maximum;
    case Model::SpreadColumn:
        return stage.spread;
    case Model::RateColumn:
        return stage.bytesPerSecond;
    case Model::ShareColumn:
        return stage.limitShare;
    default:
        return std::nullopt;
    }
}

QString textOf(const BenchmarkStageView& stage, int column)
{
    if (column == Model::StageColumn)
        return stageText(stage.stage);
    if (column == Model::LimitedByColumn)
        return limitText(stage.limitedBy);
    const std::optional<double> number = numberOf(stage, column);
    if (!number)
        return QStringLiteral("\u2013");
    if (column == Model::RateColumn)
        return rateText(*number);
    const bool isShare = column == Model::SpreadColumn || column == Model::ShareColumn;
    return isShare ? percentOfShare(*number) : benchmarkTimeText(*number);
}

QString tipOf(const BenchmarkStageView& stage, int column)
{
    if (column == Model::StageColumn)
        return stageHelp(stage.stage);
    if (column == Model::ShareColumn && stage.limitShare)
        return BenchmarkStageModel::tr("Of what was measured as the most in the same run: %1.")
            .arg(limitText(stage.limit));
    const QString count =
        BenchmarkStageModel::tr("%n measurements.", "of a stage", static_cast<int>(stage.values.size()));
    return stage.outliers.isEmpty() ? count : QString(count + QLatin1Char(' ') + outliersText(stage));
}

} // namespace

void BenchmarkStageModel::setStages(const QList<BenchmarkStageView>& stages)
{
    const bool areSame =
        std::ranges::equal(stages, m_stages, {}, &BenchmarkStageView::stage, &BenchmarkStageView::stage);
    if (!areSame) {
        beginResetModel();
        m_stages = stages;
        endResetModel();
        return;
    }
    const QList<BenchmarkStageView> before = std::exchange(m_stages, stages);
    for (int row = 0; row < m_stages.size(); ++row) {
        if (before[row] != m_stages[row])
            Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1));
    }
}

int BenchmarkStageModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_stages.size());
}

int BenchmarkStageModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant BenchmarkStageModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= m_stages.size())
        return {};
    const BenchmarkStageView& stage = m_stages[index.row()];
    switch (role) {
    case Qt::DisplayRole:
        return textOf(stage, index.column());
    case Qt::ToolTipRole:
        return plainToolTip(tipOf(stage, index.column()));
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::AlignVCenter
            | (index.column() == StageColumn || index.column() == LimitedByColumn ? Qt::AlignLeft : Qt::AlignRight));
    case ValueRole: {
        const auto number = numberOf(stage, index.column());
        return number ? QVariant(*number) : QVariant();
    }
    default:
        return {};
    }
}

QVariant BenchmarkStageModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole || section < 0 || section >= ColumnCount)
        return {};
    const std::array<QString, ColumnCount> names{
        tr("Stage", "column: of a load"),
        tr("Median", "column: duration"),
        tr("Minimum", "column: duration"),
        tr("95 %", "column: so many loads were as fast or faster"),
        tr("Maximum", "column: duration"),
        tr("Spread", "column: of the times, in percent"),
        tr("Rate", "column: bytes per second"),
        tr("Of its limit", "column: percentage"),
        tr("Held up by", "column: what limits a stage"),
    };
    return names.at(static_cast<std::size_t>(section));
}

} // namespace weightroom::ui
