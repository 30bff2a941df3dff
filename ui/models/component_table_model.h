// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/model_row.h"

#include <QAbstractTableModel>

namespace weightroom::ui {

/// The components of one model, and where each of them is.
class ComponentTableModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { NameColumn = 0, KindColumn, TensorsColumn, SizeColumn, PlaceColumn, ColumnCount };
    enum Role {
        BytesRole = Qt::UserRole, ///< quint64
        TensorsRole, ///< quint64
    };

    using QAbstractTableModel::QAbstractTableModel;

    /// Shows a model; the same one again only changes what is new about it.
    void setModel(const ModelRow& row);
    void clear();

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    [[nodiscard]] QString displayText(const ComponentFacts& component, int column) const;
    [[nodiscard]] QString placeText(const QString& componentId) const;
    [[nodiscard]] static bool isNumber(int column) { return column == TensorsColumn || column == SizeColumn; }

    std::shared_ptr<const ModelFacts> m_facts;
    ModelStatus m_status;
};

} // namespace weightroom::ui
