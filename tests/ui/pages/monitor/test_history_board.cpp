// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/charts/time_chart_fixture.h"
#include "ui/charts/time_chart.h"
#include "ui/models/live_series.h"
#include "ui/pages/monitor/history_board.h"

#include <QComboBox>
#include <QRegularExpression>
#include <QSignalSpy>
#include <QTest>
#include <QToolButton>

using namespace weightroom::ui;

namespace {

constexpr qint64 kStart = 1'767'225'600'000;
const SeriesId kPower{QStringLiteral("power"), QStringLiteral("GPU_0")};

ChartSpec powerChart()
{
    return {.title = QStringLiteral("Power"),
        .unit = ChartUnit::Watts,
        .lines = {{.series = kPower, .name = QStringLiteral("Power")}}};
}

MonitorView seen(qint64 at)
{
    MonitorView view;
    view.at = at;
    view.samples.insert(kPower, 100.0);
    return view;
}

/// Two charts with five minutes of numbers.
struct Board {
    Board()
    {
        for (int second = 0; second < 300; ++second)
            live.add(seen(kStart + second * 1000));
        ChartSpec other = powerChart();
        other.title = QStringLiteral("Again");
        board.setCharts({powerChart(), other});
        board.resize(900, 400);
        board.show();
    }
    void letPass(int seconds)
    {
        for (int second = 0; second < seconds; ++second)
            live.add(seen(live.now() + 1000));
    }
    /// Charts that come in are shown by an event.
    void setCharts(const QList<ChartSpec>& charts)
    {
        board.setCharts(charts);
        QCoreApplication::sendPostedEvents();
    }
    void chooseSpan(int row)
    {
        board.spanChooser()->setCurrentIndex(row);
        Q_EMIT board.spanChooser()->activated(row);
    }

    LiveSeries live;
    HistoryBoard board{live, 2};
};

HistoryRequest firstRequest(const QSignalSpy& spy) { return spy.first().first().value<HistoryRequest>(); }

} // namespace

class TestHistoryBoard : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { qRegisterMetaType<HistoryRequest>(); }
    void showsTheLastMinutesWithoutAsking();
    void asksForLongerSpans();
    void drawsALineBetweenMinutesBesideASeriesOfSeconds();
    void drawsALineWhereAGpuRests();
    void drawsNoLineBetweenLoads();
    void asksOneQuestionAtATime();
    void asksAgainWhenTheClockWasSetBack();
    void asksAgainForOtherCharts();
    void leavesOtherAnswersAlone();
    void drawsTheShareOfTwoSeries();
    void countsAShareForWhatItIsOf();
    void saysWhatItShows();
    void keepsOneSpanForAllCharts();
    void keepsChartsThatAreAlike();
    void putsChartsBelowOneAnotherWhereItIsNarrow();
};

void TestHistoryBoard::showsTheLastMinutesWithoutAsking()
{
    Board rig;
    const QSignalSpy asked(&rig.board, &HistoryBoard::historyWanted);
    rig.live.add(seen(kStart + 300'000));
    rig.board.tick();
    QCOMPARE(asked.size(), 0);
    QCOMPARE(rig.board.chartCount(), 2);
    QVERIFY(rig.board.chart(0)->isLive());
    QCOMPARE(rig.board.chart(0)->visibleSpan().to, kStart + 300'000);
}

void TestHistoryBoard::asksForLongerSpans()
{
    Board rig;
    const QSignalSpy asked(&rig.board, &HistoryBoard::historyWanted);
    rig.chooseSpan(3); // 24 hours
    QCOMPARE(asked.size(), 1);
    const HistoryRequest request = firstRequest(asked);
    QCOMPARE(request.metrics, QStringList{QStringLiteral("power")}); // once, however many charts show it
    QCOMPARE(request.to - request.from, 24LL * 3600 * 1000);
    rig.board.tick();
    QCOMPARE(asked.size(), 1); // not each second
    rig.board.setHistory({.request = request, .series = {}});
    rig.letPass(11);
    rig.board.tick();
    QCOMPARE(asked.size(), 2);
    HistoryView answer{.request = asked.last().first().value<HistoryRequest>(), .series = {}};
    answer.series.insert(
        kPower, {.points = {{.at = kStart - 7'200'000, .minimum = 1, .mean = 2, .maximum = 3}}, .step = 60'000});
    rig.board.setHistory(answer);
    rig.board.chart(0)->showCrosshair(kStart - 7'200'000);
    QVERIFY2(
        rig.board.chart(0)->readoutText().contains(QLatin1Char('2')), qPrintable(rig.board.chart(0)->readoutText()));
}

void TestHistoryBoard::drawsALineBetweenMinutesBesideASeriesOfSeconds()
{
    Board rig;
    ChartSpec loads = powerChart();
    loads.title = QStringLiteral("Loads");
    loads.lines.first().series.metric = QStringLiteral("load_time");
    rig.setCharts({powerChart(), loads});
    const QSignalSpy asked(&rig.board, &HistoryBoard::historyWanted);
    rig.chooseSpan(2); // 1 hour
    HistoryView answer{.request = firstRequest(asked), .series = {}};
    HistorySeries minutes{.points = {}, .step = 60'000};
    for (int minute = 50; minute > 10; --minute)
        minutes.points.append({.at = kStart - minute * 60'000, .minimum = 1, .mean = 2, .maximum = 3});
    answer.series.insert(kPower, minutes);
    answer.series.insert(loads.lines.first().series,
        {.points = {{.at = kStart - 1'800'000, .minimum = 1, .mean = 1, .maximum = 1}}, .step = 1000});
    rig.board.setHistory(answer);
    QCOMPARE(weightroom::test::linesOf(*rig.board.chart(0)).size(), 2); // of the minutes, and of what came in since
}

void TestHistoryBoard::drawsALineWhereAGpuRests()
{
    Board rig;
    for (int second = 0; second < 120; ++second) {
        MonitorView view = seen(rig.live.now() + 1000);
        if (second % 30 != 0) {
            view.samples.clear();
            view.resting = {kPower};
        }
        rig.live.add(view);
    }
    rig.board.tick();
    QCOMPARE(weightroom::test::linesOf(*rig.board.chart(0)).size(), 1);
    // Half a minute after the last number it is still the newest one.
    QVERIFY2(rig.board.chart(0)->accessibleDescription().contains(QStringLiteral("100")),
        qPrintable(rig.board.chart(0)->accessibleDescription()));
}

void TestHistoryBoard::drawsNoLineBetweenLoads()
{
    Board rig;
    ChartSpec loads = powerChart();
    loads.lines.first().series.metric = QStringLiteral("load_time");
    for (int minute = 0; minute < 3; ++minute) {
        MonitorView view = seen(rig.live.now() + 60'000);
        view.samples.insert(loads.lines.first().series, 2.0);
        rig.live.add(view);
    }
    rig.setCharts({powerChart(), loads});
    rig.board.tick();
    QCOMPARE(weightroom::test::linesOf(*rig.board.chart(1)).size(), 0); // but points
    rig.board.chart(1)->showCrosshair(rig.live.now());
    QVERIFY(rig.board.chart(1)->readoutText().contains(QLatin1Char('2')));
}

void TestHistoryBoard::asksOneQuestionAtATime()
{
    Board rig;
    const QSignalSpy asked(&rig.board, &HistoryBoard::historyWanted);
    rig.chooseSpan(3);
    rig.letPass(100);
    rig.board.tick();
    QCOMPARE(asked.size(), 1); // a disk that hangs has not answered yet
    rig.chooseSpan(4); // the user wants another one
    QCOMPARE(asked.size(), 2);
}

void TestHistoryBoard::asksAgainWhenTheClockWasSetBack()
{
    Board rig;
    const QSignalSpy asked(&rig.board, &HistoryBoard::historyWanted);
    rig.chooseSpan(3);
    rig.board.setHistory({.request = firstRequest(asked), .series = {}});
    rig.live.add(seen(kStart - 3'600'000));
    rig.board.tick();
    QCOMPARE(asked.size(), 2);
    rig.board.setHistory({.request = asked.last().first().value<HistoryRequest>(), .series = {}});
    rig.letPass(1);
    rig.board.tick();
    QCOMPARE(asked.size(), 2); // and goes on as before
}

void TestHistoryBoard::asksAgainForOtherCharts()
{
    Board rig;
    const QSignalSpy asked(&rig.board, &HistoryBoard::historyWanted);
    rig.chooseSpan(3);
    rig.board.setHistory({.request = firstRequest(asked), .series = {}});
    ChartSpec other = powerChart();
    other.title = QStringLiteral("Other");
    rig.board.setCharts({other});
    QCOMPARE(asked.size(), 2); // at once
    Q_EMIT rig.board.chart(0)->rangeChosen(kStart - 3'600'000, kStart);
    QTRY_COMPARE(asked.size(), 3);
    rig.board.setCharts({powerChart()});
    QCOMPARE(asked.size(), 4);
    QCOMPARE(asked.last().first().value<HistoryRequest>().to, kStart); // the span that is looked at
}

void TestHistoryBoard::leavesOtherAnswersAlone()
{
    Board rig;
    const QSignalSpy asked(&rig.board, &HistoryBoard::historyWanted);
    rig.chooseSpan(2);
    HistoryView stale{.request = firstRequest(asked), .series = {}};
    stale.request.from += 1000; // of another question
    stale.series.insert(
        kPower, {.points = {{.at = kStart - 1'800'000, .minimum = 777, .mean = 777, .maximum = 777}}, .step = 60'000});
    rig.board.setHistory(stale);
    rig.board.chart(0)->showCrosshair(kStart - 1'800'000);
    QVERIFY(!rig.board.chart(0)->readoutText().contains(QStringLiteral("777")));
}

void TestHistoryBoard::drawsTheShareOfTwoSeries()
{
    Board rig;
    const SeriesId hits{QStringLiteral("cache_hits"), {}};
    const SeriesId misses{QStringLiteral("cache_misses"), {}};
    rig.setCharts({{.title = QStringLiteral("Found"),
        .unit = ChartUnit::Percent,
        .lines = {{.series = hits, .name = QStringLiteral("Found"), .rest = misses}}}});
    const auto look = [&](double hit, double miss) {
        MonitorView view;
        view.at = rig.live.now() + 1000;
        view.samples = {{hits, hit}, {misses, miss}};
        rig.live.add(view);
        rig.board.tick();
        rig.board.chart(0)->showCrosshair(view.at);
        return rig.board.chart(0)->readoutText();
    };
    QVERIFY(look(3, 1).contains(QStringLiteral("75")));
    QVERIFY(look(0, 2).contains(QStringLiteral("0 %")));
    QVERIFY(!look(0, 0).contains(QStringLiteral("nan"))); // nothing was looked for
    const QSignalSpy asked(&rig.board, &HistoryBoard::historyWanted);
    rig.chooseSpan(3);
    QCOMPARE(firstRequest(asked).metrics, (QStringList{QStringLiteral("cache_hits"), QStringLiteral("cache_misses")}));
}

/// Minutes in which one of one was found, between others with none of 99, on a chart that is too narrow for each.
void TestHistoryBoard::countsAShareForWhatItIsOf()
{
    Board rig;
    const SeriesId hits{QStringLiteral("cache_hits"), {}};
    const SeriesId misses{QStringLiteral("cache_misses"), {}};
    rig.setCharts({{.title = QStringLiteral("Found"),
        .unit = ChartUnit::Percent,
        .lines = {{.series = hits, .name = QStringLiteral("Found"), .rest = misses}}}});
    const QSignalSpy asked(&rig.board, &HistoryBoard::historyWanted);
    rig.chooseSpan(3); // 24 hours: 1440 minutes
    HistoryView answer{.request = firstRequest(asked), .series = {}};
    const auto point = [](qint64 at, double value, double weight) {
        return TimePoint{.at = at, .minimum = value, .mean = value, .maximum = value, .weight = weight};
    };
    HistorySeries found{.points = {}, .step = 60'000};
    HistorySeries missed = found;
    for (int minute = 1440; minute > 0; --minute) {
        const bool isLone = minute % 2 == 0;
        const qint64 at = kStart - minute * 60'000;
        found.points.append(isLone ? point(at, 1, 1) : point(at, 0, 60));
        missed.points.append(isLone ? point(at, 0, 1) : point(at, 1.65, 60)); // 99 in 60 looks
    }
    answer.series.insert(hits, found);
    answer.series.insert(misses, missed);
    rig.board.resize(330, 400);
    rig.board.setHistory(answer);
    rig.board.chart(0)->showCrosshair(kStart - 720LL * 60'000);
    const QString text = rig.board.chart(0)->readoutText();
    // Where a column begins says how many of either are in it.
    QVERIFY2(text.contains(QRegularExpression(QStringLiteral(": [01]\\.\\d %"))), qPrintable(text));
}

void TestHistoryBoard::saysWhatItShows()
{
    Board rig;
    HistoryRequest shown = rig.board.shown();
    QCOMPARE(shown.metrics, QStringList{QStringLiteral("power")});
    QCOMPARE(shown.to, rig.live.now());
    QCOMPARE(shown.to - shown.from, 300'000);
    Q_EMIT rig.board.chart(0)->rangeChosen(kStart - 3'600'000, kStart);
    shown = rig.board.shown();
    QCOMPARE(shown.from, kStart - 3'600'000);
    QCOMPARE(shown.to, kStart);
    const LiveSeries nothing;
    HistoryBoard early(nothing, 1);
    early.setCharts({powerChart()});
    QVERIFY(early.shown().metrics.isEmpty());
}

void TestHistoryBoard::keepsOneSpanForAllCharts()
{
    Board rig;
    const QSignalSpy asked(&rig.board, &HistoryBoard::historyWanted);
    auto* back = rig.board.findChild<QToolButton*>(QStringLiteral("backToNow"));
    QVERIFY(back != nullptr && !back->isVisible());
    Q_EMIT rig.board.chart(0)->rangeChosen(kStart - 3'600'000, kStart);
    QCOMPARE(rig.board.chart(1)->visibleSpan(), (TimeSpan{.from = kStart - 3'600'000, .to = kStart}));
    QVERIFY(back->isVisible());
    QTRY_COMPARE(asked.size(), 1); // when the wheel has come to rest
    QCOMPARE(firstRequest(asked).from, kStart - 3'600'000);
    back->click();
    QVERIFY(rig.board.chart(1)->isLive());
    QVERIFY(!back->isVisible());
}

void TestHistoryBoard::keepsChartsThatAreAlike()
{
    Board rig;
    const TimeChart* before = rig.board.chart(0);
    ChartSpec again = powerChart();
    again.fullScale = 700;
    ChartSpec other = powerChart();
    other.title = QStringLiteral("Again");
    rig.board.setCharts({again, other});
    QCOMPARE(rig.board.chart(0), before);
    rig.board.setCharts({other});
    QCOMPARE(rig.board.chartCount(), 1);
    QVERIFY(rig.board.chart(0) != before);
}

void TestHistoryBoard::putsChartsBelowOneAnotherWhereItIsNarrow()
{
    Board rig;
    const auto areBeside = [&] {
        QCoreApplication::sendPostedEvents(nullptr, QEvent::LayoutRequest);
        return rig.board.chart(1)->y() == rig.board.chart(0)->y();
    };
    QVERIFY(areBeside());
    rig.board.resize(rig.board.minimumSizeHint().width(), 600);
    QVERIFY(!areBeside());
    QVERIFY(rig.board.chart(1)->y() >= rig.board.chart(0)->geometry().bottom());
    QVERIFY(rig.board.chart(0)->width() >= rig.board.chart(0)->minimumSizeHint().width());
    rig.board.resize(900, 600);
    QVERIFY(areBeside());
}

QTEST_MAIN(TestHistoryBoard)
#include "test_history_board.moc"
