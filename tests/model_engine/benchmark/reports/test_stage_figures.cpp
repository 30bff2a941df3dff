// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/stage_figures.h"

#include "tests/model_engine/benchmark/reports/sample_report.h"

#include <QTest>

using namespace weightroom;
using namespace weightroom::engine;

class TestStageFigures : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void knowsTheLimit_data();
    void knowsTheLimit();
    void knowsNoLimitThatWasNotMeasured();
    void dividesByTheMedian();
    void takesTheMedianOfTheBytesToo();
    void saysWhatLimits_data();
    void saysWhatLimits();
    void leavesOutWhatNobodyKnows();
    void saysNothingOfNothing();
    void findsTheSlowestStage();
    void comparesWithThePeer();
    void hasAWordForEach();

private:
    const MachineLimits m_limits = test::sampleReport().limits;
};

void TestStageFigures::knowsTheLimit_data()
{
    using enum BenchmarkStage;
    using Temperature = BenchmarkTemperature;
    QTest::addColumn<BenchmarkStage>("stage");
    QTest::addColumn<BenchmarkTemperature>("temperature");
    QTest::addColumn<StageLimitKind>("kind");
    QTest::addColumn<double>("rate");
    const auto row = [](const char* name, BenchmarkStage stage, BenchmarkTemperature temperature, StageLimitKind kind,
                         double rate) { QTest::newRow(name) << stage << temperature << kind << rate; };
    row("disk", Disk, Temperature::Disk, StageLimitKind::DiskRead, 2.5e9);
    row("disk, from the page cache", Disk, Temperature::PageCache, StageLimitKind::HostCopy, 2.2e10);
    row("cache", Cache, Temperature::Disk, StageLimitKind::DiskRead, 2.5e9);
    row("cache, from the page cache", Cache, Temperature::PageCache, StageLimitKind::HostCopy, 2.2e10);
    row("copy", Copy, Temperature::Disk, StageLimitKind::DeviceUpload, 2.5e10);
    row("copy, from the RAM cache", Copy, Temperature::RamCache, StageLimitKind::DeviceUpload, 2.5e10);
    for (const BenchmarkStage stage : {Convert, Share, Unload, Whole})
        row(std::string{toText(stage)}.c_str(), stage, Temperature::Disk, StageLimitKind::None, 0);
}

void TestStageFigures::knowsTheLimit()
{
    QFETCH(const BenchmarkStage, stage);
    QFETCH(const BenchmarkTemperature, temperature);
    QFETCH(const StageLimitKind, kind);
    QFETCH(const double, rate);
    const auto limit = limitOf(stage, temperature, m_limits);
    QCOMPARE(limit.has_value(), kind != StageLimitKind::None);
    QVERIFY(!limit || *limit == (StageLimit{kind, rate}));
}

void TestStageFigures::knowsNoLimitThatWasNotMeasured()
{
    for (const auto stage : {BenchmarkStage::Disk, BenchmarkStage::Cache, BenchmarkStage::Copy})
        QVERIFY(!limitOf(stage, BenchmarkTemperature::Disk, {}));
    MachineLimits diskOnly;
    diskOnly.diskRead = 2.5e9;
    QVERIFY(!limitOf(BenchmarkStage::Cache, BenchmarkTemperature::Disk, diskOnly)); // memory may be slower
    MachineLimits slowMemory = m_limits;
    slowMemory.hostCopyOneThread = 1e9;
    slowMemory.hostCopyTwoThreads = {};
    QVERIFY(limitOf(BenchmarkStage::Cache, BenchmarkTemperature::Disk, slowMemory)
        == (StageLimit{StageLimitKind::HostCopy, 1e9}));
}

void TestStageFigures::dividesByTheMedian()
{
    const auto figures = figuresOf(
        test::stageOf(BenchmarkStage::Disk, {0.5, 9, 0.5}, Bytes{1'000'000'000}), BenchmarkTemperature::Disk, m_limits);
    QCOMPARE(figures->bytesPerSecond, 2e9);
    QCOMPARE(figures->limitShare, 0.8);
    QCOMPARE(figures->seconds.maximum, 9.0);
}

/// Other models had most of it already when the first load came.
void TestStageFigures::takesTheMedianOfTheBytesToo()
{
    StageResult result = test::stageOf(BenchmarkStage::Disk, {1, 1, 1}, kGiB);
    result.measurements.front().bytes = kMiB;
    const auto figures = figuresOf(result, BenchmarkTemperature::Disk, m_limits);
    QCOMPARE(figures->bytesPerSecond.value(), static_cast<double>(kGiB.value));
}

void TestStageFigures::saysWhatLimits_data()
{
    QTest::addColumn<BenchmarkStage>("stage");
    QTest::addColumn<double>("seconds"); // for 10^9 bytes
    QTest::addColumn<std::string>("wanted");
    QTest::newRow("at the limit") << BenchmarkStage::Disk << 0.4 << std::string{"disk_read"};
    QTest::newRow("at four fifths of it") << BenchmarkStage::Disk << 0.5 << std::string{"disk_read"};
    QTest::newRow("below") << BenchmarkStage::Disk << 0.51 << std::string{"other"};
    QTest::newRow("the limit has moved") << BenchmarkStage::Copy << 0.03 << std::string{"device_upload"};
    QTest::newRow("no limit") << BenchmarkStage::Unload << 0.03 << std::string{};
}

void TestStageFigures::saysWhatLimits()
{
    QFETCH(const BenchmarkStage, stage);
    QFETCH(const double, seconds);
    QFETCH(const std::string, wanted);
    const auto figures =
        figuresOf(test::stageOf(stage, {seconds}, Bytes{1'000'000'000}), BenchmarkTemperature::Disk, m_limits);
    QCOMPARE(std::string{figures->limitedBy()}, wanted);
    QCOMPARE(toJson(*figures).contains("limited_by"), !wanted.empty());
}

void TestStageFigures::leavesOutWhatNobodyKnows()
{
    for (const auto& stage :
        {test::stageOf(BenchmarkStage::Disk, {0, 0}), test::stageOf(BenchmarkStage::Disk, {0.5, 0.5}, Bytes{})}) {
        const auto figures = figuresOf(stage, BenchmarkTemperature::Disk, m_limits);
        QVERIFY(!figures->bytesPerSecond && !figures->limitShare);
        const Json document = toJson(*figures);
        QVERIFY(!document.contains("bytes_per_second") && !document.at("limit").contains("share"));
    }
}

void TestStageFigures::saysNothingOfNothing()
{
    QVERIFY(!figuresOf({.stage = BenchmarkStage::Disk, .measurements = {}}, BenchmarkTemperature::Disk, m_limits));
    QCOMPARE(slowestStage({}), BenchmarkStage::None);
}

void TestStageFigures::findsTheSlowestStage()
{
    ModelBenchmark model = test::sampleModel("x");
    QCOMPARE(slowestStage(model), BenchmarkStage::Disk); // and not the whole
    model.stages[1] = test::stageOf(BenchmarkStage::Copy, {0.1, 0.6, 0.7});
    QCOMPARE(slowestStage(model), BenchmarkStage::Copy);
}

void TestStageFigures::comparesWithThePeer()
{
    ModelBenchmark model = test::sampleModel("sd15");
    QVERIFY(!peerRatio(model) && !peerBytesPerSecond(model));
    model.peer = PeerResult{"safetensors", "0.8.0", {}};
    QVERIFY(!peerRatio(model) && !peerBytesPerSecond(model));
    model.peer->seconds = {2.0, 1.42, 1.0};
    QCOMPARE(peerRatio(model).value(), 2.0); // the whole load takes 0.71 s
    QCOMPARE(peerBytesPerSecond(model).value(), static_cast<double>(kGiB.value) / 1.42);
    model.peer->seconds = {0};
    QVERIFY(!peerBytesPerSecond(model));
    model.stages.back().measurements = {{1, 0, kGiB}};
    QVERIFY(!peerRatio(model));
    model.stages.pop_back();
    QVERIFY(!peerRatio(model));
}

void TestStageFigures::hasAWordForEach()
{
    QCOMPARE(std::string{toText(BenchmarkStage::Unload)}, std::string{"unload"});
    QCOMPARE(std::string{toText(BenchmarkTemperature::RamCache)}, std::string{"ram_cache"});
    QCOMPARE(std::string{toText(BenchmarkEnd::Failed)}, std::string{"failed"});
    QCOMPARE(std::string{toText(StageLimitKind::HostCopy)}, std::string{"host_copy"});
    QVERIFY(isCold(BenchmarkTemperature::Disk) && !isCold(BenchmarkTemperature::PageCache));
}

QTEST_APPLESS_MAIN(TestStageFigures)
#include "test_stage_figures.moc"
