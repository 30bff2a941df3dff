// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/delegates/tree_count_delegate.h"

#include "ui/style/theme.h"

#include <QApplication>
#include <QPainter>

namespace weightroom::ui {

TreeCountDelegate::TreeCountDelegate(int countRole, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_countRole(countRole)
{
}

void TreeCountDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyleOptionViewItem ground(option);
    initStyleOption(&ground, index);
    const QString text = std::exchange(ground.text, QString());
    const QStyle* style = option.widget != nullptr ? option.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &ground, painter, option.widget);

    const Theme& theme = themeOf(option.palette);
    const QVariant count = index.data(m_countRole);
    painter->save();
    QRect area = option.rect.adjusted(kSpace, 0, -2 * kSpace, 0);
    if (!count.isValid()) {
        painter->setFont(scaledFont(option.font, 0.9, QFont::DemiBold));
        painter->setPen(theme.muted);
    } else {
        const QString number = option.locale.toString(count.toInt());
        painter->setPen(theme.muted);
        painter->drawText(area, Qt::AlignVCenter | Qt::AlignRight, number);
        area.adjust(0, 0, -option.fontMetrics.horizontalAdvance(number) - 2 * kSpace, 0);
        painter->setPen(theme.text);
    }
    painter->drawText(
        area, Qt::AlignVCenter | Qt::TextSingleLine, option.fontMetrics.elidedText(text, Qt::ElideRight, area.width()));
    painter->restore();
}

QSize TreeCountDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QSize size = QStyledItemDelegate::sizeHint(option, index);
    size.setHeight(option.fontMetrics.height() + 2 * kSpace + 2);
    return size;
}

} // namespace weightroom::ui
