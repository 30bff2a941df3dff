// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/widgets/memory/owner_colors.h"
#include "ui/widgets/treemap/treemap_node.h"

#include <QColor>
#include <QHash>

#include <utility>

namespace weightroom::ui {

struct Theme;

/// Whole: the ground of a header, in the colour of gauges and legends. Faint: of what bears no header, in a shade of
/// it, so that a page full of tiles does not shout.
enum class TileShade : quint8 { Whole = 0, Faint };

struct TileColors {
    QColor ground;
    QColor hatch; ///< of the lines across the ground, where there are any
    Qt::BrushStyle pattern = Qt::NoBrush;
    QColor edge; ///< around what can be entered: the colour of gauges and legends
    QColor text; ///< can be read on the ground and on the lines: kTextContrast
};

/// Looks colours up while a treemap is painted; each once.
class TreemapColors {
public:
    TreemapColors(const OwnerColors& owners, const Theme& theme);

    [[nodiscard]] const TileColors& of(const TreemapTint& tint, TileShade shade);

private:
    [[nodiscard]] TileColors make(const TreemapTint& tint, TileShade shade) const;

    const OwnerColors& m_owners;
    const Theme& m_theme;
    QHash<std::pair<QString, int>, TileColors> m_made;
};

} // namespace weightroom::ui
