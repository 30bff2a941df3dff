// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/held_benchmark.h"
#include "tests/model_engine/engine/lease_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <fstream>
#include <iterator>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

std::string contentOf(const std::filesystem::path& path)
{
    std::ifstream file{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
}

} // namespace

/// Benchmarks as something that runs, is refused, and leaves a report.
class TestEngineBenchmarkRuns : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void refusesWhatCannotBeMeasured_data();
    void refusesWhatCannotBeMeasured();
    void refusesWhatOthersUse();
    void showsItsProgress();
    void runsAloneAndKeepsItsModels();
    void keepsWhatItHadMeasuredWhenItIsCancelled();
    void keepsNothingWhenItIsCancelledAtOnce();
    void keepsReportsForTheNextEngine();
    void tellsOfReportsThatCannotBeRead();
    void comparesReports();
    void comparesReportsOfOtherModels();
    void tellsHowARunStandsToTheOneBefore();
    void exportsAReportWholeOrNotAtAll();
    void saysWhenNothingCanBeKept();
};

void TestEngineBenchmarkRuns::refusesWhatCannotBeMeasured_data()
{
    QTest::addColumn<QString>("fields");
    QTest::addColumn<ErrorCode>("code");
    const auto row = [](const char* name, const char* fields, ErrorCode code) {
        QTest::newRow(name) << QString::fromUtf8(fields) << code;
    };
    row("no such model", R"({"model_ids": ["none"]})", ErrorCode::ModelNotFound);
    row("broken", R"({"model_ids": ["@broken"]})", ErrorCode::ModelUnusable);
    row("no such component", R"({"model_ids": ["@coat"], "component_ids": ["none"]})", ErrorCode::ComponentNotFound);
    row("no such device", R"({"model_ids": ["@coat"], "device_id": "GPU_7"})", ErrorCode::DeviceNotFound);
    row("twice", R"({"model_ids": ["@coat", "@coat"]})", ErrorCode::InvalidValue);
    row("components of two", R"({"model_ids": ["@coat", "@hat"], "component_ids": ["other_tensors"]})",
        ErrorCode::InvalidValue);
    row("no model", R"({"model_ids": []})", ErrorCode::InvalidValue);
    row("no iteration", R"({"model_ids": ["@coat"], "iterations": 0})", ErrorCode::InvalidValue);
    row("cached into the cache", R"({"model_ids": ["@coat"], "device_id": "cache", "temperature": "ram_cache"})",
        ErrorCode::InvalidValue);
    row("converted into the cache", R"({"model_ids": ["@coat"], "device_id": "cache", "precision": "fp16"})",
        ErrorCode::InvalidValue);
    row("read back from the cache", R"({"model_ids": ["@coat"], "device_id": "cache", "verify": true})",
        ErrorCode::InvalidValue);
    row("calculated in the cache", R"({"model_ids": ["@coat"], "device_id": "cache", "check_compute": true})",
        ErrorCode::InvalidValue);
    row("components by a peer", R"({"model_ids": ["@coat"], "component_ids": ["other_tensors"], "compare_peer": true})",
        ErrorCode::InvalidValue);
    row("converted by a peer", R"({"model_ids": ["@coat"], "precision": "fp16", "compare_peer": true})",
        ErrorCode::InvalidValue);
    row("perhaps converted by a peer",
        R"({"model_ids": ["@coat"], "optimization_level": "balanced", "compare_peer": true})", ErrorCode::InvalidValue);
    row("converted while that is off", R"({"model_ids": ["@coat"], "precision": "fp16"})", ErrorCode::FeatureOff);
}

void TestEngineBenchmarkRuns::refusesWhatCannotBeMeasured()
{
    QFETCH(QString, fields);
    QFETCH(ErrorCode, code);
    BenchmarkRig rig;
    rig.settings.precisionConversion = false;
    rig.folder.write("models/broken.safetensors", "this is no model");
    VERIFY_RESULT(rig.open());
    Json request = parseJson(fields.toStdString()).value();
    for (Json& id : request["model_ids"]) {
        if (id.get<std::string>().starts_with("@"))
            id = rig.idOf(id.get<std::string>().substr(1));
    }
    VERIFY_ERROR(rig.call("model.post_model_benchmark", request), code);
    QVERIFY(rig.call("model.get_model_benchmark_progress").value().at("benchmark_id").is_null());
    // Nothing is left that would keep a model to somebody.
    VERIFY_RESULT(rig.load(rig.idOf("coat")));
}

void TestEngineBenchmarkRuns::refusesWhatOthersUse()
{
    LeaseRig rig;
    VERIFY_RESULT(rig.open());
    Borrower consumer{rig.place};
    QVERIFY(rig.attach(consumer, "hat").contains("lease_id"));
    const Json hat{{"model_ids", {rig.idOf("hat")}}, {"temperature", "page_cache"}};
    VERIFY_ERROR(rig.call("model.post_model_benchmark", hat), ErrorCode::LeaseHeld);
    QVERIFY((*findModel(*rig.engine().snapshot(), ModelId{rig.idOf("hat")}))->isLoaded());
}

void TestEngineBenchmarkRuns::showsItsProgress()
{
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    QVERIFY(rig.call("model.get_model_benchmark_progress").value().at("models").empty());
    HeldBenchmark run{rig, rig.fields({"coat", "hat"}, {{"iterations", 100}})};
    const Json seen = rig.call("model.get_model_benchmark_progress").value();
    QVERIFY(seen.at("benchmark_id").is_string());
    QVERIFY(seen.at("steps_total") == 1 + 2 * 100 * 5);
    QVERIFY(seen.at("steps_done") > 5 && seen.at("steps_done") < seen.at("steps_total"));
    const Json& coat = seen.at("models").at(0);
    QVERIFY(coat.at("model_id") == rig.idOf("coat") && coat.at("problem").is_null());
    QVERIFY(coat.at("stages").at(0).at("stage") == "disk");
    QVERIFY(coat.at("compute_checks").empty() && coat.at("compute_problem").is_null());
    QVERIFY(coat.at("peer").is_null() && coat.at("peer_ratio").is_null() && coat.at("peer_problem").is_null());
    QVERIFY(coat.at("stages").at(0).at("statistics").at("count") == coat.at("stages").at(0).at("measurements").size());
    VERIFY_ERROR(run.cancelled(), ErrorCode::Cancelled);
    QVERIFY(rig.call("model.get_model_benchmark_progress").value().at("benchmark_id").is_null());
}

void TestEngineBenchmarkRuns::runsAloneAndKeepsItsModels()
{
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    HeldBenchmark run{rig, rig.fields({"coat", "hat"}, {{"iterations", 100}})};
    rig.write("third", kMiB);
    VERIFY_RESULT(rig.scan());
    VERIFY_ERROR(rig.benchmark({"third"}), ErrorCode::Busy);
    VERIFY_ERROR(rig.load(rig.idOf("coat")), ErrorCode::Busy);
    VERIFY_ERROR(rig.load(rig.idOf("hat")), ErrorCode::Busy); // which comes later
    VERIFY_RESULT(rig.load(rig.idOf("third"))); // is none of it
    VERIFY_ERROR(run.cancelled(), ErrorCode::Cancelled);
    const Json disturbed =
        rig.call("model.get_model_benchmark_results", {{"benchmark_id", rig.kept().front()}}).value();
    QVERIFY(disturbed.at("report").at("other_loads") == 1); // those that were refused are none
    const auto alone = rig.benchmark({"coat"}, {{"iterations", 1}});
    VERIFY_RESULT(alone);
    QVERIFY(alone->at("report").at("other_loads") == 0);
}

void TestEngineBenchmarkRuns::keepsWhatItHadMeasuredWhenItIsCancelled()
{
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    VERIFY_RESULT(rig.load(rig.idOf("coat")));
    {
        HeldBenchmark run{rig, rig.fields({"coat", "hat"}, {{"iterations", 100}})};
        VERIFY_ERROR(run.cancelled(), ErrorCode::Cancelled);
    }
    const auto ids = rig.kept();
    QCOMPARE(ids.size(), 1U);
    const Json report =
        rig.call("model.get_model_benchmark_results", {{"benchmark_id", ids.front()}}).value().at("report");
    QVERIFY(report.at("end") == "cancelled");
    QVERIFY(!report.at("models").at(0).at("stages").empty() && report.at("models").at(1).at("stages").empty());
    QVERIFY(!report.at("models").at(0).contains("problem"));
    const EngineSnapshotPtr now = rig.engine().snapshot();
    QVERIFY((*findModel(*now, ModelId{rig.idOf("coat")}))->isLoaded());
    QVERIFY((*findModel(*now, ModelId{rig.idOf("coat")}))->isCached());
    QVERIFY((*findModel(*now, ModelId{rig.idOf("hat")}))->devices.empty());
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineBenchmarkRuns::keepsNothingWhenItIsCancelledAtOnce()
{
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    std::stop_source stop;
    rig.onBenchmark = [&](const JobSnapshot& job) {
        if (job.phase == JobPhase::Planning)
            stop.request_stop();
    };
    VERIFY_ERROR(
        rig.engine().call("model.post_model_benchmark", rig.fields({"coat"}), stop.get_token()), ErrorCode::Cancelled);
    QVERIFY(rig.kept().empty());
    QCOMPARE(rig.heldOn(0), Bytes{});
}

void TestEngineBenchmarkRuns::keepsReportsForTheNextEngine()
{
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    const std::string coat = rig.idOf("coat");
    const Json first = rig.benchmark({"coat"}, {{"iterations", 1}}).value();
    QVERIFY(first.at("removed_reports").empty() && first.at("keeping_problem").is_null());
    const Json second = rig.benchmark({"hat"}, {{"iterations", 1}}).value();
    rig.close();
    const std::string older = first.at("report").at("id");
    const std::string newer = second.at("report").at("id");
    QCOMPARE(rig.kept(), (std::vector{newer, older}));
    QCOMPARE(rig.kept({{"limit", 1}}), std::vector{newer});
    QCOMPARE(rig.kept({{"model_id", coat}}), std::vector{older});
    const auto whole = rig.call("model.get_model_benchmark_results", {{"benchmark_id", older}});
    VERIFY_RESULT(whole);
    QVERIFY(whole->at("report") == first.at("report"));
    VERIFY_ERROR(rig.call("model.get_model_benchmark_results", {{"benchmark_id", older}, {"limit", 1}}),
        ErrorCode::InvalidValue);
    VERIFY_RESULT(rig.call("model.delete_model_benchmark", {{"benchmark_id", older}}));
    VERIFY_ERROR(rig.call("model.delete_model_benchmark", {{"benchmark_id", older}}), ErrorCode::BenchmarkNotFound);
    VERIFY_ERROR(
        rig.call("model.get_model_benchmark_results", {{"benchmark_id", older}}), ErrorCode::BenchmarkNotFound);
    QCOMPARE(rig.kept(), std::vector{newer});
}

void TestEngineBenchmarkRuns::tellsOfReportsThatCannotBeRead()
{
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    const std::string id = "20260101T000000000Z-1";
    rig.folder.write("data/benchmarks/" + id + ".json", "{");
    const Json rows = rig.call("model.get_model_benchmark_results").value().at("reports");
    QCOMPARE(rows.size(), 1U);
    QVERIFY(rows.at(0).at("id") == id && rows.at(0).at("error").at("code") == "invalid_json");
    VERIFY_ERROR(rig.call("model.get_model_benchmark_results", {{"benchmark_id", id}}), ErrorCode::InvalidJson);
}

void TestEngineBenchmarkRuns::comparesReports()
{
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    const Json before = rig.benchmark({"coat"}, {{"iterations", 5}}).value().at("report").at("id");
    const Json after = rig.benchmark({"coat"}, {{"iterations", 5}}).value().at("report").at("id");
    const auto comparison = rig.call("model.get_model_benchmark_comparison", {{"before", before}, {"after", after}});
    VERIFY_RESULT(comparison);
    QVERIFY2(comparison->at("comparability") == "same_setup", writeJson(*comparison).c_str());
    QCOMPARE(comparison->at("models").at(0).at("stages").size(), 6U);
    for (const char* field : {"before", "after"}) {
        Json fields{{"before", before}, {"after", after}};
        fields[field] = "none";
        const auto refused = rig.call("model.get_model_benchmark_comparison", fields);
        VERIFY_ERROR(refused, ErrorCode::BenchmarkNotFound);
        QVERIFY(refused.error().context.field == field);
    }
}

void TestEngineBenchmarkRuns::comparesReportsOfOtherModels()
{
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    const Json before = rig.benchmark({"coat"}, {{"iterations", 5}}).value().at("report").at("id");
    const Json after = rig.benchmark({"hat"}, {{"iterations", 5}}).value().at("report").at("id");
    const auto comparison = rig.call("model.get_model_benchmark_comparison", {{"before", before}, {"after", after}});
    VERIFY_RESULT(comparison);
    QVERIFY2(comparison->at("comparability") == "rates_only", writeJson(*comparison).c_str());
    const Json& pair = comparison->at("models").at(0);
    QVERIFY(pair.at("name") == "hat" && pair.at("name_before") == "coat");
    for (const Json& stage : pair.at("stages"))
        QVERIFY(stage.at("stage") != "unload" && !stage.contains("median_before"));
    QVERIFY(pair.at("stages").at(0).at("bytes_per_second_before").is_number());
}

void TestEngineBenchmarkRuns::tellsHowARunStandsToTheOneBefore()
{
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    const Json first = rig.benchmark({"coat"}, {{"iterations", 1}}).value().at("report");
    (void)rig.benchmark({"hat"}, {{"iterations", 1}});
    (void)rig.benchmark({"coat"}, {{"iterations", 1}});
    // The one that it stands to may be beyond what is listed.
    const Json newest = rig.call("model.get_model_benchmark_results", {{"limit", 1}}).value().at("reports").at(0);
    QVERIFY2(newest.at("trend").at("before_id") == first.at("id"), writeJson(newest).c_str());
    QVERIFY(newest.at("trend").at("whole_ratio") > 0);
    const Json all = rig.call("model.get_model_benchmark_results").value().at("reports");
    QVERIFY(all.at(1).at("trend").is_null() && all.at(2).at("trend").is_null());
}

void TestEngineBenchmarkRuns::exportsAReportWholeOrNotAtAll()
{
    BenchmarkRig rig;
    VERIFY_RESULT(rig.open());
    const Json report = rig.benchmark({"coat"}, {{"iterations", 2}}).value().at("report");
    const std::filesystem::path file = rig.folder / "exported";
    const auto exportAs = [&](const Json& more) {
        Json fields{{"benchmark_id", report.at("id")}, {"file", file.string()}};
        fields.update(more);
        return rig.call("model.post_model_benchmark_export", fields);
    };
    const auto written = exportAs(Json::object());
    VERIFY_RESULT(written);
    const std::string csv = contentOf(file);
    QVERIFY(written->at("report_bytes") == csv.size());
    QCOMPARE(std::ranges::count(csv, '\n'), 1 + 6 * 2);
    VERIFY_ERROR(exportAs({{"format", "json"}}), ErrorCode::AlreadyExists);
    QCOMPARE(contentOf(file), csv);
    VERIFY_RESULT(exportAs({{"format", "json"}, {"if_exists", "replace"}}));
    QVERIFY(parseJson(contentOf(file)).value() == report);
    VERIFY_ERROR(exportAs({{"file", (rig.folder / "nowhere/file").string()}}), ErrorCode::NotFound);
    VERIFY_ERROR(exportAs({{"benchmark_id", "none"}}), ErrorCode::BenchmarkNotFound);
}

/// Minutes of measuring are not lost because of that.
void TestEngineBenchmarkRuns::saysWhenNothingCanBeKept()
{
    BenchmarkRig rig;
    rig.dataFolder.clear();
    VERIFY_RESULT(rig.open());
    const auto answer = rig.benchmark({"coat"}, {{"iterations", 1}});
    VERIFY_RESULT(answer);
    QVERIFY(answer->at("keeping_problem").at("code") == "unsupported");
    QVERIFY(!answer->at("report").at("models").at(0).at("stages").empty());
    QVERIFY(rig.kept().empty());
}

QTEST_APPLESS_MAIN(TestEngineBenchmarkRuns)
#include "test_engine_benchmark_runs.moc"
