// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/model_row.h"

#include <QAbstractListModel>
#include <QSet>

namespace weightroom::ui {

/// The models that can be measured, each with a check box.
class BenchmarkChoiceModel final : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role { IdRole = Qt::UserRole }; ///< QString

    using QAbstractListModel::QAbstractListModel;

    /// Those that can be used; what was checked stays so, as long as it is there.
    void setLibrary(const LibraryView& library);
    /// These and no others.
    void setChecked(const QStringList& ids);
    /// In the order of the list.
    [[nodiscard]] QStringList checked() const;
    /// Of a model of the list; empty: it is not there.
    [[nodiscard]] QList<ComponentFacts> componentsOf(const QString& id) const;

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] Qt::ItemFlags flags(const QModelIndex& index) const override;
    bool setData(const QModelIndex& index, const QVariant& value, int role) override;

Q_SIGNALS:
    void checkedChanged();

private:
    struct Row {
        QString id;
        QString name;
        quint64 bytes = 0;
        QList<ComponentFacts> components;

        friend bool operator==(const Row&, const Row&) = default;
    };

    QList<Row> m_rows;
    QSet<QString> m_checked;
};

} // namespace weightroom::ui
