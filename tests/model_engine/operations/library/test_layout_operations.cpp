// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/scan/scan_fixture.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

/// A ComfyUI root in the rig's folder of models.
fs::path makeComfyUi(const EngineRig& rig)
{
    rig.folder.write("models/ComfyUI/folder_paths.py", "");
    rig.folder.write("models/ComfyUI/models/loras/right.safetensors", loraModel());
    // Another one: two with the same tensors are a finding of their own.
    const std::string layer = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn2_to_v";
    rig.folder.write("models/ComfyUI/models/vae/wrong.safetensors",
        SafetensorsBuilder()
            .tensor(layer + ".lora_down.weight", "F16", {8, 768})
            .tensor(layer + ".lora_up.weight", "F16", {320, 8})
            .build());
    rig.folder.write("models/ComfyUI/venv/none.safetensors", loraModel());
    return rig.folder / "models/ComfyUI";
}

Json findByName(const Json& models, std::string_view name)
{
    for (const Json& model : models) {
        if (model.at("name") == name)
            return model;
    }
    return nullptr;
}

} // namespace

class TestLayoutOperations final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void recognisesAFolder();
    void recognisesNothing();
    void refusesWhatIsNoFolder();
    void tellsOfTheLayoutWithEachModel();
    void forgetsModelsOfRelocatedFolders();
    void showsTheExtraModelPaths();
    void exportsTheLibrary();
    void exportsNothingWhereNothingIsKnown();
    void refusesToExportIntoABrokenFile();
};

void TestLayoutOperations::recognisesAFolder()
{
    EngineRig rig;
    const fs::path root = makeComfyUi(rig);
    const auto answer = rig.call("library.get_library_layout", {{"path", root.string() + "/"}});
    VERIFY_RESULT(answer);
    QCOMPARE(writeJson(*answer),
        R"({"path":")" + root.string()
            + R"(","layout":"comfyui","title":"ComfyUI","evidence":["folder_paths.py"],"directories":[{"path":")"
            + (root / "models/loras").string() + R"(","expected_types":["lora"],"source":"models/loras"},{"path":")"
            + (root / "models/vae").string()
            + R"(","expected_types":["vae"],"source":"models/vae"}],"extra_model_paths":null,"problems":[]})");
}

void TestLayoutOperations::recognisesNothing()
{
    EngineRig rig;
    const auto answer = rig.call("library.get_library_layout", {{"path", rig.folder.path().string()}});
    VERIFY_RESULT(answer);
    QVERIFY(answer->at("layout").is_null());
    QVERIFY(answer->at("title").is_null());
    QVERIFY(answer->at("directories").empty());
}

void TestLayoutOperations::refusesWhatIsNoFolder()
{
    EngineRig rig;
    const fs::path file = rig.folder.write("file", "");
    VERIFY_ERROR(rig.call("library.get_library_layout", {{"path", file.string()}}), ErrorCode::NotRegularFile);
    VERIFY_ERROR(rig.call("library.get_library_layout", {{"path", "/weightroom-test/none"}}), ErrorCode::NotFound);
}

void TestLayoutOperations::tellsOfTheLayoutWithEachModel()
{
    EngineRig rig;
    makeComfyUi(rig);
    rig.write("plain", kKiB);
    const auto answer = rig.scan();
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("models").size(), std::size_t{3});
    const Json right = findByName(answer->at("models"), "right");
    QCOMPARE(writeJson(right.at("layout")), std::string{"\"comfyui\""});
    QCOMPARE(writeJson(right.at("expected_types")), std::string{"[\"lora\"]"});
    QVERIFY(right.at("findings").empty());
    const Json wrong = findByName(answer->at("models"), "wrong");
    QCOMPARE(wrong.at("findings").size(), std::size_t{1});
    QCOMPARE(wrong.at("findings")[0].at("finding").get<std::string>(), std::string{"misplaced"});
    QVERIFY(!wrong.at("findings")[0].at("detail").get<std::string>().empty());
    QVERIFY(wrong.at("problems").empty());
    const Json plain = findByName(answer->at("models"), "plain");
    QVERIFY(plain.at("layout").is_null());
    QVERIFY(plain.at("expected_types").empty());
}

/// A model in a folder that a program names elsewhere goes from the catalogue when it goes from the disk.
void TestLayoutOperations::forgetsModelsOfRelocatedFolders()
{
    EngineRig rig;
    rig.folder.write("models/webui.py", "");
    rig.folder.write("models/launch.py", "");
    rig.folder.write("models/webui-user.sh", "COMMANDLINE_ARGS='--lora-dir ../disk'");
    const fs::path file = rig.folder.write("disk/a.safetensors", loraModel());
    VERIFY_RESULT(rig.scan());
    QCOMPARE(rig.engine().snapshot()->models.size(), std::size_t{1});
    fs::remove(file);
    VERIFY_RESULT(rig.scan());
    QVERIFY(rig.engine().snapshot()->models.empty());
}

void TestLayoutOperations::showsTheExtraModelPaths()
{
    EngineRig rig;
    const fs::path root = makeComfyUi(rig);
    const std::string folder = (rig.folder / "models").string();
    rig.folder.write("models/ComfyUI/extra_model_paths.yaml", "mine:\n  base_path: ..\n  Loras: .\n  vae: none\n");
    const auto answer = rig.call("library.get_library_layout", {{"path", root.string()}});
    VERIFY_RESULT(answer);
    QCOMPARE(writeJson(answer->at("extra_model_paths").at("sections")),
        R"([{"name":"mine","line":1,"base_path":")" + folder
            + R"(","is_default":false,"folders":[{"kind":"Loras","path":")" + folder
            + R"(","line":3},{"kind":"vae","path":")" + folder + R"(/none","line":4}]}])");
    QCOMPARE(answer->at("extra_model_paths").at("remarks").size(), std::size_t{2});
    QCOMPARE(answer->at("problems").size(), std::size_t{2});
    rig.folder.write("models/ComfyUI/extra_model_paths.yaml", "mine:\n\tvae: x\n");
    const auto broken = rig.call("library.get_library_layout", {{"path", root.string()}});
    VERIFY_RESULT(broken);
    QVERIFY(broken->at("extra_model_paths").is_null());
    QCOMPARE(broken->at("problems")[0].at("error").at("code").get<std::string>(), std::string{"invalid_format"});
}

void TestLayoutOperations::exportsTheLibrary()
{
    EngineRig rig;
    rig.folder.write("models/loras/a.safetensors", loraModel());
    rig.folder.write("models/base-models/b.safetensors", plainModel());
    fs::create_directories(rig.folder / "comfy/models/vae");
    fs::create_directories(rig.folder / "other");
    fs::create_directories(rig.folder / "vae");
    rig.settings.modelFolders.push_back(rig.folder / "comfy");
    rig.settings.modelFolders.push_back(rig.folder / "other");
    rig.settings.modelFolders.push_back(rig.folder / "vae");
    const fs::path file = rig.folder.write("comfy/extra_model_paths.yaml", "# mine\nc:\n  vae: /v\n");
    const auto answer = rig.call("library.post_library_export_paths", {{"file", file.string()}});
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("outcome").get<std::string>(), std::string{"replaced"});
    QCOMPARE(answer->at("backup").get<std::string>(), file.string() + ".weightroom.bak");
    const std::string models = (rig.folder / "models").string();
    QCOMPARE(*readSmallFile(file, kMiB),
        "# mine\nc:\n  vae: /v\n\nweightroom:\n    checkpoints: |\n        " + models
            + "/base-models\n    diffusion_models: |\n        " + models + "/base-models\n    loras: |\n        "
            + models + "/loras\n    vae: |\n        " + (rig.folder / "vae").string() + "\n");
    QCOMPARE(answer->at("folders").size(), std::size_t{4});
    QCOMPARE(answer->at("left_out").size(), std::size_t{2});
    QCOMPARE(answer->at("left_out")[0].at("reason").get<std::string>(), std::string{"ComfyUI finds it by itself"});
    const auto again = rig.call("library.post_library_export_paths", {{"file", file.string()}});
    VERIFY_RESULT(again);
    QCOMPARE(again->at("outcome").get<std::string>(), std::string{"unchanged"});
    QVERIFY(again->at("backup").is_null());
}

void TestLayoutOperations::exportsNothingWhereNothingIsKnown()
{
    EngineRig rig;
    const std::string file = (rig.folder / "x.yaml").string();
    VERIFY_ERROR(rig.call("library.post_library_export_paths", {{"file", file}}), ErrorCode::NotFound);
    QVERIFY(!fs::exists(file));
}

void TestLayoutOperations::refusesToExportIntoABrokenFile()
{
    EngineRig rig;
    fs::create_directories(rig.folder / "models/loras");
    fs::create_directories(rig.folder / "models/vaes");
    const fs::path file = rig.folder.write("comfy/x.yaml", "c:\n\tvae: /v\n");
    const auto refused = rig.call("library.post_library_export_paths", {{"file", file.string()}});
    VERIFY_ERROR(refused, ErrorCode::InvalidFormat);
    QVERIFY(refused.error().detail.starts_with("line 2: "));
    QCOMPARE(*readSmallFile(file, kMiB), std::string{"c:\n\tvae: /v\n"});
}

QTEST_APPLESS_MAIN(TestLayoutOperations)
#include "test_layout_operations.moc"
