// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QFontMetricsF>
#include <QStringList>

#include <array>

namespace weightroom::ui {

class TreemapNames;

/// How wide the characters of a font are. Of a name that is cut again and again: to measure it as a whole each time
/// would take ten times as long, and is less than a pixel another.
class CharacterWidths {
public:
    explicit CharacterWidths(const QFontMetricsF& metrics);

    [[nodiscard]] double of(QChar character) const;

private:
    static constexpr std::size_t kKnown = 128; ///< ASCII, which the names of tensors are made of

    QFontMetricsF m_metrics;
    std::array<double, kKnown> m_known{};
    double m_ellipsis = 0;
};

/// The room for a name: so many lines of this width.
struct LineRoom {
    double width = 0;
    qsizetype most = 1;
};

/// A path in lines that begin behind dots and underscores. Where there is no room for all of it something is left out,
/// the beginning, the end or the middle, so that as few of its siblings as possible look like it then. None, where so
/// little would be left that it tells nothing.
[[nodiscard]] QStringList pathLines(
    const QString& caption, const LineRoom& room, const CharacterWidths& widths, const TreemapNames& siblings);

} // namespace weightroom::ui
