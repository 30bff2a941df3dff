// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/treemap/treemap_colors.h"
#include "ui/widgets/treemap/treemap_tiles.h"

#include <QFont>

class QPainter;

namespace weightroom::ui {

/// Draws tiles, the frame around one, or what stands there instead. Lives for one paint event.
class TreemapPainter {
public:
    TreemapPainter(QPainter& painter, const OwnerColors& owners, const Theme& theme, const QFont& font);

    /// What touches `exposed`, in the coordinates of the tiles.
    void drawTiles(const QList<TreemapTile>& tiles, const QRectF& exposed);
    void drawHover(const QRectF& rect); ///< what is under the pointer
    /// Where the keyboard is: two lines, of which one can be seen on any colour.
    void drawFocus(const QRectF& rect);
    void drawSentence(const QString& text, const QRectF& area);

private:
    void drawTile(const TreemapTile& tile);
    void drawGround(const TreemapTile& tile);
    void drawTexts(const TreemapTile& tile);
    void drawFrame(const QRectF& rect, const QColor& color, double width);

    QPainter& m_painter;
    const Theme& m_theme;
    TreemapColors m_colors;
    QFont m_plain;
    QFont m_strong;
};

} // namespace weightroom::ui
