// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/picture.h"

#include <QPainter>
#include <QPainterPath>

namespace weightroom::ui {
namespace {

constexpr int kWidth = 170;
constexpr int kRadius = 6;

} // namespace

Picture::Picture(QWidget* parent)
    : QWidget(parent)
{
    setFixedWidth(kWidth);
}

void Picture::setImage(const QImage& image)
{
    m_image = image;
    setVisible(!image.isNull());
    update();
}

QSize Picture::sizeHint() const { return {kWidth, kWidth}; }

void Picture::paintEvent(QPaintEvent*)
{
    if (m_image.isNull())
        return;
    const QSizeF size = QSizeF(m_image.size()).scaled(QSizeF(this->size()), Qt::KeepAspectRatio);
    const QRectF area(QPointF((width() - size.width()) / 2, 0), size);
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setRenderHint(QPainter::SmoothPixmapTransform);
    QPainterPath shape;
    shape.addRoundedRect(area, kRadius, kRadius);
    painter.setClipPath(shape);
    painter.drawImage(area, m_image);
}

} // namespace weightroom::ui
