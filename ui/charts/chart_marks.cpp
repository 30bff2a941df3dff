// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_marks.h"

#include <QPainter>

#include <algorithm>
#include <cmath>

namespace weightroom::ui {
namespace {

constexpr float kBandOpacity = 0.4F;
constexpr double kDot = 2;

bool hasBand(const QList<TimePoint>& run)
{
    return std::ranges::any_of(run, [](const TimePoint& point) { return point.minimum < point.maximum; });
}

/// A bar for each point, from half way to its neighbours. The sides lie between pixels of the screen: else both
/// neighbours would paint the same pixels, and a line be seen.
void paintBand(QPainter& painter, const QList<TimePoint>& run, const PlotGeometry& geometry, const QColor& color)
{
    const double pixelRatio = painter.device()->devicePixelRatioF();
    const auto sharp = [pixelRatio](double x) { return std::round(x * pixelRatio) / pixelRatio; };
    double middle = geometry.x(run.first().at);
    double half = (geometry.x(run[1].at) - middle) / 2;
    double left = sharp(middle - half);
    for (qsizetype index = 0; index < run.size(); ++index) {
        const TimePoint& point = run[index];
        middle = geometry.x(point.at);
        if (index + 1 < run.size())
            half = (geometry.x(run[index + 1].at) - middle) / 2;
        const double right = sharp(middle + half);
        const double top = geometry.y(point.maximum);
        painter.fillRect(QRectF(left, top, right - left, geometry.y(point.minimum) - top), color);
        left = right;
    }
}

void paintLonePoint(QPainter& painter, const TimePoint& point, const PlotGeometry& geometry, const QColor& band)
{
    const double x = geometry.x(point.at);
    const double top = geometry.y(point.maximum);
    painter.fillRect(QRectF(x - kDot / 2, top, kDot, geometry.y(point.minimum) - top), band);
    painter.drawEllipse(QPointF(x, geometry.y(point.mean)), kDot, kDot);
}

} // namespace

void paintMarks(QPainter& painter, const DecimatedSeries& series, const PlotGeometry& geometry, const QColor& color)
{
    QColor band = color;
    band.setAlphaF(kBandOpacity);
    painter.save();
    painter.setPen(Qt::NoPen);
    painter.setBrush(color);
    for (const QList<TimePoint>& run : series.runs) {
        painter.setRenderHint(QPainter::Antialiasing, run.size() == 1);
        if (run.size() == 1)
            paintLonePoint(painter, run.first(), geometry, band);
        else if (hasBand(run))
            paintBand(painter, run, geometry, band);
    }
    painter.restore();
}

} // namespace weightroom::ui
