// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace weightroom::ui {
namespace {

/// Cells that touch may overlap by what numbers round.
constexpr double kTouching = 0.01;

/// The cell, turned so that the side that is asked for is the right one.
QRectF turned(const QRectF& cell, Qt::Edge side)
{
    switch (side) {
    case Qt::LeftEdge:
        return {-cell.right(), cell.top(), cell.width(), cell.height()};
    case Qt::TopEdge:
        return {-cell.bottom(), cell.left(), cell.height(), cell.width()};
    case Qt::BottomEdge:
        return {cell.top(), cell.left(), cell.height(), cell.width()};
    case Qt::RightEdge:
        break;
    }
    return cell;
}

/// How far to the right of a cell another one lies: less is nearer. First what separates them, then how far apart
/// their middles are.
std::pair<double, double> distanceToTheRight(const QRectF& from, const QRectF& to)
{
    constexpr double kFar = std::numeric_limits<double>::infinity();
    const double ahead = to.left() - from.right();
    if (ahead < -kTouching)
        return {kFar, kFar};
    const double askew = std::max({0.0, to.top() - from.bottom(), from.top() - to.bottom()});
    const bool isBeside = std::min(from.bottom(), to.bottom()) - std::max(from.top(), to.top()) > kTouching;
    constexpr double kPenalty = 2; // going straight on is what a key promises
    const double apart = std::max(ahead, 0.0) + (isBeside ? 0 : kPenalty * (1 + askew));
    return {std::round(apart), std::abs(to.center().y() - from.center().y())};
}

} // namespace

qsizetype tileAt(const QList<TreemapTile>& tiles, QPointF position)
{
    const auto holds = [position](const TreemapTile& tile) { return tile.cell.contains(position); };
    const auto found = std::ranges::find_if(tiles, holds);
    return found == tiles.end() ? kNoTile : found - tiles.begin();
}

qsizetype neighbourOf(const QList<TreemapTile>& tiles, qsizetype from, Qt::Edge side)
{
    if (from < 0 || from >= tiles.size())
        return kNoTile;
    const QRectF origin = turned(tiles[from].cell, side);
    qsizetype nearest = kNoTile;
    std::pair<double, double> least{std::numeric_limits<double>::infinity(), 0};
    for (qsizetype place = 0; place < tiles.size(); ++place) {
        const auto distance = distanceToTheRight(origin, turned(tiles[place].cell, side));
        if (place != from && distance < least) {
            least = distance;
            nearest = place;
        }
    }
    return nearest;
}

} // namespace weightroom::ui
