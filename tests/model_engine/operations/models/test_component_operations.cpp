// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/verify_result.h"

#include <QCryptographicHash>
#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

std::string sha256Of(const std::string& bytes)
{
    return QCryptographicHash::hash(QByteArray::fromStdString(bytes), QCryptographicHash::Sha256).toHex().toStdString();
}

} // namespace

class TestComponentOperations : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void listsComponents();
    void listsTensorsWithTheirHashes();
    void looksAtAFileOutsideTheCatalogue();
    void listsTheTensorsOfAPipelineUnderTheirOwnNames();
    void answersWithTheReasonOfABrokenFile();
    void needsOneModel();
    void noticesAChangedFile();
};

void TestComponentOperations::listsComponents()
{
    EngineRig rig;
    rig.write("first", kMiB);
    VERIFY_RESULT(rig.scan());
    const auto answer = rig.call("model.get_model_components", {{"model_id", rig.idOf("first")}});
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("components").size(), 1U);
    QCOMPARE(answer->at("components")[0].at("component_id").get<std::string>(), std::string{"other_tensors"});
    QVERIFY(!answer->contains("tensors"));
}

void TestComponentOperations::listsTensorsWithTheirHashes()
{
    EngineRig rig;
    rig.write("first", kMiB * 3);
    VERIFY_RESULT(rig.scan());
    const auto answer =
        rig.call("model.get_model_components", {{"model_id", rig.idOf("first")}, {"include_hashes", true}});
    VERIFY_RESULT(answer);
    const Json& tensors = answer->at("tensors");
    QCOMPARE(tensors.size(), 2U);
    for (const Json& tensor : tensors) {
        const auto name = tensor.at("name").get<std::string>();
        const auto size = tensor.at("size_bytes").get<std::size_t>();
        QCOMPARE(tensor.at("sha256").get<std::string>(), sha256Of(tensorPattern(name, size)));
        QCOMPARE(tensor.at("component_id").get<std::string>(), std::string{"other_tensors"});
    }
    QCOMPARE(tensors[1].at("dtype").get<std::string>(), std::string{"F16"});
    QCOMPARE(tensors[1].at("shape").dump(), std::string{"[3]"});
}

void TestComponentOperations::looksAtAFileOutsideTheCatalogue()
{
    EngineRig rig;
    const auto file = rig.folder.write("elsewhere/x.bin", SafetensorsBuilder().tensor("w", "F32", {2, 3}).build());
    const auto answer = rig.call("model.get_model_components", {{"path", file.string()}, {"include_tensors", true}});
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("format").get<std::string>(), std::string{"safetensors"});
    QCOMPARE(answer->at("tensors")[0].at("shape").dump(), std::string{"[2,3]"});
    QVERIFY(!answer->at("tensors")[0].contains("sha256"));
    QVERIFY(rig.engine().snapshot()->models.empty());
}

void TestComponentOperations::listsTheTensorsOfAPipelineUnderTheirOwnNames()
{
    EngineRig rig;
    rig.folder.write("models/p/model_index.json", R"({"unet": ["d", "UNet"], "vae": ["d", "Autoencoder"]})");
    rig.folder.write("models/p/unet/model.safetensors", SafetensorsBuilder().tensor("w", "U8", {8}).build());
    rig.folder.write("models/p/vae/model.safetensors", SafetensorsBuilder().tensor("w", "U8", {9}).build());
    VERIFY_RESULT(rig.scan());
    const auto answer = rig.call("model.get_model_components", {{"model_id", rig.idOf("p")}, {"include_hashes", true}});
    VERIFY_RESULT(answer);
    std::string rows;
    for (const Json& tensor : answer->at("tensors"))
        rows += tensor.at("component_id").get<std::string>() + "." + tensor.at("name").get<std::string>() + " ";
    QCOMPARE(rows, std::string{"unet.w vae.w "});
    QCOMPARE(answer->at("tensors")[1].at("sha256").get<std::string>(), sha256Of(tensorPattern("w", 9)));
}

void TestComponentOperations::answersWithTheReasonOfABrokenFile()
{
    EngineRig rig;
    const auto file = rig.folder.write("models/broken.safetensors", "not a model");
    VERIFY_RESULT(rig.scan());
    VERIFY_ERROR(rig.call("model.get_model_components", {{"model_id", rig.idOf("broken")}}), ErrorCode::UnknownFormat);
    VERIFY_ERROR(rig.call("model.get_model_components", {{"path", file.string()}}), ErrorCode::UnknownFormat);
    VERIFY_ERROR(rig.call("model.get_model_components", {{"path", "/nowhere/x"}}), ErrorCode::NotFound);
}

void TestComponentOperations::needsOneModel()
{
    EngineRig rig;
    VERIFY_ERROR(rig.call("model.get_model_components"), ErrorCode::MissingField);
    VERIFY_ERROR(rig.call("model.get_model_components", {{"model_id", "x"}}), ErrorCode::ModelNotFound);
    VERIFY_ERROR(rig.call("model.get_model_components", {{"model_id", "x"}, {"path", "/x"}}), ErrorCode::InvalidValue);
}

void TestComponentOperations::noticesAChangedFile()
{
    EngineRig rig;
    const auto file = rig.write("first", kMiB);
    VERIFY_RESULT(rig.scan());
    std::filesystem::remove(file);
    rig.write("first", kMiB * 2);
    VERIFY_ERROR(rig.call("model.get_model_components", {{"model_id", rig.idOf("first")}, {"include_tensors", true}}),
        ErrorCode::FileChanged);
}

QTEST_APPLESS_MAIN(TestComponentOperations)
#include "test_component_operations.moc"
