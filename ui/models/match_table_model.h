// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/details_view.h"

#include <QAbstractTableModel>

namespace weightroom::ui {

/// The models that go with the selected one, one a row.
class MatchTableModel final : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { NameColumn = 0, KindColumn, VerdictColumn, ReasonColumn, ColumnCount };
    enum Role { IdRole = Qt::UserRole }; ///< QString

    using QAbstractTableModel::QAbstractTableModel;

    void setMatches(const QList<MatchView>& matches);

    [[nodiscard]] int rowCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] int columnCount(const QModelIndex& parent = {}) const override;
    [[nodiscard]] QVariant data(const QModelIndex& index, int role) const override;
    [[nodiscard]] QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QList<MatchView> m_matches;
};

} // namespace weightroom::ui
