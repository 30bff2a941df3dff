// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/model_matching.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <atomic>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

/// A LoRA with a header that says something.
std::string talkingModel()
{
    return SafetensorsBuilder()
        .metadata("modelspec.title", "Hat <b>style</b>")
        .metadata("modelspec.thumbnail", "data:image/png;base64,iVBORw0KGgo=")
        .metadata("ss_network_dim", "16")
        .metadata("ss_tag_frequency", R"({"10_hat": {"hat": 10, "red": 4}})")
        .metadata("sshs_model_hash", std::string(64, 'a'))
        .metadata("my key", "mine")
        .tensor("lora_unet_x.lora_down.weight", "F16", {4, 8})
        .build();
}

std::string keysOf(const Json& object)
{
    std::string keys;
    for (const auto& [key, value] : object.items())
        keys += key + " ";
    return keys;
}

} // namespace

class TestMetadataOperations : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void tellsEachFieldWithItsSource();
    void tellsOfBrokenSidecars();
    void showsTheRawMetadataOnRequest();
    void looksAtAFileOutsideTheCatalogue();
    void hashesAModel();
    void hashesWhatIsAskedFor();
    void needsOneModel_data();
    void needsOneModel();
    void reportsAMissingModel_data();
    void reportsAMissingModel();
    void cancelsHashing();
    void noticesAModelThatGrows();
    void keepsOnlyShortValuesInTheHistory();
};

void TestMetadataOperations::tellsEachFieldWithItsSource()
{
    EngineRig rig;
    rig.folder.write("models/hat.safetensors", talkingModel());
    rig.folder.write("models/hat.json", R"({"activation text": "hat", "preferred weight": 0.7, "mine": [1]})");
    rig.folder.write("models/hat.civitai.info",
        R"({"model": {"name": "Hats"}, "trainedWords": ["hats"], "files": [
        {"hashes": {"SHA256": ")"
            + std::string(64, 'B') + R"("}}]})");
    VERIFY_RESULT(rig.scan());
    const auto answer = rig.call("model.get_model_metadata", {{"model_id", rig.idOf("hat")}});
    VERIFY_RESULT(answer);
    QCOMPARE(keysOf(*answer),
        std::string{"model_id path fields training hashes preview sidecars unknown unknown_left_out problems "
                    "known_hashes writable_sidecars "});
    QCOMPARE(answer->at("model_id").get<std::string>(), rig.idOf("hat"));
    const Json& fields = answer->at("fields");
    QCOMPARE(writeJson(fields.at("title")),
        std::string{R"({"value":"Hat <b>style</b>","source":"header modelspec.title","alternatives":[)"
                    R"({"value":"Hats","source":"hat.civitai.info"},{"value":"hat","source":"file name"}]})"});
    QCOMPARE(writeJson(fields.at("trigger_words").at("value")), std::string{R"(["hat"])"});
    QCOMPARE(writeJson(fields.at("preferred_weight")),
        std::string{R"({"value":0.7,"source":"hat.json","alternatives":[]})"});
    QCOMPARE(keysOf(answer->at("training")), std::string{"network_dim tag_frequency "});
    QCOMPARE(writeJson(answer->at("training").at("tag_frequency").at("value").front()),
        std::string{R"({"tag":"hat","count":10})"});
    QCOMPARE(keysOf(answer->at("hashes")), std::string{"sha256 tensor_sha256 autov3 "});
    QCOMPARE(writeJson(answer->at("preview")),
        std::string{R"({"kind":"embedded","source":"header modelspec.thumbnail",)"
                    R"("data_uri":"data:image/png;base64,iVBORw0KGgo="})"});
    QCOMPARE(answer->at("sidecars").size(), std::size_t{2});
    QCOMPARE(writeJson(answer->at("unknown")),
        std::string{R"([{"name":"mine","source":"hat.json","value":[1],"size_bytes":3},)"
                    R"({"name":"my key","source":"header","value":"mine","size_bytes":4}])"});
    QVERIFY(answer->at("problems").empty());
    rig.folder.write("models/hat.preview.mp4", "video");
    const auto again = rig.call("model.get_model_metadata", {{"model_id", rig.idOf("hat")}});
    VERIFY_RESULT(again);
    QCOMPARE(again->at("preview").at("kind").get<std::string>(), std::string{"video"});
    QCOMPARE(again->at("preview").at("path").get<std::string>(), (rig.folder / "models/hat.preview.mp4").string());
}

void TestMetadataOperations::tellsOfBrokenSidecars()
{
    EngineRig rig;
    rig.folder.write("models/hat.safetensors", "<!doctype html>");
    rig.folder.write("models/hat.json", R"({"notes": NaN})");
    rig.folder.write("models/hat.txt", "text");
    VERIFY_RESULT(rig.scan());
    const auto answer = rig.call("model.get_model_metadata", {{"model_id", rig.idOf("hat")}});
    VERIFY_RESULT(answer);
    const Json& sidecars = answer->at("sidecars");
    QCOMPARE(sidecars[0].at("path").get<std::string>(), (rig.folder / "models/hat.json").string());
    QCOMPARE(sidecars[0].at("dialect").get<std::string>(), std::string{"a1111"});
    QCOMPARE(sidecars[0].at("problem").at("code").get<std::string>(), std::string{"invalid_json"});
    QVERIFY(sidecars[1].at("problem").is_null());
    QCOMPARE(answer->at("problems")[0].at("code").get<std::string>(), std::string{"invalid_format"});
    QVERIFY(answer->at("preview").is_null());
}

void TestMetadataOperations::showsTheRawMetadataOnRequest()
{
    EngineRig rig;
    const fs::path file = rig.folder.write("models/hat.safetensors", talkingModel());
    const std::string sidecar = "{ \"notes\" : \"caf\\u00e9\" }\n";
    rig.folder.write("models/hat.json", sidecar);
    const Json request{{"path", file.string()}, {"include_raw", true}};
    const auto answer = rig.call("model.get_model_metadata", request);
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("raw").at("header").at("my key").get<std::string>(), std::string{"mine"});
    QCOMPARE(answer->at("raw").at("sidecars").at("hat.json").get<std::string>(), sidecar);
    rig.folder.write("models/hat.safetensors",
        SafetensorsBuilder().metadata("a", std::string(5 << 20, 'x')).tensor("b", "F16", {2}).build());
    const auto large = rig.call("model.get_model_metadata", request);
    VERIFY_RESULT(large);
    QVERIFY(large->at("raw").at("header").is_null());
    QCOMPARE(large->at("unknown")[0].at("size_bytes").get<std::uint64_t>(), std::uint64_t{5 << 20});
}

void TestMetadataOperations::looksAtAFileOutsideTheCatalogue()
{
    EngineRig rig;
    const fs::path file = rig.folder.write("elsewhere/hat.safetensors", talkingModel());
    const auto answer = rig.call(
        "model.get_model_metadata", {{"path", (rig.folder / "elsewhere/../elsewhere/hat.safetensors").string()}});
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("path").get<std::string>(), file.string());
    QCOMPARE(answer->at("model_id").get<std::string>(), modelIdFor(file).text);
    QVERIFY(rig.engine().snapshot()->models.empty());
}

void TestMetadataOperations::hashesAModel()
{
    EngineRig rig;
    rig.folder.write("models/x.safetensors", "abc"); // no valid model, and a file all the same
    VERIFY_RESULT(rig.scan());
    const auto answer = rig.call("model.get_model_hashes", {{"model_id", rig.idOf("x")}});
    VERIFY_RESULT(answer);
    const Json& file = answer->at("files")[0];
    QCOMPARE(file.at("path").get<std::string>(), (rig.folder / "models/x.safetensors").string());
    QCOMPARE(file.at("size_bytes").get<int>(), 3);
    QCOMPARE(writeJson(file.at("hashes")),
        std::string{R"({"sha256":"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",)"
                    R"("tensor_sha256":null,"autov1":null,"autov2":"ba7816bf8f","autov3":null,"crc32":"352441c2"})"});
}

void TestMetadataOperations::hashesWhatIsAskedFor()
{
    EngineRig rig;
    const fs::path file = rig.write("first", kMiB * 3);
    std::vector<std::pair<std::uint64_t, std::uint64_t>> progress;
    rig.onJob = [&](const JobSnapshot& job) { progress.emplace_back(job.unitsDone, job.unitsTotal); };
    const Json request{{"path", file.string()}, {"algorithms", {"crc32", "autov1", "crc32"}}};
    const auto answer = rig.call("model.get_model_hashes", request);
    VERIFY_RESULT(answer);
    QCOMPARE(keysOf(answer->at("files")[0].at("hashes")), std::string{"autov1 crc32 "});
    const auto jobs = rig.engine().jobs();
    QCOMPARE(jobs.back()->unitsDone, fs::file_size(file));
    QCOMPARE(jobs.back()->unitsTotal, fs::file_size(file));
    rig.close();
    QVERIFY(std::ranges::is_sorted(progress, {}, [](const auto& report) { return report.first; }));
}

void TestMetadataOperations::needsOneModel_data()
{
    QTest::addColumn<std::string>("operation");
    QTest::newRow("metadata") << std::string{"model.get_model_metadata"};
    QTest::newRow("hashes") << std::string{"model.get_model_hashes"};
}

void TestMetadataOperations::needsOneModel()
{
    QFETCH(std::string, operation);
    EngineRig rig;
    const auto none = rig.call(operation);
    VERIFY_ERROR(none, ErrorCode::MissingField);
    QCOMPARE(none.error().context.field, std::string{"model_id"});
    VERIFY_ERROR(rig.call(operation, {{"model_id", "x"}, {"path", "/x"}}), ErrorCode::InvalidValue);
    VERIFY_ERROR(rig.call(operation, {{"path", "relative"}}), ErrorCode::InvalidValue);
    VERIFY_ERROR(rig.call(operation, {{"algorithms", {"md5"}}}),
        operation.ends_with("hashes") ? ErrorCode::InvalidValue : ErrorCode::UnknownField);
}

void TestMetadataOperations::reportsAMissingModel_data() { needsOneModel_data(); }

void TestMetadataOperations::reportsAMissingModel()
{
    QFETCH(std::string, operation);
    EngineRig rig;
    const fs::path file = rig.write("first", kKiB);
    VERIFY_RESULT(rig.scan());
    const std::string id = rig.idOf("first");
    VERIFY_ERROR(rig.call(operation, {{"model_id", "../../etc/passwd"}}), ErrorCode::ModelNotFound);
    VERIFY_ERROR(rig.call(operation, {{"path", "/nowhere/at/all"}}), ErrorCode::NotFound);
    fs::remove(file);
    VERIFY_ERROR(rig.call(operation, {{"model_id", id}}), ErrorCode::NotFound);
}

void TestMetadataOperations::cancelsHashing()
{
    EngineRig rig;
    const fs::path file = rig.folder.write("models/large.safetensors", "");
    fs::resize_file(file, (kGiB * 64).value); // sparse: would take minutes
    std::stop_source stop;
    rig.onJob = [&](const JobSnapshot& job) {
        if (job.unitsDone > 0)
            stop.request_stop();
    };
    const auto answer = rig.engine().call("model.get_model_hashes", {{"path", file.string()}}, stop.get_token());
    VERIFY_ERROR(answer, ErrorCode::Cancelled);
    const auto jobs = rig.engine().jobs();
    QCOMPARE(jobs.back()->state, JobState::Cancelled);
    rig.close(); // the observer refers to the test
}

void TestMetadataOperations::noticesAModelThatGrows()
{
    EngineRig rig;
    const fs::path file = rig.folder.write("models/large.safetensors", "");
    fs::resize_file(file, (kGiB * 64).value); // sparse: would take minutes
    rig.onJob = [&, isDone = std::make_shared<std::atomic<bool>>(false)](const JobSnapshot& job) {
        if (job.unitsDone > 0 && !job.isFinished() && !isDone->exchange(true))
            fs::resize_file(file, (kGiB * 65).value);
    };
    VERIFY_ERROR(rig.call("model.get_model_hashes", {{"path", file.string()}}), ErrorCode::FileChanged);
    rig.close();
}

void TestMetadataOperations::keepsOnlyShortValuesInTheHistory()
{
    EngineRig rig;
    const fs::path file = rig.folder.write("models/hat.safetensors",
        SafetensorsBuilder()
            .metadata("modelspec.description", std::string(100'000, 'x'))
            .tensor("b", "F16", {2})
            .build());
    const auto answer = rig.call("model.get_model_metadata", {{"path", file.string()}});
    VERIFY_RESULT(answer);
    QVERIFY(writeJson(*answer).size() > 100'000);
    // The history gets its summary a moment after the answer is out.
    QTRY_VERIFY(writeJson(rig.engine().jobs().back()->result).size() < 10'000);
    const Json kept = rig.engine().jobs().back()->result;
    QCOMPARE(kept.at("path").get<std::string>(), file.string());
    QVERIFY(!kept.contains("fields"));
}

QTEST_APPLESS_MAIN(TestMetadataOperations)
#include "test_metadata_operations.moc"
