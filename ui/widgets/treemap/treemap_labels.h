// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFont>
#include <QFontMetricsF>

namespace weightroom::ui {

struct TreemapTile;

/// The two fonts of a treemap, measured once for all tiles.
struct TileFonts {
    explicit TileFonts(const QFont& font);

    [[nodiscard]] double headerHeight() const;

    QFontMetricsF plain;
    QFontMetricsF strong; ///< of headers
};

/// Puts the texts of a tile into its header, or into the tile itself where nothing is drawn inside: label and detail as
/// far as there is room, cut to it. None on a tile that is too small.
void writeTexts(TreemapTile& tile, const TileFonts& fonts);

} // namespace weightroom::ui
