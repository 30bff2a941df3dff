// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/chart_text.h"

#include <QLocale>
#include <QTest>

using namespace weightroom::ui;

class TestChartText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cleanup() { QLocale::setDefault(QLocale::c()); }
    void valuesHaveTheirUnit_data();
    void valuesHaveTheirUnit();
    void clocks_data();
    void clocks();
    void days();
};

void TestChartText::valuesHaveTheirUnit_data()
{
    QTest::addColumn<double>("value");
    QTest::addColumn<ChartUnit>("unit");
    QTest::addColumn<QString>("text");
    const auto row = [](double value, ChartUnit unit, const char* text) {
        QTest::newRow(text) << value << unit << QString::fromUtf8(text);
    };
    row(0, ChartUnit::Bytes, "0 bytes");
    row(1.5 * (1 << 30), ChartUnit::Bytes, "1.50 GiB");
    row(0, ChartUnit::BytesPerSecond, "0 bytes/s");
    row(1 << 20, ChartUnit::BytesPerSecond, "1.0 MiB/s");
    row(0, ChartUnit::Percent, "0 %");
    row(0.004, ChartUnit::Percent, "0.4 %");
    row(0.416, ChartUnit::Percent, "42 %");
    row(1, ChartUnit::Percent, "100 %");
    row(64.6, ChartUnit::Celsius, "65 °C");
    row(8.44, ChartUnit::Watts, "8.4 W");
    row(212.4, ChartUnit::Watts, "212 W");
    row(1'845, ChartUnit::Megahertz, "1,845 MHz");
    row(0.4, ChartUnit::Seconds, "0.4 s");
    row(185, ChartUnit::Seconds, "3 min 05 s");
    row(1'680, ChartUnit::Count, "1,680");
    row(2.5, ChartUnit::Count, "2.5");
}

void TestChartText::valuesHaveTheirUnit()
{
    QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedKingdom));
    QFETCH(double, value);
    QFETCH(ChartUnit, unit);
    QFETCH(QString, text);
    QCOMPARE(valueText(value, unit), text);
}

void TestChartText::clocks_data()
{
    QTest::addColumn<QLocale>("locale");
    QTest::addColumn<QString>("minutes");
    QTest::addColumn<QString>("seconds");
    QTest::newRow("C") << QLocale::c() << QStringLiteral("14:05") << QStringLiteral("14:05:09");
    QTest::newRow("British") << QLocale(QLocale::English, QLocale::UnitedKingdom) << QStringLiteral("14:05")
                             << QStringLiteral("14:05:09");
    QTest::newRow("German") << QLocale(QLocale::German, QLocale::Germany) << QStringLiteral("14:05")
                            << QStringLiteral("14:05:09");
    QTest::newRow("Danish") << QLocale(QLocale::Danish, QLocale::Denmark) << QStringLiteral("14.05")
                            << QStringLiteral("14.05.09");
    QTest::newRow("Japanese") << QLocale(QLocale::Japanese, QLocale::Japan) << QStringLiteral("14:05")
                              << QStringLiteral("14:05:09");
}

void TestChartText::clocks()
{
    QFETCH(QLocale, locale);
    QFETCH(QString, minutes);
    QFETCH(QString, seconds);
    QLocale::setDefault(locale);
    QCOMPARE(clockText(QTime(14, 5, 9), ClockDetail::Minutes), minutes);
    QCOMPARE(clockText(QTime(14, 5, 9), ClockDetail::Seconds), seconds);
}

void TestChartText::days()
{
    const QDate today(2025, 11, 27);
    QCOMPARE(dayText(today, today), QStringLiteral("27 Nov"));
    QCOMPARE(dayText(QDate(2024, 2, 3), today), QStringLiteral("3 Feb 2024"));
    const QDateTime moment(today, QTime(14, 5, 9));
    QCOMPARE(dayAndClockText(moment, today, ClockDetail::Seconds), QStringLiteral("14:05:09"));
    QCOMPARE(dayAndClockText(moment.addDays(-1), today, ClockDetail::Minutes), QStringLiteral("26 Nov 14:05"));
}

QTEST_GUILESS_MAIN(TestChartText)
#include "test_chart_text.moc"
