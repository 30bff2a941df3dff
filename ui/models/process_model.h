// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/monitor_view.h"

#include <QAbstractTableModel>

#include <optional>

namespace weightroom::ui {

/// The programs that have memory of a device: this one, and others as the driver names them, with what they do there.
class ProcessModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { ProgramColumn = 0, IdColumn, WorkColumn, MemoryColumn, ColumnCount };

    using QAbstractTableModel::QAbstractTableModel;

    /// Tells what has changed: rows of the same programs stay.
    void setMemory(const WatchedMemory& memory);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct Row {
        QString program; ///< safe to show
        qint64 id = 0; ///< 0: this one
        ProcessWork work = ProcessWork::Unknown;
        std::optional<quint64> bytes; ///< absent: not reported
        friend bool operator==(const Row&, const Row&) = default;
    };
    [[nodiscard]] static QList<Row> rowsOf(const WatchedMemory& memory);

    QList<Row> m_rows;
};

} // namespace weightroom::ui
