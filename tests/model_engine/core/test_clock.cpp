// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/clock.h"

#include <QTest>

using namespace weightroom::engine;
using namespace std::chrono_literals;

class TestClock : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void writesIsoText_data();
    void writesIsoText();
    void readsWhatItHasWritten();
    void readsNothingElse_data();
    void readsNothingElse();
};

void TestClock::writesIsoText_data()
{
    using namespace std::chrono;
    QTest::addColumn<Clock::Wall>("time");
    QTest::addColumn<std::string>("seconds");
    QTest::addColumn<std::string>("milliseconds");
    const auto row = [](const char* name, Clock::Wall time, std::string seconds, std::string milliseconds) {
        QTest::newRow(name) << time << std::move(seconds) << std::move(milliseconds);
    };
    const Clock::Wall day = sys_days{2026y / 11 / 23};
    row("whole", day + 1h, "2026-11-23T01:00:00Z", "2026-11-23T01:00:00.000Z");
    row("never rounded up", day - 1ns, "2026-11-22T23:59:59Z", "2026-11-22T23:59:59.999Z");
    row("leading zeros", day + 2h + 3min + 4s + 5ms, "2026-11-23T02:03:04Z", "2026-11-23T02:03:04.005Z");
    row("leap day", sys_days{2024y / 2 / 29}, "2024-02-29T00:00:00Z", "2024-02-29T00:00:00.000Z");
    row("epoch", Clock::Wall{}, "1970-01-01T00:00:00Z", "1970-01-01T00:00:00.000Z");
    row("before the epoch", Clock::Wall{} - 1ms, "1969-12-31T23:59:59Z", "1969-12-31T23:59:59.999Z");
    row("the earliest there is", Clock::Wall::min(), "1677-09-21T00:12:43Z", "1677-09-21T00:12:43.145Z");
}

void TestClock::writesIsoText()
{
    QFETCH(const Clock::Wall, time);
    QFETCH(const std::string, seconds);
    QFETCH(const std::string, milliseconds);
    QCOMPARE(toIsoText(time, IsoPrecision::Seconds), seconds);
    QCOMPARE(toIsoText(time, IsoPrecision::Milliseconds), milliseconds);
}

void TestClock::readsWhatItHasWritten()
{
    const Clock::Wall day = std::chrono::sys_days{std::chrono::year{2024} / 2 / 29};
    for (const Clock::Wall time : {Clock::Wall{}, day + 17h + 4min + 5s + 678ms, day + 23h + 59min + 59s}) {
        QVERIFY(wallTimeFromIsoText(toIsoText(time, IsoPrecision::Milliseconds)) == time);
        QVERIFY(wallTimeFromIsoText(toIsoText(time, IsoPrecision::Seconds))
            == std::chrono::floor<std::chrono::seconds>(time));
    }
}

void TestClock::readsNothingElse_data()
{
    QTest::addColumn<std::string>("text");
    for (const char* text :
        {"", "2026-11-23", "2026-11-23T17:04:05", "2026-11-23 17:04:05Z", "2026-11-23T17:04:05+00:00",
            "2026-02-30T17:04:05Z", "2026-13-01T17:04:05Z", "2026-11-23T24:04:05Z", "2026-11-23T17:60:05Z",
            "2026-11-23T17:04:60Z", "2026-11-23T17:04: 5Z", "2026-11-23T17:04:-5Z", "2026-11-23T17:04:+5Z",
            "2026-11-23T17:04:05.12Z", "2026-11-23T17:04:05,123Z", "2026-11-23T17:04:05.1x3Z", "1969-12-31T23:59:59Z",
            "2201-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "yyyy-11-23T17:04:05Z", "2026-00-23T17:04:05Z"})
        QTest::newRow(text) << std::string{text};
}

void TestClock::readsNothingElse()
{
    QFETCH(const std::string, text);
    QVERIFY(!wallTimeFromIsoText(text));
}

QTEST_APPLESS_MAIN(TestClock)
#include "test_clock.moc"
