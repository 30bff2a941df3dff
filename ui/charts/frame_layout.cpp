// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/frame_layout.h"

#include "ui/charts/chart_text.h"

#include <QDateTime>
#include <QFontMetricsF>

#include <algorithm>

namespace weightroom::ui {
namespace {

/// How much space a label of an axis has: in heights of the font, and in widths of a usual label.
constexpr double kValueSpace = 2.2;
constexpr double kTimeSpace = 1.5;
constexpr int kMostValueSteps = 5;
constexpr int kMostTimes = 8;

ValueAxis axisOf(const FrameContent& content, double height, const QFontMetricsF& metrics)
{
    const int steps = std::clamp(static_cast<int>(height / (metrics.height() * kValueSpace)), 1, kMostValueSteps);
    const double least = content.least.value_or(0);
    const double greatest = content.greatest.value_or(0);
    if (content.fullScale)
        return valueAxis(least, std::max(*content.fullScale, greatest), content.unit, steps, AxisEnd::Exact);
    return valueAxis(least, greatest, content.unit, steps, AxisEnd::Round);
}

int mostTimes(double width, const FrameContent& content, const QFontMetricsF& metrics)
{
    const QDateTime sample = QDateTime::fromMSecsSinceEpoch(content.span.to);
    const double label = std::max(metrics.horizontalAdvance(clockText(sample.time(), ClockDetail::Seconds)),
        metrics.horizontalAdvance(dayText(sample.date(), content.today)));
    return std::clamp(static_cast<int>(width / (label * kTimeSpace)), 1, kMostTimes);
}

} // namespace

void addExtremes(FrameContent& content, const DecimatedSeries& series)
{
    for (const QList<TimePoint>& run : series.runs) {
        for (const TimePoint& point : run) {
            if (point.at < content.span.from || point.at > content.span.to)
                continue;
            content.least = std::min(content.least.value_or(point.minimum), point.minimum);
            content.greatest = std::max(content.greatest.value_or(point.maximum), point.maximum);
        }
    }
}

ChartFrame layOutFrame(const FrameContent& content, const QSizeF& size, const QFont& font)
{
    const QFontMetricsF metrics(font);
    ChartFrame frame;
    frame.legend = content.legend;
    frame.notice = content.notice;
    frame.geometry.span = content.span;
    // Above and below the plot there is as much, whatever the labels are.
    const QMarginsF around = frameMargins(frame, font, size.width());
    const ValueAxis axis = axisOf(content, size.height() - around.top() - around.bottom(), metrics);
    frame.geometry.low = axis.low;
    frame.geometry.high = axis.high;
    if (content.notice.isEmpty())
        frame.values = axis.ticks;
    frame.geometry.plot = QRectF(QPointF(), size).marginsRemoved(frameMargins(frame, font, size.width()));
    frame.times = timeTicks(content.span, mostTimes(frame.geometry.plot.width(), content, metrics), content.today);
    return frame;
}

} // namespace weightroom::ui
