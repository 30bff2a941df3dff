// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/model_row.h"

#include <QAbstractTableModel>
#include <QHash>

namespace weightroom::ui {

/// The models of the library, one a row. Numbers leave by roles raw; texts are for the display only.
class ModelTableModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column {
        NameColumn = 0,
        KindColumn,
        ArchitectureColumn,
        PrecisionColumn,
        SizeColumn,
        StateColumn,
        ColumnCount
    };
    enum Role {
        IdRole = Qt::UserRole, ///< QString
        KindRole, ///< int, a ModelKind
        ConditionRole, ///< int, a ModelCondition
        PercentRole, ///< int, of the running job; -1 without one
        BytesRole, ///< quint64
        SearchRole, ///< QString, case-folded
        CaptionRole, ///< QString: "LoRA · SDXL"
        KindTextRole, ///< QString: "LoRA"
        FavoriteRole, ///< bool
        PinnedRole, ///< bool
        PathRole, ///< QByteArray, as the system knows it
        SortRole, ///< what the column sorts by
    };

    using QAbstractTableModel::QAbstractTableModel;

    /// Takes over a snapshot and tells the views only what changed.
    void setRows(const QList<ModelRow>& rows);
    /// The progress of a running job in percent; negative: there is none any more.
    void setProgress(const QString& modelId, int percent);

    /// nullptr for an id or an index that is not there; valid until the next change.
    [[nodiscard]] const ModelRow* find(const QString& modelId) const;
    [[nodiscard]] const ModelRow* at(const QModelIndex& index) const;
    [[nodiscard]] QModelIndex indexOf(const QString& modelId) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    struct DiffSteps;

    [[nodiscard]] QString displayText(const ModelRow& row, int column) const;
    [[nodiscard]] QVariant sortKey(const ModelRow& row, int column) const;
    [[nodiscard]] QString toolTip(const ModelRow& row, int column) const;
    [[nodiscard]] int percentFor(const ModelRow& row) const;
    void rebuildIndex();

    QList<ModelRow> m_rows;
    QHash<QString, int> m_rowById;
    QHash<QString, int> m_percentById;
};

} // namespace weightroom::ui
