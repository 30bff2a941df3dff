// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/scan_fixture.h"
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
    rig.folder.write("models/ComfyUI/models/vae/wrong.safetensors", loraModel());
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
            + (root / "models/vae").string() + R"(","expected_types":["vae"],"source":"models/vae"}],"problems":[]})");
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

QTEST_APPLESS_MAIN(TestLayoutOperations)
#include "test_layout_operations.moc"
