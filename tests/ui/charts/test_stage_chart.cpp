// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/charts/duration_axis.h"
#include "ui/charts/iteration_chart.h"
#include "ui/charts/stage_chart.h"
#include "ui/style/theme.h"

#include <QImage>
#include <QLocale>
#include <QScrollArea>
#include <QTabWidget>
#include <QTest>
#include <QtCharts/QChart>
#include <QtCharts/QScatterSeries>

using namespace weightroom::ui;

namespace {

BenchmarkStageView stage(BenchmarkStage which, double median, std::optional<double> share = {})
{
    return {.stage = which,
        .values = {{1, median * 1.4}, {2, median}, {3, median * 0.9}},
        .minimum = median * 0.9,
        .median = median,
        .p95 = median * 1.4,
        .maximum = median * 1.4,
        .limit = share ? BenchmarkLimit::DiskRead : BenchmarkLimit::None,
        .limitShare = share};
}

/// A light palette, whatever the desktop has.
QPalette paper()
{
    QPalette palette;
    palette.setColor(QPalette::Window, Qt::white);
    palette.setColor(QPalette::WindowText, Qt::black);
    return palette;
}

QColor colorAt(const QImage& image, const QPointF& place)
{
    return image.pixelColor((place * image.devicePixelRatio()).toPoint());
}

/// Far from a whisker, which runs in the middle: near the lower end.
QPointF inBar(const QRectF& bar, double share) { return {bar.left() + share * bar.width(), bar.bottom() - 2}; }

} // namespace

class TestStageChart : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void showsWhatWasMeasured();
    void paintsBarsWhereItSaysThatTheyAre();
    void growsWithTheRun();
    void putsTwoRunsBesideOneAnother();
    void followsTheTheme();
    void saysThatThereIsNothing();
    void fillsTheAxisWithShortTimes();
    void isTheSamePictureHoweverItIsShown();
    void showsEachIteration();
};

void TestStageChart::showsWhatWasMeasured()
{
    StageChart chart;
    chart.setRuns({{.name = QStringLiteral("Now"),
        .stages = {stage(BenchmarkStage::Disk, 1.2, 0.92), stage(BenchmarkStage::Whole, 1.5)}}});
    QCOMPARE(chart.rows().size(), 2);
    QCOMPARE(chart.rows()[0].name, QStringLiteral("Reading"));
    QCOMPARE(chart.rows()[0].figures, QStringLiteral("1.20 s \u00B7 92 % of the disk"));
    QCOMPARE(chart.rows()[1].name, QStringLiteral("The whole load"));
    QVERIFY(chart.accessibleDescription().contains(chart.rows()[0].figures));
}

void TestStageChart::paintsBarsWhereItSaysThatTheyAre()
{
    StageChart chart;
    chart.setPalette(paper());
    chart.resize(640, 300);
    // The axis ends at 2 s: one bar is half as long as it, the other one seven tenths.
    chart.setRuns(
        {{.name = QString(), .stages = {stage(BenchmarkStage::Disk, 1.0, 0.5), stage(BenchmarkStage::Whole, 1.4)}}});
    const QImage image = chart.toImage(chart.width());
    const Theme& theme = Theme::light();
    QCOMPARE(colorAt(image, inBar(chart.barRect(0, 0), 0.05)), theme.accent);
    QCOMPARE(colorAt(image, inBar(chart.barRect(0, 0), 0.4)), theme.accent);
    QVERIFY(colorAt(image, inBar(chart.barRect(0, 0), 0.55)) != theme.accent);
    QCOMPARE(colorAt(image, inBar(chart.barRect(1, 0), 0.6)), theme.accent);
    QVERIFY(colorAt(image, inBar(chart.barRect(1, 0), 0.75)) != theme.accent);
    QCOMPARE(colorAt(image, inBar(chart.barRect(0, 0), 0.25)), theme.danger); // what the limit allows: half a second
    QCOMPARE(colorAt(image, inBar(chart.barRect(1, 0), 0.25)), theme.accent); // no limit is known there
    QVERIFY(colorAt(image, QPointF(chart.barRect(0, 0).center().x(), chart.barRect(0, 0).top() - 40)) != theme.accent);
}

void TestStageChart::growsWithTheRun()
{
    StageChart chart;
    const int empty = chart.sizeHint().height();
    chart.setRuns({{.name = QString(), .stages = {stage(BenchmarkStage::Disk, 1)}}});
    const int one = chart.sizeHint().height();
    chart.setRuns({{.name = QString(), .stages = {stage(BenchmarkStage::Disk, 1), stage(BenchmarkStage::Copy, 2)}}});
    QCOMPARE(chart.rows().size(), 2);
    QCOMPARE(one, empty);
    QVERIFY(chart.sizeHint().height() > one);
    chart.setRuns({});
    QVERIFY(chart.rows().isEmpty());
}

void TestStageChart::putsTwoRunsBesideOneAnother()
{
    StageChart chart;
    chart.setPalette(paper());
    chart.resize(640, 300);
    chart.setRuns({{.name = QStringLiteral("after"), .stages = {stage(BenchmarkStage::Disk, 1)}},
        {.name = QStringLiteral("before"),
            .stages = {stage(BenchmarkStage::Disk, 1.4), stage(BenchmarkStage::Copy, 1)}}});
    QCOMPARE(chart.rows().size(), 2);
    QCOMPARE(chart.rows()[0].figures, QStringLiteral("1.00 s, before 1.40 s"));
    QVERIFY(chart.rows()[1].figures.startsWith(QStringLiteral("not measured")));
    const QImage image = chart.toImage(chart.width());
    QCOMPARE(colorAt(image, inBar(chart.barRect(0, 0), 0.05)), Theme::light().accent);
    QCOMPARE(colorAt(image, inBar(chart.barRect(0, 1), 0.05)), Theme::light().owners[2]);
    QVERIFY(colorAt(image, inBar(chart.barRect(1, 0), 0.05)) != Theme::light().accent);
}

void TestStageChart::followsTheTheme()
{
    StageChart chart;
    chart.setPalette(paper());
    chart.resize(640, 200);
    chart.setRuns({{.name = QString(), .stages = {stage(BenchmarkStage::Disk, 1)}}});
    QPalette night;
    night.setColor(QPalette::Window, Qt::black);
    night.setColor(QPalette::WindowText, Qt::white);
    chart.setPalette(night);
    const QImage image = chart.toImage(chart.width());
    QCOMPARE(colorAt(image, inBar(chart.barRect(0, 0), 0.05)), Theme::dark().accent);
    QCOMPARE(colorAt(image, QPointF(2, 2)), Theme::dark().raised);
}

void TestStageChart::saysThatThereIsNothing()
{
    StageChart chart;
    chart.setPalette(paper());
    chart.resize(640, 200);
    const QImage empty = chart.toImage(chart.width());
    bool isAnythingThere = false;
    for (int y = 0; y < empty.height() && !isAnythingThere; ++y) {
        for (int x = 0; x < empty.width() && !isAnythingThere; ++x)
            isAnythingThere = empty.pixelColor(x, y) != Theme::light().raised;
    }
    QVERIFY(isAnythingThere); // a sentence
}

void TestStageChart::fillsTheAxisWithShortTimes()
{
    const ValueAxis axis = durationAxis(0.0018, 4);
    QVERIFY(axis.high >= 0.0018 && axis.high <= 0.0025);
    QCOMPARE(axis.ticks.first().label, QStringLiteral("0 s"));
    QVERIFY(axis.ticks.last().label.endsWith(QStringLiteral("ms")));
    QCOMPARE(axis.ticks.last().value, axis.high);
    QVERIFY(durationAxis(0, 4).high > 0);
    QCOMPARE(durationAxis(1.4, 7).high, 1.4);
    QCOMPARE(durationAxis(1.41, 7).high, 1.5);
}

/// Rendering a widget brings the layouts of its window up to date: it was laid out for one size and painted into
/// another.
void TestStageChart::isTheSamePictureHoweverItIsShown()
{
    const QList<StageChartRun> runs{
        {.name = QStringLiteral("Now"), .stages = {stage(BenchmarkStage::Disk, 1.2, 0.92)}}};
    StageChart alone;
    alone.setPalette(paper());
    alone.setRuns(runs);
    const QImage wanted = alone.toImage(640);
    QCOMPARE(wanted.width(), 1280); // sharp on paper
    QTabWidget window;
    window.setPalette(paper());
    window.addTab(new QWidget, QString());
    auto* scroll = new QScrollArea;
    auto* chart = new StageChart;
    scroll->setWidget(chart);
    scroll->setWidgetResizable(true);
    window.addTab(scroll, QString());
    chart->setRuns(runs);
    for (const int width : {300, 900}) {
        for (const int tab : {0, 1}) {
            window.resize(width, 200);
            window.setCurrentIndex(tab);
            window.show();
            QCOMPARE(chart->toImage(640), wanted);
            QVERIFY(QTest::qWaitForWindowExposed(&window));
            QCOMPARE(chart->toImage(640), wanted);
        }
    }
}

void TestStageChart::showsEachIteration()
{
    IterationChart chart;
    chart.resize(400, 240);
    chart.setStages({stage(BenchmarkStage::Disk, 1), stage(BenchmarkStage::Whole, 2)});
    const auto series = chart.chart()->series();
    QCOMPARE(series.size(), 2);
    const auto* disk = qobject_cast<QScatterSeries*>(series.first());
    QVERIFY(disk != nullptr);
    QCOMPARE(disk->count(), 3);
    QVERIFY(disk->at(0).x() < disk->at(1).x() && disk->at(0).y() > disk->at(1).y());
    QCOMPARE(chart.frame().legend.size(), 2);
    QVERIFY(chart.frame().notice.isEmpty());
    chart.setPalette(paper());
    const QImage picture = chart.toImage();
    QCOMPARE(picture.size(), QSize(800, 480)); // sharp on paper
    QVERIFY(picture.pixelColor(4, 4).lightness() > 200);
    chart.setStages({});
    QCOMPARE(disk->count(), 0);
    QVERIFY(!chart.frame().notice.isEmpty());
}

QTEST_MAIN(TestStageChart)
#include "test_stage_chart.moc"
