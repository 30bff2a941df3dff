// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/benchmark_view.h"

#include <QAbstractTableModel>

namespace weightroom::ui {

/// The benchmarks that are kept, newest first.
class BenchmarkRunModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        WhenColumn = 0,
        ModelsColumn,
        PlaceColumn,
        TemperatureColumn,
        IterationsColumn,
        WholeColumn,
        TrendColumn,
        EndColumn,
        ColumnCount
    };
    enum Role { IdRole = Qt::UserRole }; ///< QString

    using QAbstractTableModel::QAbstractTableModel;

    /// Rows that stay keep their selection.
    void setRuns(const QList<BenchmarkRunView>& runs);
    [[nodiscard]] const QList<BenchmarkRunView>& runs() const { return m_runs; }
    /// -1: it is not there.
    [[nodiscard]] int rowOf(const QString& id) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QList<BenchmarkRunView> m_runs;
};

} // namespace weightroom::ui
