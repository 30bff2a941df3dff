// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/benchmark_comparison.h"

#include "model_engine/core/system/random_bits.h"
#include "tests/model_engine/benchmark/reports/sample_report.h"

#include <QTest>

#include <cmath>
#include <functional>
#include <numbers>

using namespace weightroom;
using namespace weightroom::engine;

using ReportChange = std::function<void(BenchmarkReport&)>;
Q_DECLARE_METATYPE(ReportChange)

namespace {

/// Normally distributed around `mean`; the same for a seed on every machine (Box and Muller).
std::vector<double> noisy(std::size_t count, double mean, double deviation, std::uint64_t seed)
{
    const auto uniform = [seed](std::uint64_t number) {
        return (static_cast<double>(randomBits(seed, number) >> 11U) + 0.5) * 0x1p-53;
    };
    std::vector<double> values;
    for (std::uint64_t i = 0; i < count; ++i) {
        const double normal =
            std::sqrt(-2 * std::log(uniform(2 * i))) * std::cos(2 * std::numbers::pi * uniform(2 * i + 1));
        values.push_back(std::max(0.01, mean * (1 + deviation * normal)));
    }
    return values;
}

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

bool isNear(double value, double wanted) { return std::abs(value - wanted) < 1e-9; }

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
    void matchesModelsByTheirContent();
    void matchesModelsWithoutAKey_data();
    void matchesModelsWithoutAKey();
    void namesWhatDiffers_data();
    void namesWhatDiffers();
    void refusesToCompare_data();
    void refusesToCompare();
    void saysThatNoModelIsInBoth();
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

void TestBenchmarkComparison::matchesModelsByTheirContent()
{
    BenchmarkReport after = test::sampleReport();
    after.models[0].model.id = {"renamed"};
    after.models[0].model.name = "renamed";
    after.models[1].model.components.pop_back(); // something else was loaded
    const auto comparison = compareReports(test::sampleReport(), after);
    QCOMPARE(comparison.models.size(), 1U);
    QCOMPARE(comparison.models[0].name, std::string{"renamed"});
    QCOMPARE(comparison.models[0].before.text, std::string{"sd_xl_base-3f9c21d08a7be614"});
    QCOMPARE(comparison.models[0].after.text, std::string{"renamed"});
    QVERIFY(comparison.onlyBefore == std::vector<std::string>{"flux"});
    QVERIFY(comparison.onlyAfter == std::vector<std::string>{"flux"});
}

void TestBenchmarkComparison::matchesModelsWithoutAKey_data()
{
    QTest::addColumn<ReportChange>("change");
    QTest::addColumn<bool>("isFound");
    QTest::newRow("same id and size") << ReportChange{[](BenchmarkReport&) {}} << true;
    QTest::newRow("another size") << ReportChange{[](BenchmarkReport& r) { r.models[0].model.size += Bytes{1}; }}
                                  << false;
    QTest::newRow("another id") << ReportChange{[](BenchmarkReport& r) { r.models[0].model.id = {"x"}; }} << false;
}

void TestBenchmarkComparison::matchesModelsWithoutAKey()
{
    QFETCH(const ReportChange, change);
    QFETCH(const bool, isFound);
    BenchmarkReport after = test::sampleReport();
    after.models.resize(1);
    after.models[0].model.content = {};
    change(after);
    QCOMPARE(compareReports(test::sampleReport(), after).models.size(), isFound ? 1U : 0U);
}

void TestBenchmarkComparison::namesWhatDiffers_data()
{
    using R = BenchmarkReport;
    QTest::addColumn<ReportChange>("change");
    QTest::addColumn<SetupAspect>("aspect");
    QTest::addColumn<std::string>("before");
    QTest::addColumn<std::string>("after");
    const auto row = [](SetupAspect aspect, ReportChange change, std::string before, std::string after) {
        QTest::newRow(std::string{toText(aspect)}.c_str())
            << std::move(change) << aspect << std::move(before) << std::move(after);
    };
    using enum SetupAspect;
    row(
        Processor, [](R& r) { r.machine.processor = "x"; }, "AMD EPYC 9654 96-Core Processor", "x");
    row(
        Processors, [](R& r) { r.machine.processors = 4; }, "2", "4");
    row(
        SetupAspect::Memory, [](R& r) { r.machine.memory = kGiB; }, "24.00 GiB", "1.00 GiB");
    row(
        Kernel, [](R& r) { r.machine.kernel = "Linux 6.2"; }, "Linux 6.1.0-18-amd64", "Linux 6.2");
    row(
        SetupAspect::Device, [](R& r) { r.machine.device->name = "NVIDIA L4"; }, "NVIDIA H100 80GB HBM3, 80.00 GiB",
        "NVIDIA L4, 80.00 GiB");
    row(
        Driver, [](R& r) { r.machine.device->driver = "581.1"; }, "580.159.04, CUDA 13.0", "581.1, CUDA 13.0");
    row(
        Version, [](R& r) { r.machine.version = "0.2.0"; }, "0.1.0", "0.2.0");
    row(
        BuildType, [](R& r) { r.machine.buildType = "Debug"; }, "Release", "Debug");
    row(
        Features, [](R& r) { r.machine.features["share_contents"] = true; }, "direct_io on, share_contents off",
        "direct_io on, share_contents on");
    row(
        SetupAspect::Verification, [](R& r) { r.settings.verifies = false; }, "on", "off");
    row(
        OtherLoads, [](R& r) { r.otherLoads = 3; }, "0", "3");
}

void TestBenchmarkComparison::namesWhatDiffers()
{
    QFETCH(const ReportChange, change);
    QFETCH(const SetupAspect, aspect);
    QFETCH(const std::string, before);
    QFETCH(const std::string, after);
    BenchmarkReport changed = test::sampleReport();
    change(changed);
    const auto comparison = compareReports(test::sampleReport(), changed);
    QCOMPARE(comparison.comparability, Comparability::OtherSetup);
    QVERIFY(comparison.differences == (std::vector<SetupDifference>{{aspect, before, after}}));
    QCOMPARE(comparison.models.size(), 2U);
    QCOMPARE(compareReports(changed, changed).comparability, Comparability::SameSetup);
}

void TestBenchmarkComparison::refusesToCompare_data()
{
    using R = BenchmarkReport;
    QTest::addColumn<ReportChange>("change");
    QTest::addColumn<SetupAspect>("aspect");
    const auto row = [](const char* name, ReportChange change, SetupAspect aspect) {
        QTest::newRow(name) << std::move(change) << aspect;
    };
    row(
        "a host device", [](R& r) { r.machine.device->kind = DeviceKind::Host; }, SetupAspect::DeviceKind);
    row(
        "no device", [](R& r) { r.machine.device = {}; }, SetupAspect::DeviceKind);
    row(
        "another precision", [](R& r) { r.settings.precision.precision = WantedPrecision::Bf16; },
        SetupAspect::Precision);
    row(
        "another level", [](R& r) { r.settings.precision.level = OptimizationLevel::None; }, SetupAspect::Precision);
    row(
        "warm", [](R& r) { r.settings.temperature = BenchmarkTemperature::PageCache; }, SetupAspect::Temperature);
}

void TestBenchmarkComparison::refusesToCompare()
{
    QFETCH(const ReportChange, change);
    QFETCH(const SetupAspect, aspect);
    BenchmarkReport changed = test::sampleReport();
    change(changed);
    changed.machine.version = "0.2.0";
    const auto comparison = compareReports(test::sampleReport(), changed);
    QCOMPARE(comparison.comparability, Comparability::NotComparable);
    QCOMPARE(comparison.differences.front().aspect, aspect);
    QCOMPARE(comparison.differences.back().aspect, SetupAspect::Version);
    QVERIFY(comparison.models.empty());
}

void TestBenchmarkComparison::saysThatNoModelIsInBoth()
{
    BenchmarkReport before = test::sampleReport();
    BenchmarkReport after = test::sampleReport();
    before.models.pop_back();
    after.models.erase(after.models.begin());
    after.machine.kernel = "Linux 6.2";
    const auto comparison = compareReports(before, after);
    QCOMPARE(comparison.comparability, Comparability::NotComparable);
    QCOMPARE(comparison.differences.size(), 2U);
    QVERIFY(comparison.differences[0] == (SetupDifference{SetupAspect::Models, "sd_xl_base", "flux"}));
    QCOMPARE(comparison.differences[1].aspect, SetupAspect::Kernel);
}

void TestBenchmarkComparison::writesJson()
{
    BenchmarkReport after = reportWith({2, 2, 2, 2, 2});
    after.machine.version = "0.2.0";
    const Json document = toJson(compareReports(reportWith({1, 1, 1, 1, 1}), after));
    const std::string wanted =
        R"({"report_id_before":"20261127T101500250Z-7","report_id_after":"20261127T101500250Z-7",)"
        R"("comparability":"other_setup","differences":[{"aspect":"version","before":"0.1.0","after":"0.2.0"}],)"
        R"("models":[{"name":"sd_xl_base","model_id_before":"sd_xl_base-3f9c21d08a7be614",)"
        R"("model_id_after":"sd_xl_base-3f9c21d08a7be614","stages":[{"stage":"whole","verdict":"slower",)"
        R"("median_before":1.0,"median_after":2.0,"ratio":2.0,"ratio_interval":{"low":2.0,"high":2.0,)";
    const std::string text = writeJson(document);
    QVERIFY2(text.starts_with(wanted), text.c_str());
    QVERIFY(text.ends_with(R"(}],"only_before":[],"only_after":[]})"));
}

QTEST_APPLESS_MAIN(TestBenchmarkComparison)
#include "test_benchmark_comparison.moc"
