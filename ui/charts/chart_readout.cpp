// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_readout.h"

#include "ui/charts/chart_text.h"
#include "ui/style/theme.h"

#include <QCoreApplication>
#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>

namespace weightroom::ui {
namespace {

struct ChartReadout {
    Q_DECLARE_TR_FUNCTIONS(ChartReadout)
};

constexpr double kPadding = 6; ///< inside of the box
constexpr double kGap = 8; ///< between columns, and between the crosshair and the box
constexpr double kSwatch = 8;
constexpr double kDot = 3;
constexpr double kRadius = 4;
constexpr double kMostNameShare = 0.4; ///< of the width of the chart

/// The widths of the columns of a box.
struct Columns {
    double name = 0;
    double value = 0;
    double range = 0; ///< with the gap before it; 0: no row has one

    [[nodiscard]] double width() const { return kSwatch + kGap + name + kGap + value + range; }
};

/// On a small chart long names are cut, and there are no ranges.
Columns columnsOf(const Readout& readout, const QFontMetricsF& metrics, double most)
{
    Columns columns;
    for (const ReadoutRow& row : readout.rows) {
        columns.name = std::max(columns.name, metrics.horizontalAdvance(row.name));
        columns.value = std::max(columns.value, metrics.horizontalAdvance(row.value));
        if (!row.range.isEmpty())
            columns.range = std::max(columns.range, kGap + metrics.horizontalAdvance(row.range));
    }
    columns.name = std::min(columns.name, kMostNameShare * most);
    if (columns.width() > most)
        columns.range = 0;
    return columns;
}

void paintCrosshair(QPainter& painter, const Readout& readout, const PlotGeometry& geometry, const Theme& theme)
{
    const double x = std::floor(geometry.x(readout.at)) + 0.5;
    painter.setPen(theme.muted);
    painter.drawLine(QPointF(x, geometry.plot.top()), QPointF(x, geometry.plot.bottom()));
    for (const ReadoutRow& row : readout.rows) {
        if (!row.point)
            continue;
        const double pointX = std::clamp(geometry.x(row.point->at), geometry.plot.left(), geometry.plot.right());
        painter.setPen(QPen(theme.window, 1));
        painter.setBrush(row.color);
        painter.drawEllipse(QPointF(pointX, geometry.y(row.point->mean)), kDot, kDot);
    }
}

/// Beside the crosshair, on the side that has the space.
QRectF boxBeside(double x, const QSizeF& size, const PlotGeometry& geometry, const QRectF& bounds)
{
    const bool fitsRight = x + kGap + size.width() <= bounds.right();
    const double left = fitsRight ? x + kGap : x - kGap - size.width();
    const double top = geometry.plot.top() + kGap / 2;
    return {std::clamp(left, bounds.left(), std::max(bounds.left(), bounds.right() - size.width())),
        std::clamp(top, bounds.top(), std::max(bounds.top(), bounds.bottom() - size.height())), size.width(),
        size.height()};
}

void paintRow(QPainter& painter, const ReadoutRow& row, const Columns& columns, QPointF corner, const Theme& theme)
{
    const QFontMetricsF metrics(painter.font());
    const double baseline = corner.y() + metrics.ascent();
    painter.setPen(Qt::NoPen);
    painter.setBrush(row.color);
    painter.drawRoundedRect(QRectF(corner.x(), corner.y() + (metrics.height() - kSwatch) / 2, kSwatch, kSwatch), 2, 2);
    double x = corner.x() + kSwatch + kGap;
    painter.setPen(theme.muted);
    painter.drawText(QPointF(x, baseline), metrics.elidedText(row.name, Qt::ElideRight, columns.name));
    x += columns.name + kGap + columns.value;
    painter.setPen(row.point ? theme.text : theme.muted);
    painter.drawText(QPointF(x - metrics.horizontalAdvance(row.value), baseline), row.value);
    if (columns.range <= 0)
        return;
    painter.setPen(theme.muted);
    painter.drawText(QPointF(x + kGap, baseline), row.range);
}

} // namespace

ReadoutRow readoutRow(
    const TimeSeries& series, const std::optional<TimePoint>& point, ChartUnit unit, const QColor& color)
{
    ReadoutRow row{.color = color, .name = series.name, .value = {}, .range = {}, .point = point};
    if (!point) {
        row.value = ChartReadout::tr("no data", "instead of a value");
        return row;
    }
    row.value = valueText(point->mean, unit);
    const QString least = valueText(point->minimum, unit);
    const QString greatest = valueText(point->maximum, unit);
    if (least != greatest)
        row.range = ChartReadout::tr("%1 – %2", "from the least to the greatest value").arg(least, greatest);
    return row;
}

QString toText(const Readout& readout)
{
    QStringList lines{readout.moment};
    for (const ReadoutRow& row : readout.rows) {
        lines.append(row.range.isEmpty() ? ChartReadout::tr("%1: %2", "series and its value").arg(row.name, row.value)
                                         : ChartReadout::tr("%1: %2 (%3)", "series, its value, least to greatest")
                                               .arg(row.name, row.value, row.range));
    }
    return lines.join(QLatin1Char('\n'));
}

void paintReadout(
    QPainter& painter, const Readout& readout, const PlotGeometry& geometry, const QRectF& bounds, const Theme& theme)
{
    paintCrosshair(painter, readout, geometry, theme);
    const QFontMetricsF metrics(painter.font());
    const Columns columns = columnsOf(readout, metrics, bounds.width() - 2 * kPadding);
    const double width = std::max(columns.width(), metrics.horizontalAdvance(readout.moment));
    const double height = metrics.height() * static_cast<double>(readout.rows.size() + 1);
    const QSizeF size(width + 2 * kPadding, height + 2 * kPadding);
    const QRectF box = boxBeside(geometry.x(readout.at), size, geometry, bounds);
    painter.setPen(theme.border);
    painter.setBrush(theme.raised);
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), kRadius, kRadius);
    QPointF corner = box.topLeft() + QPointF(kPadding, kPadding);
    painter.setPen(theme.text);
    painter.drawText(corner + QPointF(0, metrics.ascent()), readout.moment);
    for (const ReadoutRow& row : readout.rows) {
        corner.ry() += metrics.height();
        paintRow(painter, row, columns, corner, theme);
    }
}

} // namespace weightroom::ui
