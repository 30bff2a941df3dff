// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/history_store.h"

#include "tests/model_engine/monitor/history/history_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <string>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;
using std::chrono::seconds;

namespace {

/// What a step says of samples, put together without a store.
std::vector<MetricPoint> expectedPoints(const std::vector<MetricSample>& samples, HistoryStep step)
{
    std::map<Clock::Wall, MetricPoint> points;
    for (const MetricSample& sample : samples) {
        const auto second = std::chrono::floor<seconds>(sample.at);
        const Clock::Wall from = second - second.time_since_epoch() % lengthOf(step);
        points[from] = merged(points[from], {from, sample.value, sample.value, sample.value, 1});
    }
    std::vector<MetricPoint> list;
    list.reserve(points.size());
    for (const auto& [from, point] : points)
        list.push_back(point);
    return list;
}

/// Where the means differ by no more than rounding.
bool areAlike(const std::vector<MetricPoint>& a, const std::vector<MetricPoint>& b)
{
    return std::ranges::equal(a, b, [](const MetricPoint& left, const MetricPoint& right) {
        return left.from == right.from && left.count == right.count && left.minimum == right.minimum
            && left.maximum == right.maximum && std::abs(left.mean - right.mean) < 1e-9;
    });
}

/// One sample a second, from `from` on, before `to`; the value is the number of the second.
std::vector<MetricSample> eachSecond(seconds from, seconds to)
{
    std::vector<MetricSample> samples;
    for (seconds second = from; second < to; ++second)
        samples.push_back(sampleAt(second, static_cast<double>(second.count())));
    return samples;
}

} // namespace

class TestHistoryReading : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_rig = std::make_unique<HistoryRig>(); }
    void choosesTheStep_data();
    void choosesTheStep();
    void choosesAStepThatHasTheBeginning_data();
    void choosesAStepThatHasTheBeginning();
    void showsWhatOnlyHoursHaveStill();
    void takesNoStepForLackingWhatNeverWas();
    void readsNoMoreRowsThanItMay_data();
    void readsNoMoreRowsThanItMay();
    void takesNoLongStepForWhatLiesFarApart();
    void putsNeighboursTogether_data();
    void putsNeighboursTogether();
    void leavesGaps();
    void givesTheSamePointsWhileTheSpanMovesOn();
    void putsTogetherAsByHand();
    void putsTogetherWhatLiesInAWrongOrder();
    void readsSpans_data();
    void readsSpans();
    void readsAcrossYearsWithoutSamples();
    void readsPieceByPiece();
    void givesASpanAsOnePoint();
    void agreesWithAModel();

private:
    std::unique_ptr<HistoryRig> m_rig;
};

void TestHistoryReading::choosesTheStep_data()
{
    QTest::addColumn<seconds>("to");
    QTest::addColumn<std::size_t>("mostPoints");
    QTest::addColumn<HistoryStep>("step");
    QTest::addColumn<std::size_t>("points");
    // There are two hours of samples.
    QTest::newRow("all seconds") << seconds{900} << std::size_t{900} << HistoryStep::Second << std::size_t{900};
    QTest::newRow("one too many") << seconds{900} << std::size_t{899} << HistoryStep::Second << std::size_t{450};
    QTest::newRow("59 seconds") << seconds{7200} << std::size_t{124} << HistoryStep::Second << std::size_t{123};
    QTest::newRow("as long as minutes") << seconds{7200} << std::size_t{123} << HistoryStep::Minute << std::size_t{120};
    QTest::newRow("all minutes") << seconds{7200} << std::size_t{120} << HistoryStep::Minute << std::size_t{120};
    QTest::newRow("pairs of minutes") << seconds{7200} << std::size_t{119} << HistoryStep::Minute << std::size_t{60};
    QTest::newRow("hours") << seconds{7200} << std::size_t{3} << HistoryStep::Hour << std::size_t{2};
    QTest::newRow("one hour") << seconds{7200} << std::size_t{1} << HistoryStep::Hour << std::size_t{1};
    QTest::newRow("none wanted") << seconds{7200} << std::size_t{0} << HistoryStep::Hour << std::size_t{0};
    QTest::newRow("a long time without samples counts for nothing")
        << seconds{3600 * 24 * 365} << std::size_t{7200} << HistoryStep::Second << std::size_t{7200};
}

void TestHistoryReading::choosesTheStep()
{
    QFETCH(seconds, to);
    QFETCH(std::size_t, mostPoints);
    QFETCH(HistoryStep, step);
    QFETCH(std::size_t, points);
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf(eachSecond(0s, 2h))));
    const auto read = store->read(kTemperature, {kStart, kStart + to}, mostPoints);
    VERIFY_RESULT(read);
    QCOMPARE(read->step, step);
    QCOMPARE(read->points.size(), points);
}

void TestHistoryReading::choosesAStepThatHasTheBeginning_data()
{
    QTest::addColumn<seconds>("from");
    QTest::addColumn<HistoryStep>("step");
    // At two hours: seconds from 6330 on are kept, minutes of the last hour.
    QTest::newRow("all of the seconds") << seconds{6330} << HistoryStep::Second;
    QTest::newRow("within the minute of the first") << seconds{6300} << HistoryStep::Second;
    QTest::newRow("longer than there are seconds") << seconds{6299} << HistoryStep::Minute;
    QTest::newRow("all of the minutes") << seconds{3600} << HistoryStep::Minute;
    QTest::newRow("longer than there are minutes") << seconds{3599} << HistoryStep::Hour;
    QTest::newRow("longer than there are hours") << seconds{-7200} << HistoryStep::Hour;
}

void TestHistoryReading::choosesAStepThatHasTheBeginning()
{
    QFETCH(seconds, from);
    QFETCH(HistoryStep, step);
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf(eachSecond(0s, 2h))));
    m_rig->clock().advance(2h);
    VERIFY_RESULT(store->prune({.seconds = 870s, .minutes = 1h, .hours = 24h}));
    const auto read = store->read(kTemperature, {kStart + from, kStart + 2h}, 10'000);
    VERIFY_RESULT(read);
    QCOMPARE(read->step, step);
}

/// A series that begins in the span, and one that is silent for long, have all of their seconds.
/// An engine of long ago, and one that has just begun: its seconds are all that its minutes were made of.
void TestHistoryReading::showsWhatOnlyHoursHaveStill()
{
    const auto store = m_rig->open();
    constexpr seconds kNow = std::chrono::days{200};
    VERIFY_RESULT(store->write(samplesOf(eachSecond(0s, 10s))));
    VERIFY_RESULT(store->write(samplesOf(eachSecond(kNow, kNow + 10s))));
    m_rig->clock().advance(kNow + 10s);
    VERIFY_RESULT(store->prune({}));
    const auto read = store->read(kTemperature, {kStart, kStart + kNow + 1h}, 2000);
    VERIFY_RESULT(read);
    QCOMPARE(read->step, HistoryStep::Hour);
    QCOMPARE(read->points.size(), 2U);
}

void TestHistoryReading::takesNoStepForLackingWhatNeverWas()
{
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf({sampleAt(5s, 1), sampleAt(3700s, 2), sampleAt(7000s, 3)})));
    for (const seconds from : {-3600s, 0s, 6s, 30s, 3650s, 6990s}) {
        const auto read = store->read(kTemperature, {kStart + from, kStart + 2h}, 100);
        VERIFY_RESULT(read);
        QCOMPARE(read->step, HistoryStep::Second);
    }
}

void TestHistoryReading::readsNoMoreRowsThanItMay_data()
{
    QTest::addColumn<std::size_t>("mostPoints");
    QTest::addColumn<std::size_t>("mostRows");
    QTest::addColumn<HistoryStep>("step");
    QTest::newRow("all seconds") << std::size_t{1000} << std::size_t{7200} << HistoryStep::Second;
    QTest::newRow("one too few") << std::size_t{1000} << std::size_t{7199} << HistoryStep::Minute;
    QTest::newRow("all minutes") << std::size_t{100} << std::size_t{120} << HistoryStep::Minute;
    QTest::newRow("too few for minutes") << std::size_t{100} << std::size_t{119} << HistoryStep::Hour;
    QTest::newRow("none, where none has to be put together")
        << std::size_t{120} << std::size_t{0} << HistoryStep::Minute;
}

void TestHistoryReading::readsNoMoreRowsThanItMay()
{
    QFETCH(std::size_t, mostPoints);
    QFETCH(std::size_t, mostRows);
    QFETCH(HistoryStep, step);
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf(eachSecond(0s, 2h))));
    const HistorySpan span{kStart, kStart + 2h};
    const auto read = store->read(kTemperature, span, mostPoints, HistoryStep::Unknown, mostRows);
    VERIFY_RESULT(read);
    QCOMPARE(read->step, step);
    QVERIFY(read->points.size() <= mostPoints);
}

/// Few seconds of two years, put together, would be two points.
void TestHistoryReading::takesNoLongStepForWhatLiesFarApart()
{
    const seconds year = std::chrono::days{365};
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf(eachSecond(0s, 600s))));
    VERIFY_RESULT(store->write(samplesOf(eachSecond(year, year + 600s))));
    const auto read = store->read(kTemperature, kAllTime, 1000);
    VERIFY_RESULT(read);
    QCOMPARE(read->step, HistoryStep::Minute);
    QCOMPARE(read->length, seconds{60});
    QCOMPARE(read->points.size(), std::size_t{20});
}

void TestHistoryReading::putsNeighboursTogether_data()
{
    QTest::addColumn<HistoryStep>("step");
    QTest::addColumn<std::size_t>("most");
    QTest::addColumn<seconds>("length");
    QTest::newRow("hours") << HistoryStep::Unknown << std::size_t{4} << seconds{3 * 3600};
    QTest::newRow("to one") << HistoryStep::Unknown << std::size_t{1} << seconds{10 * 3600};
    QTest::newRow("seconds that were asked for") << HistoryStep::Second << std::size_t{1000} << seconds{35};
    QTest::newRow("minutes that were asked for") << HistoryStep::Minute << std::size_t{300} << seconds{120};
}

void TestHistoryReading::putsNeighboursTogether()
{
    QFETCH(HistoryStep, step);
    QFETCH(std::size_t, most);
    QFETCH(seconds, length);
    auto samples = eachSecond(0s, 9h);
    samples.push_back(sampleAt(9h + 33min + 20s, -1)); // ends the last of ten hours
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf(samples)));
    const auto read = store->read(kTemperature, kAllTime, most, step);
    VERIFY_RESULT(read);
    QCOMPARE(read->length, length);
    QVERIFY(read->points.size() <= most);
    MetricPoint whole;
    std::int64_t before = -1;
    for (const MetricPoint& point : read->points) {
        const std::int64_t number = (point.from - kStart) / length;
        QVERIFY(number > before);
        before = number;
        whole = merged(whole, point);
    }
    QVERIFY(areAlike({whole}, {{kStart, -1, (32'400.0 * 32'399 / 2 - 1) / 32'401, 32'399, 32'401}}));
}

void TestHistoryReading::leavesGaps()
{
    auto samples = eachSecond(0s, 1000s);
    const auto later = eachSecond(5000s, 6000s);
    samples.insert(samples.end(), later.begin(), later.end());
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf(samples)));
    const auto read = store->read(kTemperature, {kStart, kStart + 2h}, 601);
    VERIFY_RESULT(read);
    QCOMPARE(read->step, HistoryStep::Second);
    QCOMPARE(read->length, seconds{10});
    QCOMPARE(read->points.size(), std::size_t{200});
    QVERIFY(read->points[99].from == kStart + 990s);
    QVERIFY(read->points[100].from == kStart + 5000s);
    for (const MetricPoint& point : read->points)
        QCOMPARE(point.count, std::uint64_t{10});
}

/// Else a chart would change its form while it is looked at.
void TestHistoryReading::givesTheSamePointsWhileTheSpanMovesOn()
{
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf(eachSecond(0s, 3h))));
    const auto pointsFrom = [&](seconds from) {
        return store->read(kTemperature, {kStart + from, kStart + from + 2h}, 500).value_or(SeriesHistory{});
    };
    const SeriesHistory before = pointsFrom(0s);
    QCOMPARE(before.length, seconds{15});
    for (seconds moved = 1s; moved < 40s; ++moved) {
        const SeriesHistory after = pointsFrom(moved);
        QCOMPARE(after.length, before.length);
        // The first one and the last one are cut by the span.
        const auto same = std::ranges::search(before.points, std::span{after.points}.subspan(1, 400));
        QCOMPARE(same.size(), std::size_t{400});
    }
}

void TestHistoryReading::putsTogetherAsByHand()
{
    std::mt19937 random{20261127};
    const auto below = [&](int end) { return std::uniform_int_distribution{0, end - 1}(random); };
    const auto store = m_rig->open();
    std::vector<MetricSample> samples;
    for (int run = 0; run < 12; ++run) { // with times between them when nobody looked
        const seconds begin{below(250'000)};
        for (int second = 0; second < 3000; second += 1 + below(4))
            samples.push_back(sampleAt(begin + seconds{second}, below(1000) / 8.0));
    }
    VERIFY_RESULT(store->write(samplesOf(samples)));
    std::map<HistoryStep, std::vector<MetricPoint>> all;
    for (const HistoryStep step : {HistoryStep::Second, HistoryStep::Minute, HistoryStep::Hour})
        all[step] = expectedPoints(samples, step);
    std::map<HistoryStep, int> rounds;
    for (int round = 0; round < 300; ++round) {
        const seconds from{below(250'000)};
        const HistorySpan span{kStart + from, kStart + from + seconds{1 + below(round % 3 == 0 ? 4000 : 250'000)}};
        const auto most = static_cast<std::size_t>(2 + below(round % 2 == 0 ? 20 : 500));
        const auto rows = static_cast<std::size_t>(below(round % 4 == 0 ? 1000 : 20'000));
        const auto read = store->read(kTemperature, span, most, HistoryStep::Unknown, rows);
        VERIFY_RESULT(read);
        QVERIFY(read->points.size() <= most);
        QVERIFY(read->length >= lengthOf(read->step) && read->length % lengthOf(read->step) == 0s);
        const bool isLast = read->step == HistoryStep::Hour;
        QVERIFY(isLast
            || read->length < lengthOf(read->step == HistoryStep::Second ? HistoryStep::Minute : HistoryStep::Hour));
        std::vector<MetricPoint> expected;
        for (const MetricPoint& point : all[read->step]) {
            if (point.from + lengthOf(read->step) <= span.from || point.from >= span.to)
                continue;
            const auto numberOf = [&](const MetricPoint& one) { return one.from.time_since_epoch() / read->length; };
            if (expected.empty() || numberOf(expected.back()) != numberOf(point))
                expected.push_back(point);
            else
                expected.back() = merged(expected.back(), point);
        }
        QVERIFY(areAlike(read->points, expected));
        rounds[read->length > lengthOf(read->step) ? read->step : HistoryStep::Unknown] += 1;
    }
    // All kinds of reading were tried.
    for (const HistoryStep step : {HistoryStep::Unknown, HistoryStep::Second, HistoryStep::Minute, HistoryStep::Hour})
        QVERIFY2(rounds[step] >= 5, std::to_string(rounds[step]).c_str());
}

/// As another program may leave it.
void TestHistoryReading::putsTogetherWhatLiesInAWrongOrder()
{
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf(eachSecond(0s, 100s))));
    VERIFY_RESULT(m_rig->execute("UPDATE point SET block = block + 20 WHERE step = 1 AND block % 10 < 3"));
    const auto read = store->read(kTemperature, {kStart, kStart + 1h}, 10, HistoryStep::Second);
    VERIFY_RESULT(read);
    QCOMPARE(read->length, seconds{10});
    QCOMPARE(read->points.size(), std::size_t{10});
    for (const MetricPoint& point : read->points)
        QCOMPARE(point.count, std::uint64_t{10});
}

void TestHistoryReading::readsSpans_data()
{
    QTest::addColumn<HistorySpan>("span");
    QTest::addColumn<std::size_t>("secondPoints");
    QTest::addColumn<std::size_t>("hourPoints");
    // There are samples in the seconds 3000 to 3999, which are of two hours.
    const auto span = [](Clock::Wall from, Clock::Wall to) { return HistorySpan{from, to}; };
    QTest::newRow("all time") << kAllTime << std::size_t{1000} << std::size_t{2};
    QTest::newRow("ends before the next") << span(kStart, kStart + 3001s) << std::size_t{1} << std::size_t{1};
    QTest::newRow("ends within the next") << span(kStart, kStart + 3001s + 1ns) << std::size_t{2} << std::size_t{1};
    QTest::newRow("begins with one") << span(kStart + 3998s, kStart + 2h) << std::size_t{2} << std::size_t{1};
    QTest::newRow("begins within one") << span(kStart + 3998s + 999ms, kStart + 2h) << std::size_t{2} << std::size_t{1};
    QTest::newRow("within one") << span(kStart + 3500s + 1ns, kStart + 3500s + 2ns) << std::size_t{1} << std::size_t{1};
    QTest::newRow("before all") << span(kStart, kStart + 3000s) << std::size_t{0} << std::size_t{1};
    QTest::newRow("behind all") << span(kStart + 4000s, kStart + 4001s) << std::size_t{0} << std::size_t{1};
    QTest::newRow("far in the future") << span(kStart + 24h, Clock::Wall::max()) << std::size_t{0} << std::size_t{0};
    QTest::newRow("before 1970") << span(Clock::Wall::min(), Clock::Wall{-1s}) << std::size_t{0} << std::size_t{0};
    QTest::newRow("empty") << span(kStart + 3500s, kStart + 3500s) << std::size_t{0} << std::size_t{0};
    QTest::newRow("the wrong way around") << span(kStart + 3600s, kStart) << std::size_t{0} << std::size_t{0};
}

void TestHistoryReading::readsSpans()
{
    QFETCH(HistorySpan, span);
    QFETCH(std::size_t, secondPoints);
    QFETCH(std::size_t, hourPoints);
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf(eachSecond(3000s, 4000s))));
    const auto inSeconds = store->read(kTemperature, span, kAllPoints, HistoryStep::Second);
    VERIFY_RESULT(inSeconds);
    QCOMPARE(inSeconds->points.size(), secondPoints);
    const auto inHours = store->read(kTemperature, span, kAllPoints, HistoryStep::Hour);
    VERIFY_RESULT(inHours);
    QCOMPARE(inHours->points.size(), hourPoints);
    VERIFY_RESULT(store->read(kTemperature, span, 10));
}

/// Also where other series have samples meanwhile.
void TestHistoryReading::readsAcrossYearsWithoutSamples()
{
    const seconds year = std::chrono::days{365};
    std::vector<MetricSample> samples{sampleAt(-50 * year, 1), sampleAt(0s, 2), sampleAt(150 * year, 3)};
    for (int second = -1000; second < 1000; second += 7)
        samples.push_back(sampleAt(seconds{second}, 9, kRamUsed));
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf(samples)));
    for (const HistoryStep step : {HistoryStep::Second, HistoryStep::Minute, HistoryStep::Hour}) {
        const auto read = store->read(kTemperature, kAllTime, kAllPoints, step);
        VERIFY_RESULT(read);
        QVERIFY(read->points == expectedPoints({samples.begin(), samples.begin() + 3}, step));
    }
    const auto thin = store->read(kTemperature, kAllTime, 2);
    VERIFY_RESULT(thin);
    QCOMPARE(thin->points.size(), std::size_t{2});
    QCOMPARE(thin->points.front().count, std::uint64_t{2});
}

void TestHistoryReading::readsPieceByPiece()
{
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf(eachSecond(0s, 1h))));
    const auto all = store->read(kTemperature, kAllTime, kAllPoints);
    VERIFY_RESULT(all);
    std::vector<MetricPoint> pieces;
    HistorySpan rest{kStart + 500ms, kStart + 1h};
    for (std::size_t size = 0; size < 3600; size = pieces.size()) {
        const auto piece = store->readFirst(kTemperature, rest, 1000);
        VERIFY_RESULT(piece);
        QCOMPARE(piece->step, HistoryStep::Second);
        QCOMPARE(piece->points.size(), std::min<std::size_t>(1000, 3600 - size));
        pieces.insert(pieces.end(), piece->points.begin(), piece->points.end());
        rest.from = pieces.back().from + piece->length;
    }
    QVERIFY(pieces == all->points);
    const auto behind = store->readFirst(kTemperature, rest, 1000, HistoryStep::Second);
    VERIFY_RESULT(behind);
    QVERIFY(behind->points.empty());
}

void TestHistoryReading::givesASpanAsOnePoint()
{
    const auto store = m_rig->open();
    VERIFY_RESULT(store->write(samplesOf(eachSecond(0s, 2h))));
    const auto minutes = store->whole(kTemperature, {kStart + 2h - 5min, kStart + 2h});
    VERIFY_RESULT(minutes);
    QVERIFY(*minutes);
    QVERIFY(areAlike({**minutes}, {{kStart + 6900s, 6900, 7049.5, 7199, 300}}));
    const auto nothing = store->whole(kTemperature, {kStart + 3h, kStart + 4h});
    VERIFY_RESULT(nothing);
    QVERIFY(!*nothing);
}

void TestHistoryReading::agreesWithAModel()
{
    std::mt19937 random{20261127};
    const auto below = [&](int end) { return std::uniform_int_distribution{0, end - 1}(random); };
    const auto store = m_rig->open();
    std::vector<MetricSample> samples;
    for (int batch = 0; batch < 60; ++batch) {
        HistoryBatch next;
        const seconds begin{below(100'000)}; // the clock jumps, too
        for (int count = below(200); count > 0; --count)
            next.samples.push_back(sampleAt(begin + seconds{below(300)}, below(1000) / 8.0));
        VERIFY_RESULT(store->write(next));
        samples.insert(samples.end(), next.samples.begin(), next.samples.end());
    }
    for (const HistoryStep step : {HistoryStep::Second, HistoryStep::Minute, HistoryStep::Hour}) {
        const auto all = expectedPoints(samples, step);
        for (int round = 0; round < 100; ++round) {
            const HistorySpan span{kStart + seconds{below(60'000)}, kStart + seconds{below(110'000)}};
            auto expected = all;
            std::erase_if(expected, [&](const MetricPoint& point) {
                return point.from + lengthOf(step) <= span.from || point.from >= span.to || span.to <= span.from;
            });
            const auto read = store->read(kTemperature, span, kAllPoints, step);
            VERIFY_RESULT(read);
            QVERIFY(areAlike(read->points, expected));
        }
    }
}

QTEST_APPLESS_MAIN(TestHistoryReading)
#include "test_history_reading.moc"
