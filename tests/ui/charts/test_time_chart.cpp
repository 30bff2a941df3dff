// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/time_chart.h"

#include "tests/ui/charts/time_chart_fixture.h"
#include "ui/style/theme.h"

#include <QLabel>
#include <QSignalSpy>
#include <QTest>

using namespace weightroom::ui;
using namespace weightroom::test;

class TestTimeChart : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { applyTheme(*qApp, ThemeChoice::Light); }
    void aDayHasFewerPointsThanPixels();
    void pointsAreReplacedOnceATick();
    void aSpikeOfADayIsPainted();
    void gapsAreNotBridged();
    void aLonePointIsADot();
    void liveGoesOnWithTheTime();
    void nothingIsComputedWhileHidden();
    void emptyChartsSayWhy();
    void legendIsForSeveral();
    void fullScaleCutsNothingOff();
    void themeIsFollowed();
    void latestValuesAreDescribed();
};

void TestTimeChart::aDayHasFewerPointsThanPixels()
{
    const auto chart = shownChart(ChartUnit::Bytes);
    chart->setLiveLength(std::chrono::hours{24});
    QList<TimeSeries> series;
    for (int index = 0; index < 4; ++index)
        series.append(seriesOf("series", steady(86'400, 1e9 * index), index));
    chart->setSeries(series, kNow);
    QCOMPARE(linesOf(*chart).size(), 4);
    for (const QLineSeries* line : linesOf(*chart)) {
        QVERIFY(line->count() > 100);
        QVERIFY2(line->count() <= chart->frame().geometry.plot.width(), qPrintable(QString::number(line->count())));
    }
    chart->resize(300, 120);
    for (const QLineSeries* line : linesOf(*chart))
        QVERIFY(line->count() <= chart->frame().geometry.plot.width());
}

void TestTimeChart::pointsAreReplacedOnceATick()
{
    const auto chart = shownChart();
    chart->setSeries({seriesOf("a", steady(600, 0.5)), seriesOf("b", steady(600, 0.7))}, kNow);
    const QList<QLineSeries*> lines = linesOf(*chart);
    QCOMPARE(lines.size(), 2);
    const QSignalSpy first(lines[0], &QLineSeries::pointsReplaced);
    const QSignalSpy second(lines[1], &QLineSeries::pointsReplaced);
    const QSignalSpy added(lines[0], &QLineSeries::pointAdded);
    chart->setSeries({seriesOf("a", steady(600, 0.4)), seriesOf("b", steady(600, 0.9))}, kNow);
    QCOMPARE(first.size(), 1);
    QCOMPARE(second.size(), 1);
    QCOMPARE(added.size(), 0);
    QCOMPARE(linesOf(*chart), lines);
}

void TestTimeChart::aSpikeOfADayIsPainted()
{
    const auto chart = shownChart();
    chart->setFullScale(1.0);
    chart->setLiveLength(std::chrono::hours{24});
    QList<TimePoint> points = steady(86'400, 0.1);
    points[40'000] = point(points[40'000].at, 0.9);
    chart->setSeries({seriesOf("busy", points)}, kNow);
    const QPointF spike(chart->frame().geometry.x(points[40'000].at), chart->frame().geometry.y(0.7));
    const QImage image = chart->grab().toImage();
    bool isSeen = false;
    for (const int offset : {-1, 0, 1})
        isSeen = isSeen || image.pixelColor(spike.toPoint() + QPoint(offset, 0)) != Theme::light().window;
    QVERIFY(isSeen);
    QCOMPARE(image.pixelColor(spike.toPoint() + QPoint(20, 0)), Theme::light().window);
}

void TestTimeChart::gapsAreNotBridged()
{
    const auto chart = shownChart();
    chart->setFullScale(1.0);
    QList<TimePoint> points = steady(300, 0.5);
    points.remove(100, 100);
    for (TimePoint& each : points) {
        each.minimum = 0.4;
        each.maximum = 0.6;
    }
    chart->setSeries({seriesOf("busy", points)}, kNow);
    const QList<QLineSeries*> lines = linesOf(*chart);
    QCOMPARE(lines.size(), 2);
    QVERIFY(lines[0]->points().last().x() < lines[1]->points().first().x() - 0.3);
    const double y = chart->frame().geometry.y(0.5);
    QCOMPARE(pixelAt(*chart, {chart->frame().geometry.x(kNow - 150 * kSecond), y}), Theme::light().window);
    QVERIFY(pixelAt(*chart, {chart->frame().geometry.x(kNow - 50 * kSecond), y}) != Theme::light().window);
    // Once it is filled there is one line again.
    chart->setSeries({seriesOf("busy", steady(300, 0.5))}, kNow);
    QCOMPARE(linesOf(*chart).size(), 1);
}

void TestTimeChart::aLonePointIsADot()
{
    const auto chart = shownChart(ChartUnit::Seconds);
    const qint64 at = kNow - 2 * kMinute;
    chart->setSeries({seriesOf("load", {{at, 2, 3, 4}})}, kNow);
    QVERIFY(linesOf(*chart).isEmpty());
    const PlotGeometry& geometry = chart->frame().geometry;
    QCOMPARE(pixelAt(*chart, {geometry.x(at), geometry.y(3)}), Theme::light().owners[0]);
    QVERIFY(pixelAt(*chart, {geometry.x(at), geometry.y(3.6)}) != Theme::light().window);
    QCOMPARE(pixelAt(*chart, {geometry.x(at) + 6, geometry.y(3)}), Theme::light().window);
}

void TestTimeChart::liveGoesOnWithTheTime()
{
    const auto chart = shownChart();
    chart->setSeries({seriesOf("busy", steady(600, 0.5))}, kNow);
    QVERIFY(chart->isLive());
    QCOMPARE(chart->visibleSpan(), (TimeSpan{kNow - 5 * kMinute, kNow}));
    chart->setSeries({seriesOf("busy", steady(600, 0.5))}, kNow + kSecond);
    QCOMPARE(chart->visibleSpan(), (TimeSpan{kNow + kSecond - 5 * kMinute, kNow + kSecond}));
    QCOMPARE(chart->frame().geometry.span, chart->visibleSpan());
    chart->setSeries({}, 0); // it is not known yet what time it is
    QCOMPARE(chart->visibleSpan().to, kNow + kSecond);
}

void TestTimeChart::nothingIsComputedWhileHidden()
{
    TimeChart chart(ChartUnit::Percent);
    chart.resize(800, 200);
    chart.setSeries({seriesOf("busy", steady(600, 0.5))}, kNow);
    QVERIFY(chart.chart()->series().isEmpty());
    chart.show();
    QCOMPARE(linesOf(chart).size(), 1);
    chart.hide();
    const QSignalSpy replaced(linesOf(chart).first(), &QLineSeries::pointsReplaced);
    chart.setSeries({seriesOf("busy", steady(600, 0.7))}, kNow);
    QCOMPARE(replaced.size(), 0);
    chart.show();
    QVERIFY(replaced.size() >= 1);
}

void TestTimeChart::emptyChartsSayWhy()
{
    const auto chart = shownChart(ChartUnit::Watts);
    QCOMPARE(chart->frame().notice, QStringLiteral("No readings yet"));
    QVERIFY(chart->frame().values.isEmpty());
    chart->setEmptyText(QStringLiteral("This GPU does not report it"));
    QCOMPARE(chart->frame().notice, QStringLiteral("This GPU does not report it"));
    QCOMPARE(chart->accessibleDescription(), QString());
    chart->setSeries({seriesOf("Power", {})}, kNow);
    QCOMPARE(chart->frame().notice, QStringLiteral("This GPU does not report it"));
    QCOMPARE(chart->accessibleDescription(), QStringLiteral("This GPU does not report it"));
    chart->setSeries({seriesOf("Power", steady(10, 100))}, kNow);
    QVERIFY(chart->frame().notice.isEmpty());
    QVERIFY(!chart->frame().values.isEmpty());
    chart->showRange(kNow - kDay, kNow - kDay + kMinute);
    QCOMPARE(chart->frame().notice, QStringLiteral("No readings in this time"));
}

void TestTimeChart::legendIsForSeveral()
{
    const auto chart = shownChart();
    chart->setSeries({seriesOf("a", steady(60, 0.5))}, kNow);
    QVERIFY(chart->frame().legend.isEmpty());
    chart->setSeries({seriesOf("a", steady(60, 0.5), 2), seriesOf("b", {}, 13)}, kNow);
    QCOMPARE(chart->frame().legend.size(), 2);
    QCOMPARE(chart->frame().legend[0].color, Theme::light().owners[2]);
    QCOMPARE(chart->frame().legend[1].color, Theme::light().owners[3]); // goes round
}

void TestTimeChart::fullScaleCutsNothingOff()
{
    const auto chart = shownChart(ChartUnit::Watts);
    chart->setFullScale(350);
    chart->setSeries({seriesOf("Power", steady(60, 120))}, kNow);
    QCOMPARE(chart->frame().geometry.high, 350.0);
    chart->setSeries({seriesOf("Power", steady(60, 371))}, kNow);
    QCOMPARE(chart->frame().geometry.high, 371.0);
    chart->setFullScale({});
    QCOMPARE(chart->frame().geometry.high, 400.0);
}

void TestTimeChart::themeIsFollowed()
{
    const auto chart = shownChart();
    chart->setSeries({seriesOf("busy", steady(600, 0.5), 1)}, kNow);
    QCOMPARE(linesOf(*chart).first()->color(), Theme::light().owners[1]);
    QCOMPARE(pixelAt(*chart, {2, 2}), Theme::light().raised);
    applyTheme(*qApp, ThemeChoice::Dark);
    QCOMPARE(linesOf(*chart).first()->color(), Theme::dark().owners[1]);
    QCOMPARE(pixelAt(*chart, {2, 2}), Theme::dark().raised);
}

void TestTimeChart::latestValuesAreDescribed()
{
    const auto chart = shownChart();
    QVERIFY(!chart->accessibleName().isEmpty());
    QList<TimePoint> old = steady(60, 0.5);
    old.remove(30, 30);
    chart->setSeries({seriesOf("Busy", steady(60, 0.25)), seriesOf("Memory", old)}, kNow);
    QCOMPARE(chart->accessibleDescription(), QStringLiteral("Busy: 25 %; Memory: no data"));
    // What has the focus is not described anew with each tick, but when the user does something.
    chart->activateWindow();
    QVERIFY(QTest::qWaitForWindowActive(chart.get()));
    chart->setFocus();
    chart->setSeries({seriesOf("Busy", steady(60, 0.75))}, kNow);
    QCOMPARE(chart->accessibleDescription(), QStringLiteral("Busy: 25 %; Memory: no data"));
    QTest::keyClick(chart.get(), Qt::Key_Plus);
    QCOMPARE(chart->accessibleDescription(), QStringLiteral("Busy: 75 %"));
}

QTEST_MAIN(TestTimeChart)
#include "test_time_chart.moc"
