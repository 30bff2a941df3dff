// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/benchmark_view.h"

#include <QAbstractTableModel>

namespace weightroom::ui {

/// What was calculated with the weights of a model where they lie, a calculation a row.
class BenchmarkComputeModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        ResultColumn = 0,
        KindColumn,
        TypeColumn,
        ShapeColumn,
        TimeColumn,
        RateColumn,
        TensorColumn,
        ColumnCount
    };

    using QAbstractTableModel::QAbstractTableModel;

    void setChecks(const QList<BenchmarkComputeCheck>& checks);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QList<BenchmarkComputeCheck> m_checks;
};

} // namespace weightroom::ui
