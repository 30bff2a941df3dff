// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/conversion.h"
#include "tests/model_engine/catalog/conversion/diffusers/pipeline_fixture.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/manual_clock.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

constexpr const char* kOperation = "model.post_model_convert";

std::string keysOf(const Json& object)
{
    std::string keys;
    for (const auto& [key, value] : object.items())
        keys += key + " ";
    return keys;
}

std::string floats() { return SafetensorsBuilder().tensor("w", "F32", {1000}).tensor("i", "I64", {2}).build(); }

} // namespace

class TestConversionOperations : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void convertsAModel();
    void writesAFolder();
    void looksAtTheFileOfNow();
    void refusesWrongRequests_data();
    void refusesWrongRequests();
    void answersWithTheReasonOfABrokenFile();
    void isCancelled();
    void goesOnAfterAShutdown();
};

void TestConversionOperations::convertsAModel()
{
    EngineRig rig;
    rig.folder.write("models/x.safetensors", floats());
    VERIFY_RESULT(rig.scan());
    const fs::path target = rig.folder / "models/y.safetensors";
    Json request{{"model_id", rig.idOf("x")}, {"output_path", target.string()}, {"precision", "bf16"}};
    const auto answer = rig.call(kOperation, request);
    VERIFY_RESULT(answer);
    QCOMPARE(keysOf(*answer),
        std::string{
            "output_path source_model_id source_path source_size_bytes size_bytes resumed_bytes files tensor_count "
            "converted_tensors dropped_tensors dropped_bytes converted_values overflowed_values largest_error "
            "mean_error notes elapsed_seconds "});
    QCOMPARE(answer->at("source_model_id").get<std::string>(), rig.idOf("x"));
    QCOMPARE(answer->at("output_path").get<std::string>(), target.string());
    QCOMPARE(answer->at("size_bytes").get<std::uint64_t>(), fs::file_size(target));
    QCOMPARE(answer->at("converted_tensors").get<int>(), 1);
    QCOMPARE(answer->at("converted_values").get<int>(), 1000);
    QCOMPARE(rig.engine().jobs().back()->unitsDone, std::uint64_t{2016});
    QCOMPARE(rig.engine().jobs().back()->unitsTotal, std::uint64_t{2016});
    VERIFY_RESULT(rig.scan());
    VERIFY_ERROR(rig.call(kOperation, request), ErrorCode::AlreadyExists);
    request["if_exists"] = "replace";
    VERIFY_RESULT(rig.call(kOperation, request));
}

void TestConversionOperations::writesAFolder()
{
    EngineRig rig;
    const fs::path source = writeBlueprint(rig.folder / "x.safetensors", checkpointOf(Architecture::Sd1));
    const fs::path target = rig.folder / "models/p";
    const auto answer = rig.call(kOperation,
        {{"path", source.string()}, {"output_path", target.string() + "/"}, {"target_format", "diffusers"}});
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("output_path").get<std::string>(), target.string());
    QCOMPARE(answer->at("files").size(), std::size_t{3});
    QCOMPARE(answer->at("notes").size(), std::size_t{1});
    VERIFY_RESULT(rig.scan());
    const Json back{{"model_id", rig.idOf("p")}, {"output_path", (rig.folder / "y.safetensors").string()}};
    VERIFY_RESULT(rig.call(kOperation, back));
}

void TestConversionOperations::looksAtTheFileOfNow()
{
    EngineRig rig;
    rig.folder.write("models/x.safetensors", "not a model");
    VERIFY_RESULT(rig.scan());
    const std::string id = rig.idOf("x");
    rig.folder.write("models/x.safetensors", floats());
    VERIFY_RESULT(rig.call(kOperation, {{"model_id", id}, {"output_path", (rig.folder / "y.safetensors").string()}}));
}

void TestConversionOperations::refusesWrongRequests_data()
{
    QTest::addColumn<std::string>("request");
    QTest::addColumn<ErrorCode>("code");
    const auto row = [](const char* name, const char* request, ErrorCode code) {
        QTest::newRow(name) << std::string{request} << code;
    };
    row("no target", R"({"path": "/x"})", ErrorCode::MissingField);
    row("no model", R"({"output_path": "/x.safetensors"})", ErrorCode::MissingField);
    row("two models", R"({"path": "/x", "model_id": "x", "output_path": "/x.safetensors"})", ErrorCode::InvalidValue);
    row("relative target", R"({"path": "/x", "output_path": "x.safetensors"})", ErrorCode::InvalidValue);
    row("precision", R"({"path": "/x", "output_path": "/y", "precision": "int8"})", ErrorCode::InvalidValue);
    row("format", R"({"path": "/x", "output_path": "/y", "target_format": "ckpt"})", ErrorCode::InvalidValue);
    row("if_exists", R"({"path": "/x", "output_path": "/y", "if_exists": "overwrite"})", ErrorCode::InvalidValue);
    row("unknown field", R"({"path": "/x", "output_path": "/y", "force": true})", ErrorCode::UnknownField);
    row("unknown model", R"({"model_id": "x", "output_path": "/y.safetensors"})", ErrorCode::ModelNotFound);
    row("missing model", R"({"path": "/nowhere/x", "output_path": "/y.safetensors"})", ErrorCode::NotFound);
}

void TestConversionOperations::refusesWrongRequests()
{
    QFETCH(std::string, request);
    QFETCH(ErrorCode, code);
    EngineRig rig;
    VERIFY_ERROR(rig.call(kOperation, Json::parse(request)), code);
}

void TestConversionOperations::answersWithTheReasonOfABrokenFile()
{
    EngineRig rig;
    const fs::path file = rig.folder.write("x.safetensors", "not a model");
    VERIFY_ERROR(
        rig.call(kOperation, {{"path", file.string()}, {"output_path", (rig.folder / "y.safetensors").string()}}),
        ErrorCode::UnknownFormat);
    QVERIFY(!fs::exists(rig.folder / "y.safetensors"));
}

void TestConversionOperations::isCancelled()
{
    EngineRig rig;
    const std::uint64_t size = (kMiB * 512).value; // sparse, and more than is written before the cancel arrives
    const fs::path file =
        rig.folder.write("x.safetensors", SafetensorsBuilder().entry("w", "F32", {size / 4}, 0, size).build());
    fs::resize_file(file, fs::file_size(file) + size);
    std::stop_source stop;
    rig.onJob = [&](const JobSnapshot& job) {
        if (job.unitsDone > 0)
            stop.request_stop();
    };
    const Json request{
        {"path", file.string()}, {"output_path", (rig.folder / "y.safetensors").string()}, {"precision", "fp16"}};
    VERIFY_ERROR(rig.engine().call(kOperation, request, stop.get_token()), ErrorCode::Cancelled);
    QCOMPARE(rig.engine().jobs().back()->state, JobState::Cancelled);
    rig.close(); // the observer refers to the test
    QCOMPARE(rig.folder.entries(), (std::set<std::string>{"models", "x.safetensors"}));
}

/// The engine ends in the middle, and the next one goes on. Three conversions wait for the end, which the first job
/// that finds no thread hears of.
void TestConversionOperations::goesOnAfterAShutdown()
{
    EngineRig rig;
    const auto clock = std::make_shared<ManualClock>();
    rig.clock = clock;
    const std::uint64_t size = (kMiB * 300).value; // sparse; a little more than what is made durable at once
    const fs::path file =
        rig.folder.write("x.safetensors", SafetensorsBuilder().entry("w", "U8", {size}, 0, size).build());
    fs::resize_file(file, fs::file_size(file) + size);
    const fs::path small = rig.folder.write("small.safetensors", floats());
    const auto requestFor = [&](const fs::path& source, const char* target) {
        return Json{{"path", source.string()}, {"output_path", (rig.folder / target).string()}};
    };
    Gate end;
    rig.onJob = [&](const JobSnapshot& job) {
        clock->advance(std::chrono::seconds{1}); // so that all progress is told
        const bool isFar = job.unitsTotal == size && job.unitsDone > (kDurableInterval + kMiB * 4).value;
        if (job.state == JobState::Running && (isFar || job.unitsTotal != size) && job.unitsDone > 0)
            end.pass();
    };
    rig.engine().start(kOperation, requestFor(file, "y.safetensors"));
    rig.engine().start(kOperation, requestFor(small, "a.safetensors"));
    rig.engine().start(kOperation, requestFor(small, "b.safetensors"));
    end.waitForArrivals(3);
    rig.engine().start(kOperation, requestFor(small, "c.safetensors"), [&](const Result<Json>&) { end.open(); });
    rig.close();
    QVERIFY(!fs::exists(rig.folder / "y.safetensors"));

    rig.onJob = {};
    const auto rest = rig.call(kOperation, requestFor(file, "y.safetensors"));
    VERIFY_RESULT(rest);
    QCOMPARE(rest->at("resumed_bytes").get<std::uint64_t>(), kDurableInterval.value);
    const JobSnapshotPtr job = rig.engine().jobs().back();
    QCOMPARE(job->unitsDone, size);
    QCOMPARE(job->unitsTotal, size);
    Json anew = requestFor(file, "y.safetensors");
    anew["resume"] = false;
    VERIFY_ERROR(rig.call(kOperation, anew), ErrorCode::AlreadyExists);
}

QTEST_APPLESS_MAIN(TestConversionOperations)
#include "test_conversion_operations.moc"
