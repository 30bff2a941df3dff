// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap_layout.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

namespace weightroom::ui {
namespace {

/// Sides outside of this are no widget's; within it no product below overflows or vanishes.
constexpr double kLeastSide = 1e-6;
constexpr double kMostSide = 1e9;
/// What is smaller, relative to the largest, has no area that a number could tell from none.
constexpr double kLeastShare = 1e-30;

struct Part {
    qsizetype place = 0; ///< in the list of the caller
    double size = 0; ///< relative to the largest
    double withThoseAfter = 0; ///< the sum of this size and all after it
};

/// A run of parts that lie side by side.
struct Strip {
    std::size_t begin = 0;
    std::size_t end = 0;
};

bool isUsable(const QRectF& area)
{
    const auto isSide = [](double side) { return side >= kLeastSide && side <= kMostSide; };
    return std::isfinite(area.x()) && std::isfinite(area.y()) && isSide(area.width()) && isSide(area.height());
}

/// What has an area, the largest first. Relative to the largest, so that no sum overflows.
std::vector<Part> partsOf(const QList<double>& sizes)
{
    double largest = 0;
    for (const double size : sizes)
        largest = std::isfinite(size) ? std::max(largest, size) : largest;
    std::vector<Part> parts;
    if (largest <= 0)
        return parts;
    for (qsizetype place = 0; place < sizes.size(); ++place) {
        const double share = sizes[place] / largest;
        if (std::isfinite(share) && share >= kLeastShare)
            parts.push_back({.place = place, .size = share});
    }
    std::ranges::stable_sort(parts, std::greater{}, &Part::size);
    double sum = 0;
    // From the smallest: what is small is not lost in what is large.
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
        sum += part->size;
        part->withThoseAfter = sum;
    }
    return parts;
}

double restAt(const std::vector<Part>& parts, std::size_t index)
{
    return index < parts.size() ? parts[index].withThoseAfter : 0;
}

/// The worst ratio of sides in a strip along a side of length `side`; `scale` is area per size.
double worstRatio(double largest, double smallest, double sum, double side, double scale)
{
    const double thickness = sum * scale / side;
    const double squared = thickness * thickness;
    return std::max(largest * scale / squared, squared / (smallest * scale));
}

/// The longest run from `begin` on to which each part came without making the worst ratio worse.
Strip nextStrip(const std::vector<Part>& parts, std::size_t begin, const QSizeF& room)
{
    const double side = std::min(room.width(), room.height());
    const double scale = room.width() * room.height() / parts[begin].withThoseAfter;
    const double largest = parts[begin].size;
    double sum = largest;
    double worst = worstRatio(largest, largest, sum, side, scale);
    std::size_t end = begin + 1;
    for (; end < parts.size(); ++end) {
        const double size = parts[end].size;
        const double ratio = worstRatio(largest, size, sum + size, side, scale);
        if (!(ratio <= worst))
            break;
        worst = ratio;
        sum += size;
    }
    return {begin, end};
}

/// Puts the parts of a strip into `area`, along its longer way: from the top down, or from left to right.
void fillStrip(
    QList<QRectF>& rects, const std::vector<Part>& parts, Strip strip, const QRectF& area, Qt::Orientation along)
{
    const double length = along == Qt::Vertical ? area.height() : area.width();
    double sum = 0;
    for (std::size_t index = strip.begin; index < strip.end; ++index)
        sum += parts[index].size;
    double before = 0;
    for (std::size_t index = strip.begin; index < strip.end; ++index) {
        const double from = length * (before / sum);
        const double extent = length * (parts[index].size / sum);
        rects[parts[index].place] = along == Qt::Vertical
            ? QRectF(area.left(), area.top() + from, area.width(), extent)
            : QRectF(area.left() + from, area.top(), extent, area.height());
        before += parts[index].size;
    }
}

} // namespace

QList<QRectF> squarify(const QList<double>& sizes, const QRectF& area)
{
    QList<QRectF> rects(sizes.size(), QRectF(area.topLeft(), QSizeF(0, 0)));
    if (!isUsable(area))
        return rects;
    const std::vector<Part> parts = partsOf(sizes);
    QRectF room = area;
    for (std::size_t begin = 0; begin < parts.size();) {
        const Strip strip = nextStrip(parts, begin, room.size());
        // Sides by multiplication: a difference of large numbers would spoil the sides of what is small.
        const double left = restAt(parts, strip.end) / restAt(parts, begin);
        QRectF taken = room;
        if (room.width() >= room.height()) {
            taken.setWidth(room.width() * (1 - left));
            room = QRectF(room.left() + taken.width(), room.top(), room.width() * left, room.height());
            fillStrip(rects, parts, strip, taken, Qt::Vertical);
        } else {
            taken.setHeight(room.height() * (1 - left));
            room = QRectF(room.left(), room.top() + taken.height(), room.width(), room.height() * left);
            fillStrip(rects, parts, strip, taken, Qt::Horizontal);
        }
        begin = strip.end;
    }
    return rects;
}

} // namespace weightroom::ui
