// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/treemap/path_lines.h"

#include <QFont>
#include <QFontMetricsF>

namespace weightroom::ui {

class TreemapNames;
struct TreemapTile;

/// The two fonts of a treemap, measured once for all tiles.
struct TileFonts {
    explicit TileFonts(const QFont& font);

    [[nodiscard]] double headerHeight() const;

    QFontMetricsF plain;
    QFontMetricsF strong; ///< of headers
    CharacterWidths plainWidths;
};

/// Puts the texts of a tile into its header, or into the tile itself where nothing is drawn inside: caption and detail
/// as far as there is room, cut to it; a path so that it does not look like its siblings. None on a tile that is too
/// small.
void writeTexts(TreemapTile& tile, const TileFonts& fonts, const TreemapNames& siblings);

} // namespace weightroom::ui
