// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_frame.h"

#include "ui/charts/chart_text.h"
#include "ui/style/theme.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>

namespace weightroom::ui {
namespace {

constexpr double kFontFactor = 0.85;
constexpr double kLabelGap = 6; ///< between a label and the plot
constexpr double kRightMargin = 12;
constexpr double kSwatch = 10; ///< length of a line in the legend
constexpr double kTick = 3;
/// From here on charts have the same space for the labels of values, so that their plots are in line.
constexpr double kAlignedWidth = 400;

double widestLabel(const ChartFrame& frame, const QFontMetricsF& metrics)
{
    double widest = 0;
    for (const ValueTick& tick : frame.values)
        widest = std::max(widest, metrics.horizontalAdvance(tick.label));
    return widest;
}

/// The middle of the pixel: a line of one pixel there is sharp.
double sharp(double position) { return std::floor(position) + 0.5; }

void paintValues(QPainter& painter, const ChartFrame& frame, const Theme& theme)
{
    const QFontMetricsF metrics(painter.font());
    const QRectF& plot = frame.geometry.plot;
    for (const ValueTick& tick : frame.values) {
        const double y = frame.geometry.y(tick.value);
        painter.setPen(theme.border);
        painter.drawLine(QPointF(plot.left(), sharp(y)), QPointF(plot.right(), sharp(y)));
        painter.setPen(theme.muted);
        const QRectF box(0, y - metrics.height() / 2, plot.left() - kLabelGap, metrics.height());
        painter.drawText(box, Qt::AlignRight | Qt::AlignVCenter, tick.label);
    }
}

void paintTimes(QPainter& painter, const ChartFrame& frame, const Theme& theme)
{
    const QFontMetricsF metrics(painter.font());
    const QRectF& plot = frame.geometry.plot;
    const double right = plot.right() + kRightMargin - kTick;
    double end = -kLabelGap;
    for (const TimeTick& tick : frame.times) {
        const double x = sharp(frame.geometry.x(tick.at));
        painter.setPen(theme.border);
        painter.drawLine(QPointF(x, plot.bottom()), QPointF(x, plot.bottom() + kTick));
        const double width = metrics.horizontalAdvance(tick.label);
        const double left = std::clamp(x - width / 2, 0.0, std::max(0.0, right - width));
        if (left < end + kLabelGap)
            continue; // would lie on the one before
        end = left + width;
        painter.setPen(theme.muted);
        painter.drawText(QPointF(left, plot.bottom() + kTick + metrics.ascent()), tick.label);
    }
}

void paintLegend(QPainter& painter, const ChartFrame& frame, const Theme& theme)
{
    if (frame.legend.isEmpty())
        return;
    const QFontMetricsF metrics(painter.font());
    const QRectF& plot = frame.geometry.plot;
    const double most = plot.width() / static_cast<double>(frame.legend.size());
    double left = plot.left();
    for (const LegendEntry& entry : frame.legend) {
        const double space = std::max(0.0, most - kSwatch - 3 * kLabelGap);
        const QString name = metrics.elidedText(entry.name, Qt::ElideRight, space);
        const double middle = sharp(metrics.height() / 2);
        painter.fillRect(QRectF(left, middle - 1.5, kSwatch, 3), entry.color);
        left += kSwatch + kLabelGap;
        painter.setPen(theme.text);
        painter.drawText(QPointF(left, metrics.ascent()), name);
        left += metrics.horizontalAdvance(name) + 2 * kLabelGap;
    }
}

} // namespace

QFont chartFont(const QFont& font) { return scaledFont(font, kFontFactor, QFont::Normal); }

QMarginsF frameMargins(const ChartFrame& frame, const QFont& font, double width)
{
    const QFontMetricsF metrics(font);
    double label = widestLabel(frame, metrics);
    if (width >= kAlignedWidth)
        label = std::max(label, metrics.horizontalAdvance(valueText(512.0 * 1024 * 1024, ChartUnit::BytesPerSecond)));
    const double top = frame.legend.isEmpty() ? metrics.height() / 2 : metrics.height() * 1.5;
    return {label + kLabelGap, std::ceil(top), kRightMargin, std::ceil(metrics.height() + kTick)};
}

void paintFrame(QPainter& painter, const ChartFrame& frame, const Theme& theme)
{
    painter.fillRect(frame.geometry.plot, theme.window);
    // Straight lines are sharp without it.
    painter.setRenderHint(QPainter::Antialiasing, false);
    paintValues(painter, frame, theme);
    paintTimes(painter, frame, theme);
    painter.setRenderHint(QPainter::Antialiasing, true);
    paintLegend(painter, frame, theme);
    if (frame.notice.isEmpty())
        return;
    painter.setPen(theme.muted);
    painter.drawText(frame.geometry.plot, Qt::AlignCenter | Qt::TextWordWrap, frame.notice);
}

} // namespace weightroom::ui
