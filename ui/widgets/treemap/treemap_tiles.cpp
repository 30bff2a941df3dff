// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap_tiles.h"

#include "ui/bridge/text/units.h"
#include "ui/widgets/treemap/treemap_labels.h"
#include "ui/widgets/treemap/treemap_layout.h"

#include <QCoreApplication>

#include <cmath>

namespace weightroom::ui {
namespace {

struct TreemapTiles {
    Q_DECLARE_TR_FUNCTIONS(TreemapTiles)
};

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

bool hasSize(const TreemapNode& node) { return std::isfinite(node.size) && node.size > 0; }

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

/// Takes what cannot be seen out of the nodes. True: something was.
bool takeSmallOut(Cut& cut, double gap)
{
    QList<const TreemapNode*> seen;
    for (qsizetype place = 0; place < cut.nodes.size(); ++place) {
        const QSizeF size = cut.cells[place].size();
        const bool isSeen = std::min(size.width(), size.height()) - gap >= kLeastSeen;
        (isSeen ? seen : cut.others).append(cut.nodes[place]);
    }
    const bool isChanged = seen.size() < cut.nodes.size();
    cut.nodes = seen;
    return isChanged;
}

Cut cutOf(const QList<TreemapNode>& children, const QRectF& area, double gap)
{
    Cut cut;
    for (const TreemapNode& child : children) {
        if (hasSize(child))
            cut.nodes.append(&child);
    }
    std::ranges::stable_sort(cut.nodes, std::greater{}, &TreemapNode::size);
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

TreemapTile tileOf(const QList<const TreemapNode*>& others, const TreemapTint& around)
{
    TreemapTile tile;
    tile.label = TreemapTiles::tr("%n smaller", "tile of a treemap: parts", static_cast<int>(others.size()));
    tile.size = sizeOf(others);
    // Beyond the range of the integer the cast would be undefined.
    constexpr double kMost = 9.2e18;
    tile.detail = bytesText(static_cast<quint64>(std::min(tile.size, kMost)));
    tile.tint = others.first()->tintWithin(around);
    return tile;
}

struct Level {
    QList<TreemapTile> tiles;
    QList<const TreemapNode*> nodes; ///< of the first tiles; one more tile may stand for others
};

Level layLevel(const TreemapNode& node, const TreemapTint& tint, const QRectF& area, double wantedGap, double ratio)
{
    const double gap = std::max(snapped(wantedGap, ratio), 1 / ratio);
    const Cut cut = cutOf(node.children, area.adjusted(0, 0, gap, gap), gap);
    QList<TreemapTile> tiles;
    tiles.reserve(cut.cells.size());
    for (const TreemapNode* child : cut.nodes)
        tiles.append(tileOf(*child, tint));
    if (!cut.others.isEmpty())
        tiles.append(tileOf(cut.others, tint));
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
