// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/benchmark/reports/report_trend.h"

#include "tests/model_engine/benchmark/reports/sample_report.h"

#include <QTest>

#include <cmath>
#include <functional>

using namespace weightroom;
using namespace weightroom::engine;

using ReportChange = std::function<void(BenchmarkReport&)>;
Q_DECLARE_METATYPE(ReportChange)

namespace {

ReportHead headWith(const ReportChange& change)
{
    BenchmarkReport report = test::sampleReport();
    change(report);
    return headOf(report);
}

StoredReport stored(
    const char* id, const ReportChange& change = [](BenchmarkReport&) {})
{
    return {{id}, headWith(change)};
}

void slowDown(BenchmarkReport& report, double times)
{
    for (ModelBenchmark& model : report.models) {
        for (StageMeasurement& one : model.stages.back().measurements)
            one.seconds *= times;
    }
}

} // namespace

class TestReportTrend : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void comparesWithTheRunBefore();
    void passesOverWhatCannotBeRead();
    void looksForTheSame_data();
    void looksForTheSame();
    void looksForTheMachineWhereItDoesTheWork_data();
    void looksForTheMachineWhereItDoesTheWork();
    void writesJson();
};

void TestReportTrend::comparesWithTheRunBefore()
{
    const ReportHead now = headWith([](BenchmarkReport& report) { slowDown(report, 1.5); });
    const std::vector<StoredReport> older{
        stored("newer"), stored("older", [](BenchmarkReport& report) { slowDown(report, 3); })};
    const auto trend = trendOf(now, older);
    QVERIFY(trend.has_value());
    QCOMPARE(trend->before.text, std::string{"newer"});
    QVERIFY(std::abs(trend->wholeRatio - 1.5) < 1e-9);
    QVERIFY(!trendOf(now, {}));
}

void TestReportTrend::passesOverWhatCannotBeRead()
{
    const std::vector<StoredReport> older{{{"broken"}, fail(ErrorCode::InvalidJson, "broken")}, stored("older")};
    const auto trend = trendOf(headWith([](BenchmarkReport&) {}), older);
    QVERIFY(trend && trend->before.text == "older");
}

void TestReportTrend::looksForTheSame_data()
{
    using R = BenchmarkReport;
    QTest::addColumn<ReportChange>("change");
    QTest::addColumn<bool>("isSame");
    const auto row = [](const char* name, ReportChange change, bool isSame) {
        QTest::newRow(name) << std::move(change) << isSame;
    };
    row("another version", ReportChange{[](R& r) { r.machine.version = "0.2.0"; }}, true);
    row("more iterations", ReportChange{[](R& r) { r.settings.iterations = 9; }}, true);
    row("cancelled", ReportChange{[](R& r) { r.end = BenchmarkEnd::Cancelled; }}, false);
    row("warm", ReportChange{[](R& r) { r.settings.temperature = BenchmarkTemperature::PageCache; }}, false);
    row("another place", ReportChange{[](R& r) { r.settings.device = {"GPU_1"}; }}, false);
    row("another card", ReportChange{[](R& r) { r.machine.device->name = "NVIDIA L4"; }}, false);
    row("a card with less memory", ReportChange{[](R& r) { r.machine.device->capacity = kGiB * 40; }}, false);
    row("another kind of device", ReportChange{[](R& r) { r.machine.device->kind = DeviceKind::Host; }}, false);
    row("another driver", ReportChange{[](R& r) { r.machine.device->driver = "581.1"; }}, true);
    row("another level", ReportChange{[](R& r) { r.settings.precision.level = OptimizationLevel::None; }}, false);
    row("not verified", ReportChange{[](R& r) { r.settings.verifies = false; }}, false);
    row("another precision", ReportChange{[](R& r) { r.settings.precision.precision = WantedPrecision::Bf16; }}, false);
    row("one model less", ReportChange{[](R& r) { r.models.pop_back(); }}, false);
    row("another content", ReportChange{[](R& r) { r.models[0].model.content = {"x"}; }}, false);
    row("a part of it", ReportChange{[](R& r) { r.models[0].model.components.pop_back(); }}, false);
    row("not measured to the end", ReportChange{[](R& r) { r.models[0].stages.pop_back(); }}, false);
}

void TestReportTrend::looksForTheSame()
{
    QFETCH(const ReportChange, change);
    QFETCH(const bool, isSame);
    const std::vector<StoredReport> changed{stored("a", change)};
    QCOMPARE(trendOf(headWith([](BenchmarkReport&) {}), changed).has_value(), isSame);
    const std::vector<StoredReport> sample{stored("a")};
    QCOMPARE(trendOf(headWith(change), sample).has_value(), isSame);
}

/// A GPU is the same whatever processor is beside it; a host device is its processor and its memory.
void TestReportTrend::looksForTheMachineWhereItDoesTheWork_data()
{
    using R = BenchmarkReport;
    QTest::addColumn<ReportChange>("place");
    QTest::addColumn<ReportChange>("change");
    QTest::addColumn<bool>("isSame");
    const std::vector<std::pair<std::string, ReportChange>> places{
        {"GPU", [](R&) {}},
        {"host",
            [](R& r) {
                r.settings.device = {"HOST_0"};
                r.machine.device =
                    BenchmarkDevice{{"HOST_0"}, DeviceKind::Host, "Host memory (RAM, not a GPU)", "", "", kGiB * 8};
            }},
        {"RAM cache",
            [](R& r) {
                r.settings.device = {};
                r.machine.device = {};
            }},
    };
    for (const auto& [name, place] : places) {
        const auto row = [&](const char* what, ReportChange change, bool isSame) {
            QTest::newRow((name + ", " + what).c_str()) << place << std::move(change) << isSame;
        };
        const bool isGpu = name == "GPU";
        row("nothing", ReportChange{[](R&) {}}, true);
        row("another kernel", ReportChange{[](R& r) { r.machine.kernel = "Linux 6.2"; }}, true);
        row("another build", ReportChange{[](R& r) { r.machine.buildType = "Debug"; }}, true);
        row("other features", ReportChange{[](R& r) { r.machine.features["direct_io"] = false; }}, true);
        row("other loads", ReportChange{[](R& r) { r.otherLoads = 2; }}, true);
        row("another processor", ReportChange{[](R& r) { r.machine.processor = "x"; }}, isGpu);
        row("more processors", ReportChange{[](R& r) { r.machine.processors = 64; }}, isGpu);
        row("more memory", ReportChange{[](R& r) { r.machine.memory = kGiB * 64; }}, isGpu);
    }
}

void TestReportTrend::looksForTheMachineWhereItDoesTheWork()
{
    QFETCH(const ReportChange, place);
    QFETCH(const ReportChange, change);
    QFETCH(const bool, isSame);
    const ReportChange both = [&](BenchmarkReport& report) {
        place(report);
        change(report);
    };
    const std::vector<StoredReport> older{stored("changed", both), stored("alike", place)};
    const auto trend = trendOf(headWith(place), older);
    QVERIFY(trend.has_value());
    QCOMPARE(trend->before.text, std::string{isSame ? "changed" : "alike"});
}

void TestReportTrend::writesJson()
{
    QVERIFY(toJson(std::optional<ReportTrend>{}).is_null());
    QVERIFY(toJson(std::optional{ReportTrend{{"a"}, 0.5}}) == Json({{"before_id", "a"}, {"whole_ratio", 0.5}}));
}

QTEST_APPLESS_MAIN(TestReportTrend)
#include "test_report_trend.moc"
