// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/monitor_view.h"

#include <QAbstractTableModel>

namespace weightroom::ui {

/// What the loads of the last minutes have come to, a device a row.
class LoadFiguresModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        DeviceColumn = 0,
        LoadsColumn, ///< that were not cancelled
        FailedColumn,
        MeanColumn,
        MedianColumn,
        P95Column,
        RateColumn,
        ColumnCount
    };

    using QAbstractTableModel::QAbstractTableModel;

    /// Tells what has changed: rows of the same devices stay.
    void setFigures(const QList<LoadFiguresView>& figures);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QList<LoadFiguresView> m_figures;
};

} // namespace weightroom::ui
