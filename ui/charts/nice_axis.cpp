// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/nice_axis.h"

#include "ui/charts/chart_text.h"

#include <QCoreApplication>
#include <QDateTime>
#include <QLocale>

#include <algorithm>
#include <array>
#include <cmath>
#include <span>

namespace weightroom::ui {
namespace {

struct NiceAxis {
    Q_DECLARE_TR_FUNCTIONS(NiceAxis)
};

constexpr double kKiB = 1024;
constexpr double kMinute = 60;
constexpr double kHour = 3600;

/// So much that rounding errors do not lose a tick at the end of an axis.
constexpr double kRounding = 1e-9;

/// The least height of an axis: of bytes 1 MiB, of shares a tenth, …
double leastHeight(ChartUnit unit)
{
    switch (unit) {
    case ChartUnit::Bytes:
    case ChartUnit::BytesPerSecond:
        return kKiB * kKiB;
    case ChartUnit::Percent:
        return 0.1;
    case ChartUnit::Celsius:
    case ChartUnit::Watts:
        return 10;
    case ChartUnit::Megahertz:
        return 100;
    case ChartUnit::Seconds:
        return 1;
    case ChartUnit::Count:
        break;
    }
    return 5;
}

double decimalStep(double least, std::span<const double> steps)
{
    const double power = std::pow(10.0, std::floor(std::log10(least)));
    for (const double step : steps) {
        if (step * power >= least * (1 - kRounding))
            return step * power;
    }
    return 10 * power;
}

double durationStep(double least)
{
    constexpr std::array kSteps{kMinute, 2 * kMinute, 5 * kMinute, 10 * kMinute, 15 * kMinute, 30 * kMinute, kHour};
    for (const double step : kSteps) {
        if (step >= least)
            return step;
    }
    return std::ceil(least / kHour) * kHour;
}

/// The smallest nice step that is not below `least`, which is positive.
double niceStep(double least, ChartUnit unit)
{
    constexpr std::array kSteps{1.0, 2.0, 2.5, 5.0};
    constexpr std::array kWholeSteps{1.0, 2.0, 5.0};
    switch (unit) {
    case ChartUnit::Bytes:
    case ChartUnit::BytesPerSecond:
        return std::exp2(std::max(0.0, std::ceil(std::log2(least) - kRounding)));
    case ChartUnit::Count:
        return decimalStep(std::max(least, 1.0), kWholeSteps);
    case ChartUnit::Seconds:
        return least > kMinute / 2 ? durationStep(least) : decimalStep(least, kSteps);
    default:
        return decimalStep(least, kSteps);
    }
}

/// So many decimals that `value` is written as it is.
int decimalsFor(double value)
{
    constexpr int kMost = 4;
    for (int decimals = 0; decimals < kMost; ++decimals) {
        const double scaled = value * std::pow(10.0, decimals);
        if (std::abs(scaled - std::round(scaled)) < 1e-6 * std::max(1.0, std::abs(scaled)))
            return decimals;
    }
    return kMost;
}

QString bytesLabel(double value)
{
    if (value <= 0)
        return QLocale().toString(0);
    double scaled = value;
    while (scaled >= kKiB)
        scaled /= kKiB;
    return QLocale().formattedDataSize(
        static_cast<qint64>(std::min(value, 9e18)), decimalsFor(scaled), QLocale::DataSizeIecFormat);
}

QString secondsLabel(double value, double step)
{
    const auto number = [](double count, double countStep) {
        return QLocale().toString(count, 'f', decimalsFor(countStep));
    };
    if (step < kMinute)
        return NiceAxis::tr("%1 s", "seconds").arg(number(value, step));
    if (step < kHour)
        return NiceAxis::tr("%1 min", "minutes").arg(number(value / kMinute, step / kMinute));
    return NiceAxis::tr("%1 h", "hours").arg(number(value / kHour, step / kHour));
}

QString valueLabel(double value, double step, ChartUnit unit)
{
    switch (unit) {
    case ChartUnit::Bytes:
        return bytesLabel(value);
    case ChartUnit::BytesPerSecond:
        return value <= 0 ? bytesLabel(value) : NiceAxis::tr("%1/s", "a size per second").arg(bytesLabel(value));
    case ChartUnit::Seconds:
        return secondsLabel(value, step);
    case ChartUnit::Percent:
        return valueText(value, unit, decimalsFor(step * 100));
    default:
        return valueText(value, unit, decimalsFor(step));
    }
}

constexpr qint64 kMillisecondsInSecond = 1000;
constexpr qint64 kMillisecondsInMinute = 60 * kMillisecondsInSecond;
constexpr qint64 kMillisecondsInHour = 60 * kMillisecondsInMinute;
constexpr qint64 kMillisecondsInDay = 24 * kMillisecondsInHour;

QDateTime localTime(qint64 at) { return QDateTime::fromMSecsSinceEpoch(at); }

/// Moments within a day whose local time is a multiple of `step` milliseconds.
QList<TimeTick> clockTicks(TimeSpan span, qint64 step, const QDate& today)
{
    // Wherever clocks are changed, half an hour stays half an hour.
    const qint64 stride = std::min(step, 30 * kMillisecondsInMinute);
    const qint64 offset = localTime(span.from).offsetFromUtc() * kMillisecondsInSecond;
    const ClockDetail detail = step < kMillisecondsInMinute ? ClockDetail::Seconds : ClockDetail::Minutes;
    qint64 at = span.from + (stride - (span.from + offset) % stride) % stride;
    QList<TimeTick> ticks;
    bool saysDay = localTime(span.to).date() == today;
    for (; at <= span.to; at += stride) {
        const QDateTime moment = localTime(at);
        const int sinceMidnight = moment.time().msecsSinceStartOfDay();
        if (sinceMidnight % step != 0)
            continue;
        saysDay = saysDay || sinceMidnight == 0;
        ticks.append({at, sinceMidnight == 0 ? dayText(moment.date(), today) : clockText(moment.time(), detail)});
    }
    if (!saysDay && !ticks.isEmpty())
        ticks.first().label = dayAndClockText(localTime(ticks.first().at), today, detail);
    return ticks;
}

/// The beginnings of days; of weeks those of Mondays.
QList<TimeTick> dayTicks(TimeSpan span, qint64 days, const QDate& today)
{
    QList<TimeTick> ticks;
    const QDate last = localTime(span.to).date();
    for (QDate day = localTime(span.from).date(); day <= last; day = day.addDays(1)) {
        // Day 0 of the Julian count was a Monday.
        const qint64 at = day.toJulianDay() % days == 0 ? day.startOfDay().toMSecsSinceEpoch() : span.from - 1;
        if (at >= span.from && at <= span.to)
            ticks.append({at, dayText(day, today)});
    }
    return ticks;
}

QList<TimeTick> monthTicks(TimeSpan span, int months)
{
    const QString format = NiceAxis::tr("MMM yyyy", "a month as QLocale::toString() takes it: Nov 2025");
    QList<TimeTick> ticks;
    const QDate first = localTime(span.from).date();
    for (QDate month(first.year(), 1, 1); month <= localTime(span.to).date(); month = month.addMonths(months)) {
        const qint64 at = month.startOfDay().toMSecsSinceEpoch();
        if (at >= span.from && at <= span.to)
            ticks.append({at, QLocale().toString(month, format)});
    }
    return ticks;
}

} // namespace

QList<TimeTick> timeTicks(TimeSpan span, int most, const QDate& today)
{
    constexpr qint64 kSecond = kMillisecondsInSecond;
    constexpr qint64 kOneMinute = kMillisecondsInMinute;
    constexpr qint64 kOneHour = kMillisecondsInHour;
    constexpr std::array kClockSteps{kSecond, 2 * kSecond, 5 * kSecond, 10 * kSecond, 15 * kSecond, 30 * kSecond,
        kOneMinute, 2 * kOneMinute, 5 * kOneMinute, 10 * kOneMinute, 15 * kOneMinute, 30 * kOneMinute, kOneHour,
        2 * kOneHour, 3 * kOneHour, 6 * kOneHour, 12 * kOneHour};
    constexpr std::array kDaySteps{1, 2, 7, 14};
    constexpr std::array kMonthSteps{1, 2, 3, 6};
    constexpr qint64 kDaysInMonth = 30;
    const qint64 least = span.length() / std::max(most, 1);
    for (const qint64 step : kClockSteps) {
        if (step >= least)
            return clockTicks(span, step, today);
    }
    for (const int days : kDaySteps) {
        if (days * kMillisecondsInDay >= least)
            return dayTicks(span, days, today);
    }
    for (const int months : kMonthSteps) {
        if (months * kDaysInMonth * kMillisecondsInDay >= least)
            return monthTicks(span, months);
    }
    const qint64 years = least / (365 * kMillisecondsInDay) + 1;
    return monthTicks(span, static_cast<int>(12 * years));
}

ValueAxis valueAxis(double least, double greatest, ChartUnit unit, int most, AxisEnd end)
{
    ValueAxis axis;
    axis.low = std::min(least, 0.0);
    axis.high = std::max(greatest, axis.low);
    if (end == AxisEnd::Round || !(axis.high > axis.low))
        axis.high = std::max(axis.high, axis.low + leastHeight(unit));
    const double step = niceStep((axis.high - axis.low) / std::max(most, 1), unit);
    axis.low = std::floor(axis.low / step + kRounding) * step;
    if (end == AxisEnd::Round)
        axis.high = std::ceil(axis.high / step - kRounding) * step;
    const auto count = static_cast<int>(std::floor((axis.high - axis.low) / step + kRounding));
    for (int index = 0; index <= count; ++index) {
        const double value = axis.low + index * step;
        axis.ticks.append({value, valueLabel(value, step, unit)});
    }
    return axis;
}

} // namespace weightroom::ui
