// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/alerts/alert_book.h"

#include "tests/model_engine/monitor/alerts/alert_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <limits>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

namespace {

/// "-" is absent, "?" is no number.
std::optional<double> valueFrom(const QString& text)
{
    if (text == QLatin1String("-"))
        return std::nullopt;
    return text == QLatin1String("?") ? std::numeric_limits<double>::quiet_NaN() : text.toDouble();
}

} // namespace

class TestAlertBook : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void followsTheValues_data();
    void followsTheValues();
    void newsHaveNames();
    void saysWhatWasRaised();
    void watchesEachKindOfEachDevice();
    void valuesLastBetweenUpdates();
    void theWallClockMayJump();
    void aRuleThatIsOffEndsItsAlert_data();
    void aRuleThatIsOffEndsItsAlert();
    void anotherThresholdCountsAtOnce();
    void aDeviceThatIsGoneHasRecovered();
};

void TestAlertBook::followsTheValues_data()
{
    constexpr auto kMemory = AlertKind::MemoryFull;
    constexpr auto kLoads = AlertKind::SlowLoads;
    QTest::addColumn<AlertKind>("kind");
    QTest::addColumn<int>("hold"); // seconds
    QTest::addColumn<QString>("values"); // one a second
    QTest::addColumn<QString>("expected"); // "second: what has happened"
    const auto row = [](const char* name, AlertKind kind, int hold, const char* values, const char* expected) {
        QTest::newRow(name) << kind << hold << QString::fromLatin1(values) << QString::fromLatin1(expected);
    };
    row("low", kMemory, 3, "0 0.1 0.25 0.3 0.4 0.45", "");
    row("at the threshold", kMemory, 3, "0.5 0.5 0.5 0.5 0.5 0.5", "");
    row("above for the hold", kMemory, 3, "0.51 0.6 0.7 0.8 0.8 0.8 0.8 0.8 0.8", "3: raised 1");
    row("above too shortly", kMemory, 3, "0.9 0.9 0.9 0.5 0.9 0.9 0.9 0.1 0.9 0.9 0.9", "");
    row("the hold begins anew", kMemory, 3, "0.9 0.9 0.45 0.9 0.9 0.9 0.9", "6: raised 1");
    row("sways about the threshold", kMemory, 3, "0.6 0.6 0.6 0.6 0.49 0.55 0.3 0.55 0.49 0.6 0.26 0.26 0.26 0.26 0.6",
        "3: raised 1");
    row("recovers", kMemory, 3, "0.9 0.9 0.9 0.9 0.25 0.2 0.1 0.25 0.1", "3: raised 1; 7: recovered 1");
    row("low too shortly", kMemory, 3, "0.9 0.9 0.9 0.9 0.1 0.1 0.1 0.26 0.1 0.1 0.1 0.9 0.9 0.9 0.9", "3: raised 1");
    row("comes again", kMemory, 3, "0.9 0.9 0.9 0.9 0.1 0.1 0.1 0.1 0.9 0.9 0.9 0.9",
        "3: raised 1; 7: recovered 1; 11: raised 2");
    row("no hold", kMemory, 0, "0.9 0.3 0.1 0.9 0.1", "0: raised 1; 2: recovered 1; 3: raised 2; 4: recovered 2");
    row("grows worse", kMemory, 0, "0.6 0.6 0.7 0.65 0.7 0.8 0.3 0.9",
        "0: raised 1; 2: worsened 1; 5: worsened 1; 7: worsened 1");
    // Of a memory, what is unknown changes nothing, and its time does not count.
    row("unknown", kMemory, 0, "- ? -", "");
    row("unknown while it is active", kMemory, 3, "0.9 0.9 0.9 0.9 - - - - - ? ? ? ? -", "3: raised 1");
    row("unknown before it is raised", kMemory, 3, "0.9 0.9 - ? 0.9 0.9 0.9", "5: raised 1");
    row("unknown before it ends", kMemory, 3, "0.9 0.9 0.9 0.9 0.1 - - - - 0.1 0.1 0.1 0.1",
        "3: raised 1; 11: recovered 1");
    row("unknown, then low", kMemory, 3, "0.9 0.9 - 0.1 0.9 0.9 0.9", "");
    // No loads are no slow loads.
    row("no loads", kLoads, 0, "- - -", "");
    row("no loads any more", kLoads, 3, "0.9 0.9 0.9 0.9 - - - - -", "3: raised 1; 7: recovered 1");
    row("no loads before it is raised", kLoads, 3, "0.9 0.9 - 0.9 0.9 0.9 0.9", "6: raised 1");
    row("loads that are no number", kLoads, 0, "0.9 ? ? -", "0: raised 1; 3: recovered 1");
}

void TestAlertBook::followsTheValues()
{
    QFETCH(AlertKind, kind);
    QFETCH(int, hold);
    QFETCH(QString, values);
    QFETCH(QString, expected);
    AlertRig rig;
    rig.rules = {ruleOf(kind)};
    rig.rules[0].hold = std::chrono::seconds{hold};
    QStringList happened;
    int second = 0;
    for (const QString& value : values.split(QLatin1Char(' '))) {
        const auto changes = rig.look({{.kind = kind, .device = kDevice, .value = valueFrom(value)}});
        if (!changes.empty())
            happened.append(QStringLiteral("%1: ").arg(second) + textOf(changes));
        ++second;
    }
    QCOMPARE(happened.join(QStringLiteral("; ")), expected);
}

void TestAlertBook::newsHaveNames()
{
    QCOMPARE(std::string{toText(AlertNews::Raised)}, std::string{"raised"});
    QCOMPARE(std::string{toText(AlertNews::Worsened)}, std::string{"worsened"});
    QCOMPARE(std::string{toText(AlertNews::Recovered)}, std::string{"recovered"});
    QCOMPARE(std::string{toText(AlertNews::Acknowledged)}, std::string{"acknowledged"});
    QCOMPARE(std::string{toText(AlertNews::None)}, std::string{"none"});
}

void TestAlertBook::saysWhatWasRaised()
{
    AlertRig rig;
    QCOMPARE(textOf(rig.hold(0.9)), QStringLiteral("raised 1"));
    const Clock::Wall raisedAt = rig.clock.wallTime() - 1s;
    Alert expected{.number = 1,
        .kind = AlertKind::MemoryFull,
        .device = kDevice,
        .threshold = 0.5,
        .value = 0.9,
        .worst = 0.9,
        .raisedAt = raisedAt};
    QVERIFY(rig.book.shown() == std::vector{expected});
    const auto worse = rig.look(0.95);
    expected.worst = 0.95;
    QVERIFY(worse == (std::vector<AlertChange>{{expected, AlertNews::Worsened}}));
    const auto over = rig.hold(kLow);
    expected.recoveredAt = rig.clock.wallTime() - 1s;
    QVERIFY(over == (std::vector<AlertChange>{{expected, AlertNews::Recovered}}));
    QVERIFY(rig.book.shown() == std::vector{expected});
}

void TestAlertBook::watchesEachKindOfEachDevice()
{
    AlertRig rig;
    for (AlertRule& rule : rig.rules)
        rule.hold = 0s;
    const DeviceId other{"GPU_1"};
    const auto inputs = [&](double memory, double loads, double otherMemory) {
        return std::vector<AlertInput>{{AlertKind::MemoryFull, kDevice, memory}, {AlertKind::SlowLoads, kDevice, loads},
            {AlertKind::MemoryFull, other, otherMemory},
            {AlertKind::FailingLoads, kDevice, kHigh}}; // which no rule is for
    };
    QCOMPARE(textOf(rig.look(inputs(kLow, kHigh, kLow))), QStringLiteral("raised 1"));
    QCOMPARE(textOf(rig.look(inputs(kHigh, kHigh, kHigh))), QStringLiteral("raised 2, raised 3"));
    // What ends comes before what begins.
    QCOMPARE(textOf(rig.look(inputs(kHigh, kLow, kLow))), QStringLiteral("recovered 1, recovered 3"));
    QCOMPARE(textOf(rig.look(inputs(kLow, kHigh, kHigh))), QStringLiteral("recovered 2, raised 4, raised 5"));
    QVERIFY(rig.book.shown()[3].kind == AlertKind::SlowLoads && rig.book.shown()[3].device == kDevice);
    QVERIFY(rig.book.shown()[4].kind == AlertKind::MemoryFull && rig.book.shown()[4].device == other);
    QVERIFY(rig.shownNumbers() == (std::vector<std::uint64_t>{1, 2, 3, 4, 5}));
}

void TestAlertBook::valuesLastBetweenUpdates()
{
    AlertRig rig;
    QVERIFY(rig.look(kHigh).empty());
    rig.clock.advance(1h);
    QCOMPARE(textOf(rig.look(kHigh)), QStringLiteral("raised 1"));
}

void TestAlertBook::theWallClockMayJump()
{
    AlertRig rig;
    QVERIFY(rig.look(kHigh).empty());
    rig.clock.setWallBy(1h);
    QVERIFY(rig.look(kHigh).empty()); // no second longer than it was
    rig.clock.setWallBy(-24h);
    QVERIFY(rig.look(kHigh).empty());
    QCOMPARE(textOf(rig.look(kHigh)), QStringLiteral("raised 1"));
    rig.clock.setWallBy(-24h);
    const auto seen = rig.book.acknowledge(1, rig.clock.wallTime());
    VERIFY_RESULT(seen);
    QVERIFY(seen->alert.acknowledgedAt == seen->alert.raisedAt);
    const auto over = rig.hold(kLow);
    QCOMPARE(textOf(over), QStringLiteral("recovered 1"));
    QVERIFY(over[0].alert.recoveredAt == over[0].alert.raisedAt);
}

void TestAlertBook::aRuleThatIsOffEndsItsAlert_data()
{
    QTest::addColumn<bool>("isThere");
    QTest::newRow("off") << true;
    QTest::newRow("gone") << false;
}

void TestAlertBook::aRuleThatIsOffEndsItsAlert()
{
    QFETCH(bool, isThere);
    AlertRig rig;
    QCOMPARE(textOf(rig.hold(kHigh)), QStringLiteral("raised 1"));
    const auto rules = rig.rules;
    if (isThere)
        rig.rules[0].isEnabled = false;
    else
        rig.rules.erase(rig.rules.begin());
    QCOMPARE(textOf(rig.look(kHigh)), QStringLiteral("recovered 1"));
    QVERIFY(rig.hold(kHigh).empty());
    // On again, it begins anew; so it does after a moment in which it was off.
    rig.rules = rules;
    QVERIFY(rig.look(kHigh).empty());
    QVERIFY(rig.look(kHigh).empty());
    rig.rules[0].isEnabled = false;
    QVERIFY(rig.look(kHigh).empty());
    rig.rules[0].isEnabled = true;
    for (int second = 0; second < 3; ++second)
        QVERIFY(rig.look(kHigh).empty());
    QCOMPARE(textOf(rig.look(kHigh)), QStringLiteral("raised 2"));
}

void TestAlertBook::anotherThresholdCountsAtOnce()
{
    AlertRig rig;
    QCOMPARE(textOf(rig.hold(kHigh)), QStringLiteral("raised 1"));
    rig.rules[0].threshold = 0.8; // not above it any more, and not low enough
    QVERIFY(rig.hold(kHigh).empty());
    QCOMPARE(textOf(rig.look(0.79)), QStringLiteral("worsened 1"));
    rig.rules[0].threshold = 2; // low now
    const auto over = rig.hold(kHigh);
    QCOMPARE(textOf(over), QStringLiteral("recovered 1"));
    QCOMPARE(over[0].alert.threshold, 0.5); // that it was raised at
    rig.rules[0].threshold = 0.2;
    const auto again = rig.hold(kMiddle);
    QCOMPARE(textOf(again), QStringLiteral("raised 2"));
    QCOMPARE(again[0].alert.threshold, 0.2);
}

void TestAlertBook::aDeviceThatIsGoneHasRecovered()
{
    AlertRig rig;
    QCOMPARE(textOf(rig.hold(kHigh)), QStringLiteral("raised 1"));
    const auto over = rig.look(std::vector<AlertInput>{});
    QCOMPARE(textOf(over), QStringLiteral("recovered 1"));
    QVERIFY(rig.look(std::vector<AlertInput>{}).empty());
    // When it comes back, and goes for a moment, nothing of before counts.
    QVERIFY(rig.look(kHigh).empty());
    QVERIFY(rig.look(kHigh).empty());
    QVERIFY(rig.look(std::vector<AlertInput>{}).empty());
    for (int second = 0; second < 3; ++second)
        QVERIFY(rig.look(kHigh).empty());
    QCOMPARE(textOf(rig.look(kHigh)), QStringLiteral("raised 2"));
}

QTEST_APPLESS_MAIN(TestAlertBook)
#include "test_alert_book.moc"
