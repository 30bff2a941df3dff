// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap_tiles.h"

#include "ui/widgets/treemap/treemap_labels.h"
#include "ui/widgets/treemap/treemap_layout.h"
#include "ui/widgets/treemap/treemap_names.h"
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
/// Nobody hits what is thinner: half of a line of text.
constexpr double kLeastHit = 12;
/// The most of an area that small ones together may have beyond their size.
constexpr double kMostGiven = 0.25;
/// When small ones are taken together the others get other places, of which some may be too small in turn.
constexpr int kRounds = 4;
constexpr QSizeF kLeastInside(56, 24); ///< below a header
constexpr double kFrame = 3; ///< around what is inside

/// Which children get a tile of their own, and where; the others share the last cell.
struct Cut {
    QList<const TreemapNode*> nodes;
    QList<QRectF> cells; ///< one for each node, and one more where there are others
    QList<const TreemapNode*> others;
    double othersSize = 0; ///< what their cell is as large as
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
        sizes.append(cut.othersSize);
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
    cut.othersSize = std::max(cut.othersSize, sizeOf(cut.others));
    return true;
}

/// What the others have together is next to nothing, perhaps, and can be entered all the same: their cell grows until
/// it can be hit, as far as there is room. The others get smaller for that.
void makeRoomForOthers(Cut& cut, const QRectF& area, double gap, double leastSide)
{
    const auto isThin = [&] { return std::min(cut.cells.last().width(), cut.cells.last().height()) - gap < leastSide; };
    const double nodes = sizeOf(cut.nodes);
    const double most = std::max(cut.othersSize, nodes * kMostGiven);
    const double square = (leastSide + gap) * (leastSide + gap) / (area.width() * area.height());
    while (!cut.nodes.isEmpty() && isThin() && cut.othersSize < most) {
        cut.othersSize = std::min(most, std::max(2 * cut.othersSize, nodes * square));
        cut.cells = cellsOf(cut, area);
    }
    if (takeSmallOut(cut, gap))
        cut.cells = cellsOf(cut, area);
}

/// `leastSide`: of the cell of what is too small.
Cut cutOf(const TreemapNode& node, const QRectF& area, double gap, double leastSide)
{
    Cut cut{.nodes = childrenBySize(node), .cells = {}, .others = {}};
    cut.cells = cellsOf(cut, area);
    for (int round = 0; round < kRounds && takeSmallOut(cut, gap); ++round)
        cut.cells = cellsOf(cut, area);
    if (cut.others.size() > 1)
        makeRoomForOthers(cut, area, gap, leastSide);
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

TreemapTile tileOf(const TreemapNode& node, const TreemapTint& around, const TreemapNames& names)
{
    TreemapTile tile;
    tile.id = node.id;
    tile.label = node.label;
    tile.caption = names.captionOf(node);
    tile.isPath = node.isPath;
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
    TreemapTile tile = tileOf(togetherAs(larger == 0 ? QString() : stepToSmaller(larger), cut.others), around, {});
    tile.canBeEntered = larger > 0;
    return tile;
}

struct Level {
    QList<TreemapTile> tiles;
    QList<const TreemapNode*> nodes; ///< of the first tiles; one more tile may stand for others
    TreemapNames names;

    void writeAllTexts(const TileFonts& fonts)
    {
        for (TreemapTile& tile : tiles)
            writeTexts(tile, fonts, names);
    }
};

/// How a level is laid.
struct LevelStyle {
    double gap = kGap; ///< that is wanted
    double leastSide = 0; ///< of the tile of what is too small; of a level that is entered as a whole, none
    double ratio = 1; ///< of device pixels
};

Level layLevel(const TreemapNode& node, const TreemapTint& tint, const QRectF& area, const LevelStyle& style)
{
    const double gap = std::max(snapped(style.gap, style.ratio), 1 / style.ratio);
    const Cut cut = cutOf(node, area.adjusted(0, 0, gap, gap), gap, style.leastSide);
    const TreemapNames names(node.children);
    QList<TreemapTile> tiles;
    tiles.reserve(cut.cells.size());
    for (const TreemapNode* child : cut.nodes)
        tiles.append(tileOf(*child, tint, names));
    if (!cut.others.isEmpty())
        tiles.append(tileOfOthers(cut, tint));
    for (qsizetype place = 0; place < tiles.size(); ++place) {
        tiles[place].cell = cut.cells[place];
        tiles[place].rect = drawnPart(cut.cells[place], gap, style.ratio);
    }
    return {.tiles = tiles, .nodes = cut.nodes, .names = names};
}

/// The children of what the tile stands for, where they have room below a header.
void fillTile(TreemapTile& tile, const TreemapNode& node, const TileFonts& fonts, double ratio)
{
    const double headerHeight = snapped(fonts.headerHeight(), ratio);
    const QRectF inside = tile.rect.adjusted(kFrame, headerHeight, -kFrame, -kFrame);
    if (node.hasMore || inside.width() < kLeastInside.width() || inside.height() < kLeastInside.height())
        return;
    Level level = layLevel(node, tile.tint, inside, {.gap = kSmallGap, .ratio = ratio});
    if (level.tiles.isEmpty())
        return;
    tile.header = QRectF(tile.rect.topLeft(), QSizeF(tile.rect.width(), headerHeight));
    level.writeAllTexts(fonts);
    tile.inner = level.tiles;
}

} // namespace

QList<TreemapTile> layTiles(const TreemapNode& node, const TreemapTint& tint, const TileSpace& space)
{
    const TileFonts fonts(space.font);
    const double gap = node.children.size() > kMany ? kSmallGap : kGap;
    Level level =
        layLevel(node, tint, space.area, {.gap = gap, .leastSide = kLeastHit, .ratio = space.devicePixelRatio});
    for (qsizetype place = 0; place < level.nodes.size(); ++place)
        fillTile(level.tiles[place], *level.nodes[place], fonts, space.devicePixelRatio);
    level.writeAllTexts(fonts);
    return level.tiles;
}

} // namespace weightroom::ui
