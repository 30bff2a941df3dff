// SPDX-License-Identifier: GPL-3.0-or-later
//
// Which alerts the book shows: after a restart, when somebody has seen them, and when there are many.
#include "model_engine/monitor/alerts/alert_book.h"

#include "tests/model_engine/monitor/alerts/alert_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

namespace {

Alert keptAlert(std::uint64_t number, const ManualClock& clock)
{
    return {.number = number,
        .kind = AlertKind::MemoryFull,
        .device = kDevice,
        .threshold = 0.5,
        .value = 0.6,
        .worst = kHigh,
        .raisedAt = clock.wallTime() - 1h};
}

} // namespace

class TestShownAlerts : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void goesOnAfterARestart();
    void waitsForEarlierOnesAndNotForEver();
    void oneOfTwoGoesOnAfterARestart();
    void goOnHoweverManyThereAre();
    void haveNumbersOfTheirTime();
    void haveHigherNumbersAfterTheClockWasSetBack();
    void acknowledgedStaysAcknowledged();
    void whatIsOverAndAcknowledgedGoes();
    void refusesToAcknowledgeWhatIsNotThere();
    void showsSoManyAtMost();
};

void TestShownAlerts::waitsForEarlierOnesAndNotForEver()
{
    AlertRig rig;
    rig.book.awaitEarlier(rig.clock.now() + std::chrono::seconds{10});
    QVERIFY(rig.hold(kHigh).empty());
    QVERIFY(rig.book.restore({}));
    QCOMPARE(rig.hold(kHigh).size(), 1U); // the hold begins when they are there
    AlertRig late;
    late.book.awaitEarlier(late.clock.now() + std::chrono::seconds{4});
    QVERIFY(late.hold(kHigh).empty());
    QCOMPARE(late.hold(kHigh).size(), 1U);
    QVERIFY(!late.book.restore({keptAlert(7, late.clock)}));
    QCOMPARE(late.book.shown().size(), 1U);
    QVERIFY(late.book.shown().front().number != 7);
}

void TestShownAlerts::goesOnAfterARestart()
{
    AlertRig rig;
    Alert active = keptAlert(7, rig.clock);
    active.acknowledgedAt = active.raisedAt + 1min;
    Alert over = keptAlert(5, rig.clock);
    over.recoveredAt = over.raisedAt + 1min;
    Alert seen = over;
    seen.number = 9;
    seen.acknowledgedAt = over.recoveredAt;
    rig.book.restore({seen, active, over}); // the newest first, as the history has them
    QVERIFY(rig.book.shown() == (std::vector{over, active}));
    QCOMPARE(rig.book.lastEarlier(), std::uint64_t{9}); // what is over and seen was raised earlier too

    QVERIFY(rig.hold(kHigh).empty()); // it is the same one
    QVERIFY(rig.hold(std::nullopt).empty());
    QCOMPARE(textOf(rig.look(0.8)), QStringLiteral("worsened 7"));
    QCOMPARE(textOf(rig.hold(kLow)), QStringLiteral("recovered 7"));
    QCOMPARE(textOf(rig.hold(kHigh)), QStringLiteral("raised 10"));
    QCOMPARE(rig.book.lastEarlier(), std::uint64_t{9});
    QVERIFY(rig.shownNumbers() == (std::vector<std::uint64_t>{5, 10}));

    AlertBook empty;
    empty.restore({});
    QVERIFY(empty.shown().empty());
}

void TestShownAlerts::oneOfTwoGoesOnAfterARestart()
{
    AlertRig rig;
    rig.book.restore({keptAlert(2, rig.clock), keptAlert(1, rig.clock)});
    QCOMPARE(textOf(rig.hold(kHigh)), QStringLiteral("recovered 1"));
    QCOMPARE(textOf(rig.hold(kLow)), QStringLiteral("recovered 2"));
}

/// More of them are active than are shown otherwise.
void TestShownAlerts::goOnHoweverManyThereAre()
{
    AlertRig rig;
    std::vector<Alert> alerts;
    std::vector<AlertInput> inputs;
    for (std::uint64_t number = 1; number <= AlertBook::kMostShown + 20; ++number) {
        Alert alert = keptAlert(number, rig.clock);
        alert.device = {"GPU_" + std::to_string(number)};
        inputs.push_back({AlertKind::MemoryFull, alert.device, kHigh});
        alerts.push_back(std::move(alert));
    }
    rig.book.restore(alerts);
    QVERIFY(rig.look(inputs).empty());
    QVERIFY(rig.book.shown() == alerts);
    QCOMPARE(rig.look(std::vector<AlertInput>{}).size(), alerts.size()); // all have recovered
}

/// So that no other engine gives the same.
void TestShownAlerts::haveNumbersOfTheirTime()
{
    AlertRig rig;
    rig.rules[0].hold = rig.rules[1].hold = 0s;
    rig.clock.setWallBy(std::chrono::days{365 * 60} + 1234567ns); // 2026
    const Clock::Wall now = rig.clock.wallTime();
    const auto number =
        static_cast<std::uint64_t>(std::chrono::floor<std::chrono::microseconds>(now.time_since_epoch()).count());
    const auto raised = rig.look({{AlertKind::MemoryFull, kDevice, kHigh}, {AlertKind::SlowLoads, kDevice, kHigh}});
    QCOMPARE(raised.size(), std::size_t{2});
    QCOMPARE(raised[0].alert.number, number);
    QCOMPARE(raised[1].alert.number, number + 1);
    QVERIFY(number < (std::uint64_t{1} << 53U)); // which JSON's numbers have no more of
}

void TestShownAlerts::haveHigherNumbersAfterTheClockWasSetBack()
{
    AlertRig rig;
    rig.clock.setWallBy(std::chrono::days{365 * 60});
    const auto first = rig.hold(kHigh);
    QCOMPARE(first.size(), std::size_t{1});
    QCOMPARE(rig.hold(kLow).size(), std::size_t{1});
    rig.clock.setWallBy(-24h);
    const auto second = rig.hold(kHigh);
    QCOMPARE(second.size(), std::size_t{1});
    QCOMPARE(second[0].alert.number, first[0].alert.number + 1);
}

void TestShownAlerts::acknowledgedStaysAcknowledged()
{
    AlertRig rig;
    QCOMPARE(textOf(rig.hold(kHigh)), QStringLiteral("raised 1"));
    const Clock::Wall firstTime = rig.clock.wallTime();
    const auto first = rig.book.acknowledge(1, firstTime);
    VERIFY_RESULT(first);
    QCOMPARE(nameOf(first->news), QStringLiteral("acknowledged"));
    QVERIFY(first->alert.acknowledgedAt == firstTime && first->alert.isActive());
    rig.clock.advance(1min);
    const auto second = rig.book.acknowledge(1, rig.clock.wallTime());
    VERIFY_RESULT(second);
    QCOMPARE(nameOf(second->news), QStringLiteral("none"));
    QVERIFY(second->alert == first->alert);
    QCOMPARE(textOf(rig.look(0.99)), QStringLiteral("worsened 1"));
    QVERIFY(rig.hold(kMiddle).empty());
    QVERIFY(rig.hold(kHigh).empty());
    QCOMPARE(rig.book.shown().size(), 1U);
    QVERIFY(rig.book.shown()[0].acknowledgedAt == firstTime);
}

void TestShownAlerts::whatIsOverAndAcknowledgedGoes()
{
    AlertRig rig;
    // Seen before it ends, and after that.
    QCOMPARE(textOf(rig.hold(kHigh)), QStringLiteral("raised 1"));
    VERIFY_RESULT(rig.book.acknowledge(1, rig.clock.wallTime()));
    QCOMPARE(textOf(rig.hold(kLow)), QStringLiteral("recovered 1"));
    QVERIFY(rig.book.shown().empty());
    QCOMPARE(textOf(rig.hold(kHigh)), QStringLiteral("raised 2"));
    QVERIFY(!rig.book.shown()[0].acknowledgedAt);
    QCOMPARE(textOf(rig.hold(kLow)), QStringLiteral("recovered 2"));
    QVERIFY(rig.shownNumbers() == std::vector<std::uint64_t>{2});
    const auto seen = rig.book.acknowledge(2, rig.clock.wallTime());
    VERIFY_RESULT(seen);
    QVERIFY(seen->alert.recoveredAt && seen->alert.acknowledgedAt == rig.clock.wallTime());
    QVERIFY(rig.book.shown().empty());
    VERIFY_ERROR(rig.book.acknowledge(2, rig.clock.wallTime()), ErrorCode::AlertNotFound);
}

void TestShownAlerts::refusesToAcknowledgeWhatIsNotThere()
{
    AlertRig rig;
    QCOMPARE(textOf(rig.hold(kHigh)), QStringLiteral("raised 1"));
    for (const std::uint64_t number : {std::uint64_t{0}, std::uint64_t{2}, UINT64_MAX}) {
        const auto answer = rig.book.acknowledge(number, rig.clock.wallTime());
        VERIFY_ERROR(answer, ErrorCode::AlertNotFound);
        QVERIFY(answer.error().detail.find(std::to_string(number)) != std::string::npos);
    }
    QVERIFY(!rig.book.shown()[0].acknowledgedAt);
}

void TestShownAlerts::showsSoManyAtMost()
{
    AlertRig rig;
    for (AlertRule& rule : rig.rules)
        rule.hold = 0s;
    const auto both = [&](double memory) {
        return rig.look({{AlertKind::SlowLoads, kDevice, kHigh}, {AlertKind::MemoryFull, kDevice, memory}});
    };
    QCOMPARE(textOf(both(kLow)), QStringLiteral("raised 1")); // and goes on
    const std::uint64_t last = AlertBook::kMostShown + 10;
    for (std::uint64_t number = 2; number <= last; ++number) {
        QCOMPARE(textOf(both(kHigh)), QStringLiteral("raised %1").arg(number));
        QCOMPARE(textOf(both(kLow)), QStringLiteral("recovered %1").arg(number));
        QVERIFY(rig.book.shown().size() <= AlertBook::kMostShown);
    }
    const auto numbers = rig.shownNumbers();
    QCOMPARE(numbers.size(), AlertBook::kMostShown);
    QCOMPARE(numbers[0], 1U);
    QCOMPARE(numbers[1], last - AlertBook::kMostShown + 2);
    QCOMPARE(numbers.back(), last);
    VERIFY_ERROR(rig.book.acknowledge(2, rig.clock.wallTime()), ErrorCode::AlertNotFound);

    AlertBook restored;
    restored.restore(rig.book.shown());
    std::vector<Alert> more = rig.book.shown();
    more.push_back(keptAlert(last + 1, rig.clock));
    restored.restore(more);
    QCOMPARE(restored.shown().size(), AlertBook::kMostShown);
    QCOMPARE(restored.shown()[0].number, 1U);
    QCOMPARE(restored.shown().back().number, last + 1);
}

QTEST_APPLESS_MAIN(TestShownAlerts)
#include "test_shown_alerts.moc"
