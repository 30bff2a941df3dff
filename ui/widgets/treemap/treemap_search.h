// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/treemap/treemap_tiles.h"

namespace weightroom::ui {

/// Where a tile stands in its list; kNoTile: nowhere.
inline constexpr qsizetype kNoTile = -1;

/// The tile whose cell holds a position.
[[nodiscard]] qsizetype tileAt(const QList<TreemapTile>& tiles, QPointF position);

/// The nearest tile on a side of another one; those that lie beside it go before those that lie askew.
[[nodiscard]] qsizetype neighbourOf(const QList<TreemapTile>& tiles, qsizetype from, Qt::Edge side);

} // namespace weightroom::ui
