// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QRectF>

namespace weightroom::ui {

/// A squarified treemap (Bruls, Huizing, van Wijk, 2000): cuts `area` into one rectangle for each size, in the order of
/// `sizes`. Their areas are in proportion to the sizes, they do not overlap, they fill the area, and they are as near
/// to squares as a greedy choice makes them. The largest lies at the top left.
///
/// A size that is not above zero (or less than 1e-30 of the largest), or not finite, gets a rectangle without area at
/// the top left. So do all where the area itself is empty, not finite, or has sides that no widget has (1e-6 … 1e9).
[[nodiscard]] QList<QRectF> squarify(const QList<double>& sizes, const QRectF& area);

} // namespace weightroom::ui
