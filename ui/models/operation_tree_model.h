// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/operation_view.h"

#include <QAbstractItemModel>
#include <QList>

namespace weightroom::ui {

/// The operations of the engine as a tree of two levels: families, and their operations. It does not change.
class OperationTreeModel final : public QAbstractItemModel {
    Q_OBJECT
public:
    enum Role {
        NameRole = Qt::UserRole, ///< QString, in full; invalid for families
        SearchRole, ///< QString: name and summary; empty for families
    };

    explicit OperationTreeModel(const QList<OperationView>& operations, QObject* parent = nullptr);

    [[nodiscard]] QModelIndex index(int row, int column, const QModelIndex& parent = {}) const override;
    [[nodiscard]] QModelIndex parent(const QModelIndex& index) const override;
    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;

private:
    struct Family {
        QString name;
        QList<OperationView> operations;
    };

    [[nodiscard]] static QVariant familyData(const Family& family, int role);
    [[nodiscard]] const Family* familyAt(const QModelIndex& index) const;
    [[nodiscard]] const OperationView* operationAt(const QModelIndex& index) const;

    QList<Family> m_families; ///< in the order in which the first of each is declared
};

} // namespace weightroom::ui
