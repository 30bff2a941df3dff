// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/units.h"

#include <QLocale>
#include <QTest>

#include <limits>

using namespace weightroom::ui;

class TestUnits : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void bytes_data();
    void bytes();
    void bytesFollowTheLocale();
    void exactBytes();
    void rates();
    void durations_data();
    void durations();
    void moments();
    void percent_data();
    void percent();
};

void TestUnits::bytes_data()
{
    QTest::addColumn<quint64>("bytes");
    QTest::addColumn<QString>("text");
    QTest::newRow("nothing") << quint64{0} << QStringLiteral("0 bytes");
    QTest::newRow("below a KiB") << quint64{1023} << QStringLiteral("1,023 bytes");
    QTest::newRow("KiB") << quint64{1024} << QStringLiteral("1.0 KiB");
    QTest::newRow("MiB") << quint64{220} * 1024 * 1024 << QStringLiteral("220.0 MiB");
    QTest::newRow("last below a GiB") << (quint64{1} << 30) - (quint64{1} << 20) << QStringLiteral("1,023.0 MiB");
    QTest::newRow("an SDXL checkpoint") << quint64{6'938'041'050} << QStringLiteral("6.46 GiB");
    QTest::newRow("more than signed numbers hold") << std::numeric_limits<quint64>::max() << QStringLiteral("8.00 EiB");
}

void TestUnits::bytes()
{
    QFETCH(const quint64, bytes);
    QTEST(bytesText(bytes), "text");
}

void TestUnits::bytesFollowTheLocale()
{
    const QLocale before;
    QLocale::setDefault(QLocale(QLocale::German, QLocale::Germany));
    const QString text = bytesText(6'938'041'050);
    const QString exact = exactBytesText(1'234'567);
    QLocale::setDefault(before);
    QCOMPARE(text, QStringLiteral("6,46 GiB"));
    QVERIFY2(exact.startsWith(QStringLiteral("1.234.567")), qPrintable(exact));
}

void TestUnits::exactBytes() { QCOMPARE(exactBytesText(7'451'234'112), QStringLiteral("7,451,234,112 bytes")); }

void TestUnits::rates()
{
    QCOMPARE(rateText(2.0 * 1024 * 1024 * 1024), QStringLiteral("2.00 GiB/s"));
    QCOMPARE(rateText(0), QString());
    QCOMPARE(rateText(-1), QString());
    QCOMPARE(rateText(std::numeric_limits<double>::quiet_NaN()), QString());
}

void TestUnits::durations_data()
{
    QTest::addColumn<double>("seconds");
    QTest::addColumn<QString>("text");
    QTest::newRow("less than nothing") << -3.0 << QStringLiteral("0 ms");
    QTest::newRow("milliseconds") << 0.042 << QStringLiteral("42 ms");
    QTest::newRow("the last milliseconds") << 0.0996 << QStringLiteral("0.1 s");
    QTest::newRow("short") << 0.42 << QStringLiteral("0.4 s");
    QTest::newRow("ten") << 9.96 << QStringLiteral("10 s");
    QTest::newRow("rounded to a minute") << 59.6 << QStringLiteral("1 min 00 s");
    QTest::newRow("minutes") << 185.0 << QStringLiteral("3 min 05 s");
    QTest::newRow("hours") << 3720.0 << QStringLiteral("1 h 02 min");
}

void TestUnits::durations()
{
    QFETCH(const double, seconds);
    QTEST(durationText(std::chrono::duration<double>(seconds)), "text");
}

void TestUnits::moments()
{
    const QDate today(2026, 3, 1);
    const auto text = [&](const QDateTime& moment) { return momentText(moment, today).replace(QChar(0x202f), u' '); };
    QCOMPARE(text(today.startOfDay().addSecs(14 * 3600 + 35 * 60 + 59)), QStringLiteral("2:35 PM"));
    QCOMPARE(text(today.addDays(1).startOfDay()), QStringLiteral("3/2/26 12:00 AM"));
    QLocale::setDefault(QLocale::c());
    const QString plain = text(today.startOfDay().addSecs(14 * 3600 + 35 * 60 + 59));
    initTestCase();
    QCOMPARE(plain, QStringLiteral("14:35"));
}

void TestUnits::percent_data()
{
    QTest::addColumn<quint64>("done");
    QTest::addColumn<quint64>("total");
    QTest::addColumn<int>("expected");
    QTest::newRow("unknown total") << quint64{5} << quint64{0} << 0;
    QTest::newRow("none") << quint64{0} << quint64{100} << 0;
    QTest::newRow("almost all is not all") << quint64{999'999} << quint64{1'000'000} << 99;
    QTest::newRow("all") << quint64{100} << quint64{100} << 100;
    QTest::newRow("more than all") << quint64{200} << quint64{100} << 100;
    const quint64 most = std::numeric_limits<quint64>::max();
    QTest::newRow("no overflow") << most / 2 << most << 50;
}

void TestUnits::percent()
{
    QFETCH(const quint64, done);
    QFETCH(const quint64, total);
    QTEST(percentOf(done, total), "expected");
}

QTEST_GUILESS_MAIN(TestUnits)
#include "test_units.moc"
