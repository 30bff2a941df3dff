// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/decimation.h"

#include <QRandomGenerator>
#include <QTest>

#include <algorithm>
#include <limits>

using namespace weightroom::ui;

namespace {

constexpr qint64 kSecond = 1000;
constexpr qint64 kDay = 24 * 3600 * kSecond;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

TimePoint point(qint64 at, double value) { return {at, value, value, value}; }

/// One point a second, from `from` on.
QList<TimePoint> steady(qint64 from, int count)
{
    QList<TimePoint> points;
    for (int index = 0; index < count; ++index)
        points.append(point(from + index * kSecond, index % 7));
    return points;
}

QList<TimePoint> flat(const DecimatedSeries& series)
{
    QList<TimePoint> points;
    for (const QList<TimePoint>& run : series.runs)
        points.append(run);
    return points;
}

TimePoint extremesOf(const QList<TimePoint>& points)
{
    TimePoint extremes = points.first();
    for (const TimePoint& each : points) {
        extremes.minimum = std::min(extremes.minimum, each.minimum);
        extremes.maximum = std::max(extremes.maximum, each.maximum);
    }
    return extremes;
}

/// Irregular, with gaps, values below 0 and bands.
QList<TimePoint> irregular(QRandomGenerator& random, int count)
{
    QList<TimePoint> points;
    qint64 at = random.bounded(100'000);
    for (int index = 0; index < count; ++index) {
        at += random.bounded(50) == 0 ? random.bounded(600'000) : random.bounded(2'000);
        const double mean = random.bounded(200.0) - 100;
        points.append({at, mean - random.bounded(5.0), mean, mean + random.bounded(5.0)});
    }
    return points;
}

} // namespace

class TestDecimation : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void fewPointsStayAsTheyAre();
    void neighboursOfTheSpanAreKept();
    void neverMorePointsThanColumns();
    void extremesOfEveryPointAreKept();
    void aSpikeOfOneSecondIsSeenInADay();
    void pointsAreInOrder();
    void aMeanCountsAsManyValuesAsItIsOf();
    void aPointWithoutValuesIsLeftOut();
    void columnsDoNotChangeAsTimeGoesOn();
    void gapsDivideRuns();
    void shortGapsOfALongTimeDoNot();
    void whatIsNotFiniteIsLeftOut();
    void usualSpacingIsTheMedian();
    void pointAtIsTheNearest();
    void pointAtFindsNothingInAGap();
};

void TestDecimation::fewPointsStayAsTheyAre()
{
    const QList<TimePoint> points = steady(5'000, 20);
    const DecimatedSeries series = decimate(points, {5'000, 24'000}, 20);
    QCOMPARE(series.runs, (QList<QList<TimePoint>>{points}));
    QCOMPARE(series.column, 0);
    QVERIFY(decimate({}, {0, 1'000}, 100).runs.isEmpty());
}

void TestDecimation::neighboursOfTheSpanAreKept()
{
    const DecimatedSeries series = decimate(steady(0, 100), {10'500, 14'500}, 50);
    const QList<TimePoint> points = flat(series);
    QCOMPARE(points.first().at, 10'000);
    QCOMPARE(points.last().at, 15'000);
    // Also where the span itself has none.
    QCOMPARE(flat(decimate(steady(0, 100), {10'100, 10'200}, 50)).size(), 2);
}

void TestDecimation::neverMorePointsThanColumns()
{
    QRandomGenerator random(7);
    for (int round = 0; round < 200; ++round) {
        const QList<TimePoint> points = irregular(random, 2'000);
        const qint64 from = points[random.bounded(1'000)].at + random.bounded(1'000);
        const qint64 to = from + 10'000 + random.bounded(1'000'000);
        const int columns = kLeastColumns + random.bounded(300);
        const DecimatedSeries series = decimate(points, {from, to}, columns, 5'000);
        QVERIFY2(flat(series).size() <= columns, qPrintable(QString::number(flat(series).size())));
    }
    QVERIFY(flat(decimate(steady(0, 1'000), {0, 1'000'000}, 0)).size() <= kLeastColumns);
}

void TestDecimation::extremesOfEveryPointAreKept()
{
    QRandomGenerator random(11);
    for (int round = 0; round < 50; ++round) {
        const QList<TimePoint> points = irregular(random, 3'000);
        const TimeSpan span{points.first().at, points.last().at};
        const DecimatedSeries series = decimate(points, span, 100);
        QVERIFY(series.column > 0);
        QCOMPARE(extremesOf(flat(series)).minimum, extremesOf(points).minimum);
        QCOMPARE(extremesOf(flat(series)).maximum, extremesOf(points).maximum);
        for (const TimePoint& each : flat(series))
            QVERIFY(each.minimum <= each.mean && each.mean <= each.maximum);
    }
}

void TestDecimation::aSpikeOfOneSecondIsSeenInADay()
{
    QList<TimePoint> points = steady(0, 86'400);
    points[43'210] = point(points[43'210].at, 1'000);
    const QList<TimePoint> few = flat(decimate(points, {0, kDay}, 900));
    const auto spike = std::ranges::find(few, 1'000.0, &TimePoint::maximum);
    QVERIFY(spike != few.end());
    QVERIFY(std::abs(spike->at - 43'210 * kSecond) <= kDay / 890);
    QVERIFY(spike->mean < 100);
}

void TestDecimation::pointsAreInOrder()
{
    QRandomGenerator random(13);
    const QList<TimePoint> points = irregular(random, 5'000);
    const QList<TimePoint> few = flat(decimate(points, {points[100].at, points[4'900].at}, 333));
    QVERIFY(few.size() > 100);
    for (qsizetype index = 1; index < few.size(); ++index)
        QVERIFY(few[index - 1].at < few[index].at);
}

/// A minute in which one of one load has failed, beside others of 99 that did not.
void TestDecimation::aMeanCountsAsManyValuesAsItIsOf()
{
    QList<TimePoint> points;
    for (int index = 0; index < 1'000; ++index) {
        const bool isLone = index % 2 == 0;
        points.append({.at = index * kSecond,
            .minimum = isLone ? 1.0 : 0.0,
            .mean = isLone ? 1.0 : 0.0,
            .maximum = isLone ? 1.0 : 0.0,
            .weight = isLone ? 1.0 : 99.0});
    }
    const DecimatedSeries series = decimate(points, {0, 999 * kSecond}, 10);
    QVERIFY(series.column > 100 * kSecond);
    double weight = 0;
    for (const TimePoint& each : flat(series)) {
        QVERIFY2(each.mean > 0.009 && each.mean < 0.011, qPrintable(QString::number(each.mean)));
        QCOMPARE(each.maximum, 1.0);
        weight += each.weight;
    }
    QCOMPARE(weight, 50'000.0); // so that what is put together again counts right, too
    // One that stands alone is as it was, to the last bit.
    const TimePoint third{.at = 0, .minimum = 0.1, .mean = 1.0 / 3, .maximum = 0.4, .weight = 61};
    QCOMPARE(flat(decimate({third}, {0, kSecond}, 10)), QList<TimePoint>{third});
}

void TestDecimation::aPointWithoutValuesIsLeftOut()
{
    QList<TimePoint> points = steady(0, 10);
    points[3].weight = 0;
    points[4].weight = kNaN;
    QCOMPARE(flat(decimate(points, {0, 10'000}, 100)).size(), 8);
}

void TestDecimation::columnsDoNotChangeAsTimeGoesOn()
{
    const QList<TimePoint> points = steady(0, 11'007);
    const DecimatedSeries before = decimate(points.first(10'000), {0, 9'999 * kSecond}, 500);
    const DecimatedSeries after = decimate(points, {1'007 * kSecond, 11'006 * kSecond}, 500);
    QCOMPARE(before.column, after.column);
    const QList<TimePoint> later = flat(after);
    int compared = 0;
    for (const TimePoint& each : flat(before)) {
        // All but those at the ends, which are not complete.
        if (each.at < 1'050 * kSecond || each.at > 9'950 * kSecond)
            continue;
        QVERIFY2(later.contains(each), qPrintable(QString::number(each.at)));
        ++compared;
    }
    QVERIFY(compared > 400);
}

void TestDecimation::gapsDivideRuns()
{
    QList<TimePoint> points = steady(0, 10);
    points.append(steady(60'000, 10));
    const DecimatedSeries asTheyAre = decimate(points, {0, 100'000}, 100);
    QCOMPARE(asTheyAre.runs.size(), 2);
    QCOMPARE(asTheyAre.gapAfter, 3 * kSecond);
    QCOMPARE(asTheyAre.runs[0].last().at, 9'000);
    QCOMPARE(asTheyAre.runs[1].first().at, 60'000);
    QCOMPARE(decimate(points, {0, 100'000}, 100, 51'000).runs.size(), 1);

    QList<TimePoint> day = steady(0, 40'000);
    day.append(steady(45'000 * kSecond, 41'400));
    const DecimatedSeries merged = decimate(day, {0, kDay}, 900);
    QCOMPARE(merged.runs.size(), 2);
    QVERIFY(merged.runs[0].last().at < 40'000 * kSecond);
    QVERIFY(merged.runs[1].first().at >= 45'000 * kSecond);
}

void TestDecimation::shortGapsOfALongTimeDoNot()
{
    // Five seconds are missing every minute: that is less than a column, and would be seen where columns meet only.
    QList<TimePoint> points;
    for (int minute = 0; minute < 1'440; ++minute)
        points.append(steady(minute * 60 * kSecond, 55));
    QCOMPARE(decimate(points, {0, kDay}, 900).runs.size(), 1);
    QVERIFY(decimate(points, {0, 600 * kSecond}, 900).runs.size() >= 10);
}

void TestDecimation::whatIsNotFiniteIsLeftOut()
{
    QList<TimePoint> points = steady(0, 10);
    points[3] = point(3'000, kNaN);
    points[4] = {4'000, 0, 1, std::numeric_limits<double>::infinity()};
    QCOMPARE(flat(decimate(points, {0, 10'000}, 100)).size(), 8);
    QVERIFY(decimate({point(0, kNaN)}, {0, 10'000}, 100).runs.isEmpty());
}

void TestDecimation::usualSpacingIsTheMedian()
{
    QCOMPARE(usualSpacing({}), 0);
    QCOMPARE(usualSpacing({point(5, 0)}), 0);
    QCOMPARE(usualSpacing({point(0, 0), point(10, 0), point(20, 0), point(5'000, 0)}), 10);
    QCOMPARE(usualSpacing(steady(0, 86'400)), kSecond);
    QCOMPARE(gapLength(steady(0, 100), 0), 3 * kSecond);
    QCOMPARE(gapLength(steady(0, 100), 77), 77);
}

void TestDecimation::pointAtIsTheNearest()
{
    const DecimatedSeries series = decimate(steady(0, 100), {0, 99'000}, 200);
    QCOMPARE(pointAt(series, 41'400, 0)->at, 41'000);
    QCOMPARE(pointAt(series, 41'600, 0)->at, 42'000);
    // Every moment between two points of a run has one, however they are put together.
    QRandomGenerator random(17);
    const DecimatedSeries merged = decimate(steady(500, 5'000), {0, 5'000'000}, 77);
    for (int round = 0; round < 1'000; ++round) {
        const qint64 at = random.bounded(500, 4'999'000);
        QVERIFY2(pointAt(merged, at, 0).has_value(), qPrintable(QString::number(at)));
    }
}

void TestDecimation::pointAtFindsNothingInAGap()
{
    QList<TimePoint> points = steady(0, 10);
    points.append(steady(60'000, 10));
    const DecimatedSeries series = decimate(points, {0, 100'000}, 100);
    QVERIFY(!pointAt(series, 30'000, 0));
    QVERIFY(!pointAt(series, 80'000, 0));
    QVERIFY(pointAt(series, 10'000, 0));
    QVERIFY(!pointAt({}, 0, 0));
    // A lone point, met from a few pixels off.
    const DecimatedSeries lone = decimate({point(5'000, 1)}, {0, 10'000}, 100);
    QVERIFY(!pointAt(lone, 5'100, 0));
    QVERIFY(pointAt(lone, 5'100, 200));
}

QTEST_GUILESS_MAIN(TestDecimation)
#include "test_decimation.moc"
