// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/history_store.h"

#include "tests/model_engine/monitor/history/history_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <memory>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;
using std::chrono::seconds;

namespace {

constexpr HistoryRetention kShort{.seconds = 15min, .minutes = 2h, .hours = 24h};

} // namespace

class TestHistoryPrune : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_rig = std::make_unique<HistoryRig>(); }
    void knowsWhatIsKept();
    void knowsWhatIsOldest_data();
    void knowsWhatIsOldest();
    void removesPointsThatHaveEnded();
    void keepsAllWhenTheClockWasSetBack();
    void forgetsSeriesWithoutPoints();
    void forgetsAllWithoutRetention();
    void removesOldLoads();
    void boundsLoads();
    void removesOldAlerts();
    void keepsTheLastAlert();

private:
    [[nodiscard]] std::int64_t rows(const std::string& what)
    {
        return m_rig->number("SELECT count(*) FROM " + what).value_or(-1);
    }

    std::unique_ptr<HistoryRig> m_rig;
};

void TestHistoryPrune::knowsWhatIsKept()
{
    QVERIFY(kShort.of(HistoryStep::Second) == 15min);
    QVERIFY(kShort.of(HistoryStep::Minute) == 2h);
    QVERIFY(kShort.of(HistoryStep::Hour) == 24h);
    QVERIFY(kShort.of(HistoryStep::Unknown) == 0s);
    QVERIFY(lengthOf(HistoryStep::Unknown) == 0s);
}

void TestHistoryPrune::knowsWhatIsOldest_data()
{
    QTest::addColumn<seconds>("kept");
    QTest::addColumn<Clock::Wall>("now");
    QTest::addColumn<Clock::Wall>("oldest");
    const Clock::Wall epoch{};
    QTest::newRow("an hour") << seconds{3600} << kStart << kStart - 1h;
    QTest::newRow("part of a second") << seconds{1} << kStart + 999ms << kStart - 1s;
    QTest::newRow("nothing") << seconds{0} << kStart << kStart;
    QTest::newRow("less than nothing") << seconds::min() << kStart << kStart;
    QTest::newRow("for ever") << seconds::max() << kStart << epoch;
    QTest::newRow("a clock before 1970") << seconds{3600} << epoch - 1h << epoch;
    QTest::newRow("a clock at its end") << seconds{0} << Clock::Wall::max()
                                        << Clock::Wall{std::chrono::floor<seconds>(Clock::Wall::max())};
}

void TestHistoryPrune::knowsWhatIsOldest()
{
    QFETCH(seconds, kept);
    QFETCH(Clock::Wall, now);
    QFETCH(Clock::Wall, oldest);
    QVERIFY((HistoryRetention{.seconds = 1s, .minutes = kept, .hours = 1s}.oldest(HistoryStep::Minute, now) == oldest));
}

void TestHistoryPrune::removesPointsThatHaveEnded()
{
    const auto store = m_rig->open();
    std::vector<MetricSample> samples;
    for (seconds second = 0s; second < 30h; second += 30s) {
        samples.push_back(sampleAt(second, 1));
        samples.push_back(sampleAt(second, 1, kRamUsed));
    }
    VERIFY_RESULT(store->write(samplesOf(samples)));
    m_rig->clock().advance(30h + 30s);
    VERIFY_RESULT(store->prune(kShort));
    const auto first = [&](HistoryStep step) {
        const auto read = store->read(kTemperature, kAllTime, kAllPoints, step);
        return read && !read->points.empty() ? read->points.front().from - kStart : Clock::Wall::duration{-1};
    };
    QVERIFY(first(HistoryStep::Second) == 30h + 30s - 15min);
    QVERIFY(first(HistoryStep::Minute) == 30h - 2h); // has not ended when the two hours begin
    QVERIFY(first(HistoryStep::Hour) == 6h);
    QCOMPARE(rows("point WHERE step = 1"), 2 * 29);
    QCOMPARE(rows("point WHERE step = 60"), 2 * 120);
    QCOMPARE(rows("point WHERE step = 3600"), 2 * 24);
    QCOMPARE(rows("series"), 2);
    VERIFY_RESULT(store->prune(kShort));
    QCOMPARE(rows("point"), 2 * (29 + 120 + 24));
}

void TestHistoryPrune::keepsAllWhenTheClockWasSetBack()
{
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write({{sampleAt(0s, 1), sampleAt(10h, 1)}, {loadAt(0s), loadAt(10h)}, {}}));
    m_rig->clock().setWallBy(-24h * 365 * 100); // before 1970
    VERIFY_RESULT(store->prune(kShort));
    QCOMPARE(rows("point"), 6);
    QCOMPARE(rows("load"), 2);
    QCOMPARE(rows("series"), 1);
}

void TestHistoryPrune::forgetsSeriesWithoutPoints()
{
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf({sampleAt(0s, 1), sampleAt(3599s, 1, kRamUsed), sampleAt(3600s, 1)})));
    m_rig->clock().advance(25h);
    VERIFY_RESULT(store->prune(kShort));
    const auto series = store->series();
    VERIFY_RESULT(series);
    QVERIFY(*series == std::vector{kTemperature});
    QCOMPARE(rows("point"), 1);
    m_rig->clock().advance(1h);
    VERIFY_RESULT(store->prune(kShort));
    QCOMPARE(rows("series"), 0);
    QCOMPARE(rows("point"), 0);
    VERIFY_RESULT(store->write(samplesOf({sampleAt(26h, 1, kRamUsed)})));
    QCOMPARE(store->read(kRamUsed, kAllTime, 10)->points.size(), std::size_t{1});
}

void TestHistoryPrune::forgetsAllWithoutRetention()
{
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write({{sampleAt(0s, 1)}, {loadAt(0s)}, {}}));
    m_rig->clock().advance(1h);
    VERIFY_RESULT(store->prune({.seconds = 0s, .minutes = 0s, .hours = 0s}));
    QCOMPARE(rows("point"), 0);
    QCOMPARE(rows("series"), 0);
    QCOMPARE(rows("load"), 0);
}

void TestHistoryPrune::removesOldLoads()
{
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write({{}, {loadAt(0s, "a"), loadAt(1s, "b"), loadAt(2s, "c")}, {}}));
    m_rig->clock().advance(24h + 1s);
    VERIFY_RESULT(store->prune(kShort));
    const auto loads = store->loads(kAllTime);
    VERIFY_RESULT(loads);
    QVERIFY(*loads == (std::vector{loadAt(1s, "b"), loadAt(2s, "c")}));
}

void TestHistoryPrune::boundsLoads()
{
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write({{}, {loadAt(0s, "first"), loadAt(1s, "second")}, {}}));
    VERIFY_RESULT(m_rig->execute("WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 99999)"
                                 " INSERT INTO load(at_us, model_id, device, outcome, error, took_s, moved)"
                                 " SELECT at_us, 'many', '', outcome, error, took_s, moved FROM load, n"
                                 " WHERE number = 2"));
    VERIFY_RESULT(store->prune(kShort));
    QCOMPARE(rows("load"), static_cast<std::int64_t>(HistoryStore::kMostLoads));
    QCOMPARE(rows("load WHERE model_id = 'first'"), 0);
    QCOMPARE(rows("load WHERE model_id = 'second'"), 1);
}

void TestHistoryPrune::removesOldAlerts()
{
    Alert over = alertAt(0s, 1);
    over.recoveredAt = kStart + 10s;
    Alert longOver = alertAt(-48h, 2); // raised long ago, but not over for long
    longOver.recoveredAt = kStart + 20s;
    const Alert active = alertAt(-48h, 3);
    Alert setBack = alertAt(20s, 4); // the clock was set back while it was active
    setBack.recoveredAt = kStart - 48h;
    Alert last = alertAt(20s, 5);
    last.recoveredAt = kStart + 21s;
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write({{}, {}, {over, longOver, active, setBack, last}}));
    m_rig->clock().advance(24h + 10s);
    VERIFY_RESULT(store->prune(kShort));
    QCOMPARE(rows("alert"), 5);
    m_rig->clock().advance(10s);
    VERIFY_RESULT(store->prune(kShort));
    const auto alerts = store->alerts(10);
    VERIFY_RESULT(alerts);
    QVERIFY(*alerts == (std::vector{last, setBack, active, longOver}));
}

/// Its number is how the next one is known.
void TestHistoryPrune::keepsTheLastAlert()
{
    std::vector<Alert> alerts{alertAt(0s, 1), alertAt(0s, 2), alertAt(0s, 3)};
    alerts[0].recoveredAt = alerts[2].recoveredAt = kStart + 1s;
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write({{}, {}, alerts}));
    m_rig->clock().advance(std::chrono::days{10'000});
    VERIFY_RESULT(store->prune(kShort));
    const auto kept = store->alerts(10);
    VERIFY_RESULT(kept);
    QVERIFY(*kept == (std::vector{alerts[2], alerts[1]}));
}

QTEST_APPLESS_MAIN(TestHistoryPrune)
#include "test_history_prune.moc"
