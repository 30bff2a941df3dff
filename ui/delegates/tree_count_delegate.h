// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QStyledItemDelegate>

namespace weightroom::ui {

/// An entry with a number at its right end; an entry without one is a heading.
class TreeCountDelegate final : public QStyledItemDelegate {
    Q_OBJECT
public:
    /// `countRole`: int, or invalid for a heading.
    explicit TreeCountDelegate(int countRole, QObject* parent = nullptr);

    void paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    [[nodiscard]] QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    int m_countRole;
};

} // namespace weightroom::ui
