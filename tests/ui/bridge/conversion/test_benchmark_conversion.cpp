// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/bridge/conversion/benchmark_conversion.h"

#include "model_engine/benchmark/reports/benchmark_comparison.h"
#include "model_engine/benchmark/reports/report_store.h"
#include "tests/model_engine/benchmark/reports/sample_report.h"

#include <QLocale>
#include <QTest>

using namespace weightroom;
using weightroom::test::sampleReport;
using namespace weightroom::ui;

namespace {

/// Without the locale's idea of how a list of facts is written.
QString valueOf(const QList<BenchmarkFact>& facts, const QString& name)
{
    const auto found = std::ranges::find(facts, name, &BenchmarkFact::first);
    return found == facts.end() ? QString() : found->second;
}

} // namespace

class TestBenchmarkConversion : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { QLocale::setDefault(QLocale(QLocale::English, QLocale::UnitedStates)); }
    void readsAReport();
    void readsWhatWasMeasuredBeside();
    void makesNamesSafe();
    void readsARunThatGoesOn();
    void readsThatNothingRuns();
    void knowsWhichStagesMoveBytes();
    void readsTheList();
    void readsAComparison();
    void readsAComparisonOfOtherModels();
    void asksForARun();
};

void TestBenchmarkConversion::readsAReport()
{
    const BenchmarkReportView view = benchmarkReportView(engine::toJson(sampleReport()));
    QCOMPARE(view.id, QString::fromStdString(sampleReport().id.text));
    QCOMPARE(view.end, BenchmarkEnd::Finished);
    QCOMPARE(view.temperature, BenchmarkTemperature::Disk);
    QCOMPARE(view.startedAt.toUTC().time(), QTime(10, 15, 0, 250));
    QCOMPARE(valueOf(view.facts, QStringLiteral("System")), QStringLiteral("Linux 6.1.0-18-amd64"));
    QCOMPARE(valueOf(view.facts, QStringLiteral("In use")), QStringLiteral("direct_io"));
    QVERIFY(valueOf(view.facts, QStringLiteral("Device")).contains(QStringLiteral("H100")));
    QCOMPARE(view.models.size(), 2);
    QVERIFY(view.models[0].problem.isEmpty());
    QVERIFY(!view.models[1].problem.isEmpty()); // a sentence about the memory of the device
    const BenchmarkStageView* disk = view.models[0].find(BenchmarkStage::Disk);
    QVERIFY(disk != nullptr);
    QCOMPARE(disk->values.size(), 5);
    QCOMPARE(disk->values[1], std::pair(2, 0.52));
    QCOMPARE(disk->median, 0.51);
    QCOMPARE(disk->minimum, 0.5);
    QCOMPARE(disk->maximum, 0.53);
    QCOMPARE(disk->limit, BenchmarkLimit::DiskRead);
    QVERIFY(disk->bytesPerSecond && disk->limitShare);
    QCOMPARE(*disk->limitShare, *disk->bytesPerSecond / 2.5e9);
    QCOMPARE(*disk->secondsAtLimit(), static_cast<double>(engine::kGiB.value) / 2.5e9);
    QCOMPARE(disk->limitedBy, BenchmarkLimit::DiskRead);
    QVERIFY(view.models[0].find(BenchmarkStage::Convert) == nullptr);
    QVERIFY(!view.models[0].find(BenchmarkStage::Whole)->limitShare);
}

void TestBenchmarkConversion::readsWhatWasMeasuredBeside()
{
    engine::Json report = engine::toJson(sampleReport());
    engine::Json& row = report.at("models").at(0);
    row["peer"]["statistics"] = {{"median", 0.925}}; // what follows from the seconds
    row["peer_ratio"] = 1.3;
    const BenchmarkReportView view = benchmarkReportView(report);
    const auto& peer = view.models[0].peer;
    QVERIFY(peer.has_value());
    QCOMPARE(peer->name, QStringLiteral("safetensors 0.8.0"));
    QCOMPARE(peer->median, 0.925);
    QCOMPARE(peer->ratio, std::optional(1.3));
    QVERIFY(!view.models[1].peer);
    QCOMPARE(view.models[1].peerProblem, QStringLiteral("there is no Python")); // no sentence about a model's files
    QCOMPARE(view.models[0].computeChecks.size(), 1);
    const BenchmarkComputeCheck& check = view.models[0].computeChecks[0];
    QCOMPARE(check.name, QStringLiteral("matmul"));
    QCOMPARE(check.shape, QStringLiteral("10240 \u00D7 1280"));
    QCOMPARE(check.type, QStringLiteral("F16"));
    QCOMPARE(check.operationsPerSecond, std::optional(1.37e11 / 0.0005));
    QVERIFY(check.matches);
    QVERIFY(view.models[0].computeProblem.isEmpty());
    QCOMPARE(view.models[1].computeProblem, QStringLiteral("LibTorch is not there"));
}

void TestBenchmarkConversion::makesNamesSafe()
{
    engine::BenchmarkReport report = sampleReport();
    report.models[0].model.name = "evil\x1b[31m";
    const BenchmarkReportView view = benchmarkReportView(engine::toJson(report));
    QVERIFY(!view.models[0].name.contains(QChar(0x1b)));
}

void TestBenchmarkConversion::readsARunThatGoesOn()
{
    const engine::Json stage{{"stage", "copy"},
        {"measurements", {{{"iteration", 1}, {"seconds", 0.5}, {"bytes", 1000}}}}, {"statistics", nullptr}};
    const engine::Json flat{
        {"model_id", "a"}, {"name", "A"}, {"problem", nullptr}, {"stages", engine::Json::array({stage})}};
    const engine::Json nested{{"model", {{"id", "b"}, {"name", "B"}}}, {"stages", engine::Json::array()}};
    const BenchmarkProgressView view = benchmarkProgressView(
        {{"benchmark_id", "x"}, {"steps_done", 3}, {"steps_total", 12}, {"models", {flat, nested}}});
    QCOMPARE(view.id, QStringLiteral("x"));
    QCOMPARE(view.done, 3U);
    QCOMPARE(view.total, 12U);
    QCOMPARE(view.models[0].id, QStringLiteral("a"));
    QCOMPARE(view.models[1].id, QStringLiteral("b"));
    QCOMPARE(view.models[1].name, QStringLiteral("B"));
    const BenchmarkStageView* copy = view.models[0].find(BenchmarkStage::Copy);
    QVERIFY(copy != nullptr);
    QCOMPARE(copy->median, 0.5);
    QCOMPARE(copy->bytesPerSecond.value_or(0), 2000.0);
    QVERIFY(!copy->secondsAtLimit());
}

void TestBenchmarkConversion::readsThatNothingRuns()
{
    const BenchmarkProgressView view = benchmarkProgressView(
        {{"benchmark_id", nullptr}, {"steps_done", 0}, {"steps_total", 0}, {"models", engine::Json::array()}});
    QVERIFY(view.id.isEmpty());
    QVERIFY(view.models.isEmpty());
}

void TestBenchmarkConversion::knowsWhichStagesMoveBytes()
{
    QVERIFY(!movesBytes(BenchmarkStage::None));
    for (const auto stage : {BenchmarkStage::Disk, BenchmarkStage::Cache, BenchmarkStage::Copy, BenchmarkStage::Convert,
             BenchmarkStage::Whole})
        QVERIFY(movesBytes(stage));
    for (const auto stage : {BenchmarkStage::Share, BenchmarkStage::Unload})
        QVERIFY(!movesBytes(stage));
}

void TestBenchmarkConversion::readsTheList()
{
    engine::Json good = engine::toJson(engine::headOf(sampleReport()));
    good["error"] = nullptr;
    engine::Json partly = good;
    partly["models"][0]["whole_seconds"] = nullptr;
    good["trend"] = {{"before_id", "x"}, {"whole_ratio", 1.25}};
    const engine::Json bad{
        {"id", "20261127T101500250Z-8"}, {"error", engine::toJson(engine::Error{engine::ErrorCode::IoError, "x", {}})}};
    const QList<BenchmarkRunView> runs = benchmarkRunViews({{"reports", {good, partly, bad}}});
    QCOMPARE(runs.size(), 3);
    QCOMPARE(runs[0].deviceId, QStringLiteral("GPU_0"));
    QCOMPARE(runs[0].iterations, 5);
    QCOMPARE(runs[0].models, (QStringList{QStringLiteral("sd_xl_base"), QStringLiteral("flux")}));
    QCOMPARE(runs[0].wholeSeconds.value_or(0), 1.42);
    QCOMPARE(runs[0].wholeRatio.value_or(0), 1.25);
    QVERIFY(!runs[1].wholeRatio && !runs[2].wholeRatio);
    QVERIFY(runs[0].problem.isEmpty());
    QVERIFY(!runs[1].wholeSeconds); // one of them was not measured: no sum is better than a wrong one
    QVERIFY(!runs[2].problem.isEmpty());
    QVERIFY(!runs[2].wholeSeconds);
}

void TestBenchmarkConversion::readsAComparison()
{
    const engine::BenchmarkReport before = sampleReport();
    engine::BenchmarkReport after = sampleReport();
    after.models.pop_back();
    after.machine.version = "0.2.0";
    for (engine::StageMeasurement& one : after.models[0].stages[0].measurements)
        one.seconds *= 2;
    const BenchmarkComparisonView view = benchmarkComparisonView(engine::toJson(engine::compareReports(before, after)));
    QCOMPARE(view.comparability, BenchmarkComparability::OtherSetup);
    QCOMPARE(view.onlyBefore, QStringList{QStringLiteral("flux")});
    QCOMPARE(view.differences, QStringList{QStringLiteral("Version of Weightroom: 0.2.0, before 0.1.0")});
    QCOMPARE(view.models.size(), 1);
    const BenchmarkStageComparison& disk = view.models[0].stages[0];
    QCOMPARE(disk.stage, BenchmarkStage::Disk);
    QCOMPARE(disk.verdict, BenchmarkVerdict::Slower);
    QVERIFY(disk.ratio && qAbs(*disk.ratio - 2) < 0.1);
    QCOMPARE(disk.medianAfter, 1.02);
    QCOMPARE(disk.rateAfter.limit, BenchmarkLimit::DiskRead);
    QCOMPARE(disk.rateAfter.limitShare.value_or(0), disk.rateAfter.bytesPerSecond.value_or(0) / 2.5e9);
}

void TestBenchmarkConversion::readsAComparisonOfOtherModels()
{
    engine::BenchmarkReport before = sampleReport();
    engine::BenchmarkReport after = sampleReport();
    before.models.pop_back();
    after.models.erase(after.models.begin());
    after.models.push_back(test::sampleModel("evil\x1b[31m"));
    const BenchmarkComparisonView view = benchmarkComparisonView(engine::toJson(engine::compareReports(before, after)));
    QCOMPARE(view.comparability, BenchmarkComparability::RatesOnly);
    QCOMPARE(view.models.size(), 1);
    QCOMPARE(view.models[0].name, QStringLiteral("flux"));
    QCOMPARE(view.models[0].nameBefore, QStringLiteral("sd_xl_base"));
    QCOMPARE(view.models[0].stages[0].verdict, BenchmarkVerdict::NoDifference);
    QCOMPARE(view.models[0].stages[0].medianBefore, 0.0);
    QVERIFY(view.models[0].stages[0].rateBefore.bytesPerSecond.has_value());
    QVERIFY(!view.models[0].stages[2].rateBefore.limitShare); // a whole load has no limit
    QCOMPARE(view.onlyAfter.size(), 1);
    QVERIFY(!view.onlyAfter[0].contains(QChar(0x1b)));
}

void TestBenchmarkConversion::asksForARun()
{
    const engine::Json fields = benchmarkRequestFields({.modelIds = {QStringLiteral("a"), QStringLiteral("b")},
        .deviceId = QString(kCacheOnly),
        .precision = QStringLiteral("as_stored"),
        .temperature = BenchmarkTemperature::PageCache,
        .iterations = 7,
        .verifies = true,
        .checksCompute = true});
    const engine::Json expected{{"model_ids", {"a", "b"}}, {"device_id", "cache"}, {"precision", "as_stored"},
        {"temperature", "page_cache"}, {"iterations", 7}, {"verify", true}, {"compare_peer", false},
        {"check_compute", true}};
    QVERIFY2(fields == expected, fields.dump().c_str());
    BenchmarkRequest request;
    request.modelIds = {QStringLiteral("a")};
    request.componentIds = {QStringLiteral("vae")};
    request.comparesPeer = true;
    const engine::Json one = benchmarkRequestFields(request);
    QVERIFY(one.at("component_ids") == engine::Json{"vae"});
    QVERIFY(one.at("compare_peer") == true);
}

QTEST_MAIN(TestBenchmarkConversion)
#include "test_benchmark_conversion.moc"
