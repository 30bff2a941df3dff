// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/benchmark_compute_model.h"

#include "ui/bridge/text/benchmark_text.h"
#include "ui/bridge/text/plain_text.h"
#include "ui/style/theme.h"

#include <QLocale>

#include <array>

namespace weightroom::ui {
namespace {

using Model = BenchmarkComputeModel;

QString textOf(const BenchmarkComputeCheck& check, int column)
{
    switch (column) {
    case Model::ResultColumn:
        return check.matches ? BenchmarkComputeModel::tr("right", "result of a calculation")
                             : BenchmarkComputeModel::tr("WRONG", "result of a calculation");
    case Model::KindColumn:
        return calculationText(check.name);
    case Model::TypeColumn:
        return check.type;
    case Model::ShapeColumn:
        return check.shape;
    case Model::TimeColumn:
        return benchmarkTimeText(check.seconds);
    case Model::RateColumn:
        return check.operationsPerSecond ? operationRateText(*check.operationsPerSecond) : QStringLiteral("\u2013");
    case Model::TensorColumn:
        return check.tensor;
    default:
        return {};
    }
}

QString tipOf(const BenchmarkComputeCheck& check, int column)
{
    if (column != Model::ResultColumn)
        return textOf(check, column);
    return BenchmarkComputeModel::tr(
        "The largest difference from the same calculation on the processor, with the weights as they are "
        "stored, is %1 of what rounding explains.",
        "percentage")
        .arg(QLocale().toString(check.deviation * 100, 'f', 0) + QStringLiteral(" %"));
}

} // namespace

void BenchmarkComputeModel::setChecks(const QList<BenchmarkComputeCheck>& checks)
{
    if (checks == m_checks)
        return;
    beginResetModel();
    m_checks = checks;
    endResetModel();
}

int BenchmarkComputeModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_checks.size());
}

int BenchmarkComputeModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant BenchmarkComputeModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= m_checks.size())
        return {};
    const BenchmarkComputeCheck& check = m_checks[index.row()];
    const bool isNumber = index.column() == TimeColumn || index.column() == RateColumn;
    switch (role) {
    case Qt::DisplayRole:
        return textOf(check, index.column());
    case Qt::ToolTipRole:
        return plainToolTip(tipOf(check, index.column()));
    case Qt::TextAlignmentRole:
        return QVariant::fromValue(Qt::AlignVCenter | (isNumber ? Qt::AlignRight : Qt::AlignLeft));
    default:
        return {};
    }
}

QVariant BenchmarkComputeModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole || section < 0 || section >= ColumnCount)
        return {};
    const std::array<QString, ColumnCount> names{
        tr("Result", "column: of a calculation"),
        tr("Calculation", "column"),
        tr("Type", "column: of weights"),
        tr("Shape", "column: of weights"),
        tr("Time", "column: of a calculation"),
        tr("Rate", "column: operations a second"),
        tr("Weights", "column: name of a tensor"),
    };
    return names.at(static_cast<std::size_t>(section));
}

} // namespace weightroom::ui
