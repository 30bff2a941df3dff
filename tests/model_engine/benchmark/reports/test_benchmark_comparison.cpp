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

/// With another content than those of other names.
BenchmarkReport oneModel(const std::string& name, const std::vector<double>& seconds, Bytes size)
{
    BenchmarkReport report = test::sampleReport();
    report.models = {test::sampleModel(name)};
    report.models[0].model.size = size;
    report.models[0].stages = {test::stageOf(BenchmarkStage::Whole, seconds, size)};
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
    void refusesWhereNeitherIsTheSame();
    void comparesColdWithWarm();
    void comparesTheRatesOfOtherModels_data();
    void comparesTheRatesOfOtherModels();
    void comparesNoRateOfWhatMovesNothing();
    void putsOtherModelsBesideEachOther();
    void writesRatesAsJson();
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
    const auto comparison = compareReports(test::sampleReport(), after);
    QCOMPARE(comparison.comparability, isFound ? Comparability::SameSetup : Comparability::RatesOnly);
    QCOMPARE(comparison.onlyBefore.size(), 1U); // flux
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

void TestBenchmarkComparison::refusesWhereNeitherIsTheSame()
{
    BenchmarkReport after = oneModel("flux", {1, 1, 1, 1, 1}, kGiB);
    after.machine.device->kind = DeviceKind::Host;
    const auto comparison = compareReports(oneModel("sdxl", {1, 1, 1, 1, 1}, kGiB), after);
    QCOMPARE(comparison.comparability, Comparability::NotComparable);
    QCOMPARE(comparison.differences.at(0).aspect, SetupAspect::DeviceKind);
    QVERIFY(comparison.differences.at(1) == (SetupDifference{SetupAspect::Models, "sdxl", "flux"}));
    QVERIFY(comparison.models.empty());
    BenchmarkReport nothing = after;
    nothing.models.clear();
    QCOMPARE(compareReports(nothing, after).comparability, Comparability::NotComparable);
}

void TestBenchmarkComparison::comparesColdWithWarm()
{
    BenchmarkReport warm = test::sampleReport();
    warm.settings.temperature = BenchmarkTemperature::PageCache;
    for (StageMeasurement& one : warm.models[0].stages[0].measurements)
        one.seconds /= 4;
    const auto comparison = compareReports(test::sampleReport(), warm);
    QCOMPARE(comparison.comparability, Comparability::OtherSetup);
    QVERIFY(comparison.differences == (std::vector<SetupDifference>{{SetupAspect::Temperature, "disk", "page_cache"}}));
    const StageComparison& disk = comparison.models.at(0).stages.at(0);
    QCOMPARE(disk.verdict, StageVerdict::Faster);
    QVERIFY(isNear(disk.medianAfter, disk.medianBefore / 4));
    QVERIFY(!disk.limitRatio); // two limits, which say nothing of each other
    QCOMPARE(disk.rateBefore.limit->kind, StageLimitKind::DiskRead);
    QCOMPARE(disk.rateAfter.limit->kind, StageLimitKind::HostCopy);
    QVERIFY(isNear(*disk.rateAfter.limitShare, *disk.rateAfter.bytesPerSecond / 2.2e10));
}

void TestBenchmarkComparison::comparesTheRatesOfOtherModels_data()
{
    QTest::addColumn<double>("rate"); // times that of the model before, which has a fourth of the size
    QTest::addColumn<double>("deviation");
    QTest::addColumn<StageVerdict>("verdict");
    QTest::newRow("the same rate") << 1.0 << 0.01 << StageVerdict::NoDifference;
    QTest::newRow("a higher rate in more time") << 2.0 << 0.02 << StageVerdict::Faster;
    QTest::newRow("a lower rate") << 0.5 << 0.02 << StageVerdict::Slower;
    QTest::newRow("noise") << 1.1 << 0.3 << StageVerdict::TooNoisy;
}

void TestBenchmarkComparison::comparesTheRatesOfOtherModels()
{
    QFETCH(const double, rate);
    QFETCH(const double, deviation);
    const BenchmarkReport before = oneModel("sdxl", noisy(7, 1, deviation, 1), kGiB);
    const BenchmarkReport after = oneModel("flux", noisy(7, 4 / rate, deviation, 2), kGiB * 4);
    const auto comparison = compareReports(before, after);
    QCOMPARE(comparison.comparability, Comparability::RatesOnly);
    QVERIFY(comparison.differences == (std::vector<SetupDifference>{{SetupAspect::Models, "sdxl", "flux"}}));
    QCOMPARE(comparison.models.at(0).name, std::string{"flux"});
    QCOMPARE(comparison.models.at(0).nameBefore, std::string{"sdxl"});
    const StageComparison& stage = comparison.models.at(0).stages.at(0);
    QTEST(stage.verdict, "verdict");
    QVERIFY(std::abs(stage.ratio->ratio * rate - 1) < 2 * deviation);
    const double found = *stage.rateAfter.bytesPerSecond / *stage.rateBefore.bytesPerSecond;
    QVERIFY(std::abs(found / rate - 1) < 2 * deviation);
}

void TestBenchmarkComparison::comparesNoRateOfWhatMovesNothing()
{
    const std::vector<double> seconds(5, 0.1);
    BenchmarkReport before = oneModel("sdxl", seconds, kGiB);
    BenchmarkReport after = oneModel("flux", seconds, kGiB);
    for (BenchmarkReport* report : {&before, &after})
        report->models[0].stages = {test::stageOf(BenchmarkStage::Copy, seconds),
            test::stageOf(BenchmarkStage::Share, seconds), test::stageOf(BenchmarkStage::Unload, seconds)};
    after.models[0].stages[0].measurements[0].bytes = {}; // other models had all of it already
    const auto stages = compareReports(before, after).models.at(0).stages;
    QCOMPARE(stages.size(), 1U);
    QCOMPARE(stages[0].stage, BenchmarkStage::Copy);
    QCOMPARE(stages[0].verdict, StageVerdict::TooFew);
    QCOMPARE(stages[0].rateAfter.limit->kind, StageLimitKind::DeviceUpload);
}

/// Two of one family stand beside each other before the order counts.
void TestBenchmarkComparison::putsOtherModelsBesideEachOther()
{
    BenchmarkReport before = test::sampleReport();
    BenchmarkReport after = test::sampleReport();
    before.models = {test::sampleModel("a"), test::sampleModel("b"), test::sampleModel("c")};
    after.models = {test::sampleModel("d"), test::sampleModel("e")};
    before.models[1].model.components = {{"transformer_flux"}};
    after.models[0].model.components = {{"transformer_flux"}};
    after.models[1].model.components = {{"vae_kl_f8"}};
    const auto comparison = compareReports(before, after);
    QCOMPARE(comparison.models.size(), 2U);
    QCOMPARE(comparison.models[0].nameBefore + comparison.models[0].name, std::string{"bd"});
    QCOMPARE(comparison.models[1].nameBefore + comparison.models[1].name, std::string{"ae"});
    QVERIFY(comparison.onlyBefore == std::vector<std::string>{"c"});
    QVERIFY(comparison.onlyAfter.empty());
    const auto back = compareReports(after, before);
    QVERIFY(back.onlyAfter == std::vector<std::string>{"c"});
}

void TestBenchmarkComparison::writesRatesAsJson()
{
    BenchmarkReport after = oneModel("flux", {2, 2, 2, 2, 2}, kGiB * 4);
    after.models[0].stages[0].stage = BenchmarkStage::Disk;
    BenchmarkReport before = oneModel("sd\xffxl", {1, 1, 1, 1, 1}, kGiB);
    before.models[0].stages[0].stage = BenchmarkStage::Disk;
    before.limits.diskRead = {};
    const Json document = toJson(compareReports(before, after));
    QVERIFY(document.at("comparability") == "rates_only");
    QVERIFY(document.at("models").at(0).at("name_before") == "sd\uFFFDxl");
    const Json& stage = document.at("models").at(0).at("stages").at(0);
    QVERIFY(stage.at("verdict") == "faster" && stage.at("ratio") == 0.5);
    QVERIFY(!stage.contains("median_before") && !stage.contains("median_after"));
    QVERIFY(stage.at("bytes_per_second_before") == static_cast<double>(kGiB.value));
    QVERIFY(stage.at("bytes_per_second_after") == static_cast<double>(kGiB.value) * 2);
    QVERIFY(!stage.contains("limit_before")); // it was not measured
    const Json limit{
        {"name", "disk_read"}, {"bytes_per_second", 2.5e9}, {"share", static_cast<double>(kGiB.value) * 2 / 2.5e9}};
    QVERIFY2(stage.at("limit_after") == limit, writeJson(stage).c_str());
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
