// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/units.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>
#include <cmath>
#include <limits>

namespace weightroom::ui {
namespace {

struct Units {
    Q_DECLARE_TR_FUNCTIONS(Units)
};

/// QLocale counts in signed numbers: no memory is larger, but a hostile header may claim so.
qint64 toSigned(quint64 bytes)
{
    return static_cast<qint64>(std::min<quint64>(bytes, std::numeric_limits<qint64>::max()));
}

QString twoDigits(qint64 number) { return QStringLiteral("%1").arg(number, 2, 10, QLatin1Char('0')); }

} // namespace

QString bytesText(quint64 bytes)
{
    // Two decimals from a GiB on, where 10 MiB matter; one below.
    constexpr quint64 kOneGiB = quint64{1} << 30;
    return QLocale().formattedDataSize(toSigned(bytes), bytes >= kOneGiB ? 2 : 1, QLocale::DataSizeIecFormat);
}

QString exactBytesText(quint64 bytes)
{
    return Units::tr("%1 bytes", "an exact size, all digits").arg(countText(bytes));
}

QString rateText(double bytesPerSecond)
{
    if (!(bytesPerSecond >= 1))
        return {};
    constexpr double kMost = 9e18;
    return Units::tr("%1/s", "a size per second").arg(bytesText(static_cast<quint64>(std::min(bytesPerSecond, kMost))));
}

QString durationText(std::chrono::duration<double> duration)
{
    // A century is enough for a display, and keeps the conversion to whole seconds defined.
    const double seconds = std::clamp(duration.count(), 0.0, 3.2e9);
    if (seconds < 0.0995)
        return Units::tr("%1 ms", "milliseconds").arg(std::llround(seconds * 1000));
    if (seconds < 9.95)
        return Units::tr("%1 s", "seconds").arg(QLocale().toString(seconds, 'f', 1));
    const auto whole = static_cast<qint64>(std::llround(seconds));
    if (whole < 60)
        return Units::tr("%1 s", "seconds").arg(whole);
    if (whole < 3600)
        return Units::tr("%1 min %2 s", "minutes and seconds").arg(QString::number(whole / 60), twoDigits(whole % 60));
    return Units::tr("%1 h %2 min", "hours and minutes")
        .arg(QLocale().toString(whole / 3600), twoDigits(whole % 3600 / 60));
}

QString momentText(const QDateTime& moment, const QDate& today)
{
    const QLocale locale;
    const QString date = locale.toString(moment.date(), QLocale::ShortFormat);
    // The short time of the C locale has seconds.
    const QString time = locale.language() == QLocale::C ? moment.toString(QStringLiteral("HH:mm"))
                                                         : locale.toString(moment.time(), QLocale::ShortFormat);
    return moment.date() == today ? time : Units::tr("%1 %2", "date and time").arg(date, time);
}

int percentOf(quint64 done, quint64 total)
{
    if (total == 0)
        return 0;
    if (done >= total)
        return 100;
    const double share = static_cast<double>(done) / static_cast<double>(total);
    return std::min(99, static_cast<int>(share * 100));
}

QString percentText(int percent) { return Units::tr("%1 %", "percentage").arg(percent); }

QString countText(quint64 count) { return QLocale().toString(count); }

} // namespace weightroom::ui
