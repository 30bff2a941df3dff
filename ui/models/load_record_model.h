// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/load_record_view.h"

#include <QAbstractTableModel>

namespace weightroom::ui {

/// How the last loads of a model went, one a row: what was measured, with what had been predicted in brackets.
class LoadRecordModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        WhenColumn = 0,
        PlaceColumn,
        BytesColumn,
        AllocatingColumn,
        ReadingColumn,
        CopyingColumn,
        TotalColumn,
        ColumnCount
    };

    using QAbstractTableModel::QAbstractTableModel;

    void setRecords(const QList<LoadRecordView>& records);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QList<LoadRecordView> m_records;
};

} // namespace weightroom::ui
