// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/delegates/card_delegate.h"

#include "ui/bridge/views/model_row.h"
#include "ui/delegates/condition_mark.h"
#include "ui/style/icons.h"
#include "ui/style/theme.h"

#include <QPainter>
#include <QPainterPath>

namespace weightroom::ui {
namespace {

constexpr int kWidth = 172;
constexpr int kPictureHeight = 172;
constexpr int kPadding = 6;
constexpr int kRadius = 8;
constexpr int kMark = 18;

/// The middle of a picture, as large as fills the area.
QRectF sourceOf(const QImage& image, const QSize& area)
{
    const QSizeF shown = QSizeF(area).scaled(image.size(), Qt::KeepAspectRatio);
    return {QPointF((image.width() - shown.width()) / 2, (image.height() - shown.height()) / 2), shown};
}

} // namespace

CardDelegate::CardDelegate(Roles roles, Picture picture, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_roles(roles)
    , m_picture(std::move(picture))
{
}

void CardDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    const Theme& theme = themeOf(option.palette);
    const bool isSelected = option.state.testFlag(QStyle::State_Selected);
    const QRect card = option.rect.adjusted(kPadding, kPadding, -kPadding, -kPadding);
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    painter->setRenderHint(QPainter::SmoothPixmapTransform);
    painter->setPen(QPen(isSelected ? theme.accent : theme.border, isSelected ? 2 : 1));
    painter->setBrush(isSelected ? theme.selection : theme.raised);
    painter->drawRoundedRect(QRectF(card).adjusted(0.5, 0.5, -0.5, -0.5), kRadius, kRadius);

    const QRect picture(card.left() + 1, card.top() + 1, card.width() - 2, kPictureHeight - 2 * kPadding);
    QPainterPath shape;
    shape.addRoundedRect(picture, kRadius - 1, kRadius - 1);
    painter->save();
    painter->setClipPath(shape);
    paintPicture(*painter, option, picture, index);
    painter->restore();
    paintMarks(*painter, theme, picture, index);
    paintTexts(*painter, option, card.adjusted(2 * kSpace, picture.height() + kSpace + 2, -2 * kSpace, -kSpace), index);
    painter->restore();
}

void CardDelegate::paintPicture(
    QPainter& painter, const QStyleOptionViewItem& option, const QRect& area, const QModelIndex& index) const
{
    const Theme& theme = themeOf(option.palette);
    if (const QImage image = m_picture(index); !image.isNull())
        return painter.drawImage(area, image, sourceOf(image, area.size()));
    painter.fillRect(area, theme.track);
    const QString kind = index.data(m_roles.kindText).toString();
    if (kind.isEmpty()) {
        constexpr int kIcon = 40;
        const QPixmap icon =
            iconPixmap(QStringLiteral("warning"), theme.muted, kIcon, painter.device()->devicePixelRatioF());
        return painter.drawPixmap(area.center() - QPoint(kIcon / 2, kIcon / 2), icon);
    }
    painter.setPen(theme.muted);
    painter.setFont(scaledFont(option.font, 1.15, QFont::DemiBold));
    painter.drawText(area, Qt::AlignCenter | Qt::TextWordWrap, kind);
}

/// In the upper right corner of the picture, one beside the other.
void CardDelegate::paintMarks(
    QPainter& painter, const Theme& theme, const QRect& picture, const QModelIndex& index) const
{
    QPoint place = picture.topRight() + QPoint(0, kSpace);
    const auto paint = [&](int role, const QString& icon, const QColor& color) {
        if (!index.data(role).toBool())
            return;
        place.rx() -= kMark + kSpace;
        painter.drawPixmap(place, iconPixmap(icon, color, kMark, painter.device()->devicePixelRatioF()));
    };
    paint(m_roles.isFavorite, QStringLiteral("star-filled"), theme.warning);
    paint(m_roles.isPinned, QStringLiteral("pin-filled"), theme.accent);
}

void CardDelegate::paintTexts(
    QPainter& painter, const QStyleOptionViewItem& option, const QRect& area, const QModelIndex& index) const
{
    const Theme& theme = themeOf(option.palette);
    const int line = option.fontMetrics.height();
    const auto condition = static_cast<ModelCondition>(index.data(m_roles.condition).toInt());
    paintConditionMark(painter, QPointF(area.left() + kMarkSize / 2.0, area.top() + line / 2.0), condition, theme);
    const QRect name = area.adjusted(kMarkSize + 2 * kSpace, 0, 0, line - area.height());
    painter.setPen(theme.text);
    painter.setFont(option.font);
    painter.drawText(name, Qt::AlignVCenter | Qt::TextSingleLine,
        option.fontMetrics.elidedText(index.data(Qt::DisplayRole).toString(), Qt::ElideMiddle, name.width()));
    const QRect caption = area.adjusted(0, line + 2, 0, 0);
    painter.setPen(condition == ModelCondition::Unusable ? theme.danger : theme.muted);
    painter.drawText(caption, Qt::AlignTop | Qt::TextSingleLine,
        option.fontMetrics.elidedText(index.data(m_roles.caption).toString(), Qt::ElideRight, caption.width()));
    if (const int percent = index.data(m_roles.percent).toInt(); percent >= 0)
        paintProgressBar(painter, QRectF(area.left(), area.bottom() - 3, area.width(), 4), percent, theme);
}

QSize CardDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex&) const
{
    return {kWidth, kPictureHeight + 2 * option.fontMetrics.height() + 4 * kSpace + kPadding};
}

} // namespace weightroom::ui
