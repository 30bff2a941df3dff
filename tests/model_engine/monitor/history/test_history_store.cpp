// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/history_store.h"

#include "tests/model_engine/monitor/history/history_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <limits>
#include <memory>
#include <thread>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

namespace {

constexpr std::array kSteps{HistoryStep::Second, HistoryStep::Minute, HistoryStep::Hour};

MetricPoint pointAt(std::chrono::seconds second, double minimum, double mean, double maximum, std::uint64_t count)
{
    return {kStart + second, minimum, mean, maximum, count};
}

} // namespace

class TestHistoryStore : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_rig = std::make_unique<HistoryRig>(); }
    void keepsSamplesInAllSteps();
    void addsToWhatIsThere();
    void countsOnAfterTheClockWasSetBack();
    void keepsSeriesApart();
    void keepsTheMeanOfEqualValues();
    void leavesOutSamplesThatCannotBeKept_data();
    void leavesOutSamplesThatCannotBeKept();
    void leavesOutRowsThatAreNoneOfOurs_data();
    void leavesOutRowsThatAreNoneOfOurs();
    void leavesMetricsOfLaterVersionsAlone();
    void keepsNothingWithoutAFolder();
    void writesNothingOfAnEmptyBatch();
    void servesSeveralThreads();

private:
    std::unique_ptr<HistoryRig> m_rig;
};

void TestHistoryStore::keepsSamplesInAllSteps()
{
    VERIFY_RESULT(m_rig->open()->write(
        samplesOf({sampleAt(0s, 1), sampleAt(0s, 4), sampleAt(59s, 7), sampleAt(60s, 2), sampleAt(3600s, -5)})));
    const auto store = m_rig->open(); // another run
    const std::array<std::vector<MetricPoint>, 3> expected{{
        {pointAt(0s, 1, 2.5, 4, 2), pointAt(59s, 7, 7, 7, 1), pointAt(60s, 2, 2, 2, 1), pointAt(3600s, -5, -5, -5, 1)},
        {pointAt(0s, 1, 4, 7, 3), pointAt(60s, 2, 2, 2, 1), pointAt(3600s, -5, -5, -5, 1)},
        {pointAt(0s, 1, 3.5, 7, 4), pointAt(3600s, -5, -5, -5, 1)},
    }};
    for (std::size_t index = 0; index < kSteps.size(); ++index) {
        const auto read = store->read(kTemperature, kAllTime, kAllPoints, kSteps[index]);
        VERIFY_RESULT(read);
        QCOMPARE(read->step, kSteps[index]);
        QCOMPARE(read->length, lengthOf(kSteps[index]));
        QVERIFY(read->points == expected[index]);
    }
}

void TestHistoryStore::addsToWhatIsThere()
{
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf({sampleAt(10s, 5), sampleAt(11s, 6)})));
    VERIFY_RESULT(store->write(samplesOf({sampleAt(11s, 2), sampleAt(12s, 9)})));
    const auto seconds = store->read(kTemperature, kAllTime, kAllPoints, HistoryStep::Second);
    VERIFY_RESULT(seconds);
    QVERIFY(
        seconds->points == (std::vector{pointAt(10s, 5, 5, 5, 1), pointAt(11s, 2, 4, 6, 2), pointAt(12s, 9, 9, 9, 1)}));
    const auto hours = store->read(kTemperature, kAllTime, kAllPoints, HistoryStep::Hour);
    VERIFY_RESULT(hours);
    QVERIFY(hours->points == std::vector{pointAt(0s, 2, 5.5, 9, 4)});
}

void TestHistoryStore::countsOnAfterTheClockWasSetBack()
{
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf({sampleAt(1000s, 10), sampleAt(1001s, 20)})));
    VERIFY_RESULT(store->write(samplesOf({sampleAt(900s, 1), sampleAt(1000s, 30)})));
    const auto read = store->read(kTemperature, kAllTime, kAllPoints, HistoryStep::Second);
    VERIFY_RESULT(read);
    QVERIFY(read->points
        == (std::vector{pointAt(900s, 1, 1, 1, 1), pointAt(1000s, 10, 20, 30, 2), pointAt(1001s, 20, 20, 20, 1)}));
}

void TestHistoryStore::keepsSeriesApart()
{
    const SeriesKey other{Metric::Temperature, {"GPU_1, \"ü\""}};
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf({sampleAt(1s, 1, kRamUsed), sampleAt(1s, 2, other), sampleAt(1s, 3)})));
    const auto series = store->series();
    VERIFY_RESULT(series);
    QVERIFY(*series == (std::vector{kTemperature, other, kRamUsed})); // in the order of the metrics
    for (const auto& [key, value] : {std::pair{kRamUsed, 1.0}, {other, 2.0}, {kTemperature, 3.0}}) {
        const auto read = store->read(key, kAllTime, kAllPoints);
        VERIFY_RESULT(read);
        QVERIFY(read->points == std::vector{pointAt(1s, value, value, value, 1)});
    }
    const auto unknown = store->read({Metric::Temperature, {"GPU_2"}}, kAllTime, kAllPoints);
    VERIFY_RESULT(unknown);
    QVERIFY(unknown->points.empty());
}

void TestHistoryStore::keepsTheMeanOfEqualValues()
{
    const auto store = m_rig->open();
    std::vector<MetricSample> samples;
    samples.reserve(60);
    for (int second = 0; second < 60; ++second)
        samples.push_back(sampleAt(std::chrono::seconds{second}, 0.1)); // whose sum is not 6
    VERIFY_RESULT(store->write(samplesOf(samples)));
    const auto read = store->read(kTemperature, kAllTime, kAllPoints, HistoryStep::Minute);
    VERIFY_RESULT(read);
    QVERIFY(read->points == std::vector{pointAt(0s, 0.1, 0.1, 0.1, 60)});
}

void TestHistoryStore::leavesOutSamplesThatCannotBeKept_data()
{
    QTest::addColumn<MetricSample>("sample");
    using Limits = std::numeric_limits<double>;
    QTest::newRow("no number") << sampleAt(1s, Limits::quiet_NaN());
    QTest::newRow("infinite") << sampleAt(1s, Limits::infinity());
    QTest::newRow("infinite below 0") << sampleAt(1s, -Limits::infinity());
    QTest::newRow("so large that a sum would be infinite") << sampleAt(1s, Limits::max());
    QTest::newRow("no metric") << sampleAt(1s, 1, {Metric::None, {"GPU_0"}});
    QTest::newRow("unknown metric") << sampleAt(1s, 1, {static_cast<Metric>(250), {"GPU_0"}});
    QTest::newRow("before 1970") << MetricSample{kTemperature, Clock::Wall{-1ns}, 1};
    QTest::newRow("at the beginning of time") << MetricSample{kTemperature, Clock::Wall::min(), 1};
}

void TestHistoryStore::leavesOutSamplesThatCannotBeKept()
{
    QFETCH(MetricSample, sample);
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf({sample, sampleAt(1s, 2)})));
    VERIFY_RESULT(store->write(samplesOf({sample})));
    const auto read = store->read(kTemperature, kAllTime, kAllPoints);
    VERIFY_RESULT(read);
    QVERIFY(read->points == std::vector{pointAt(1s, 2, 2, 2, 1)});
    const auto rows = m_rig->number("SELECT count(*) FROM point");
    VERIFY_RESULT(rows);
    QCOMPARE(*rows, 3);
}

void TestHistoryStore::leavesOutRowsThatAreNoneOfOurs_data()
{
    QTest::addColumn<QString>("change");
    QTest::newRow("minimum above the maximum") << "minimum = 3";
    QTest::newRow("infinite minimum") << "minimum = -9e999";
    QTest::newRow("infinite sum") << "sum = 9e999";
    QTest::newRow("infinite maximum") << "maximum = 9e999";
    QTest::newRow("no samples") << "count = 0";
    QTest::newRow("fewer than none") << "count = -1";
    QTest::newRow("before 1970") << "at_s = -1";
    QTest::newRow("beyond the clock") << "at_s = 9223372036854775807";
    QTest::newRow("beyond all blocks") << "block = 9223372036854775807";
}

void TestHistoryStore::leavesOutRowsThatAreNoneOfOurs()
{
    QFETCH(QString, change);
    VERIFY_RESULT(m_rig->open()->write(samplesOf({sampleAt(1s, 1), sampleAt(2s, 2)})));
    const std::string where = " WHERE step = 1 AND at_s % 10 = 1";
    VERIFY_RESULT(m_rig->execute("UPDATE point SET " + change.toStdString() + where));
    const auto store = m_rig->open();
    for (const HistoryStep step : {HistoryStep::Unknown, HistoryStep::Second}) {
        const auto read = store->read(kTemperature, {kStart, kStart + 1h}, kAllPoints, step);
        VERIFY_RESULT(read);
        QVERIFY(read->points == std::vector{pointAt(2s, 2, 2, 2, 1)});
    }
}

void TestHistoryStore::leavesMetricsOfLaterVersionsAlone()
{
    VERIFY_RESULT(m_rig->open()->write(samplesOf({sampleAt(1s, 1), sampleAt(1s, 2, kRamUsed)})));
    VERIFY_RESULT(m_rig->execute("UPDATE series SET metric = 'of_2030' WHERE metric = 'temperature'"));
    const auto store = m_rig->open();
    const auto series = store->series();
    VERIFY_RESULT(series);
    QVERIFY(*series == std::vector{kRamUsed});
    VERIFY_RESULT(store->write(samplesOf({sampleAt(1s, 3), sampleAt(1s, 4, kRamUsed)})));
    m_rig->clock().advance(1min);
    VERIFY_RESULT(store->prune({}));
    const auto sum = m_rig->number("SELECT sum(sum) FROM point JOIN series ON series_id = id WHERE metric = 'of_2030'");
    VERIFY_RESULT(sum);
    QCOMPARE(*sum, 3); // 1 in each step
}

void TestHistoryStore::keepsNothingWithoutAFolder()
{
    NullLog log;
    HistoryStore store{{}, m_rig->clock(), log};
    QVERIFY(!store.isOnDisk());
    VERIFY_RESULT(store.write({{sampleAt(1s, 1)}, {loadAt(1s)}, {alertAt(1s, 1)}}));
    VERIFY_RESULT(store.prune({}));
    const auto read = store.read(kTemperature, kAllTime, kAllPoints, HistoryStep::Hour);
    VERIFY_RESULT(read);
    QVERIFY(read->points.empty());
    QCOMPARE(read->step, HistoryStep::Hour);
    const auto whole = store.whole(kTemperature, kAllTime);
    VERIFY_RESULT(whole);
    QVERIFY(!*whole);
    QVERIFY(store.series()->empty());
    QVERIFY(store.loads(kAllTime)->empty());
    QVERIFY(store.alerts(10)->empty());
}

void TestHistoryStore::writesNothingOfAnEmptyBatch()
{
    VERIFY_RESULT(m_rig->open()->write({}));
    QVERIFY(m_rig->folder().entries().empty());
}

void TestHistoryStore::servesSeveralThreads()
{
    constexpr int kBatches = 100;
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf({sampleAt(0s, 1)})));
    Result<> written;
    {
        const std::jthread writer{[&] {
            for (int batch = 1; batch < kBatches && written; ++batch)
                written = store->write(samplesOf({sampleAt(std::chrono::seconds{batch}, 1)}));
        }};
        for (std::size_t seen = 0; seen < 20;) {
            const auto read = store->read(kTemperature, kAllTime, kAllPoints);
            VERIFY_RESULT(read);
            QVERIFY(read->points.size() >= seen);
            seen = read->points.size();
        }
    }
    VERIFY_RESULT(written);
    const auto read = store->read(kTemperature, kAllTime, kAllPoints);
    VERIFY_RESULT(read);
    QCOMPARE(read->points.size(), std::size_t{kBatches});
}

QTEST_APPLESS_MAIN(TestHistoryStore)
#include "test_history_store.moc"
