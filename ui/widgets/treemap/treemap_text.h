// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/treemap/treemap_tiles.h"

#include <QString>

namespace weightroom::ui {

/// "6.0 % of GPU_0"; empty where the whole has no size.
[[nodiscard]] QString shareOfWhole(double size, const TreemapNode& whole);

/// Label, detail and share, one a line: plain text.
[[nodiscard]] QString tileTip(const TreemapTile& tile, const TreemapNode& whole);

/// The same as one sentence for screen readers, with its number among its siblings (counted from 1).
[[nodiscard]] QString tileSpoken(const TreemapTile& tile, const TreemapNode& whole, qsizetype number, qsizetype count);

} // namespace weightroom::ui
