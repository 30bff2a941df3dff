// SPDX-License-Identifier: GPL-3.0-or-later
//
// What the mouse and the keyboard do with a chart.
#include "tests/ui/charts/time_chart_fixture.h"
#include "ui/style/theme.h"

#include <QLabel>
#include <QScrollArea>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QVBoxLayout>

using namespace weightroom::ui;
using namespace weightroom::test;

class TestTimeChartInput : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { applyTheme(*qApp, ThemeChoice::Light); }
    void wheelZoomsAboutThePointer();
    void wheelSidewaysMoves();
    void wheelScrollsThePageUntilTheChartHasTheFocus();
    void dragMoves();
    void keysZoomAndMove();
    void keysThatItHasNoUseForGoOn();
    void keysMoveTheTimeUnderThePointer();
    void crosshairElsewhereIsNotDrawn();
    void liveReturns_data();
    void liveReturns();
    void slotsTellNobody();
    void readoutSaysTheValues();
    void readoutSaysWhereNothingIsKnown();
    void crosshairIsShared();
    void crosshairStaysUnderThePointer();
};

void TestTimeChartInput::wheelZoomsAboutThePointer()
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

void TestTimeChartInput::wheelSidewaysMoves()
{
    const auto chart = shownChart();
    chart->setSeries({seriesOf("busy", steady(600, 0.5))}, kNow);
    turnWheel(*chart, placeOf(*chart, kNow - kMinute), {120, 0});
    QCOMPARE(chart->visibleSpan(), (TimeSpan{kNow - 330 * kSecond, kNow - 30 * kSecond}));
    turnWheel(*chart, placeOf(*chart, kNow - kMinute), {0, 120}, Qt::ShiftModifier);
    QCOMPARE(chart->visibleSpan(), (TimeSpan{kNow - 360 * kSecond, kNow - 60 * kSecond}));
}

void TestTimeChartInput::wheelScrollsThePageUntilTheChartHasTheFocus()
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

void TestTimeChartInput::dragMoves()
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

void TestTimeChartInput::keysThatItHasNoUseForGoOn()
{
    const auto chart = shownChart();
    chart->setSeries({seriesOf("busy", steady(600, 0.5))}, kNow);
    const auto isTaken = [&chart](Qt::Key key) {
        QKeyEvent press(QEvent::KeyPress, key, Qt::NoModifier);
        QApplication::sendEvent(chart.get(), &press);
        return press.isAccepted();
    };
    QVERIFY(!isTaken(Qt::Key_Escape)); // it is live: a dialog may close
    QVERIFY(!isTaken(Qt::Key_Down));
    QVERIFY(isTaken(Qt::Key_Left));
    QVERIFY(isTaken(Qt::Key_Escape));
    QVERIFY(chart->isLive());
}

void TestTimeChartInput::keysMoveTheTimeUnderThePointer()
{
    const auto chart = shownChart();
    chart->setSeries({seriesOf("busy", steady(900, 0.5))}, kNow);
    const QPointF place = placeOf(*chart, kNow - kMinute);
    moveTo(*chart, place);
    const QSignalSpy hovered(chart.get(), &TimeChart::hovered);
    QTest::keyClick(chart.get(), Qt::Key_Left);
    QCOMPARE(hovered.size(), 1);
    QCOMPARE(hovered[0][0].toLongLong(), chart->frame().geometry.timeAt(place.x()));
    leave(*chart);
    QTest::keyClick(chart.get(), Qt::Key_Left);
    QCOMPARE(hovered.size(), 1);
}

/// That of another chart, which shows another time.
void TestTimeChartInput::crosshairElsewhereIsNotDrawn()
{
    const auto chart = shownChart();
    chart->setSeries({seriesOf("busy", steady(900, 0.5))}, kNow);
    const QImage without = chart->grab().toImage();
    for (const qint64 at : {chart->visibleSpan().from - kMinute, chart->visibleSpan().to + kMinute}) {
        chart->showCrosshair(at);
        QCOMPARE(chart->grab().toImage(), without);
    }
    chart->showCrosshair(kNow - kMinute);
    QVERIFY(chart->grab().toImage() != without);
}

void TestTimeChartInput::keysZoomAndMove()
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

void TestTimeChartInput::liveReturns_data()
{
    QTest::addColumn<int>("key"); // 0: a double click
    QTest::newRow("double click") << 0;
    QTest::newRow("Escape") << static_cast<int>(Qt::Key_Escape);
    QTest::newRow("Home") << static_cast<int>(Qt::Key_Home);
}

void TestTimeChartInput::liveReturns()
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

void TestTimeChartInput::slotsTellNobody()
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

void TestTimeChartInput::readoutSaysTheValues()
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

void TestTimeChartInput::readoutSaysWhereNothingIsKnown()
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

void TestTimeChartInput::crosshairIsShared()
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

void TestTimeChartInput::crosshairStaysUnderThePointer()
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

QTEST_MAIN(TestTimeChartInput)
#include "test_time_chart_input.moc"
