// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace weightroom::ui {

/// Paints the state of a row: a dot in the colour of the state and its text, or a progress bar while something runs; a
/// pin where the row is kept in the cache. Knows the roles that it is told, not the model.
class StateDelegate final : public QStyledItemDelegate {
    Q_OBJECT
public:
    struct Roles {
        int condition; ///< int, a ModelCondition
        int percent; ///< int, of the running job; -1 without one
        int isPinned; ///< bool
    };
    explicit StateDelegate(Roles roles, QObject* parent = nullptr);

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    Roles m_roles;
};

} // namespace weightroom::ui
