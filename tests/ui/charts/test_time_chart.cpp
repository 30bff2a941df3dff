// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/time_chart.h"
#include "ui/style/theme.h"

#include <QApplication>
#include <QImage>
#include <QLabel>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QVBoxLayout>
#include <QWheelEvent>
#include <QtCharts/QLineSeries>

#include <memory>

using namespace weightroom::ui;

namespace {

constexpr qint64 kNow = 1'764'253'530'000; // 14:25:30 on 27 November 2025 in UTC
constexpr qint64 kSecond = 1'000;
constexpr qint64 kMinute = 60 * kSecond;
constexpr qint64 kDay = 24 * 60 * kMinute;

TimePoint point(qint64 at, double value) { return {at, value, value, value}; }

/// One point a second until now, of the same value.
QList<TimePoint> steady(int count, double value)
{
    QList<TimePoint> points;
    for (int index = count - 1; index >= 0; --index)
        points.append(point(kNow - index * kSecond, value));
    return points;
}

TimeSeries seriesOf(const char* name, const QList<TimePoint>& points, int colorRole = 0)
{
    const QString text = QString::fromLatin1(name);
    return {.id = text, .name = text, .colorRole = colorRole, .points = points, .gapAfter = 0};
}

std::unique_ptr<TimeChart> shownChart(ChartUnit unit = ChartUnit::Percent)
{
    auto chart = std::make_unique<TimeChart>(unit);
    chart->resize(800, 200);
    chart->show();
    return chart;
}

/// The lines that are not empty.
QList<QLineSeries*> linesOf(const TimeChart& chart)
{
    QList<QLineSeries*> lines;
    for (QAbstractSeries* series : chart.chart()->series()) {
        auto* line = qobject_cast<QLineSeries*>(series);
        if (line != nullptr && line->count() > 0)
            lines.append(line);
    }
    return lines;
}

/// The place of a moment on the chart's viewport, in the middle of its height.
QPointF placeOf(const TimeChart& chart, qint64 at)
{
    return {chart.frame().geometry.x(at), chart.frame().geometry.plot.center().y()};
}

void moveTo(TimeChart& chart, QPointF place, Qt::MouseButtons buttons = Qt::NoButton)
{
    QMouseEvent move(QEvent::MouseMove, place, chart.viewport()->mapToGlobal(place), Qt::NoButton, buttons, {});
    QApplication::sendEvent(chart.viewport(), &move);
}

void leave(TimeChart& chart)
{
    QEvent event(QEvent::Leave);
    QApplication::sendEvent(chart.viewport(), &event);
}

/// Whether the chart has made use of it; else it goes on to what the chart stands in.
bool turnWheel(TimeChart& chart, QPointF place, QPoint delta, Qt::KeyboardModifiers modifiers = {})
{
    QWheelEvent wheel(
        place, chart.viewport()->mapToGlobal(place), {}, delta, Qt::NoButton, modifiers, Qt::NoScrollPhase, false);
    QApplication::sendEvent(chart.viewport(), &wheel);
    return wheel.isAccepted();
}

QColor pixelAt(TimeChart& chart, QPointF place) { return chart.grab().toImage().pixelColor(place.toPoint()); }

} // namespace

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
    void wheelZoomsAboutThePointer();
    void wheelSidewaysMoves();
    void wheelScrollsThePageUntilTheChartHasTheFocus();
    void dragMoves();
    void keysZoomAndMove();
    void liveReturns_data();
    void liveReturns();
    void slotsTellNobody();
    void readoutSaysTheValues();
    void readoutSaysWhereNothingIsKnown();
    void crosshairIsShared();
    void crosshairStaysUnderThePointer();
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

void TestTimeChart::wheelZoomsAboutThePointer()
{
    const auto chart = shownChart();
    chart->setSeries({seriesOf("busy", steady(600, 0.5))}, kNow);
    const QSignalSpy chosen(chart.get(), &TimeChart::rangeChosen);
    const qint64 about = kNow - kMinute;
    const QPointF place = placeOf(*chart, about);
    QVERIFY(turnWheel(*chart, place, {0, 120}));
    QCOMPARE(chart->visibleSpan().length(), 4 * kMinute);
    QVERIFY(std::abs(chart->frame().geometry.x(about) - place.x()) < 1);
    QVERIFY(!chart->isLive());
    QCOMPARE(chosen.size(), 1);
    QCOMPARE(chosen[0][0].toLongLong(), chart->visibleSpan().from);
    QCOMPARE(chosen[0][1].toLongLong(), chart->visibleSpan().to);
    turnWheel(*chart, place, {0, -120});
    QCOMPARE(chart->visibleSpan().length(), 5 * kMinute);
    QCOMPARE(chosen.size(), 2);
}

void TestTimeChart::wheelSidewaysMoves()
{
    const auto chart = shownChart();
    chart->setSeries({seriesOf("busy", steady(600, 0.5))}, kNow);
    turnWheel(*chart, placeOf(*chart, kNow - kMinute), {120, 0});
    QCOMPARE(chart->visibleSpan(), (TimeSpan{kNow - 330 * kSecond, kNow - 30 * kSecond}));
    turnWheel(*chart, placeOf(*chart, kNow - kMinute), {0, 120}, Qt::ShiftModifier);
    QCOMPARE(chart->visibleSpan(), (TimeSpan{kNow - 360 * kSecond, kNow - 60 * kSecond}));
}

void TestTimeChart::wheelScrollsThePageUntilTheChartHasTheFocus()
{
    QScrollArea page;
    auto* content = new QWidget;
    auto* layout = new QVBoxLayout(content);
    auto* chart = new TimeChart(ChartUnit::Percent);
    chart->setMinimumHeight(200);
    auto* rest = new QLabel;
    rest->setMinimumHeight(2'000);
    layout->addWidget(chart);
    layout->addWidget(rest);
    page.setWidgetResizable(true);
    page.setWidget(content);
    page.resize(600, 300);
    page.show();
    QVERIFY(QTest::qWaitForWindowActive(&page));
    page.setFocus();
    chart->setSeries({seriesOf("busy", steady(600, 0.5))}, kNow);

    const QPointF place = placeOf(*chart, kNow - kMinute);
    QVERIFY(!turnWheel(*chart, place, {0, 120}));
    QVERIFY(chart->isLive());
    QVERIFY(turnWheel(*chart, place, {0, 120}, Qt::ControlModifier));
    QVERIFY(!chart->isLive());
    chart->showLive();
    chart->setFocus();
    QVERIFY(turnWheel(*chart, place, {0, 120}));
    QVERIFY(!chart->isLive());
    // Nor does a page that has nothing to scroll want it.
    chart->showLive();
    page.setFocus();
    delete rest;
    page.resize(600, 600);
    QTRY_COMPARE(page.verticalScrollBar()->maximum(), 0);
    QVERIFY(turnWheel(*chart, place, {0, 120}));
}

void TestTimeChart::dragMoves()
{
    const auto chart = shownChart();
    chart->setSeries({seriesOf("busy", steady(900, 0.5))}, kNow);
    const QSignalSpy chosen(chart.get(), &TimeChart::rangeChosen);
    const QPoint start = placeOf(*chart, kNow - 4 * kMinute).toPoint();
    QTest::mousePress(chart->viewport(), Qt::LeftButton, {}, start);
    moveTo(*chart, start + QPoint(2, 0), Qt::LeftButton);
    QVERIFY(chart->isLive()); // not far enough
    const double minute = kMinute / chart->frame().geometry.pixelLength();
    moveTo(*chart, start + QPointF(2 * minute, 0), Qt::LeftButton);
    QVERIFY(std::abs(chart->visibleSpan().to - (kNow - 2 * kMinute)) <= 1);
    moveTo(*chart, start + QPointF(minute, 0), Qt::LeftButton);
    QVERIFY(std::abs(chart->visibleSpan().to - (kNow - kMinute)) <= 1);
    QCOMPARE(chart->visibleSpan().length(), 5 * kMinute);
    QTest::mouseRelease(chart->viewport(), Qt::LeftButton, {}, start);
    const TimeSpan span = chart->visibleSpan();
    moveTo(*chart, start);
    QCOMPARE(chart->visibleSpan(), span);
    QCOMPARE(chosen.size(), 2);
}

void TestTimeChart::keysZoomAndMove()
{
    const auto chart = shownChart();
    chart->setSeries({seriesOf("busy", steady(900, 0.5))}, kNow);
    const QSignalSpy chosen(chart.get(), &TimeChart::rangeChosen);
    QTest::keyClick(chart.get(), Qt::Key_Right); // nothing is later than now
    QVERIFY(chart->isLive());
    QCOMPARE(chosen.size(), 0);
    QTest::keyClick(chart.get(), Qt::Key_Left);
    QCOMPARE(chart->visibleSpan(), (TimeSpan{kNow - 330 * kSecond, kNow - 30 * kSecond}));
    QTest::keyClick(chart.get(), Qt::Key_Plus);
    QCOMPARE(chart->visibleSpan(), (TimeSpan{kNow - 300 * kSecond, kNow - 60 * kSecond}));
    QTest::keyClick(chart.get(), Qt::Key_Minus);
    QCOMPARE(chart->visibleSpan(), (TimeSpan{kNow - 330 * kSecond, kNow - 30 * kSecond}));
    QTest::keyClick(chart.get(), Qt::Key_Right);
    QCOMPARE(chart->visibleSpan(), (TimeSpan{kNow - 300 * kSecond, kNow}));
    QCOMPARE(chosen.size(), 4);
    // About the crosshair, where there is one.
    chart->showCrosshair(kNow - 300 * kSecond);
    QTest::keyClick(chart.get(), Qt::Key_Equal);
    QCOMPARE(chart->visibleSpan(), (TimeSpan{kNow - 300 * kSecond, kNow - 60 * kSecond}));
    QTest::keyClick(chart.get(), Qt::Key_A);
    QCOMPARE(chosen.size(), 5);
}

void TestTimeChart::liveReturns_data()
{
    QTest::addColumn<int>("key"); // 0: a double click
    QTest::newRow("double click") << 0;
    QTest::newRow("Escape") << static_cast<int>(Qt::Key_Escape);
    QTest::newRow("Home") << static_cast<int>(Qt::Key_Home);
}

void TestTimeChart::liveReturns()
{
    QFETCH(int, key);
    const auto chart = shownChart();
    chart->setSeries({seriesOf("busy", steady(900, 0.5))}, kNow);
    chart->showRange(kNow - 10 * kMinute, kNow - 5 * kMinute);
    const QSignalSpy wanted(chart.get(), &TimeChart::liveWanted);
    for (int times = 0; times < 2; ++times) { // the second time there is nothing to do
        if (key == 0)
            QTest::mouseDClick(chart->viewport(), Qt::LeftButton, {}, QPoint(300, 100));
        else
            QTest::keyClick(chart.get(), static_cast<Qt::Key>(key));
        QVERIFY(chart->isLive());
        QCOMPARE(chart->visibleSpan(), (TimeSpan{kNow - 5 * kMinute, kNow}));
        QCOMPARE(wanted.size(), 1);
    }
}

void TestTimeChart::slotsTellNobody()
{
    const auto chart = shownChart();
    chart->setSeries({seriesOf("busy", steady(900, 0.5))}, kNow);
    const QSignalSpy chosen(chart.get(), &TimeChart::rangeChosen);
    const QSignalSpy wanted(chart.get(), &TimeChart::liveWanted);
    const QSignalSpy hovered(chart.get(), &TimeChart::hovered);
    const QSignalSpy ended(chart.get(), &TimeChart::hoverEnded);
    chart->showRange(kNow - 10 * kMinute, kNow - 5 * kMinute);
    QCOMPARE(chart->visibleSpan(), (TimeSpan{kNow - 10 * kMinute, kNow - 5 * kMinute}));
    chart->showCrosshair(kNow - 6 * kMinute);
    chart->hideCrosshair();
    chart->showLive();
    QCOMPARE(chosen.size() + wanted.size() + hovered.size() + ended.size(), 0);
}

void TestTimeChart::readoutSaysTheValues()
{
    const auto chart = shownChart();
    const qint64 at = kNow - 2 * kMinute;
    QList<TimePoint> others = steady(600, 0.5);
    for (TimePoint& each : others)
        each.maximum = 0.75;
    chart->setSeries({seriesOf("Busy", steady(600, 0.25)), seriesOf("Memory", others)}, kNow);
    QVERIFY(chart->readoutText().isEmpty());
    const QImage before = chart->grab().toImage();
    moveTo(*chart, placeOf(*chart, at));
    QCOMPARE(chart->readoutText(), QStringLiteral("14:23:30\nBusy: 25 %\nMemory: 50 % (50 % – 75 %)"));
    QVERIFY(chart->grab().toImage() != before);
    leave(*chart);
    QVERIFY(chart->readoutText().isEmpty());
    QCOMPARE(chart->grab().toImage(), before);
    // Beside the plot there is nothing to read.
    moveTo(*chart, QPointF(2, 100));
    QVERIFY(chart->readoutText().isEmpty());
}

void TestTimeChart::readoutSaysWhereNothingIsKnown()
{
    const auto chart = shownChart();
    QList<TimePoint> points = steady(300, 0.5);
    points.remove(100, 100);
    chart->setSeries({seriesOf("Busy", points)}, kNow);
    chart->showCrosshair(kNow - 150 * kSecond);
    QVERIFY2(chart->readoutText().endsWith(QStringLiteral("Busy: no data")), qPrintable(chart->readoutText()));
    // Yesterday has its day, and a long time no seconds.
    chart->showRange(kNow - 3 * kDay, kNow - kDay);
    chart->showCrosshair(kNow - 2 * kDay);
    QCOMPARE(chart->readoutText(), QStringLiteral("25 Nov 14:25\nBusy: no data"));
}

void TestTimeChart::crosshairIsShared()
{
    const auto first = shownChart();
    const auto second = shownChart();
    first->setSeries({seriesOf("a", steady(600, 0.5))}, kNow);
    second->setSeries({seriesOf("b", steady(600, 0.7))}, kNow);
    connect(first.get(), &TimeChart::hovered, second.get(), &TimeChart::showCrosshair);
    connect(first.get(), &TimeChart::hoverEnded, second.get(), &TimeChart::hideCrosshair);
    const QImage before = second->grab().toImage();
    moveTo(*first, placeOf(*first, kNow - kMinute));
    QCOMPARE(second->readoutText(), QStringLiteral("14:24:30\nb: 70 %"));
    QVERIFY(second->grab().toImage() != before);
    leave(*first);
    QCOMPARE(second->grab().toImage(), before);
}

void TestTimeChart::crosshairStaysUnderThePointer()
{
    const auto chart = shownChart();
    chart->setSeries({seriesOf("Busy", steady(600, 0.5))}, kNow);
    moveTo(*chart, placeOf(*chart, kNow - kMinute));
    const QSignalSpy hovered(chart.get(), &TimeChart::hovered);
    QList<TimePoint> points = steady(600, 0.5);
    points.append(point(kNow + kSecond, 0.5));
    chart->setSeries({seriesOf("Busy", points)}, kNow + kSecond);
    QCOMPARE(hovered.size(), 1);
    QVERIFY(std::abs(hovered[0][0].toLongLong() - (kNow - kMinute + kSecond)) < kSecond);
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
