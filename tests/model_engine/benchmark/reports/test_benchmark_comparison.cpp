// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/benchmark_comparison.h"

#include "tests/model_engine/benchmark/reports/compared_runs.h"

#include <QTest>

#include <cmath>

using namespace weightroom;
using namespace weightroom::engine;
using test::isNear;
using test::noisy;

namespace {

BenchmarkReport reportWith(const std::vector<double>& seconds)
{
    BenchmarkReport report = test::sampleReport();
    report.models.resize(1);
    report.models[0].stages = {test::stageOf(BenchmarkStage::Whole, seconds)};
    return report;
}

StageComparison compared(const std::vector<double>& before, const std::vector<double>& after)
{
    return compareReports(reportWith(before), reportWith(after)).models.at(0).stages.at(0);
}

/// How often each verdict is given in a hundred comparisons with other noise.
std::array<int, 6> verdictsOf(std::size_t count, double shift, double deviation)
{
    std::array<int, 6> verdicts{};
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        const auto found = compared(noisy(count, 1, deviation, 2 * seed), noisy(count, shift, deviation, 2 * seed + 1));
        ++verdicts.at(static_cast<std::size_t>(found.verdict));
    }
    return verdicts;
}

int countOf(const std::array<int, 6>& verdicts, StageVerdict verdict)
{
    return verdicts.at(static_cast<std::size_t>(verdict));
}

} // namespace

class TestBenchmarkComparison : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void findsNoDifferenceInTheSame();
    void findsAShiftAboveTheNoise();
    void findsAnImprovement();
    void raisesFewFalseAlarms();
    void doesNotClaimWhatNoiseHides();
    void ignoresWhatIsTooSmallToMatter();
    void aBadRunDecidesNothing();
    void needsFive_data();
    void needsFive();
    void comparesStagesThatTookNoTime();
    void comparesStagesThatBothHave();
    void tellsThatTheLimitHasMoved();
    void writesJson();
};

void TestBenchmarkComparison::findsNoDifferenceInTheSame()
{
    const std::vector<double> seconds{1, 1.01, 0.99, 1.02, 0.98, 1.005, 0.995};
    const StageComparison found = compared(seconds, seconds);
    QCOMPARE(found.verdict, StageVerdict::NoDifference);
    QCOMPARE(found.ratio->ratio, 1.0);
    QCOMPARE(found.probability, 1.0);
}

void TestBenchmarkComparison::findsAShiftAboveTheNoise()
{
    const StageComparison found = compared(noisy(10, 1, 0.02, 1), noisy(10, 1.1, 0.02, 2));
    QCOMPARE(found.verdict, StageVerdict::Slower);
    QVERIFY(found.ratio->ratio > 1.07 && found.ratio->ratio < 1.13);
    QVERIFY(found.ratio->interval.low < found.ratio->ratio && found.ratio->interval.high > found.ratio->ratio);
    QVERIFY(*found.probability < 0.001);
    QVERIFY(found.medianAfter > found.medianBefore);
    QVERIFY(countOf(verdictsOf(10, 1.1, 0.02), StageVerdict::Slower) == 100);
    QVERIFY(countOf(verdictsOf(5, 1.1, 0.02), StageVerdict::Slower) >= 90);
}

void TestBenchmarkComparison::findsAnImprovement()
{
    const StageComparison found = compared(noisy(10, 1.1, 0.02, 1), noisy(10, 1, 0.02, 2));
    QCOMPARE(found.verdict, StageVerdict::Faster);
    QVERIFY(found.ratio->ratio < 0.94);
}

void TestBenchmarkComparison::raisesFewFalseAlarms()
{
    for (const double deviation : {0.02, 0.1, 0.3}) {
        const auto verdicts = verdictsOf(10, 1, deviation);
        QVERIFY(countOf(verdicts, StageVerdict::Faster) + countOf(verdicts, StageVerdict::Slower) <= 3);
    }
    QVERIFY(countOf(verdictsOf(10, 1, 0.02), StageVerdict::NoDifference) >= 97);
}

void TestBenchmarkComparison::doesNotClaimWhatNoiseHides()
{
    const StageComparison found = compared(noisy(7, 1, 0.3, 1), noisy(7, 1.1, 0.3, 2));
    QCOMPARE(found.verdict, StageVerdict::TooNoisy);
    // In one direction only: it may be a third faster, and hardly slower.
    const StageComparison oneSided = compared({1, 1.001, 1.002, 1.003, 1.004}, {0.65, 0.999, 1.0015, 1.0025, 1.0035});
    QVERIFY(oneSided.ratio->interval.low < 0.9 && oneSided.ratio->interval.high < 1.1);
    QCOMPARE(oneSided.verdict, StageVerdict::TooNoisy);
    const auto verdicts = verdictsOf(7, 1.1, 0.3);
    QVERIFY(countOf(verdicts, StageVerdict::TooNoisy) >= 95);
    QCOMPARE(countOf(verdicts, StageVerdict::NoDifference), 0);
}

void TestBenchmarkComparison::ignoresWhatIsTooSmallToMatter()
{
    const StageComparison found = compared(noisy(10, 1, 0.001, 1), noisy(10, 1.02, 0.001, 2));
    QVERIFY(*found.probability < 0.001); // it is there
    QCOMPARE(found.verdict, StageVerdict::NoDifference);
    QCOMPARE(compared(noisy(10, 1, 0.001, 1), noisy(10, 1.04, 0.001, 2)).verdict, StageVerdict::Slower);
}

void TestBenchmarkComparison::aBadRunDecidesNothing()
{
    std::vector<double> after = noisy(10, 1, 0.02, 2);
    after.back() = 30;
    QCOMPARE(compared(noisy(10, 1, 0.02, 1), after).verdict, StageVerdict::NoDifference);
}

void TestBenchmarkComparison::needsFive_data()
{
    QTest::addColumn<int>("before");
    QTest::addColumn<int>("after");
    QTest::addColumn<StageVerdict>("verdict");
    QTest::newRow("five each") << 5 << 5 << StageVerdict::Slower;
    QTest::newRow("four before") << 4 << 9 << StageVerdict::TooFew;
    QTest::newRow("four after") << 9 << 4 << StageVerdict::TooFew;
    QTest::newRow("one each") << 1 << 1 << StageVerdict::TooFew;
}

void TestBenchmarkComparison::needsFive()
{
    QFETCH(const int, before);
    QFETCH(const int, after);
    QFETCH(const StageVerdict, verdict);
    const auto found =
        compared(std::vector(static_cast<std::size_t>(before), 1.0), std::vector(static_cast<std::size_t>(after), 2.0));
    QCOMPARE(found.verdict, verdict);
    QCOMPARE(found.ratio.has_value(), verdict != StageVerdict::TooFew);
    QCOMPARE(found.probability.has_value(), verdict != StageVerdict::TooFew);
    QCOMPARE(found.medianAfter, 2.0);
}

void TestBenchmarkComparison::comparesStagesThatTookNoTime()
{
    const std::vector<double> nothing(5, 0.0);
    QCOMPARE(compared(nothing, nothing).verdict, StageVerdict::NoDifference);
    QCOMPARE(compared(nothing, std::vector(5, 0.1)).verdict, StageVerdict::Slower);
    QVERIFY(std::isfinite(compared(nothing, std::vector(5, 0.1)).ratio->ratio));
}

void TestBenchmarkComparison::comparesStagesThatBothHave()
{
    BenchmarkReport before = test::sampleReport();
    before.models[0].stages.erase(before.models[0].stages.begin());
    const auto comparison = compareReports(before, test::sampleReport());
    QCOMPARE(comparison.models[0].stages.size(), 2U);
    QCOMPARE(comparison.models[0].stages[0].stage, BenchmarkStage::Copy);
    QCOMPARE(comparison.models[1].stages.size(), 3U);
}

void TestBenchmarkComparison::tellsThatTheLimitHasMoved()
{
    BenchmarkReport after = test::sampleReport();
    after.limits.diskRead = 1.25e9;
    after.limits.deviceUpload = {};
    const auto comparison = compareReports(test::sampleReport(), after);
    const auto& stages = comparison.models.at(0).stages;
    QVERIFY(isNear(stages.at(0).limitRatio.value(), 0.5));
    QVERIFY(!stages.at(1).limitRatio); // not measured
    QVERIFY(!stages.at(2).limitRatio); // has none
}

void TestBenchmarkComparison::writesJson()
{
    BenchmarkReport after = reportWith({2, 2, 2, 2, 2});
    after.machine.version = "0.2.0";
    const Json document = toJson(compareReports(reportWith({1, 1, 1, 1, 1}), after));
    const std::string wanted =
        R"({"report_id_before":"20261127T101500250Z-7","report_id_after":"20261127T101500250Z-7",)"
        R"("comparability":"other_setup","differences":[{"aspect":"version","before":"0.1.0","after":"0.2.0"}],)"
        R"("models":[{"name":"sd_xl_base","name_before":"sd_xl_base","model_id_before":"sd_xl_base-3f9c21d08a7be614",)"
        R"("model_id_after":"sd_xl_base-3f9c21d08a7be614","stages":[{"stage":"whole","verdict":"slower",)"
        R"("median_before":1.0,"median_after":2.0,"ratio":2.0,"ratio_interval":{"low":2.0,"high":2.0,)";
    const std::string text = writeJson(document);
    QVERIFY2(text.starts_with(wanted), text.c_str());
    QVERIFY(text.ends_with(R"(}],"only_before":[],"only_after":[]})"));
}

QTEST_APPLESS_MAIN(TestBenchmarkComparison)
#include "test_benchmark_comparison.moc"
