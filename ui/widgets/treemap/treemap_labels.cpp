// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap_labels.h"

#include "ui/style/theme.h"
#include "ui/widgets/treemap/treemap_tiles.h"

#include <QStringList>

namespace weightroom::ui {
namespace {

constexpr QFont::Weight kStrong = QFont::DemiBold;
constexpr QSizeF kLeastForText(40, 16);
constexpr double kPadding = 6; ///< to the left and right of a text
constexpr double kTopPadding = 4;
constexpr double kHeaderPadding = 4; ///< above and below
/// A name in a header is not cut further than this for the sake of its size.
constexpr double kLeastName = 48;

/// A name keeps its end, which matters in those of tensors; a phrase its beginning.
QString cut(const QString& text, double width, const QFontMetricsF& metrics)
{
    const bool isPhrase = text.contains(QLatin1Char(' '));
    const QString shown = metrics.elidedText(text, isPhrase ? Qt::ElideRight : Qt::ElideMiddle, width);
    constexpr qsizetype kLeastWorthIt = 7; // three letters at either end: fewer tell no two names apart
    return shown == text || shown.size() >= kLeastWorthIt ? shown : QString();
}

/// Begins new lines between words; what is left over stands in the last one. Behind a line that has no room nothing is
/// written: "Reserved by the driver" is not "by".
QStringList linesOf(const QString& text, double width, qsizetype mostLines, const QFontMetricsF& metrics)
{
    QStringList words = text.split(QLatin1Char(' '), Qt::SkipEmptyParts);
    QStringList lines;
    while (!words.isEmpty() && lines.size() + 1 < mostLines) {
        QString line = words.takeFirst();
        while (!words.isEmpty() && metrics.horizontalAdvance(line + QLatin1Char(' ') + words.first()) <= width)
            line += QLatin1Char(' ') + words.takeFirst();
        lines.append(cut(line, width, metrics));
        if (lines.last().isEmpty())
            return lines;
    }
    if (!words.isEmpty())
        lines.append(cut(words.join(QLatin1Char(' ')), width, metrics));
    return lines;
}

void writeHeader(TreemapTile& tile, const TileFonts& fonts)
{
    const QRectF line = tile.header.adjusted(kPadding, kHeaderPadding, -kPadding, -kHeaderPadding);
    double room = line.width();
    const double detailWidth = fonts.plain.horizontalAdvance(tile.detail);
    const double nameWidth = fonts.strong.horizontalAdvance(tile.caption);
    const double left = room - detailWidth - 2 * kPadding;
    if (!tile.detail.isEmpty() && left >= std::min(nameWidth, kLeastName)) {
        tile.texts.append({
            .text = tile.detail,
            .origin = QPointF(line.right() - detailWidth, line.top() + fonts.plain.ascent()),
        });
        room = left;
    }
    const QPointF origin(line.left(), line.top() + fonts.strong.ascent());
    tile.texts.append({.text = cut(tile.caption, room, fonts.strong), .origin = origin, .weight = kStrong});
}

QStringList captionLines(
    const TreemapTile& tile, const LineRoom& room, const TileFonts& fonts, const TreemapNames& siblings)
{
    return tile.isPath ? pathLines(tile.caption, room, fonts.plainWidths, siblings)
                       : linesOf(tile.caption, room.width, room.most, fonts.plain);
}

void writeBody(TreemapTile& tile, const TileFonts& fonts, const TreemapNames& siblings)
{
    const qsizetype mostLines = tile.isPath ? 4 : 3; // the parts of a path are many, and short
    const double lineHeight = fonts.plain.height();
    const double height = tile.rect.height();
    if (height < lineHeight)
        return;
    const double top = std::min(kTopPadding, (height - lineHeight) / 2);
    const double width = tile.rect.width() - 2 * kPadding;
    const auto room = static_cast<qsizetype>((height - top) / lineHeight);
    const qsizetype detailLines = tile.detail.isEmpty() || room < 2 ? 0 : 1;
    QStringList lines =
        captionLines(tile, {.width = width, .most = std::min(room - detailLines, mostLines)}, fonts, siblings);
    if (detailLines > 0 && fonts.plain.horizontalAdvance(tile.detail) <= width)
        lines.append(tile.detail);
    QPointF origin(tile.rect.left() + kPadding, tile.rect.top() + top + fonts.plain.ascent());
    for (const QString& line : lines) {
        if (!line.isEmpty())
            tile.texts.append({.text = line, .origin = origin});
        origin.ry() += lineHeight;
    }
}

} // namespace

TileFonts::TileFonts(const QFont& font)
    : plain(font)
    , strong(scaledFont(font, 1, kStrong))
    , plainWidths(plain)
{
}

double TileFonts::headerHeight() const { return strong.height() + 2 * kHeaderPadding; }

void writeTexts(TreemapTile& tile, const TileFonts& fonts, const TreemapNames& siblings)
{
    if (tile.rect.width() < kLeastForText.width() || tile.rect.height() < kLeastForText.height())
        return;
    if (tile.header.isEmpty())
        writeBody(tile, fonts, siblings);
    else
        writeHeader(tile, fonts);
}

} // namespace weightroom::ui
