// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/delegates/state_delegate.h"

#include "ui/bridge/views/model_row.h"
#include "ui/delegates/condition_mark.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"

#include <QApplication>
#include <QPainter>

namespace weightroom::ui {
namespace {

constexpr int kDotLeft = 11; ///< the header's text begins there
constexpr int kTextLeft = 27; ///< room for the dot, so that all texts begin at one line
constexpr int kBarHeight = 4;
constexpr int kPin = 14;

} // namespace

StateDelegate::StateDelegate(Roles roles, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_roles(roles)
{
}

void StateDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    QStyleOptionViewItem ground(option);
    initStyleOption(&ground, index);
    const QString text = std::exchange(ground.text, QString());
    const QStyle* style = option.widget != nullptr ? option.widget->style() : QApplication::style();
    style->drawControl(QStyle::CE_ItemViewItem, &ground, painter, option.widget);

    const Theme& theme = themeOf(option.palette);
    const auto condition = static_cast<ModelCondition>(index.data(m_roles.condition).toInt());
    const int percent = index.data(m_roles.percent).toInt();

    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    QRect area = option.rect.adjusted(kTextLeft, 0, -2 * kSpace, 0);
    const QPointF mark(option.rect.left() + kDotLeft + kMarkSize / 2.0, option.rect.center().y() + 0.5);
    paintConditionMark(*painter, mark, condition, theme);
    if (percent >= 0) {
        const QRectF bar(area.left(), area.bottom() - kBarHeight - 3, area.width(), kBarHeight);
        paintProgressBar(*painter, bar, percent, theme);
        area.adjust(0, 0, 0, -kBarHeight);
    }
    if (index.data(m_roles.isPinned).toBool()) {
        const QPoint pin(area.right() - kPin + 1, area.center().y() - kPin / 2);
        painter->drawPixmap(
            pin, iconPixmap(QStringLiteral("pin-filled"), theme.muted, kPin, painter->device()->devicePixelRatioF()));
        area.adjust(0, 0, -kPin - kSpace, 0);
    }
    painter->setPen(condition == ModelCondition::Unusable ? theme.danger : theme.text);
    painter->drawText(
        area, Qt::AlignVCenter | Qt::TextSingleLine, option.fontMetrics.elidedText(text, Qt::ElideRight, area.width()));
    painter->restore();
}

} // namespace weightroom::ui
