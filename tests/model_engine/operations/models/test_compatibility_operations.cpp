// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/scan/scan_fixture.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <memory>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

Json rowOf(const Json& rows, std::string_view key, std::string_view value)
{
    const auto row = std::ranges::find_if(rows, [&](const Json& candidate) { return candidate.at(key) == value; });
    return row == rows.end() ? Json(nullptr) : *row;
}

} // namespace

class TestCompatibilityOperations final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase() { m_rig.reset(); }
    void tellsWhatABaseWorksWith();
    void tellsWhatALoraNeeds();
    void tellsWhatADiffusionModelLacks();
    void tellsWhereAModelFits();
    void goesByWhatTheUserSays();
    void showsTheVerdictsThatAreAskedFor();
    void saysNothingOfABrokenModel();
    void refusesAnUnknownModel();

private:
    std::unique_ptr<EngineRig> m_rig; ///< one for all: its library has 100 MB
};

/// The sample library, and a LoRA of SD1.
void TestCompatibilityOperations::initTestCase()
{
    m_rig = std::make_unique<EngineRig>();
    m_rig->settings.hostDevices = {kMiB, kGiB};
    VERIFY_RESULT(m_rig->call("library.post_sample_library", {{"directory", (m_rig->folder / "models").string()}}));
    m_rig->folder.write("models/loras/sd1.safetensors", loraModel());
    VERIFY_RESULT(m_rig->scan());
}

void TestCompatibilityOperations::tellsWhatABaseWorksWith()
{
    EngineRig& rig = *m_rig;
    const auto answer = rig.call("model.get_model_compatibility", {{"model_id", rig.idOf("sample-sd15")}});
    VERIFY_RESULT(answer);
    const Json& rows = answer->at("works_with");
    QCOMPARE(rowOf(rows, "name", "sd1").at("verdict").get<std::string>(), std::string{"compatible"});
    QCOMPARE(rowOf(rows, "name", "sd1").at("model_id").get<std::string>(), rig.idOf("sd1"));
    QCOMPARE(rowOf(rows, "name", "sample-sd15-controlnet").at("reason").get<std::string>(),
        std::string{"same_architecture"});
    QVERIFY(rowOf(rows, "name", "sample-sdxl-lora").is_null()); // incompatible
    QVERIFY(rowOf(rows, "name", "sample-sdxl").is_null()); // two bases
    QVERIFY(answer->at("needs").empty());
    QVERIFY(answer->at("counts").at("incompatible").get<int>() >= 1);
    std::string types;
    for (const Json& row : rows)
        types += row.at("model_type").get<std::string>() + " ";
    QCOMPARE(types, std::string{"lora controlnet text-encoder "}); // by type
}

void TestCompatibilityOperations::tellsWhatALoraNeeds()
{
    EngineRig& rig = *m_rig;
    const auto answer = rig.call("model.get_model_compatibility", {{"model_id", rig.idOf("sd1")}});
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("needs").size(), std::size_t{1});
    const Json& need = answer->at("needs")[0];
    QCOMPARE(need.at("model_type").get<std::string>(), std::string{"checkpoint"});
    QCOMPARE(writeJson(need.at("architectures")), std::string{R"(["sd1"])"});
    QVERIFY(need.at("is_available").get<bool>());
    QCOMPARE(need.at("candidates")[0].at("name").get<std::string>(), std::string{"sample-sd15"});
}

void TestCompatibilityOperations::tellsWhatADiffusionModelLacks()
{
    EngineRig& rig = *m_rig;
    const auto answer = rig.call("model.get_model_compatibility", {{"model_id", rig.idOf("sample-flux-schnell")}});
    VERIFY_RESULT(answer);
    const Json& needs = answer->at("needs");
    QCOMPARE(needs.size(), std::size_t{3});
    QVERIFY(!rowOf(needs, "model_type", "vae").at("is_available").get<bool>());
    QCOMPARE(writeJson(needs[1].at("architectures")), std::string{R"(["clip-l"])"});
    QVERIFY(needs[1].at("is_available").get<bool>());
    QCOMPARE(writeJson(needs[2].at("architectures")), std::string{R"(["t5-xxl"])"});
    QVERIFY(!needs[2].at("is_available").get<bool>());
}

void TestCompatibilityOperations::tellsWhereAModelFits()
{
    EngineRig& rig = *m_rig;
    const auto answer = rig.call("model.get_model_compatibility", {{"model_id", rig.idOf("sample-sdxl")}});
    VERIFY_RESULT(answer);
    const Json& rows = answer->at("devices");
    QVERIFY(rows.size() >= 2);
    const Json small = rowOf(rows, "device_id", "HOST_0");
    QVERIFY(!small.at("fits").get<bool>());
    QVERIFY(!small.at("fits_when_empty").get<bool>());
    const Json large = rowOf(rows, "device_id", "HOST_1");
    QCOMPARE(large.at("precision").get<std::string>(), std::string{"stored"});
    QVERIFY(large.at("fits").get<bool>());
    QVERIFY(!large.at("is_estimate").get<bool>());
    QCOMPARE(large.at("capacity_bytes").get<std::uint64_t>(), kGiB.value);

    // What it says is what a load takes.
    const auto loaded = rig.load(rig.idOf("sample-sdxl"), {{"device_id", "HOST_1"}});
    VERIFY_RESULT(loaded);
    QVERIFY(loaded->at("total_vram_bytes").get<std::uint64_t>() <= large.at("needed_bytes").get<std::uint64_t>());
    const auto after = rig.call("model.get_model_compatibility", {{"model_id", rig.idOf("sample-sdxl")}});
    VERIFY_RESULT(after);
    QVERIFY(rowOf(after->at("devices"), "device_id", "HOST_1").at("free_bytes").get<std::uint64_t>()
        < large.at("free_bytes").get<std::uint64_t>());
}

void TestCompatibilityOperations::goesByWhatTheUserSays()
{
    EngineRig& rig = *m_rig;
    const auto worksWithTheLora = [&] {
        const auto answer = rig.call("model.get_model_compatibility", {{"model_id", rig.idOf("sample-sd15")}});
        return answer && !rowOf(answer->at("works_with"), "name", "sample-sdxl-lora").is_null();
    };
    QVERIFY(!worksWithTheLora());
    const std::string lora = rig.idOf("sample-sdxl-lora");
    VERIFY_RESULT(rig.call("model.post_model_config_update", {{"model_id", lora}, {"architecture", "sd1"}}));
    QVERIFY(worksWithTheLora());
    VERIFY_RESULT(rig.call("model.post_model_config_update", {{"model_id", lora}, {"architecture", "detected"}}));
    QVERIFY(!worksWithTheLora());
}

void TestCompatibilityOperations::showsTheVerdictsThatAreAskedFor()
{
    EngineRig& rig = *m_rig;
    const auto answer = rig.call(
        "model.get_model_compatibility", {{"model_id", rig.idOf("sample-sd15")}, {"verdicts", {"incompatible"}}});
    VERIFY_RESULT(answer);
    QVERIFY(!answer->at("works_with").empty());
    for (const Json& row : answer->at("works_with"))
        QCOMPARE(row.at("verdict").get<std::string>(), std::string{"incompatible"});
    VERIFY_ERROR(
        rig.call("model.get_model_compatibility", {{"model_id", rig.idOf("sample-sd15")}, {"verdicts", {"maybe"}}}),
        ErrorCode::InvalidValue);
}

void TestCompatibilityOperations::saysNothingOfABrokenModel()
{
    EngineRig& rig = *m_rig;
    rig.folder.write("models/broken.safetensors", "broken");
    VERIFY_RESULT(rig.scan());
    const auto answer = rig.call("model.get_model_compatibility", {{"model_id", rig.idOf("broken")}});
    VERIFY_RESULT(answer);
    QVERIFY(answer->at("works_with").empty());
    QVERIFY(answer->at("needs").empty());
    for (const Json& row : answer->at("devices"))
        QVERIFY(!row.at("fits").get<bool>());
}

void TestCompatibilityOperations::refusesAnUnknownModel()
{
    EngineRig& rig = *m_rig;
    VERIFY_ERROR(rig.call("model.get_model_compatibility", {{"model_id", "none"}}), ErrorCode::ModelNotFound);
}

QTEST_APPLESS_MAIN(TestCompatibilityOperations)
#include "test_compatibility_operations.moc"
