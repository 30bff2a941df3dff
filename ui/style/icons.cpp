// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/style/icons.h"

#include <QApplication>
#include <QFile>
#include <QIconEngine>
#include <QPainter>
#include <QPalette>
#include <QPixmapCache>
#include <QSvgRenderer>

namespace weightroom::ui {
namespace {

/// The drawings are black lines; the colour is put in when they are rendered.
QByteArray tintedSvg(const QString& name, const QColor& color)
{
    QFile file(QStringLiteral(":/icons/%1.svg").arg(name));
    if (!file.open(QIODevice::ReadOnly))
        return {};
    return file.readAll().replace("#000", color.name(QColor::HexRgb).toLatin1());
}

/// Draws the icon anew for each size, mode and theme, so that nothing is scaled.
class TintedIconEngine final : public QIconEngine {
public:
    TintedIconEngine(QString name, IconPlace place)
        : m_name(std::move(name))
        , m_place(place)
    {
    }

    void paint(QPainter* painter, const QRect& rect, QIcon::Mode mode, QIcon::State) override
    {
        const int size = std::min(rect.width(), rect.height());
        const QPixmap picture = iconPixmap(m_name, colorFor(mode), size, painter->device()->devicePixelRatioF());
        painter->drawPixmap(rect.center() - QPoint((size - 1) / 2, (size - 1) / 2), picture);
    }

    QPixmap pixmap(const QSize& size, QIcon::Mode mode, QIcon::State) override
    {
        return iconPixmap(m_name, colorFor(mode), std::min(size.width(), size.height()), 1.0);
    }

    QPixmap scaledPixmap(const QSize& size, QIcon::Mode mode, QIcon::State, qreal scale) override
    {
        // `size` counts device pixels already.
        const int points = static_cast<int>(std::min(size.width(), size.height()) / scale);
        return iconPixmap(m_name, colorFor(mode), points, scale);
    }

    [[nodiscard]] QIconEngine* clone() const override { return new TintedIconEngine(m_name, m_place); }

private:
    [[nodiscard]] QColor colorFor(QIcon::Mode mode) const
    {
        const QPalette palette = QApplication::palette();
        if (mode == QIcon::Disabled)
            return palette.color(QPalette::Disabled, QPalette::ButtonText);
        const bool turnsAround = mode == QIcon::Selected && m_place == IconPlace::Menu;
        return palette.color(turnsAround ? QPalette::HighlightedText : QPalette::ButtonText);
    }

    QString m_name;
    IconPlace m_place;
};

} // namespace

QIcon themedIcon(const QString& name, IconPlace place) { return QIcon(new TintedIconEngine(name, place)); }

QPixmap iconPixmap(const QString& name, const QColor& color, int size, qreal devicePixelRatio)
{
    if (size <= 0)
        return {}; // a widget that has no size yet
    const QString key =
        QStringLiteral("icon/%1/%2/%3/%4")
            .arg(name, color.name(QColor::HexArgb), QString::number(size), QString::number(devicePixelRatio));
    QPixmap picture;
    if (QPixmapCache::find(key, &picture))
        return picture;
    picture = QPixmap(QSizeF(size, size).toSize() * devicePixelRatio);
    picture.setDevicePixelRatio(devicePixelRatio);
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    painter.setOpacity(color.alphaF());
    QSvgRenderer(tintedSvg(name, color)).render(&painter, QRectF(0, 0, size, size));
    painter.end();
    QPixmapCache::insert(key, picture);
    return picture;
}

} // namespace weightroom::ui
