// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/validation/finding.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

constexpr const char* kOperation = "model.post_model_validate";

std::string keysOf(const Json& object)
{
    std::string keys;
    for (const auto& [key, value] : object.items())
        keys += key + " ";
    return keys;
}

} // namespace

class TestValidationOperations : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void validatesAModel();
    void namesEveryFinding();
    void listsTensorsWithProblems();
    void answersForABrokenFile();
    void looksAtTheFileOfNow();
    void needsOneModel();
    void reportsAMissingModel();
    void isCancelled();
};

void TestValidationOperations::validatesAModel()
{
    EngineRig rig;
    const fs::path file = rig.write("first", kMiB * 3);
    VERIFY_RESULT(rig.scan());
    const auto answer =
        rig.call(kOperation, {{"model_id", rig.idOf("first")}, {"check_values", true}, {"check_hashes", true}});
    VERIFY_RESULT(answer);
    QCOMPARE(keysOf(*answer),
        std::string{"model_id path is_valid checks missing_tensors extra_tensors tensors_with_problems "
                    "tensors_with_problems_count hashes bytes_read elapsed_seconds "});
    QCOMPARE(answer->at("model_id").get<std::string>(), rig.idOf("first"));
    QVERIFY(answer->at("is_valid").get<bool>());
    QCOMPARE(writeJson(answer->at("checks")[2]),
        std::string{
            R"({"check":"values","status":"passed","finding":"all_numbers","counts":{"elements":3145731,)"
            R"("nan":0,"infinite":0,"zero_tensors":0,"unknown_tensors":0},"names":[],"detail":"3145731 elements: 0 NaN, 0 infinite; 0 tensors )"
            R"(of nothing but zeros"})"});
    QCOMPARE(answer->at("checks").size(), 5U);
    QCOMPARE(answer->at("bytes_read").get<std::uint64_t>(), (kMiB * 3).value + 6);
    QVERIFY(answer->at("elapsed_seconds").get<double>() > 0);
    QCOMPARE(rig.engine().jobs().back()->unitsDone, rig.engine().jobs().back()->unitsTotal);
}

void TestValidationOperations::namesEveryFinding()
{
    EngineRig rig;
    const OperationSpec* spec = rig.engine().operations().find(kOperation);
    QVERIFY(spec != nullptr);
    for (auto word = static_cast<int>(FindingWord::NotAskedFor); word <= static_cast<int>(kLastFindingWord); ++word) {
        const std::string_view text = toText(static_cast<FindingWord>(word));
        QVERIFY2(spec->answer.find(text) != std::string_view::npos, std::string{text}.c_str());
    }
}

void TestValidationOperations::listsTensorsWithProblems()
{
    EngineRig rig;
    const fs::path file = rig.folder.write(
        "x.safetensors", SafetensorsBuilder().entry("w", "F16", {2}, 0, 4).data({"\xFF\x7F\x00\x7C", 4}).build());
    const auto answer = rig.call(kOperation, {{"path", file.string()}, {"check_values", true}});
    VERIFY_RESULT(answer);
    QVERIFY(!answer->at("is_valid").get<bool>());
    QCOMPARE(writeJson(answer->at("tensors_with_problems")),
        std::string{R"([{"name":"w","nan_count":1,"inf_count":1,"is_all_zero":false}])"});
    QCOMPARE(answer->at("tensors_with_problems_count").get<int>(), 1);
}

void TestValidationOperations::answersForABrokenFile()
{
    EngineRig rig;
    rig.folder.write("models/broken.safetensors", "not a model");
    VERIFY_RESULT(rig.scan());
    const auto answer = rig.call(kOperation, {{"model_id", rig.idOf("broken")}});
    VERIFY_RESULT(answer);
    QVERIFY(!answer->at("is_valid").get<bool>());
    const Json& structure = answer->at("checks")[0];
    QCOMPARE(structure.at("status").get<std::string>(), std::string{"failed"});
    QCOMPARE(structure.at("error").at("code").get<std::string>(), std::string{"unknown_format"});
}

void TestValidationOperations::looksAtTheFileOfNow()
{
    EngineRig rig;
    rig.folder.write("models/x.safetensors", "not a model");
    VERIFY_RESULT(rig.scan());
    const std::string id = rig.idOf("x");
    rig.write("x", kKiB);
    const auto answer = rig.call(kOperation, {{"model_id", id}});
    VERIFY_RESULT(answer);
    QVERIFY(answer->at("is_valid").get<bool>());
}

void TestValidationOperations::needsOneModel()
{
    EngineRig rig;
    VERIFY_ERROR(rig.call(kOperation), ErrorCode::MissingField);
    VERIFY_ERROR(rig.call(kOperation, {{"model_id", "x"}, {"path", "/x"}}), ErrorCode::InvalidValue);
    VERIFY_ERROR(rig.call(kOperation, {{"path", "/x"}, {"check_values", "yes"}}), ErrorCode::InvalidValue);
    VERIFY_ERROR(rig.call(kOperation, {{"path", "/x"}, {"check_all", true}}), ErrorCode::UnknownField);
}

void TestValidationOperations::reportsAMissingModel()
{
    EngineRig rig;
    VERIFY_ERROR(rig.call(kOperation, {{"model_id", "x"}}), ErrorCode::ModelNotFound);
    VERIFY_ERROR(rig.call(kOperation, {{"path", "/nowhere/at/all"}}), ErrorCode::NotFound);
    VERIFY_ERROR(rig.call(kOperation, {{"path", "/"}}), ErrorCode::NotRegularFile);
    const fs::path file = rig.write("first", kKiB);
    VERIFY_RESULT(rig.scan());
    fs::remove(file);
    VERIFY_ERROR(rig.call(kOperation, {{"model_id", rig.idOf("first")}}), ErrorCode::NotFound);
}

void TestValidationOperations::isCancelled()
{
    EngineRig rig;
    const std::uint64_t size = (kGiB * 64).value; // sparse: would take minutes
    const fs::path file = rig.folder.write(
        "models/large.safetensors", SafetensorsBuilder().entry("w", "F16", {size / 2}, 0, size).build());
    fs::resize_file(file, fs::file_size(file) + size);
    std::stop_source stop;
    rig.onJob = [&](const JobSnapshot& job) {
        if (job.unitsDone > 0)
            stop.request_stop();
    };
    const Json request{{"path", file.string()}, {"check_values", true}};
    VERIFY_ERROR(rig.engine().call(kOperation, request, stop.get_token()), ErrorCode::Cancelled);
    rig.close(); // the observer refers to the test
}

QTEST_APPLESS_MAIN(TestValidationOperations)
#include "test_validation_operations.moc"
