// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/text/benchmark_text.h"

#include "ui/bridge/text/benchmark_comparison_text.h"
#include "ui/bridge/text/benchmark_facts.h"

#include <QLocale>
#include <QSet>
#include <QTest>

using namespace weightroom::ui;

namespace {

BenchmarkStageComparison comparison(BenchmarkVerdict verdict, std::optional<double> ratio)
{
    return {.stage = BenchmarkStage::Whole,
        .verdict = verdict,
        .medianBefore = 2,
        .medianAfter = 2 * ratio.value_or(1),
        .ratio = ratio,
        .limitRatio = {}};
}

} // namespace

class TestBenchmarkText : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void showsThreeDigits_data();
    void showsThreeDigits();
    void hasWordsForEverything();
    void saysWhatAStageCameTo();
    void leavesOutWhatIsNotKnown();
    void saysWhatChanged_data();
    void saysWhatChanged();
    void saysWhenTheMachineWasAnotherOne();
    void saysWhatRatesAre_data();
    void saysWhatRatesAre();
    void saysWhatLimitsColdAndWarm();
    void saysWhatIsCompared();
    void namesModelsThatStandAlone();
    void namesLoadsFarFromTheOthers();
    void namesTheAspectsOfASetup();
    void leavesOutUnknownFacts();
    void saysHowLongAnotherLoaderTook();
    void saysHowFastACalculationWas();
};

void TestBenchmarkText::saysHowLongAnotherLoaderTook()
{
    BenchmarkModelView model;
    QVERIFY(peerText(model).isEmpty());
    model.peer = BenchmarkPeerView{.name = QStringLiteral("safetensors 0.7.0"), .median = 2};
    QCOMPARE(peerText(model), QStringLiteral("safetensors 0.7.0 took 2.00 s for the same files."));
    model.peer->ratio = 4;
    QVERIFY(peerText(model).endsWith(QStringLiteral("4.00 times as long as Weightroom.")));
    model.peerProblem = QStringLiteral("It ended.");
    QVERIFY(peerText(model).endsWith(QStringLiteral("It ended.")));
    model.peer.reset();
    QCOMPARE(peerText(model), QStringLiteral("The other loader: It ended."));
}

void TestBenchmarkText::saysHowFastACalculationWas()
{
    QCOMPARE(operationRateText(12.34e9), QStringLiteral("12.3 GFLOP/s"));
    QCOMPARE(operationRateText(0.9996e12), QStringLiteral("1.00 TFLOP/s"));
    QCOMPARE(operationRateText(740e12), QStringLiteral("740 TFLOP/s"));
    QVERIFY(calculationText(QStringLiteral("matmul")) != calculationText(QStringLiteral("conv2d")));
    QCOMPARE(calculationText(QStringLiteral("fft")), QStringLiteral("fft")); // of a later version
}

void TestBenchmarkText::showsThreeDigits_data()
{
    QTest::addColumn<double>("seconds");
    QTest::addColumn<QString>("text");
    QTest::newRow("none") << 0.0 << QStringLiteral("0 s");
    QTest::newRow("microseconds") << 0.000'042'34 << QStringLiteral("42.3 \u00B5s");
    QTest::newRow("milliseconds") << 0.042'34 << QStringLiteral("42.3 ms");
    QTest::newRow("round up to a second") << 0.9996 << QStringLiteral("1.00 s");
    QTest::newRow("seconds") << 1.234 << QStringLiteral("1.23 s");
    QTest::newRow("tens") << 12.34 << QStringLiteral("12.3 s");
    QTest::newRow("hundreds") << 123.4 << QStringLiteral("123 s");
    QTest::newRow("minutes") << 605.0 << QStringLiteral("10 min 05 s");
}

void TestBenchmarkText::showsThreeDigits()
{
    QFETCH(double, seconds);
    QTEST(benchmarkTimeText(seconds), "text");
}

void TestBenchmarkText::hasWordsForEverything()
{
    QSet<QString> words;
    int count = 0;
    const auto add = [&](const QString& text) {
        QVERIFY(!text.isEmpty());
        words.insert(text);
        ++count;
    };
    for (int number = 1; number <= static_cast<int>(BenchmarkStage::Whole); ++number) {
        add(stageText(static_cast<BenchmarkStage>(number)));
        add(stageHelp(static_cast<BenchmarkStage>(number)));
    }
    for (int number = 1; number <= static_cast<int>(BenchmarkTemperature::RamCache); ++number) {
        add(temperatureText(static_cast<BenchmarkTemperature>(number)));
        add(temperatureHelp(static_cast<BenchmarkTemperature>(number)));
    }
    for (int number = 1; number <= static_cast<int>(BenchmarkLimit::Other); ++number)
        add(limitText(static_cast<BenchmarkLimit>(number)));
    for (int number = 1; number <= static_cast<int>(BenchmarkEnd::Failed); ++number)
        add(benchmarkEndText(static_cast<BenchmarkEnd>(number)));
    QCOMPARE(words.size(), count); // none is said of two things
}

void TestBenchmarkText::saysWhatAStageCameTo()
{
    const BenchmarkStageView stage{.stage = BenchmarkStage::Disk,
        .values = {},
        .median = 1.2,
        .bytesPerSecond = 2.5 * 1024 * 1024 * 1024,
        .limit = BenchmarkLimit::DiskRead,
        .limitShare = 0.916};
    QCOMPARE(stageFigureText(stage), QStringLiteral("1.20 s \u00B7 2.50 GiB/s \u00B7 92 % of the disk"));
}

void TestBenchmarkText::leavesOutWhatIsNotKnown()
{
    const BenchmarkStageView stage{.stage = BenchmarkStage::Share, .values = {}, .median = 0.002};
    QCOMPARE(stageFigureText(stage), QStringLiteral("2.00 ms"));
}

void TestBenchmarkText::saysWhatChanged_data()
{
    QTest::addColumn<int>("verdict");
    QTest::addColumn<double>("ratio");
    QTest::addColumn<QString>("words");
    const auto row = [](const char* name, BenchmarkVerdict verdict, double ratio, const char* words) {
        QTest::newRow(name) << static_cast<int>(verdict) << ratio << QString::fromLatin1(words);
    };
    row("faster", BenchmarkVerdict::Faster, 0.88, "The whole load takes 12 % less time: 1.76 s, before 2.00 s.");
    row("slower", BenchmarkVerdict::Slower, 1.15, "The whole load takes 15 % more time: 2.30 s, before 2.00 s.");
    row("much slower", BenchmarkVerdict::Slower, 2.5, "takes 2.5 times as long");
    row("same", BenchmarkVerdict::NoDifference, 1.01, "is as fast as before");
    row("noise", BenchmarkVerdict::TooNoisy, 1.2, "varies too much to tell");
    row("few", BenchmarkVerdict::TooFew, 1.0, "too few iterations");
}

void TestBenchmarkText::saysWhatChanged()
{
    QFETCH(int, verdict);
    QFETCH(double, ratio);
    QFETCH(QString, words);
    const QString text = verdictText(comparison(static_cast<BenchmarkVerdict>(verdict), ratio));
    QVERIFY2(text.contains(words), qPrintable(text));
}

void TestBenchmarkText::saysWhenTheMachineWasAnotherOne()
{
    BenchmarkStageComparison stage = comparison(BenchmarkVerdict::Faster, 0.5);
    const QString without = verdictText(stage);
    stage.limitRatio = 1.05; // noise
    QCOMPARE(verdictText(stage), without);
    stage.limitRatio = 1.8;
    QVERIFY(verdictText(stage).contains(QStringLiteral("1.80 times as fast")));
}

void TestBenchmarkText::saysWhatRatesAre_data()
{
    QTest::addColumn<int>("verdict");
    QTest::addColumn<double>("ratio"); // of the times for a byte
    QTest::addColumn<QString>("words");
    const auto row = [](const char* name, BenchmarkVerdict verdict, double ratio, const char* words) {
        QTest::newRow(name) << static_cast<int>(verdict) << ratio << QString::fromLatin1(words);
    };
    row("faster", BenchmarkVerdict::Faster, 0.8, "Reading moves 25 % more bytes a second: ");
    row("slower", BenchmarkVerdict::Slower, 1.25, "Reading moves 20 % fewer bytes a second: ");
    row("much faster", BenchmarkVerdict::Faster, 0.4, "Reading moves 2.5 times as many bytes a second: ");
    row("same", BenchmarkVerdict::NoDifference, 1.0, "Reading is as fast as before: ");
    row("noise", BenchmarkVerdict::TooNoisy, 1.2, "varies too much to tell");
    row("few", BenchmarkVerdict::TooFew, 1.0, "too few iterations");
}

void TestBenchmarkText::saysWhatRatesAre()
{
    QFETCH(int, verdict);
    QFETCH(double, ratio);
    QFETCH(QString, words);
    BenchmarkStageComparison stage = comparison(static_cast<BenchmarkVerdict>(verdict), ratio);
    stage.stage = BenchmarkStage::Disk;
    stage.rateBefore.bytesPerSecond = 1024.0 * 1024 * 1024;
    stage.rateAfter = {
        .bytesPerSecond = 2.5 * 1024 * 1024 * 1024, .limit = BenchmarkLimit::DiskRead, .limitShare = 0.9};
    const QString text = rateVerdictText(stage);
    QVERIFY2(text.contains(words), qPrintable(text));
    QVERIFY2(text.endsWith(QStringLiteral(": 2.50 GiB/s (90 % of the disk), before 1.00 GiB/s.")), qPrintable(text));
    stage.rateBefore.bytesPerSecond.reset();
    QVERIFY(rateVerdictText(stage).endsWith(QStringLiteral("before no byte.")));
    stage.limitRatio = 1.8;
    QVERIFY(rateVerdictText(stage).contains(QStringLiteral("1.80 times as fast")));
}

void TestBenchmarkText::saysWhatLimitsColdAndWarm()
{
    BenchmarkStageComparison stage = comparison(BenchmarkVerdict::Faster, 0.5);
    stage.rateBefore = {.bytesPerSecond = 1e9, .limit = BenchmarkLimit::DiskRead, .limitShare = 0.9};
    stage.rateAfter = {.bytesPerSecond = 2e9, .limit = BenchmarkLimit::HostCopy, .limitShare = 0.2};
    QVERIFY(
        verdictText(stage).endsWith(QStringLiteral(" It came to 20 % of copying in RAM, before to 90 % of the disk.")));
    stage.rateAfter.limit = BenchmarkLimit::DiskRead;
    QVERIFY(!verdictText(stage).contains(QStringLiteral("It came to")));
}

void TestBenchmarkText::saysWhatIsCompared()
{
    QSet<QString> sentences;
    for (const auto comparability : {BenchmarkComparability::SameSetup, BenchmarkComparability::OtherSetup,
             BenchmarkComparability::RatesOnly, BenchmarkComparability::NotComparable}) {
        BenchmarkComparisonView view;
        view.comparability = comparability;
        sentences.insert(comparabilityText(view));
    }
    QCOMPARE(sentences.size(), 4);
    BenchmarkComparisonView rates;
    rates.comparability = BenchmarkComparability::RatesOnly;
    QVERIFY(comparabilityText(rates).contains(QStringLiteral("bytes a second")));
    const BenchmarkModelComparison pair{.name = QStringLiteral("flux"),
        .nameBefore = QStringLiteral("sdxl"),
        .idBefore = {},
        .idAfter = {},
        .stages = {}};
    QCOMPARE(modelPairText(pair), QStringLiteral("flux beside sdxl of the earlier run:"));
}

void TestBenchmarkText::namesModelsThatStandAlone()
{
    BenchmarkComparisonView view;
    QVERIFY(modelsAloneText(view).isEmpty());
    view.onlyBefore = {QStringLiteral("a"), QStringLiteral("b")};
    QCOMPARE(modelsAloneText(view), QStringList{QStringLiteral("Only in the earlier run: a, b")});
    view.onlyAfter = {QStringLiteral("c")};
    QCOMPARE(modelsAloneText(view).last(), QStringLiteral("Only in the later run: c"));
}

void TestBenchmarkText::namesLoadsFarFromTheOthers()
{
    BenchmarkModelView model;
    model.stages = {
        {.stage = BenchmarkStage::Disk, .values = {{1, 0.5}, {2, 2.0}, {4, 0.5}, {5, 3.0}}, .outliers = {2, 5}},
        {.stage = BenchmarkStage::Copy, .values = {{1, 0.5}}},
        {.stage = BenchmarkStage::Whole, .values = {{1, 9.0}}, .outliers = {1}}};
    QCOMPARE(outliersText(model),
        QStringLiteral("Reading, far from the others: iteration 2 (2.00 s), iteration 5 (3.00 s). "
                       "The whole load, far from the others: iteration 1 (9.00 s)."));
    QVERIFY(outliersText(model.stages[1]).isEmpty());
}

void TestBenchmarkText::namesTheAspectsOfASetup()
{
    QCOMPARE(setupDifferenceText(QStringLiteral("temperature"), QStringLiteral("disk"), QStringLiteral("page_cache")),
        QStringLiteral("Where loads began: Warm, from the page cache, before Cold, from the disk"));
    QCOMPARE(setupDifferenceText(QStringLiteral("driver"), QString(), QStringLiteral("580")),
        QStringLiteral("Driver: 580, before unknown"));
    QCOMPARE(setupDifferenceText(QStringLiteral("new_one"), QStringLiteral("a"), QStringLiteral("b")),
        QStringLiteral("new_one: b, before a"));
}

void TestBenchmarkText::leavesOutUnknownFacts()
{
    const QList<BenchmarkFact> facts = benchmarkFacts({.version = QStringLiteral("0.1.0"), .iterations = 5});
    for (const auto& [name, value] : facts)
        QVERIFY2(!name.isEmpty() && !value.isEmpty(), qPrintable(name));
    const auto has = [&](const QString& name) {
        return std::ranges::find(facts, name, &BenchmarkFact::first) != facts.end();
    };
    QVERIFY(has(QStringLiteral("Weightroom")) && has(QStringLiteral("Iterations")));
    QVERIFY(!has(QStringLiteral("Processor")) && !has(QStringLiteral("RAM")) && !has(QStringLiteral("Driver")));
    QVERIFY(!has(QStringLiteral("Limit: the disk")) && !has(QStringLiteral("Disturbed")));
    const QList<BenchmarkFact> disturbed = benchmarkFacts({.otherLoads = 2});
    const auto found = std::ranges::find(disturbed, QStringLiteral("Disturbed"), &BenchmarkFact::first);
    QVERIFY(found != disturbed.end() && found->second == QStringLiteral("2 other loads ran meanwhile"));
}

QTEST_MAIN(TestBenchmarkText)
#include "test_benchmark_text.moc"
