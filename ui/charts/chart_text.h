// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/charts/time_series.h"

#include <QDateTime>
#include <QString>

namespace weightroom::ui {

enum class ClockDetail : quint8 { Minutes = 0, Seconds };

// Values and moments of charts as people read them, in the default locale.

/// A value with its unit: "6.94 GiB", "2.10 GiB/s", "41 %", "65 °C", "212 W", "1,845 MHz", "12 s", "1,680".
[[nodiscard]] QString valueText(double value, ChartUnit unit);
/// The same with so many decimals, for units other than Bytes, BytesPerSecond and Seconds: "2.5 W".
[[nodiscard]] QString valueText(double value, ChartUnit unit, int decimals);
/// "14:05" or "14:05:30".
[[nodiscard]] QString clockText(const QTime& time, ClockDetail detail);
/// "27 Nov"; with the year where it is not that of `today`.
[[nodiscard]] QString dayText(const QDate& day, const QDate& today);
/// "14:05:30", with its day before it where that is not `today`: "27 Nov 14:05:30".
[[nodiscard]] QString dayAndClockText(const QDateTime& moment, const QDate& today, ClockDetail detail);

} // namespace weightroom::ui
