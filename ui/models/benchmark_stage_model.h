// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/benchmark_view.h"

#include <QAbstractTableModel>

namespace weightroom::ui {

/// The figures of one model in a benchmark, a stage a row.
class BenchmarkStageModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        StageColumn = 0,
        MedianColumn,
        MinimumColumn,
        P95Column,
        MaximumColumn,
        SpreadColumn,
        RateColumn,
        ShareColumn,
        LimitedByColumn,
        ColumnCount
    };
    enum Role { ValueRole = Qt::UserRole }; ///< the bare number, where the column has one

    using QAbstractTableModel::QAbstractTableModel;

    /// Once a tick; the same stages keep their rows.
    void setStages(const QList<BenchmarkStageView>& stages);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QList<BenchmarkStageView> m_stages;
};

} // namespace weightroom::ui
