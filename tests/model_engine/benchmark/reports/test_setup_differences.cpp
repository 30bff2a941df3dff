// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a comparison says of two set-ups, and what they leave of it.
#include "model_engine/benchmark/reports/setup_differences.h"

#include "tests/model_engine/benchmark/reports/compared_runs.h"

#include <QTest>

#include <functional>

using namespace weightroom;
using namespace weightroom::engine;
using test::isNear;
using test::oneModel;

using ReportChange = std::function<void(BenchmarkReport&)>;
Q_DECLARE_METATYPE(ReportChange)

class TestSetupDifferences : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void namesWhatDiffers_data();
    void namesWhatDiffers();
    void refusesToCompare_data();
    void refusesToCompare();
    void refusesWhereNeitherIsTheSame();
    void comparesColdWithWarm();
};

void TestSetupDifferences::namesWhatDiffers_data()
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

void TestSetupDifferences::namesWhatDiffers()
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

void TestSetupDifferences::refusesToCompare_data()
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

void TestSetupDifferences::refusesToCompare()
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

void TestSetupDifferences::refusesWhereNeitherIsTheSame()
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

void TestSetupDifferences::comparesColdWithWarm()
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

QTEST_APPLESS_MAIN(TestSetupDifferences)
#include "test_setup_differences.moc"
