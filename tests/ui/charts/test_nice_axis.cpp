// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/nice_axis.h"

#include <QDateTime>
#include <QLocale>
#include <QTest>

using namespace weightroom::ui;

namespace {

constexpr double kGiB = 1024.0 * 1024 * 1024;

qint64 moment(const char* text)
{
    return QDateTime::fromString(QString::fromLatin1(text), Qt::ISODate).toMSecsSinceEpoch();
}

QStringList labelsOf(const QList<TimeTick>& ticks)
{
    QStringList labels;
    for (const TimeTick& tick : ticks)
        labels.append(tick.label);
    return labels;
}

QStringList labelsOf(const ValueAxis& axis)
{
    QStringList labels;
    for (const ValueTick& tick : axis.ticks)
        labels.append(tick.label);
    return labels;
}

QStringList list(const char* text) { return QString::fromUtf8(text).split(QStringLiteral(", ")); }

/// Sets the zone of local time for as long as it lives.
class ZoneGuard {
public:
    explicit ZoneGuard(const char* zone)
    {
        qputenv("TZ", zone);
        tzset();
    }
    ~ZoneGuard()
    {
        qputenv("TZ", m_before);
        tzset();
    }
    Q_DISABLE_COPY_MOVE(ZoneGuard)

private:
    QByteArray m_before = qgetenv("TZ");
};

} // namespace

class TestNiceAxis : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void timesAreRound_data();
    void timesAreRound();
    void timesLieWithinTheSpan();
    void timesAreFew();
    void anEarlierDayIsNamed();
    void timesFollowLocalTime();
    void clocksThatAreChanged();
    void valuesAreRound_data();
    void valuesAreRound();
    void anExactEndIsKept();
    void nothingHasAHeightToo();
    void allValuesAreOnTheAxis();
    void labelsFollowTheLocale();
};

void TestNiceAxis::timesAreRound_data()
{
    QTest::addColumn<QString>("from");
    QTest::addColumn<QString>("to");
    QTest::addColumn<QString>("labels");
    const auto row = [](const char* name, const char* from, const char* to, const char* labels) {
        QTest::newRow(name) << QString::fromLatin1(from) << QString::fromLatin1(to) << QString::fromUtf8(labels);
    };
    row("seconds", "2025-11-27T14:05:01Z", "2025-11-27T14:05:11Z", "14:05:02, 14:05:04, 14:05:06, 14:05:08, 14:05:10");
    row("minutes", "2025-11-27T14:03:10Z", "2025-11-27T14:08:10Z", "14:04, 14:05, 14:06, 14:07, 14:08");
    row("an hour", "2025-11-27T13:10:00Z", "2025-11-27T14:10:00Z", "13:15, 13:30, 13:45, 14:00");
    row("a day", "2025-11-26T15:00:00Z", "2025-11-27T15:00:00Z", "18:00, 27 Nov, 06:00, 12:00");
    row("a week", "2025-11-20T15:00:00Z", "2025-11-27T15:00:00Z", "22 Nov, 24 Nov, 26 Nov");
    row("a month", "2025-10-27T15:00:00Z", "2025-11-27T15:00:00Z", "3 Nov, 10 Nov, 17 Nov, 24 Nov");
    row("a year", "2024-12-15T00:00:00Z", "2025-11-27T00:00:00Z", "Jan 2025, Apr 2025, Jul 2025, Oct 2025");
    row("many years", "2011-12-15T00:00:00Z", "2025-11-27T00:00:00Z", "Jan 2014, Jan 2017, Jan 2020, Jan 2023");
}

void TestNiceAxis::timesAreRound()
{
    QFETCH(QString, from);
    QFETCH(QString, to);
    QFETCH(QString, labels);
    const TimeSpan span{moment(qPrintable(from)), moment(qPrintable(to))};
    QCOMPARE(labelsOf(timeTicks(span, 5, QDate(2025, 11, 27))), labels.split(QStringLiteral(", ")));
}

void TestNiceAxis::timesLieWithinTheSpan()
{
    const qint64 to = moment("2025-11-27T14:25:30Z");
    for (qint64 length = 10'000; length < qint64{400} * 86'400'000; length = length * 3 / 2) {
        const QList<TimeTick> ticks = timeTicks({to - length, to}, 6, QDate(2025, 11, 27));
        QVERIFY2(!ticks.isEmpty(), qPrintable(QString::number(length)));
        qint64 before = to - length - 1;
        for (const TimeTick& tick : ticks) {
            QVERIFY(tick.at > before && tick.at <= to);
            before = tick.at;
        }
    }
}

void TestNiceAxis::timesAreFew()
{
    const qint64 to = moment("2025-11-27T14:25:30Z");
    for (int most = 1; most < 12; ++most) {
        for (qint64 length = 10'000; length < qint64{4'000} * 86'400'000; length = length * 3 / 2)
            QVERIFY(timeTicks({to - length, to}, most, QDate(2025, 11, 27)).size() <= most + 1);
    }
    QVERIFY(timeTicks({to - 60'000, to}, 0, QDate(2025, 11, 27)).size() <= 2);
}

void TestNiceAxis::anEarlierDayIsNamed()
{
    const TimeSpan span{moment("2025-11-25T14:00:00Z"), moment("2025-11-25T16:00:00Z")};
    QCOMPARE(labelsOf(timeTicks(span, 5, QDate(2025, 11, 27))), list("25 Nov 14:00, 14:30, 15:00, 15:30, 16:00"));
    QCOMPARE(labelsOf(timeTicks(span, 5, QDate(2026, 1, 2))).first(), QStringLiteral("25 Nov 2025 14:00"));
    // Midnight names it already.
    const TimeSpan night{moment("2025-11-24T23:00:00Z"), moment("2025-11-25T01:00:00Z")};
    QCOMPARE(labelsOf(timeTicks(night, 5, QDate(2025, 11, 27))), list("23:00, 23:30, 25 Nov, 00:30, 01:00"));
}

void TestNiceAxis::timesFollowLocalTime()
{
    const ZoneGuard zone("Asia/Kathmandu"); // 5 hours and 45 minutes ahead
    const TimeSpan span{moment("2025-11-27T06:00:00Z"), moment("2025-11-27T18:00:00Z")};
    const QList<TimeTick> ticks = timeTicks(span, 5, QDate(2025, 11, 27));
    QCOMPARE(labelsOf(ticks), list("12:00, 15:00, 18:00, 21:00"));
    QCOMPARE(ticks.first().at, moment("2025-11-27T06:15:00Z"));
}

void TestNiceAxis::clocksThatAreChanged()
{
    const ZoneGuard zone("Europe/Berlin");
    // Clocks go from 02:00 to 03:00, and from 03:00 back to 02:00.
    const TimeSpan spring{moment("2025-03-29T23:00:00Z"), moment("2025-03-30T03:00:00Z")};
    QCOMPARE(labelsOf(timeTicks(spring, 5, QDate(2025, 3, 30))), list("30 Mar, 01:00, 03:00, 04:00, 05:00"));
    const TimeSpan autumn{moment("2025-10-25T23:00:00Z"), moment("2025-10-26T03:00:00Z")};
    QCOMPARE(labelsOf(timeTicks(autumn, 5, QDate(2025, 10, 26))), list("01:00, 02:00, 02:00, 03:00, 04:00"));
    const TimeSpan day{moment("2025-10-25T10:00:00Z"), moment("2025-10-26T11:00:00Z")};
    QCOMPARE(labelsOf(timeTicks(day, 5, QDate(2025, 10, 26))), list("12:00, 18:00, 26 Oct, 06:00, 12:00"));
    const TimeSpan days{moment("2025-10-24T10:00:00Z"), moment("2025-10-28T10:00:00Z")};
    QCOMPARE(labelsOf(timeTicks(days, 4, QDate(2025, 10, 28))), list("25 Oct, 26 Oct, 27 Oct, 28 Oct"));
}

void TestNiceAxis::valuesAreRound_data()
{
    QTest::addColumn<double>("greatest");
    QTest::addColumn<ChartUnit>("unit");
    QTest::addColumn<QString>("labels");
    const auto row = [](const char* name, double greatest, ChartUnit unit, const char* labels) {
        QTest::newRow(name) << greatest << unit << QString::fromUtf8(labels);
    };
    row("bytes", 22 * kGiB, ChartUnit::Bytes, "0, 8 GiB, 16 GiB, 24 GiB");
    row("bytes of two units", 1.4 * kGiB, ChartUnit::Bytes, "0, 512 MiB, 1 GiB, 1.5 GiB");
    row("rate", 3e8, ChartUnit::BytesPerSecond, "0, 128 MiB/s, 256 MiB/s, 384 MiB/s");
    row("share", 0.97, ChartUnit::Percent, "0 %, 25 %, 50 %, 75 %, 100 %");
    row("small share", 0.0123, ChartUnit::Percent, "0.0 %, 2.5 %, 5.0 %, 7.5 %, 10.0 %");
    row("temperature", 68, ChartUnit::Celsius, "0 °C, 20 °C, 40 °C, 60 °C, 80 °C");
    row("power", 431, ChartUnit::Watts, "0 W, 200 W, 400 W, 600 W");
    row("clock", 2'745, ChartUnit::Megahertz, "0 MHz, 1,000 MHz, 2,000 MHz, 3,000 MHz");
    row("seconds", 1.9, ChartUnit::Seconds, "0.0 s, 0.5 s, 1.0 s, 1.5 s, 2.0 s");
    row("more seconds", 70, ChartUnit::Seconds, "0 s, 20 s, 40 s, 60 s, 80 s");
    row("minutes", 500, ChartUnit::Seconds, "0 min, 5 min, 10 min");
    row("hours", 9'000, ChartUnit::Seconds, "0 h, 1 h, 2 h, 3 h");
    row("count", 3, ChartUnit::Count, "0, 2, 4, 6");
    row("many", 7'100, ChartUnit::Count, "0, 2,000, 4,000, 6,000, 8,000");
}

void TestNiceAxis::valuesAreRound()
{
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
    QFETCH(double, greatest);
    QFETCH(ChartUnit, unit);
    QFETCH(QString, labels);
    const ValueAxis axis = valueAxis(0, greatest, unit, 4, AxisEnd::Round);
    QLocale::setDefault(QLocale::c());
    QCOMPARE(labelsOf(axis), labels.split(QStringLiteral(", ")));
    QCOMPARE(axis.low, 0.0);
    QVERIFY(axis.high >= greatest);
    QCOMPARE(axis.high, axis.ticks.last().value);
}

void TestNiceAxis::anExactEndIsKept()
{
    const ValueAxis axis = valueAxis(0, 23.6 * kGiB, ChartUnit::Bytes, 4, AxisEnd::Exact);
    QCOMPARE(axis.high, 23.6 * kGiB);
    QCOMPARE(labelsOf(axis), list("0, 8 GiB, 16 GiB"));
    QCOMPARE(labelsOf(valueAxis(0, 1, ChartUnit::Percent, 2, AxisEnd::Exact)), list("0 %, 50 %, 100 %"));
}

void TestNiceAxis::nothingHasAHeightToo()
{
    for (int unit = 0; unit <= static_cast<int>(ChartUnit::Seconds); ++unit) {
        for (const AxisEnd end : {AxisEnd::Round, AxisEnd::Exact}) {
            const ValueAxis axis = valueAxis(0, 0, static_cast<ChartUnit>(unit), 4, end);
            QVERIFY(axis.high > axis.low);
            QVERIFY(axis.ticks.size() > 1);
        }
    }
    QCOMPARE(valueAxis(0, 3'000, ChartUnit::BytesPerSecond, 4, AxisEnd::Round).high, 1024.0 * 1024);
}

void TestNiceAxis::allValuesAreOnTheAxis()
{
    for (int unit = 0; unit <= static_cast<int>(ChartUnit::Seconds); ++unit) {
        for (double greatest = 1e-3; greatest < 1e15; greatest *= 1.37) {
            for (int most = 1; most < 7; ++most) {
                const ValueAxis axis = valueAxis(0, greatest, static_cast<ChartUnit>(unit), most, AxisEnd::Round);
                QVERIFY(axis.high >= greatest * (1 - 1e-6));
                QVERIFY(axis.ticks.size() >= 2 && axis.ticks.size() <= most + 2);
            }
        }
    }
    const ValueAxis cold = valueAxis(-12, 31, ChartUnit::Celsius, 4, AxisEnd::Round);
    QCOMPARE(labelsOf(cold), list("-20 °C, 0 °C, 20 °C, 40 °C"));
}

void TestNiceAxis::labelsFollowTheLocale()
{
    const TimeSpan span{moment("2025-11-27T14:00:00Z"), moment("2025-11-27T15:00:00Z")};
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates));
    const QStringList american = labelsOf(timeTicks(span, 2, QDate(2025, 11, 27)));
    QLocale::setDefault(QLocale(QLocale::German, QLocale::Germany));
    const QStringList german = labelsOf(valueAxis(0, 1.4 * kGiB, ChartUnit::Bytes, 4, AxisEnd::Round));
    QLocale::setDefault(QLocale::c());
    QVERIFY2(american.first().startsWith(QStringLiteral("2:00")), qPrintable(american.first()));
    QVERIFY2(american.first().endsWith(QStringLiteral("PM")), qPrintable(american.first()));
    QCOMPARE(german.last(), QStringLiteral("1,5 GiB"));
}

QTEST_GUILESS_MAIN(TestNiceAxis)
#include "test_nice_axis.moc"
