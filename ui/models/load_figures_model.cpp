// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/load_figures_model.h"

#include "ui/bridge/text/units.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace weightroom::ui {
namespace {

using Model = LoadFiguresModel;

QString unknown() { return QStringLiteral("\u2013"); }

QString timeText(const std::optional<double>& seconds)
{
    return seconds ? durationText(std::chrono::duration<double>(*seconds)) : unknown();
}

/// "1 (20 %)"
QString failedText(const LoadFiguresView& figures)
{
    const quint64 all = figures.succeeded + figures.failed;
    if (figures.failed == 0)
        return all == 0 ? unknown() : countText(0);
    const double share = static_cast<double>(figures.failed) / static_cast<double>(all);
    return LoadFiguresModel::tr("%1 (%2)", "failed loads: how many, their share")
        .arg(countText(figures.failed), percentText(qRound(share * 100)));
}

QString textOf(const LoadFiguresView& figures, int column)
{
    switch (column) {
    case Model::DeviceColumn:
        return figures.deviceId;
    case Model::LoadsColumn:
        return countText(figures.succeeded + figures.failed);
    case Model::FailedColumn:
        return failedText(figures);
    case Model::MeanColumn:
        return timeText(figures.meanSeconds);
    case Model::MedianColumn:
        return timeText(figures.medianSeconds);
    case Model::P95Column:
        return timeText(figures.p95Seconds);
    case Model::RateColumn: {
        const QString rate = rateText(figures.bytesPerSecond.value_or(0));
        return rate.isEmpty() ? unknown() : rate;
    }
    default:
        return {};
    }
}

} // namespace

void LoadFiguresModel::setFigures(const QList<LoadFiguresView>& figures)
{
    if (!std::ranges::equal(figures, m_figures, {}, &LoadFiguresView::deviceId, &LoadFiguresView::deviceId)) {
        beginResetModel();
        m_figures = figures;
        endResetModel();
        return;
    }
    const QList<LoadFiguresView> before = std::exchange(m_figures, figures);
    for (int row = 0; row < m_figures.size(); ++row) {
        if (before[row] != m_figures[row])
            Q_EMIT dataChanged(index(row, 0), index(row, ColumnCount - 1), {Qt::DisplayRole});
    }
}

int LoadFiguresModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_figures.size());
}

int LoadFiguresModel::columnCount(const QModelIndex& parent) const { return parent.isValid() ? 0 : ColumnCount; }

QVariant LoadFiguresModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= m_figures.size())
        return {};
    if (role == Qt::TextAlignmentRole && index.column() != DeviceColumn)
        return QVariant::fromValue(Qt::AlignRight | Qt::AlignVCenter);
    return role == Qt::DisplayRole ? QVariant(textOf(m_figures[index.row()], index.column())) : QVariant();
}

QVariant LoadFiguresModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || section < 0 || section >= ColumnCount)
        return {};
    if (role == Qt::ToolTipRole && section == P95Column)
        return tr("95 of 100 loads took no longer than this; of few loads it is the longest", "tool tip of a column");
    if (role != Qt::DisplayRole)
        return {};
    const std::array<QString, ColumnCount> names{
        tr("Device", "column"),
        tr("Loads", "column: how many"),
        tr("Failed", "column: how many loads"),
        tr("Mean", "column: time of loads"),
        tr("Median", "column: time of loads"),
        tr("95 %", "column: time that 95 % of the loads do not exceed"),
        tr("Throughput", "column: of loads"),
    };
    return names.at(static_cast<std::size_t>(section));
}

} // namespace weightroom::ui
