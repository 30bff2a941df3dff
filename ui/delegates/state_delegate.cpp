// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/delegates/state_delegate.h"

#include "ui/bridge/model_row.h"
#include "ui/style/theme.h"

#include <QApplication>
#include <QPainter>

namespace weightroom::ui {
namespace {

constexpr int kDotSize = 8;
constexpr int kDotLeft = 11; ///< the header's text begins there
constexpr int kTextLeft = 27; ///< room for the dot, so that all texts begin at one line
constexpr int kBarHeight = 4;

QColor colorOf(ModelCondition condition, const Theme& theme)
{
    switch (condition) {
    case ModelCondition::Loaded:
        return theme.success;
    case ModelCondition::Loading:
    case ModelCondition::Cached:
    case ModelCondition::PartlyCached:
        return theme.accent;
    case ModelCondition::Unusable:
        return theme.danger;
    case ModelCondition::OnDisk:
    case ModelCondition::Unknown:
        break;
    }
    return theme.muted;
}

/// Filled for what is in memory, a ring for what is not: told apart without colours too.
bool isFilled(ModelCondition condition)
{
    return condition == ModelCondition::Loaded || condition == ModelCondition::Cached
        || condition == ModelCondition::Unusable;
}

void paintBar(QPainter& painter, const QRect& area, int percent, const QColor& track, const QColor& color)
{
    const QRectF bar(area.left(), area.bottom() - kBarHeight - 3, area.width(), kBarHeight);
    painter.setPen(Qt::NoPen);
    painter.setBrush(track);
    painter.drawRoundedRect(bar, kBarHeight / 2.0, kBarHeight / 2.0);
    painter.setBrush(color);
    painter.drawRoundedRect(
        QRectF(bar.left(), bar.top(), bar.width() * percent / 100.0, kBarHeight), kBarHeight / 2.0, kBarHeight / 2.0);
}

void paintDot(QPainter& painter, const QRect& area, const QColor& color, Qt::BrushStyle fill)
{
    const QRectF dot(area.left() + kDotLeft, area.center().y() - kDotSize / 2.0 + 0.5, kDotSize, kDotSize);
    painter.setPen(QPen(color, 1.5));
    painter.setBrush(QBrush(color, fill));
    painter.drawEllipse(dot);
}

} // namespace

StateDelegate::StateDelegate(int conditionRole, int percentRole, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_conditionRole(conditionRole)
    , m_percentRole(percentRole)
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
    const auto condition = static_cast<ModelCondition>(index.data(m_conditionRole).toInt());
    const int percent = index.data(m_percentRole).toInt();

    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    QRect area = option.rect.adjusted(kTextLeft, 0, -2 * kSpace, 0);
    paintDot(*painter, option.rect, colorOf(condition, theme), isFilled(condition) ? Qt::SolidPattern : Qt::NoBrush);
    if (percent >= 0) {
        paintBar(*painter, area, percent, theme.track, theme.accent);
        area.adjust(0, 0, 0, -kBarHeight);
    }
    painter->setPen(condition == ModelCondition::Unusable ? theme.danger : theme.text);
    painter->drawText(
        area, Qt::AlignVCenter | Qt::TextSingleLine, option.fontMetrics.elidedText(text, Qt::ElideRight, area.width()));
    painter->restore();
}

} // namespace weightroom::ui
