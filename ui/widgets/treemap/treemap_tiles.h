// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/treemap/treemap_node.h"

#include <QFont>
#include <QPointF>
#include <QRectF>

namespace weightroom::ui {

/// A piece of text on a tile, cut to what fits.
struct TileText {
    QString text;
    QPointF origin; ///< where its baseline begins
    QFont::Weight weight = QFont::Normal;
};

/// A rectangle of a treemap: a node, or all those that are too small to be seen.
struct TreemapTile {
    QString id; ///< of several: see stepToSmaller(); empty: of all
    QString label;
    QString caption; ///< what is drawn of the label
    QString detail;
    double size = 0;
    TreemapTint tint;
    bool isPath = false; ///< as the node's
    bool canBeEntered = false;
    QRectF cell; ///< what the layout gave it; cells touch each other
    QRectF rect; ///< what is drawn of it
    QRectF header; ///< the strip above `inner`; empty where nothing is drawn inside
    QList<TileText> texts;
    QList<TreemapTile> inner; ///< the parts of the node, where there is room for them
};

/// What the layout must know about where it will be drawn. All lengths are device-independent.
struct TileSpace {
    QRectF area;
    QFont font;
    double devicePixelRatio = 1; ///< edges lie on device pixels, so that they are sharp
};

/// The children of a node as tiles, the largest first, with theirs inside where there is room: but not those that were
/// asked for, which are only shown once one is in. Children without a size have none. The tile of those that are too
/// small to be seen is as large as it takes to hit it, where there is room for that.
[[nodiscard]] QList<TreemapTile> layTiles(const TreemapNode& node, const TreemapTint& tint, const TileSpace& space);

} // namespace weightroom::ui
