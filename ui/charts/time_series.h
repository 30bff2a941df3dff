// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/bridge/views/time_point.h"

#include <QList>
#include <QString>

namespace weightroom::ui {

/// What the values of a chart are.
enum class ChartUnit : quint8 {
    Count = 0, ///< a bare number
    Bytes,
    BytesPerSecond,
    Percent, ///< 0 to 1
    Celsius,
    Watts,
    Megahertz,
    Seconds,
};

/// From a moment to a later one, both included, in milliseconds since 1970 (UTC).
struct TimeSpan {
    qint64 from = 0;
    qint64 to = 0;

    [[nodiscard]] qint64 length() const { return to - from; }
    friend bool operator==(const TimeSpan&, const TimeSpan&) = default;
};

/// One quantity over time. A copy costs nothing: the points are shared.
struct TimeSeries {
    QString id;
    QString name; ///< as it is shown
    int colorRole = 0; ///< index into Theme::owners, which goes round
    QList<TimePoint> points; ///< by time, the oldest first
    qint64 gapAfter = 0; ///< milliseconds without a point that are a gap; 0: three times the usual spacing
};

} // namespace weightroom::ui
