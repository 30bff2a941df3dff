// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/widgets/treemap/treemap_text.h"

#include "ui/bridge/text/units.h"

#include <QCoreApplication>
#include <QLocale>
#include <QStringList>

#include <cmath>

namespace weightroom::ui {
namespace {

struct TreemapText {
    Q_DECLARE_TR_FUNCTIONS(TreemapText)
};

QStringList partsOf(const TreemapTile& tile, const TreemapNode& whole)
{
    QStringList parts{tile.label, tile.detail, shareOfWhole(tile.size, whole)};
    parts.removeAll(QString());
    return parts;
}

} // namespace

QString shareOfWhole(double size, const TreemapNode& whole)
{
    const double percent = size / whole.size * 100;
    if (!std::isfinite(percent))
        return {};
    constexpr double kLeastSaid = 0.1;
    const QString number = QLocale().toString(std::max(percent, kLeastSaid), 'f', 1);
    return percent < kLeastSaid ? TreemapText::tr("less than %1 % of %2", "share, device").arg(number, whole.label)
                                : TreemapText::tr("%1 % of %2", "share, device").arg(number, whole.label);
}

QString tileTip(const TreemapTile& tile, const TreemapNode& whole)
{
    return partsOf(tile, whole).join(QLatin1Char('\n'));
}

QString tileSpoken(const TreemapTile& tile, const TreemapNode& whole, qsizetype number, qsizetype count)
{
    const QString text = partsOf(tile, whole).join(QStringLiteral(", "));
    return TreemapText::tr("%1. Part %2 of %3.", "accessible text: what is shown, its number, how many")
        .arg(text, countText(static_cast<quint64>(number)), countText(static_cast<quint64>(count)));
}

} // namespace weightroom::ui
