// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/models/live_series.h"

#include <QTest>

using namespace weightroom::ui;

namespace {

const SeriesId kPower{QStringLiteral("power"), QStringLiteral("GPU_0")};
constexpr qint64 kStart = 1'000'000'000;

MonitorView seen(qint64 at, std::optional<double> power)
{
    MonitorView view;
    view.at = at;
    if (power)
        view.samples.insert(kPower, *power);
    return view;
}

TimePoint point(qint64 at, double value) { return {.at = at, .minimum = value, .mean = value, .maximum = value}; }

} // namespace

class TestLiveSeries : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void keepsWhatComesIn();
    void putsTogetherWhatComesTogether();
    void forgetsWhatIsOld();
    void leavesGapsWhereNothingWasKnown();
    void takesWhatWasBefore();
    void takesNoPointsOfMinutes();
    void knowsWhichComeSeldom();
    void beginsAnewWhenTheClockGoesBack();
};

void TestLiveSeries::keepsWhatComesIn()
{
    LiveSeries series;
    QCOMPARE(series.now(), 0);
    series.add(seen(kStart, 1.0));
    series.add(seen(kStart + 1000, 2.0));
    QCOMPARE(series.now(), kStart + 1000);
    QCOMPARE(series.points(kPower), (QList<TimePoint>{point(kStart, 1.0), point(kStart + 1000, 2.0)}));
    QVERIFY(series.points({QStringLiteral("fan_speed"), QStringLiteral("GPU_0")}).isEmpty());
}

void TestLiveSeries::putsTogetherWhatComesTogether()
{
    LiveSeries series;
    MonitorView loads = seen(kStart, 1.0); // one has failed
    for (int i = 0; i < 3; ++i)
        loads.samples.insert(kPower, 0.0);
    series.add(loads);
    QCOMPARE(series.points(kPower),
        (QList<TimePoint>{{.at = kStart, .minimum = 0.0, .mean = 0.25, .maximum = 1.0, .weight = 4}}));
}

void TestLiveSeries::forgetsWhatIsOld()
{
    LiveSeries series;
    for (int second = 0; second <= 1000; ++second)
        series.add(seen(kStart + second * 1000, second));
    const QList<TimePoint> points = series.points(kPower);
    QCOMPARE(points.size(), LiveSeries::kLength / 1000 + 1);
    QCOMPARE(points.first().at, kStart + 1'000'000 - LiveSeries::kLength);
    // A metric that is not reported any more goes in the end.
    series.add(seen(kStart + 1'000'000 + 2 * LiveSeries::kLength, std::nullopt));
    QVERIFY(series.points(kPower).isEmpty());
}

void TestLiveSeries::leavesGapsWhereNothingWasKnown()
{
    LiveSeries series;
    series.add(seen(kStart, 1.0));
    series.add(seen(kStart + 1000, std::nullopt));
    series.add(seen(kStart + 2000, 3.0));
    QCOMPARE(series.points(kPower), (QList<TimePoint>{point(kStart, 1.0), point(kStart + 2000, 3.0)}));
}

void TestLiveSeries::takesWhatWasBefore()
{
    LiveSeries series;
    series.add(seen(kStart + 250, 5.0));
    HistoryView history;
    // Too old; before; the same second as what is there.
    history.series.insert(kPower,
        {.points = {point(kStart - LiveSeries::kLength - 5000, 0.0), point(kStart - 2000, 3.0),
             point(kStart - 1000, 4.0), point(kStart, 5.0)},
            .step = 1000});
    series.prepend(history);
    QCOMPARE(series.points(kPower),
        (QList<TimePoint>{point(kStart - 2000, 3.0), point(kStart - 1000, 4.0), point(kStart + 250, 5.0)}));
    series.prepend(history); // twice does no harm
    QCOMPARE(series.points(kPower).size(), 3);
}

/// Whatever step other series of the same answer have.
void TestLiveSeries::takesNoPointsOfMinutes()
{
    LiveSeries series;
    series.add(seen(kStart, 5.0));
    const SeriesId other{QStringLiteral("temperature"), QStringLiteral("GPU_0")};
    HistoryView history;
    history.series.insert(kPower, {.points = {point(kStart - 120'000, 3.0)}, .step = 60'000});
    history.series.insert(other, {.points = {point(kStart - 1000, 50.0)}, .step = 1000});
    series.prepend(history);
    QCOMPARE(series.points(kPower).size(), 1);
    QCOMPARE(series.points(other).size(), 1);
}

void TestLiveSeries::knowsWhichComeSeldom()
{
    LiveSeries series;
    series.add(seen(kStart, 1.0));
    QCOMPARE(series.stepOf(kPower), LiveSeries::kStep);
    MonitorView resting = seen(kStart + 1000, std::nullopt);
    resting.resting = {kPower};
    series.add(resting);
    QCOMPARE(series.stepOf(kPower), MonitorView::kRestingStep);
    QCOMPARE(series.stepOf({QStringLiteral("load_time"), QStringLiteral("GPU_0")}), LiveSeries::kStep);
    QCOMPARE(series.points(kPower).size(), 1);
    series.add(seen(kStart + 1000 + LiveSeries::kLength, 2.0)); // what was then is still shown
    QCOMPARE(series.stepOf(kPower), MonitorView::kRestingStep);
    series.add(seen(kStart + 2000 + LiveSeries::kLength, 2.0));
    QCOMPARE(series.stepOf(kPower), LiveSeries::kStep);
}

void TestLiveSeries::beginsAnewWhenTheClockGoesBack()
{
    LiveSeries series;
    series.add(seen(kStart, 1.0));
    series.add(seen(kStart - 60'000, 2.0));
    QCOMPARE(series.points(kPower), QList<TimePoint>{point(kStart - 60'000, 2.0)});
}

QTEST_APPLESS_MAIN(TestLiveSeries)
#include "test_live_series.moc"
