// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/history_store.h"

#include "tests/model_engine/monitor/history/history_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <limits>
#include <memory>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

namespace {

HistoryBatch loadsOf(std::vector<LoadEvent> loads) { return {.samples = {}, .loads = std::move(loads), .alerts = {}}; }
HistoryBatch alertsOf(std::vector<Alert> alerts) { return {.samples = {}, .loads = {}, .alerts = std::move(alerts)}; }

constexpr double kNoNumber = std::numeric_limits<double>::quiet_NaN();

} // namespace

class TestHistoryEvents : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_rig = std::make_unique<HistoryRig>(); }
    void keepsLoads();
    void readsLoadsOfASpan();
    void leavesOutLoadsThatCannotBeKept();
    void leavesOutRowsOfLoadsThatAreNoneOfOurs_data();
    void leavesOutRowsOfLoadsThatAreNoneOfOurs();
    void readsAnErrorOfALaterVersion();
    void keepsAlerts();
    void bringsAnAlertUpToDate();
    void takesNothingBackOfAnAlert();
    void leavesAlertsOfTheSameNumberAlone_data();
    void leavesAlertsOfTheSameNumberAlone();
    void readsTheNewestAlerts();
    void readsActiveAlertsHoweverOld();
    void readsSoManyActiveAlertsAtMost();
    void leavesOutAlertsThatCannotBeKept();
    void leavesOutRowsOfAlertsThatAreNoneOfOurs_data();
    void leavesOutRowsOfAlertsThatAreNoneOfOurs();

private:
    std::unique_ptr<HistoryRig> m_rig;
};

void TestHistoryEvents::keepsLoads()
{
    LoadEvent failed = loadAt(2s, "name \"with\" ü");
    failed.end = LoadEnd::Failed;
    failed.error = ErrorCode::OutOfDeviceMemory;
    failed.moved = Bytes{0x7FFF'FFFF'FFFF'FFFF};
    failed.at += 123'456us;
    LoadEvent cancelled = loadAt(3s);
    cancelled.end = LoadEnd::Cancelled;
    cancelled.error = ErrorCode::Cancelled;
    cancelled.device = {};
    const std::vector<LoadEvent> events{loadAt(1s), failed, cancelled};
    VERIFY_RESULT(m_rig->open()->write(loadsOf(events)));
    const auto read = m_rig->open()->loads(kAllTime);
    VERIFY_RESULT(read);
    QVERIFY(*read == events);
}

void TestHistoryEvents::readsLoadsOfASpan()
{
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(loadsOf({loadAt(2s, "b"), loadAt(3s, "c")})));
    VERIFY_RESULT(store->write(loadsOf({loadAt(1s, "a"), loadAt(2s, "b2")}))); // the clock was set back
    const auto modelsOf = [&](Clock::Wall from, Clock::Wall to) {
        std::string models;
        const auto loads = store->loads({from, to});
        for (const LoadEvent& load : loads.value())
            models += load.model.text + " ";
        return models;
    };
    QCOMPARE(modelsOf(Clock::Wall::min(), Clock::Wall::max()), std::string{"a b b2 c "});
    QCOMPARE(modelsOf(kStart + 1s, kStart + 2s), std::string{"a "});
    QCOMPARE(modelsOf(kStart + 2s, kStart + 3s), std::string{"b b2 "});
    QCOMPARE(modelsOf(kStart + 3s, kStart + 4s), std::string{"c "});
    QCOMPARE(modelsOf(kStart + 4s, Clock::Wall::max()), std::string{});
    QCOMPARE(modelsOf(kStart + 3s, kStart + 1s), std::string{});
}

void TestHistoryEvents::leavesOutLoadsThatCannotBeKept()
{
    LoadEvent unended = loadAt(1s);
    unended.end = LoadEnd::Unknown;
    LoadEvent timeless = loadAt(1s);
    timeless.took = std::chrono::duration<double>{kNoNumber};
    LoadEvent backwards = loadAt(1s);
    backwards.took = -1s;
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(loadsOf({unended, timeless, backwards, loadAt(2s)})));
    const auto rows = m_rig->number("SELECT count(*) FROM load");
    VERIFY_RESULT(rows);
    QCOMPARE(*rows, 1);
}

void TestHistoryEvents::leavesOutRowsOfLoadsThatAreNoneOfOurs_data()
{
    QTest::addColumn<QString>("change");
    QTest::newRow("end") << "outcome = 'postponed'";
    QTest::newRow("size") << "moved = -1";
    QTest::newRow("seconds below zero") << "took_s = -0.5";
    QTest::newRow("seconds without end") << "took_s = 9e999";
    QTest::newRow("before 1970") << "at_us = -1";
    QTest::newRow("beyond the clock") << "at_us = 9223372036854775806";
}

void TestHistoryEvents::leavesOutRowsOfLoadsThatAreNoneOfOurs()
{
    QFETCH(QString, change);
    VERIFY_RESULT(m_rig->open()->write(loadsOf({loadAt(1s, "a"), loadAt(2s, "b")})));
    VERIFY_RESULT(m_rig->execute("UPDATE load SET " + change.toStdString() + " WHERE model_id = 'a'"));
    const auto read = m_rig->open()->loads(kAllTime);
    VERIFY_RESULT(read);
    QVERIFY(*read == std::vector{loadAt(2s, "b")});
}

void TestHistoryEvents::readsAnErrorOfALaterVersion()
{
    LoadEvent failed = loadAt(1s);
    failed.end = LoadEnd::Failed;
    failed.error = ErrorCode::IoError;
    VERIFY_RESULT(m_rig->open()->write(loadsOf({failed})));
    VERIFY_RESULT(m_rig->execute("UPDATE load SET error = 'too_late'"));
    const auto read = m_rig->open()->loads(kAllTime);
    VERIFY_RESULT(read);
    failed.error = ErrorCode::Unknown;
    QVERIFY(*read == std::vector{failed});
}

void TestHistoryEvents::keepsAlerts()
{
    Alert over = alertAt(1s, 1);
    over.kind = AlertKind::SlowLoads;
    over.recoveredAt = kStart + 5s;
    over.acknowledgedAt = kStart + 6s + 1us;
    Alert last = alertAt(3s, 0x7FFF'FFFF'FFFF'FFFF);
    last.kind = AlertKind::FailingLoads;
    last.device = {};
    VERIFY_RESULT(m_rig->open()->write(alertsOf({over, alertAt(2s, 2), last})));
    const auto read = m_rig->open()->alerts(10);
    VERIFY_RESULT(read);
    QVERIFY(*read == (std::vector{last, alertAt(2s, 2), over}));
}

void TestHistoryEvents::bringsAnAlertUpToDate()
{
    const auto store = m_rig->open();
    Alert alert = alertAt(1s, 7);
    VERIFY_RESULT(store->write(alertsOf({alertAt(0s, 6), alert})));
    alert.worst = 0.99;
    alert.recoveredAt = kStart + 60s;
    VERIFY_RESULT(store->write(alertsOf({alert})));
    const auto read = store->alerts(10);
    VERIFY_RESULT(read);
    QVERIFY(*read == (std::vector{alert, alertAt(0s, 6)}));
}

/// Another engine may have it in mind as it was before.
void TestHistoryEvents::takesNothingBackOfAnAlert()
{
    const auto store = m_rig->open();
    Alert alert = alertAt(1s, 7);
    alert.worst = 0.99;
    alert.recoveredAt = kStart + 60s;
    alert.acknowledgedAt = kStart + 61s;
    VERIFY_RESULT(store->write(alertsOf({alert})));
    Alert later = alertAt(1s, 7);
    VERIFY_RESULT(store->write(alertsOf({later})));
    later.recoveredAt = kStart + 70s;
    later.acknowledgedAt = kStart + 71s;
    VERIFY_RESULT(store->write(alertsOf({later})));
    const auto read = store->alerts(10);
    VERIFY_RESULT(read);
    QVERIFY(*read == std::vector{alert});
}

void TestHistoryEvents::leavesAlertsOfTheSameNumberAlone_data()
{
    QTest::addColumn<Alert>("other");
    Alert kind = alertAt(1s, 7);
    kind.kind = AlertKind::SlowLoads;
    Alert device = alertAt(1s, 7);
    device.device = {"GPU_1"};
    QTest::newRow("of another kind") << kind;
    QTest::newRow("of another device") << device;
    QTest::newRow("of another time") << alertAt(2s, 7);
}

void TestHistoryEvents::leavesAlertsOfTheSameNumberAlone()
{
    QFETCH(Alert, other);
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(alertsOf({alertAt(1s, 7)})));
    other.worst = 0.99;
    other.recoveredAt = other.acknowledgedAt = kStart + 60s;
    VERIFY_RESULT(store->write(alertsOf({other, alertAt(3s, 8)})));
    const auto read = store->alerts(10);
    VERIFY_RESULT(read);
    QVERIFY(*read == (std::vector{alertAt(3s, 8), alertAt(1s, 7)}));
}

/// By their numbers: after the clock was set back a later one has an earlier time.
void TestHistoryEvents::readsTheNewestAlerts()
{
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(alertsOf({alertAt(9s, 1), alertAt(2s, 2), alertAt(1s, 3)})));
    const auto read = store->alerts(2);
    VERIFY_RESULT(read);
    QVERIFY(*read == (std::vector{alertAt(1s, 3), alertAt(2s, 2)}));
    QVERIFY(store->alerts(0)->empty());
    QVERIFY(*store->alerts(1, 3) == std::vector{alertAt(2s, 2)});
    QVERIFY(*store->alerts(2, 2) == std::vector{alertAt(9s, 1)});
    QVERIFY(store->alerts(2, 1)->empty());
    QCOMPARE(store->alerts(kAllPoints)->size(), std::size_t{3});
}

void TestHistoryEvents::readsActiveAlertsHoweverOld()
{
    std::vector<Alert> alerts;
    for (std::uint64_t number = 1; number <= 8; ++number)
        alerts.push_back(alertAt(std::chrono::seconds{number}, number));
    for (const std::size_t over : {0U, 3U, 5U, 7U})
        alerts[over].recoveredAt = kStart + 60s;
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(alertsOf(alerts)));
    const auto numbersOf = [&](std::size_t most) {
        std::vector<std::uint64_t> numbers;
        const auto read = store->alertsToGoOn(most);
        for (const Alert& alert : read.value_or(std::vector<Alert>{}))
            numbers.push_back(alert.number);
        return numbers;
    };
    using Numbers = std::vector<std::uint64_t>;
    QVERIFY(numbersOf(0) == (Numbers{7, 5, 3, 2}));
    QVERIFY(numbersOf(1) == (Numbers{8, 7, 5, 3, 2}));
    QVERIFY(numbersOf(3) == (Numbers{8, 7, 6, 5, 3, 2}));
    QVERIFY(numbersOf(8) == (Numbers{8, 7, 6, 5, 4, 3, 2, 1}));
    QVERIFY(numbersOf(kAllPoints) == (Numbers{8, 7, 6, 5, 4, 3, 2, 1}));
}

void TestHistoryEvents::readsSoManyActiveAlertsAtMost()
{
    std::vector<Alert> alerts;
    for (std::uint64_t number = 1; number <= HistoryStore::kMostActive + 10; ++number)
        alerts.push_back(alertAt(1s, number));
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(alertsOf(alerts)));
    const auto read = store->alertsToGoOn(5);
    VERIFY_RESULT(read);
    QCOMPARE(read->size(), HistoryStore::kMostActive + 5);
    QCOMPARE(read->front().number, HistoryStore::kMostActive + 10);
}

void TestHistoryEvents::leavesOutAlertsThatCannotBeKept()
{
    std::vector<Alert> alerts(6, alertAt(1s, 1));
    alerts[0].number = 0;
    alerts[1].number = 0x8000'0000'0000'0000;
    alerts[2].kind = AlertKind::None;
    alerts[3].threshold = kNoNumber;
    alerts[4].value = kNoNumber;
    alerts[5].worst = std::numeric_limits<double>::infinity();
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(alertsOf(alerts)));
    const auto rows = m_rig->number("SELECT count(*) FROM alert");
    VERIFY_RESULT(rows);
    QCOMPARE(*rows, 0);
}

void TestHistoryEvents::leavesOutRowsOfAlertsThatAreNoneOfOurs_data()
{
    QTest::addColumn<QString>("change");
    QTest::newRow("number") << "number = 0";
    QTest::newRow("number below zero") << "number = -1";
    QTest::newRow("kind of a later version") << "kind = 'too_hot'";
    QTest::newRow("threshold") << "threshold = 9e999";
    QTest::newRow("value") << "value = -9e999";
    QTest::newRow("worst") << "worst = 9e999";
    QTest::newRow("raised before 1970") << "raised_us = -1";
    QTest::newRow("recovered beyond the clock") << "recovered_us = 9223372036854775807";
    QTest::newRow("acknowledged before 1970") << "acknowledged_us = -1";
}

void TestHistoryEvents::leavesOutRowsOfAlertsThatAreNoneOfOurs()
{
    QFETCH(QString, change);
    VERIFY_RESULT(m_rig->open()->write(alertsOf({alertAt(1s, 1), alertAt(2s, 2)})));
    VERIFY_RESULT(m_rig->execute("UPDATE alert SET " + change.toStdString() + " WHERE number = 2"));
    const auto read = m_rig->open()->alerts(1);
    VERIFY_RESULT(read);
    QVERIFY(*read == std::vector{alertAt(1s, 1)});
}

QTEST_APPLESS_MAIN(TestHistoryEvents)
#include "test_history_events.moc"
