// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/path_lines.h"

#include "ui/widgets/treemap/treemap_names.h"

#include <array>
#include <optional>
#include <utility>

namespace weightroom::ui {
namespace {

constexpr QChar kEllipsis{u'\u2026'};
/// Fewer characters tell no two names apart.
constexpr qsizetype kLeastKept = 6;
/// Where the names of siblings look like it, fewer do not even say what kind of thing it is.
constexpr qsizetype kLeastKeptAlike = 12;
/// How many quarters of what is kept are of the beginning, in the order in which that is tried: ends differ more.
constexpr std::array<qsizetype, 5> kShares{0, 2, 4, 1, 3};
constexpr qsizetype kWhole = 4;

bool endsPart(QChar character)
{
    return character == QLatin1Char('.') || character == QLatin1Char('_') || character == kEllipsis;
}

/// Nothing where the text does not fit.
std::optional<QStringList> linesOf(const QString& text, const LineRoom& room, const CharacterWidths& widths)
{
    QStringList lines;
    qsizetype begin = 0;
    qsizetype end = 0; // of the last part that has ended in this line
    double untilEnd = 0;
    double width = 0;
    for (qsizetype place = 0; place < text.size(); ++place) {
        width += widths.of(text[place]);
        while (width > room.width) {
            if (end == begin || lines.size() + 1 >= room.most)
                return std::nullopt;
            lines.append(text.sliced(begin, end - begin));
            begin = end;
            width -= untilEnd;
        }
        if (endsPart(text[place])) {
            end = place + 1;
            untilEnd = width;
        }
    }
    lines.append(text.sliced(begin));
    return lines;
}

/// One way to leave something out.
struct Cut {
    QStringList lines;
    qsizetype kept = 0; ///< characters; 0: nothing fits
    qsizetype alike = 0; ///< names that look like this one then

    [[nodiscard]] bool isBetterThan(const Cut& other) const
    {
        if (kept == 0 || other.kept == 0)
            return kept > other.kept;
        return alike != other.alike ? alike < other.alike : kept > other.kept;
    }
};

struct Ends {
    QString begin;
    QString end;
};

Ends endsOf(const QString& caption, qsizetype kept, qsizetype share)
{
    const qsizetype begin = kept * share / kWhole;
    QString end = caption.last(kept - begin);
    if (end.startsWith(QLatin1Char('.')))
        end.remove(0, 1); // it would look like a part of the ellipsis
    return {caption.first(begin), end};
}

/// As much as there is room for, so many quarters of it from the beginning.
Cut cutBy(qsizetype share, const QString& caption, const LineRoom& room, const CharacterWidths& widths,
    const TreemapNames& siblings)
{
    Cut cut;
    qsizetype least = kLeastKept;
    qsizetype most = caption.size() - 1;
    while (least <= most) {
        const qsizetype kept = (least + most + 1) / 2;
        const Ends ends = endsOf(caption, kept, share);
        if (auto lines = linesOf(ends.begin + kEllipsis + ends.end, room, widths)) {
            cut = {.lines = std::move(*lines), .kept = kept};
            least = kept + 1;
        } else {
            most = kept - 1;
        }
    }
    if (cut.kept > 0) {
        const Ends ends = endsOf(caption, cut.kept, share);
        cut.alike = siblings.countAlike(ends.begin, ends.end);
    }
    return cut;
}

} // namespace

CharacterWidths::CharacterWidths(const QFontMetricsF& metrics)
    : m_metrics(metrics)
    , m_ellipsis(metrics.horizontalAdvance(kEllipsis))
{
    for (std::size_t code = 0; code < kKnown; ++code)
        m_known[code] = metrics.horizontalAdvance(QChar(static_cast<ushort>(code)));
}

double CharacterWidths::of(QChar character) const
{
    if (character == kEllipsis)
        return m_ellipsis;
    return character.unicode() < kKnown ? m_known[character.unicode()] : m_metrics.horizontalAdvance(character);
}

QStringList pathLines(
    const QString& caption, const LineRoom& room, const CharacterWidths& widths, const TreemapNames& siblings)
{
    if (auto whole = linesOf(caption, room, widths))
        return *whole;
    Cut best;
    for (const qsizetype share : kShares) {
        Cut cut = cutBy(share, caption, room, widths, siblings);
        if (cut.isBetterThan(best))
            best = std::move(cut);
        if (best.kept > 0 && best.alike <= 1)
            return best.lines;
    }
    return best.kept < kLeastKeptAlike ? QStringList() : best.lines;
}

} // namespace weightroom::ui
