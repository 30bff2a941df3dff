// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/unprivileged_files.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

constexpr const char* kUpdate = "model.post_model_metadata_update";
constexpr const char* kGet = "model.get_model_metadata";

/// An engine with one LoRA.
struct LoraRig : EngineRig {
    LoraRig()
    {
        folder.write("models/hat.safetensors",
            SafetensorsBuilder().tensor("lora_unet_x.lora_down.weight", "F16", {4, 8}).build());
        if (!scan())
            throw std::runtime_error("the folder cannot be scanned");
    }
    [[nodiscard]] Result<Json> update(Json fields)
    {
        fields["model_id"] = idOf("hat");
        return call(kUpdate, fields);
    }
    [[nodiscard]] Json metadata() { return call(kGet, {{"model_id", idOf("hat")}}).value(); }
    [[nodiscard]] std::string content(const char* name) const
    {
        return readSmallFile(folder / "models" / name, kMiB).value_or("unreadable");
    }
    /// "a1111 hat.json true description notes …; …"
    [[nodiscard]] std::string writable()
    {
        std::string text;
        const Json now = metadata();
        for (const Json& sidecar : now.at("writable_sidecars")) {
            text += sidecar.at("dialect").get<std::string>() + " "
                + fs::path{sidecar.at("path").get<std::string>()}.filename().string()
                + (sidecar.at("exists").get<bool>() ? " exists" : " is made");
            for (const Json& field : sidecar.at("fields"))
                text += " " + field.get<std::string>();
            text += "; ";
        }
        return text;
    }
};

const std::string kA1111Fields = " description notes trigger_words preferred_weight negative_text base_model vae; ";

} // namespace

/// Notes about a model in the files of other programs (O9).
class TestMetadataUpdate : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void makesTheFileOfA1111();
    void changesEachDialect_data();
    void changesEachDialect();
    void leavesAllElseInTheFile();
    void takesFieldsOut();
    void tellsWhatCanBeWritten();
    void refusesWrongRequests_data();
    void refusesWrongRequests();
    void refusesFilesThatAreNotItsOwn_data();
    void refusesFilesThatAreNotItsOwn();
    void refusesAFolderThatMayNotBeWritten();
    void refusesAModelThatIsGone();
};

void TestMetadataUpdate::makesTheFileOfA1111()
{
    LoraRig rig;
    const auto answer = rig.update(
        {{"sidecar", "a1111"}, {"description", "A hat."}, {"notes", "caf\u00e9"}, {"trigger_words", {"hat", "red hat"}},
            {"preferred_weight", 0.75}, {"negative_text", "cap"}, {"base_model", "SDXL"}, {"vae", "x.vae"}});
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("written_path").get<std::string>(), (rig.folder / "models/hat.json").string());
    const Json written = Json::parse(rig.content("hat.json"));
    QCOMPARE(written.at("activation text").get<std::string>(), std::string{"hat, red hat"});
    QCOMPARE(written.at("preferred weight").get<double>(), 0.75);
    Json asRead = *answer;
    asRead.erase("written_path");
    QCOMPARE(writeJson(asRead), writeJson(rig.metadata()));
    const Json& fields = answer->at("fields");
    QCOMPARE(fields.at("notes").at("value").get<std::string>(), std::string{"caf\u00e9"});
    QCOMPARE(fields.at("notes").at("source").get<std::string>(), std::string{"hat.json"});
    QVERIFY(answer->at("writable_sidecars")[0].at("exists").get<bool>());
}

void TestMetadataUpdate::changesEachDialect_data()
{
    QTest::addColumn<std::string>("dialect");
    QTest::addColumn<std::string>("file");
    QTest::addColumn<std::string>("change");
    QTest::addColumn<std::string>("field");
    QTest::newRow("a1111") << std::string{"a1111"} << std::string{"hat.json"} << std::string{R"({"notes": "mine"})"}
                           << std::string{"notes"};
    QTest::newRow("tags") << std::string{"lora_manager"} << std::string{"hat.metadata.json"}
                          << std::string{R"({"tags": ["a", "b"]})"} << std::string{"tags"};
    QTest::newRow("favourite") << std::string{"lora_manager"} << std::string{"hat.metadata.json"}
                               << std::string{R"({"favorite": true})"} << std::string{"favorite"};
    QTest::newRow("stability matrix") << std::string{"stability_matrix"} << std::string{"hat.cm-info.json"}
                                      << std::string{R"({"title": "Hats"})"} << std::string{"title"};
}

void TestMetadataUpdate::changesEachDialect()
{
    QFETCH(std::string, dialect);
    QFETCH(std::string, file);
    QFETCH(std::string, change);
    QFETCH(std::string, field);
    LoraRig rig;
    rig.folder.write("models/" + file, R"({"kept": [1, 2]})");
    Json request = Json::parse(change);
    const Json value = request.at(field);
    request["sidecar"] = dialect;
    const auto answer = rig.update(request);
    VERIFY_RESULT(answer);
    QCOMPARE(fs::path{answer->at("written_path").get<std::string>()}.filename().string(), file);
    QVERIFY(answer->at("fields").at(field).at("value") == value);
    QCOMPARE(answer->at("fields").at(field).at("source").get<std::string>(), file);
}

void TestMetadataUpdate::leavesAllElseInTheFile()
{
    LoraRig rig;
    rig.folder.write("models/hat.json", "{\n    \"mine\": 1e2,\n    \"notes\": \"old\"\n}\n");
    VERIFY_RESULT(rig.update({{"sidecar", "a1111"}, {"notes", "new"}}));
    QCOMPARE(rig.content("hat.json"), std::string{"{\n    \"mine\": 1e2,\n    \"notes\": \"new\"\n}\n"});
}

void TestMetadataUpdate::takesFieldsOut()
{
    LoraRig rig;
    const char* const kFull = R"({"notes": "n", "activation text": "t", "preferred weight": 1, "mine": 1})";
    rig.folder.write("models/hat.json", kFull);
    const auto answer = rig.update({{"sidecar", "a1111"}, {"notes", ""}, {"trigger_words", Json::array()},
        {"preferred_weight", nullptr}, {"vae", nullptr}});
    VERIFY_RESULT(answer);
    QCOMPARE(writeJson(Json::parse(rig.content("hat.json"))), std::string{R"({"mine":1})"});
    QVERIFY(!answer->at("fields").contains("notes"));
}

void TestMetadataUpdate::tellsWhatCanBeWritten()
{
    LoraRig rig;
    QCOMPARE(rig.writable(), "a1111 hat.json is made" + kA1111Fields);
    rig.folder.write("models/hat.json", "{}");
    rig.folder.write("models/hat.metadata.json", "{}");
    rig.folder.write("models/hat.cm-info.json", "{}");
    rig.folder.write("models/hat.civitai.info", "{}");
    QCOMPARE(rig.writable(),
        "a1111 hat.json exists" + kA1111Fields
            + "lora_manager hat.metadata.json exists notes tags favorite; "
              "stability_matrix hat.cm-info.json exists title; ");
    rig.folder.write("models/hat.metadata.json", "broken");
    fs::remove(rig.folder / "models/hat.cm-info.json");
    fs::remove(rig.folder / "models/hat.json");
    rig.folder.write("elsewhere.json", "{}");
    fs::create_symlink(rig.folder / "elsewhere.json", rig.folder / "models/hat.json");
    QCOMPARE(rig.writable(), std::string{});
    rig.folder.write("models/p/model_index.json", R"({"unet": ["d", "UNet"]})");
    rig.folder.write("models/p/unet/model.safetensors", smallSafetensorsFile());
    const auto pipeline = rig.call(kGet, {{"path", (rig.folder / "models/p").string()}});
    VERIFY_RESULT(pipeline);
    QVERIFY(pipeline->at("writable_sidecars").empty());
}

void TestMetadataUpdate::refusesWrongRequests_data()
{
    QTest::addColumn<std::string>("request");
    QTest::addColumn<ErrorCode>("code");
    QTest::addColumn<std::string>("field");
    const auto row = [](const char* name, const char* request, ErrorCode code, const char* field) {
        QTest::newRow(name) << std::string{request} << code << std::string{field};
    };
    row("no sidecar", R"({"notes": "x"})", ErrorCode::MissingField, "sidecar");
    row("nothing to change", R"({"sidecar": "a1111"})", ErrorCode::MissingField, "");
    row("another dialect", R"({"sidecar": "civitai_info", "notes": "x"})", ErrorCode::InvalidValue, "sidecar");
    row("a field of another", R"({"sidecar": "a1111", "tags": ["x"]})", ErrorCode::Unsupported, "tags");
    row("a file that is not made", R"({"sidecar": "lora_manager", "tags": ["x"]})", ErrorCode::NotFound, "");
    row("a field of nobody", R"({"sidecar": "a1111", "author": "x"})", ErrorCode::UnknownField, "author");
    row("a text for a number", R"({"sidecar": "a1111", "preferred_weight": "1"})", ErrorCode::InvalidValue,
        "preferred_weight");
    row("a text for a list", R"({"sidecar": "a1111", "trigger_words": "x"})", ErrorCode::InvalidValue, "trigger_words");
}

void TestMetadataUpdate::refusesWrongRequests()
{
    QFETCH(std::string, request);
    QFETCH(ErrorCode, code);
    QFETCH(std::string, field);
    LoraRig rig;
    const auto refused = rig.update(Json::parse(request));
    VERIFY_ERROR(refused, code);
    QCOMPARE(refused.error().context.field, field);
    for (const auto& entry : fs::directory_iterator{rig.folder / "models"})
        QCOMPARE(entry.path().filename().string(), std::string{"hat.safetensors"});
}

void TestMetadataUpdate::refusesFilesThatAreNotItsOwn_data()
{
    QTest::addColumn<std::string>("content");
    QTest::addColumn<ErrorCode>("code");
    QTest::newRow("link") << std::string{} << ErrorCode::NotRegularFile;
    QTest::newRow("no JSON") << std::string{"{"} << ErrorCode::InvalidJson;
    QTest::newRow("a list") << std::string{"[]"} << ErrorCode::InvalidFormat;
}

void TestMetadataUpdate::refusesFilesThatAreNotItsOwn()
{
    QFETCH(std::string, content);
    QFETCH(ErrorCode, code);
    LoraRig rig;
    rig.folder.write("elsewhere.json", "{}");
    if (content.empty())
        fs::create_symlink(rig.folder / "elsewhere.json", rig.folder / "models/hat.json");
    else
        rig.folder.write("models/hat.json", content);
    VERIFY_ERROR(rig.update({{"sidecar", "a1111"}, {"notes", "x"}}), code);
    QCOMPARE(rig.content("hat.json"), content.empty() ? std::string{"{}"} : content);
    QCOMPARE(fs::is_symlink(rig.folder / "models/hat.json"), content.empty());
}

void TestMetadataUpdate::refusesAFolderThatMayNotBeWritten()
{
    const UnprivilegedFiles files; // before the threads of the engine are made
    LoraRig rig;
    fs::permissions(rig.folder / "models", fs::perms::owner_read | fs::perms::owner_exec);
    VERIFY_ERROR(rig.update({{"sidecar", "a1111"}, {"notes", "x"}}), ErrorCode::PermissionDenied);
    fs::permissions(rig.folder / "models", fs::perms::owner_all);
    VERIFY_RESULT(rig.update({{"sidecar", "a1111"}, {"notes", "x"}}));
}

void TestMetadataUpdate::refusesAModelThatIsGone()
{
    LoraRig rig;
    const std::string id = rig.idOf("hat");
    fs::remove(rig.folder / "models/hat.safetensors");
    VERIFY_ERROR(rig.update({{"sidecar", "a1111"}, {"notes", "x"}}), ErrorCode::NotFound);
    VERIFY_ERROR(
        rig.call(kUpdate, {{"model_id", "x"}, {"sidecar", "a1111"}, {"notes", "x"}}), ErrorCode::ModelNotFound);
}

QTEST_APPLESS_MAIN(TestMetadataUpdate)
#include "test_metadata_update.moc"
