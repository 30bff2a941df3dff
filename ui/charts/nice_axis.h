// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/time_series.h"

#include <QDate>
#include <QList>
#include <QString>

namespace weightroom::ui {

struct TimeTick {
    qint64 at = 0; ///< milliseconds since 1970 (UTC)
    QString label; ///< "14:05", "14:05:30", "27 Nov", "Nov 2025"
};

/// At most about `most` round moments of local time within a span, by time: from every second to every few years.
/// Midnight has the day for a label. Where no label would say that the span lies before `today`, the first does.
[[nodiscard]] QList<TimeTick> timeTicks(TimeSpan span, int most, const QDate& today);

struct ValueTick {
    double value = 0;
    QString label; ///< "8 GiB", "50 %"
};

struct ValueAxis {
    double low = 0;
    double high = 1; ///< greater than `low`
    QList<ValueTick> ticks; ///< from the least to the greatest
};

enum class AxisEnd : quint8 {
    Round = 0, ///< at the next tick
    Exact, ///< at the value itself: a capacity, say
};

/// An axis that begins at 0 (or at a tick below, for values below 0), holds all values up to `greatest`, and has at
/// most `most` steps between its ticks: of 1, 2, 2.5 or 5 times a power of ten, or of a power of two for bytes. An axis
/// of nothing has a least height that fits the unit, so that noise does not look like a load.
[[nodiscard]] ValueAxis valueAxis(double least, double greatest, ChartUnit unit, int most, AxisEnd end);

} // namespace weightroom::ui
