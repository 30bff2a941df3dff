// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap_painter.h"

#include "ui/style/theme.h"

#include <QPainter>

namespace weightroom::ui {
namespace {

constexpr double kRadius = 3;
/// Round corners cannot be seen on what is smaller, and cost most of the time that it takes.
constexpr double kLeastForRound = 16;
constexpr double kEdge = 1.5;
/// About 65 characters: longer lines are hard to read.
constexpr double kSentenceWidth = 420;

TileShade shadeOf(const TreemapTile& tile) { return tile.header.isEmpty() ? TileShade::Faint : TileShade::Whole; }

} // namespace

TreemapPainter::TreemapPainter(QPainter& painter, const OwnerColors& owners, const Theme& theme, const QFont& font)
    : m_painter(painter)
    , m_theme(theme)
    , m_colors(owners, theme)
    , m_plain(font)
    , m_strong(scaledFont(font, 1, QFont::DemiBold))
{
}

void TreemapPainter::drawTiles(const QList<TreemapTile>& tiles, const QRectF& exposed)
{
    for (const TreemapTile& tile : tiles) {
        if (!tile.rect.isEmpty() && tile.rect.intersects(exposed))
            drawTile(tile);
    }
}

void TreemapPainter::drawHover(const QRectF& rect)
{
    QColor color = m_theme.text;
    color.setAlphaF(0.55F);
    drawFrame(rect, color, 1.5);
}

void TreemapPainter::drawFocus(const QRectF& rect)
{
    drawFrame(rect.adjusted(2, 2, -2, -2), m_theme.base, 1);
    drawFrame(rect, m_theme.text, 2);
}

void TreemapPainter::drawSentence(const QString& text, const QRectF& area)
{
    QRectF room(0, 0, std::min(area.width() - 2 * kMargin, kSentenceWidth), area.height());
    room.moveCenter(area.center());
    m_painter.setFont(m_plain);
    m_painter.setPen(m_theme.muted);
    m_painter.drawText(room, Qt::AlignCenter | Qt::TextWordWrap, text);
}

void TreemapPainter::drawTile(const TreemapTile& tile)
{
    drawGround(tile);
    if (tile.canBeEntered && tile.header.isEmpty())
        drawFrame(tile.rect, m_colors.of(tile.tint, TileShade::Faint).edge, kEdge);
    for (const TreemapTile& part : tile.inner) {
        drawGround(part);
        drawTexts(part);
    }
    drawTexts(tile);
}

void TreemapPainter::drawGround(const TreemapTile& tile)
{
    const TileColors& colors = m_colors.of(tile.tint, shadeOf(tile));
    if (std::min(tile.rect.width(), tile.rect.height()) < kLeastForRound) {
        m_painter.fillRect(tile.rect, colors.ground);
        if (colors.pattern != Qt::NoBrush)
            m_painter.fillRect(tile.rect, QBrush(colors.hatch, colors.pattern));
        return;
    }
    m_painter.setRenderHint(QPainter::Antialiasing);
    m_painter.setPen(Qt::NoPen);
    m_painter.setBrush(colors.ground);
    m_painter.drawRoundedRect(tile.rect, kRadius, kRadius);
    if (colors.pattern != Qt::NoBrush) {
        m_painter.setBrush(QBrush(colors.hatch, colors.pattern));
        m_painter.drawRoundedRect(tile.rect, kRadius, kRadius);
    }
}

void TreemapPainter::drawTexts(const TreemapTile& tile)
{
    if (tile.texts.isEmpty())
        return;
    m_painter.setPen(m_colors.of(tile.tint, shadeOf(tile)).text);
    for (const TileText& text : tile.texts) {
        m_painter.setFont(text.weight == QFont::Normal ? m_plain : m_strong);
        m_painter.drawText(text.origin, text.text);
    }
}

void TreemapPainter::drawFrame(const QRectF& rect, const QColor& color, double width)
{
    const double half = width / 2;
    const QRectF middle = rect.adjusted(half, half, -half, -half);
    if (middle.width() <= 0 || middle.height() <= 0) {
        m_painter.fillRect(rect, color);
        return;
    }
    m_painter.setRenderHint(QPainter::Antialiasing);
    m_painter.setPen(QPen(color, width));
    m_painter.setBrush(Qt::NoBrush);
    m_painter.drawRoundedRect(middle, kRadius, kRadius);
}

} // namespace weightroom::ui
