// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/delegates/condition_mark.h"

#include "ui/style/theme.h"

#include <QPainter>

namespace weightroom::ui {
namespace {

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

bool isFilled(ModelCondition condition)
{
    return condition == ModelCondition::Loaded || condition == ModelCondition::Cached
        || condition == ModelCondition::Unusable;
}

} // namespace

void paintConditionMark(QPainter& painter, const QPointF& centre, ModelCondition condition, const Theme& theme)
{
    const QColor color = colorOf(condition, theme);
    painter.setPen(QPen(color, 1.5));
    painter.setBrush(QBrush(color, isFilled(condition) ? Qt::SolidPattern : Qt::NoBrush));
    painter.drawEllipse(centre, kMarkSize / 2.0, kMarkSize / 2.0);
}

void paintProgressBar(QPainter& painter, const QRectF& bar, int percent, const Theme& theme)
{
    const double radius = bar.height() / 2.0;
    painter.setPen(Qt::NoPen);
    painter.setBrush(theme.track);
    painter.drawRoundedRect(bar, radius, radius);
    painter.setBrush(theme.accent);
    painter.drawRoundedRect(QRectF(bar.topLeft(), QSizeF(bar.width() * percent / 100.0, bar.height())), radius, radius);
}

} // namespace weightroom::ui
