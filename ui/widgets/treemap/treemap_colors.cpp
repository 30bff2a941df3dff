// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap_colors.h"

#include "ui/style/contrast.h"
#include "ui/style/theme.h"
#include "ui/widgets/memory/memory_segments.h"

#include <array>

namespace weightroom::ui {
namespace {

SegmentKind kindOf(TreemapTone tone)
{
    switch (tone) {
    case TreemapTone::Owner:
        return SegmentKind::Owner;
    case TreemapTone::Shared:
        return SegmentKind::Shared;
    case TreemapTone::Overhead:
        return SegmentKind::Overhead;
    case TreemapTone::Context:
    case TreemapTone::Reserved:
        return SegmentKind::Driver;
    case TreemapTone::Others:
    case TreemapTone::Unattributed:
        return SegmentKind::Others;
    case TreemapTone::Ready:
        return SegmentKind::Ready;
    case TreemapTone::Free:
    case TreemapTone::None:
        break;
    }
    return SegmentKind::Free;
}

/// As on gauges, what no model owns is hatched. What nobody accounts for has lines the other way.
Qt::BrushStyle patternOf(TreemapTone tone)
{
    switch (tone) {
    case TreemapTone::None:
    case TreemapTone::Owner:
    case TreemapTone::Free:
        return Qt::NoBrush;
    case TreemapTone::Reserved:
    case TreemapTone::Unattributed:
        return Qt::FDiagPattern;
    default:
        return Qt::BDiagPattern;
    }
}

/// `share` of the first, the rest of the second.
QColor mixed(const QColor& first, const QColor& second, float share)
{
    const auto mix = [share](float a, float b) { return a * share + b * (1 - share); };
    return QColor::fromRgbF(
        mix(first.redF(), second.redF()), mix(first.greenF(), second.greenF()), mix(first.blueF(), second.blueF()));
}

/// The theme's own where it can be read; black or white otherwise, of which one always can.
QColor textOn(const QColor& ground, const QColor& lines, const Theme& theme)
{
    const auto worst = [&](const QColor& text) { return std::min(contrastOf(text, ground), contrastOf(text, lines)); };
    const std::array<QColor, 4> choice{theme.text, theme.base, QColor(Qt::black), QColor(Qt::white)};
    const auto readable =
        std::ranges::find_if(choice, [&](const QColor& text) { return worst(text) >= kTextContrast; });
    return readable != choice.end() ? *readable : *std::ranges::max_element(choice, {}, worst);
}

} // namespace

TreemapColors::TreemapColors(const OwnerColors& owners, const Theme& theme)
    : m_owners(owners)
    , m_theme(theme)
{
}

const TileColors& TreemapColors::of(const TreemapTint& tint, TileShade shade)
{
    const std::pair key{tint.modelId, static_cast<int>(tint.tone) * 2 + static_cast<int>(shade)};
    const auto made = m_made.constFind(key);
    return made != m_made.constEnd() ? *made : *m_made.insert(key, make(tint, shade));
}

TileColors TreemapColors::make(const TreemapTint& tint, TileShade shade) const
{
    constexpr float kFaint = 0.28F; ///< light enough for dark text, and the colour can still be told
    constexpr float kLines = 0.26F; ///< faint enough for text across them
    constexpr float kHeader = 0.4F; ///< of what is hatched: its parts are, not its header
    const MemorySegment segment{
        .kind = kindOf(tint.tone), .modelId = tint.modelId, .label = {}, .details = {}, .bytes = 0};
    const QColor own = segmentColor(segment, m_owners, m_theme);
    const bool isHatched = patternOf(tint.tone) != Qt::NoBrush;
    TileColors colors;
    colors.ground = own;
    colors.edge = isHatched ? mixed(own, m_theme.track, kHeader) : own;
    if (shade == TileShade::Whole)
        colors.ground = colors.edge;
    else if (isHatched)
        colors.ground = m_theme.track;
    else if (tint.tone == TreemapTone::Owner)
        colors.ground = mixed(own, m_theme.base, kFaint);
    colors.hatch = colors.ground;
    if (isHatched && shade == TileShade::Faint) {
        colors.pattern = patternOf(tint.tone);
        colors.hatch = tint.tone == TreemapTone::Ready ? own : mixed(own, m_theme.track, kLines); // it is faint itself
    }
    colors.text = textOn(colors.ground, colors.hatch, m_theme);
    return colors;
}

} // namespace weightroom::ui
