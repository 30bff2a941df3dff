// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_text.h"

#include "ui/bridge/text/units.h"

#include <QCoreApplication>
#include <QLocale>
#include <QRegularExpression>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace weightroom::ui {
namespace {

struct ChartText {
    Q_DECLARE_TR_FUNCTIONS(ChartText)
};

quint64 wholeBytes(double bytes)
{
    constexpr double kMost = 9e18;
    return static_cast<quint64>(std::llround(std::clamp(bytes, 0.0, kMost)));
}

/// A mean of counts need not be a whole number; one decimal says so.
int usualDecimals(double value, ChartUnit unit)
{
    switch (unit) {
    case ChartUnit::Percent:
        return value > 0 && value < 0.0995 ? 1 : 0;
    case ChartUnit::Watts:
        return std::abs(value) < 9.95 ? 1 : 0;
    case ChartUnit::Count:
        return value == std::floor(value) ? 0 : 1;
    default:
        return 0;
    }
}

QString withUnit(const QString& number, ChartUnit unit)
{
    switch (unit) {
    case ChartUnit::Percent:
        return ChartText::tr("%1 %", "percentage").arg(number);
    case ChartUnit::Celsius:
        return ChartText::tr("%1 °C", "temperature").arg(number);
    case ChartUnit::Watts:
        return ChartText::tr("%1 W", "watts").arg(number);
    case ChartUnit::Megahertz:
        return ChartText::tr("%1 MHz", "megahertz").arg(number);
    default:
        return number;
    }
}

} // namespace

QString valueText(double value, ChartUnit unit)
{
    switch (unit) {
    case ChartUnit::Bytes:
        return bytesText(wholeBytes(value));
    case ChartUnit::BytesPerSecond:
        return ChartText::tr("%1/s", "a size per second").arg(bytesText(wholeBytes(value)));
    case ChartUnit::Seconds:
        return durationText(std::chrono::duration<double>(value));
    default:
        return valueText(value, unit, usualDecimals(value, unit));
    }
}

QString valueText(double value, ChartUnit unit, int decimals)
{
    const double number = unit == ChartUnit::Percent ? value * 100 : value;
    return withUnit(QLocale().toString(number, 'f', decimals), unit);
}

QString clockText(const QTime& time, ClockDetail detail)
{
    // The short time of a locale has no seconds, but that of the C locale; the long one names the time zone.
    static const QRegularExpression secondsPart(QStringLiteral("[^\\w']?ss?"));
    static const QRegularExpression minutesPart(QStringLiteral("([^\\w']?)(mm?)"));
    const QLocale locale;
    QString format = locale.timeFormat(QLocale::ShortFormat);
    format.remove(secondsPart);
    if (detail == ClockDetail::Seconds)
        format.replace(minutesPart, QStringLiteral("\\1\\2\\1ss"));
    return locale.toString(time, format);
}

QString dayText(const QDate& day, const QDate& today)
{
    const QString format = day.year() == today.year()
        ? ChartText::tr("d MMM", "a day as QLocale::toString() takes it: 27 Nov")
        : ChartText::tr("d MMM yyyy", "a day as QLocale::toString() takes it: 27 Nov 2025");
    return QLocale().toString(day, format);
}

QString dayAndClockText(const QDateTime& moment, const QDate& today, ClockDetail detail)
{
    const QString clock = clockText(moment.time(), detail);
    if (moment.date() == today)
        return clock;
    return ChartText::tr("%1 %2", "day and time").arg(dayText(moment.date(), today), clock);
}

} // namespace weightroom::ui
