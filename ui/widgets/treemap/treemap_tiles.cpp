// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap_tiles.h"

#include "ui/widgets/treemap/treemap_labels.h"
#include "ui/widgets/treemap/treemap_layout.h"
#include "ui/widgets/treemap/treemap_smaller.h"

#include <cmath>

namespace weightroom::ui {
namespace {

/// Between neighbours; between many, and inside of a tile, there is less.
constexpr double kGap = 2;
constexpr double kSmallGap = 1;
constexpr qsizetype kMany = 60;
/// Nobody sees what is thinner.
constexpr double kLeastSeen = 2;
/// When small ones are taken together the others get other places, of which some may be too small in turn.
constexpr int kRounds = 4;
constexpr QSizeF kLeastInside(56, 24); ///< below a header
constexpr double kFrame = 3; ///< around what is inside

/// Which children get a tile of their own, and where; the others share the last cell.
struct Cut {
    QList<const TreemapNode*> nodes;
    QList<QRectF> cells; ///< one for each node, and one more where there are others
    QList<const TreemapNode*> others;
};

double sizeOf(const QList<const TreemapNode*>& nodes)
{
    double sum = 0;
    for (const TreemapNode* node : nodes)
        sum += node->size;
    return sum;
}

QList<QRectF> cellsOf(const Cut& cut, const QRectF& area)
{
    QList<double> sizes;
    sizes.reserve(cut.nodes.size() + 1);
    for (const TreemapNode* node : cut.nodes)
        sizes.append(node->size);
    if (!cut.others.isEmpty())
        sizes.append(sizeOf(cut.others));
    return squarify(sizes, area);
}

/// Takes the largest that cannot be seen out of the nodes, and all that are smaller. True: there was one.
bool takeSmallOut(Cut& cut, double gap)
{
    qsizetype seen = 0;
    while (seen < cut.nodes.size() && std::min(cut.cells[seen].width(), cut.cells[seen].height()) - gap >= kLeastSeen)
        ++seen;
    if (seen == cut.nodes.size())
        return false;
    cut.others = cut.nodes.mid(seen) + cut.others;
    cut.nodes.resize(seen);
    return true;
}

Cut cutOf(const TreemapNode& node, const QRectF& area, double gap)
{
    Cut cut{.nodes = childrenBySize(node), .cells = {}, .others = {}};
    cut.cells = cellsOf(cut, area);
    for (int round = 0; round < kRounds && takeSmallOut(cut, gap); ++round)
        cut.cells = cellsOf(cut, area);
    if (cut.others.size() == 1) { // stands for itself as well
        cut.nodes.append(cut.others.takeFirst());
        cut.cells = cellsOf(cut, area);
    }
    return cut;
}

double snapped(double length, double ratio) { return std::round(length * ratio) / ratio; }

/// The cell without the gap, which lies to its right and below it.
QRectF drawnPart(const QRectF& cell, double gap, double ratio)
{
    const QPointF begin(snapped(cell.left(), ratio), snapped(cell.top(), ratio));
    const QPointF end(snapped(cell.right(), ratio) - gap, snapped(cell.bottom(), ratio) - gap);
    return {begin, QSizeF(std::max(0.0, end.x() - begin.x()), std::max(0.0, end.y() - begin.y()))};
}

TreemapTile tileOf(const TreemapNode& node, const TreemapTint& around)
{
    TreemapTile tile;
    tile.id = node.id;
    tile.label = node.label;
    tile.detail = node.detail;
    tile.size = node.size;
    tile.tint = node.tintWithin(around);
    tile.canBeEntered = node.canBeEntered();
    return tile;
}

/// Of all that are too small. Where none is large enough it leads nowhere: there they would be as small.
TreemapTile tileOfOthers(const Cut& cut, const TreemapTint& around)
{
    const qsizetype larger = cut.nodes.size();
    TreemapTile tile = tileOf(togetherAs(larger == 0 ? QString() : stepToSmaller(larger), cut.others), around);
    tile.canBeEntered = larger > 0;
    return tile;
}

struct Level {
    QList<TreemapTile> tiles;
    QList<const TreemapNode*> nodes; ///< of the first tiles; one more tile may stand for others
};

Level layLevel(const TreemapNode& node, const TreemapTint& tint, const QRectF& area, double wantedGap, double ratio)
{
    const double gap = std::max(snapped(wantedGap, ratio), 1 / ratio);
    const Cut cut = cutOf(node, area.adjusted(0, 0, gap, gap), gap);
    QList<TreemapTile> tiles;
    tiles.reserve(cut.cells.size());
    for (const TreemapNode* child : cut.nodes)
        tiles.append(tileOf(*child, tint));
    if (!cut.others.isEmpty())
        tiles.append(tileOfOthers(cut, tint));
    for (qsizetype place = 0; place < tiles.size(); ++place) {
        tiles[place].cell = cut.cells[place];
        tiles[place].rect = drawnPart(cut.cells[place], gap, ratio);
    }
    return {.tiles = tiles, .nodes = cut.nodes};
}

/// The children of what the tile stands for, where they have room below a header.
void fillTile(TreemapTile& tile, const TreemapNode& node, const TileFonts& fonts, double ratio)
{
    const double headerHeight = snapped(fonts.headerHeight(), ratio);
    const QRectF inside = tile.rect.adjusted(kFrame, headerHeight, -kFrame, -kFrame);
    if (node.hasMore || inside.width() < kLeastInside.width() || inside.height() < kLeastInside.height())
        return;
    tile.inner = layLevel(node, tile.tint, inside, kSmallGap, ratio).tiles;
    if (tile.inner.isEmpty())
        return;
    tile.header = QRectF(tile.rect.topLeft(), QSizeF(tile.rect.width(), headerHeight));
    for (TreemapTile& part : tile.inner)
        writeTexts(part, fonts);
}

} // namespace

QList<TreemapTile> layTiles(const TreemapNode& node, const TreemapTint& tint, const TileSpace& space)
{
    const TileFonts fonts(space.font);
    const double gap = node.children.size() > kMany ? kSmallGap : kGap;
    Level level = layLevel(node, tint, space.area, gap, space.devicePixelRatio);
    for (qsizetype place = 0; place < level.nodes.size(); ++place)
        fillTile(level.tiles[place], *level.nodes[place], fonts, space.devicePixelRatio);
    for (TreemapTile& tile : level.tiles)
        writeTexts(tile, fonts);
    return level.tiles;
}

} // namespace weightroom::ui
