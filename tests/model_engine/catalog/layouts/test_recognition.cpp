// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/layouts/tree_builder.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

Q_DECLARE_METATYPE(std::vector<std::string>)

class TestRecognition final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void knowsARoot_data();
    void knowsARoot();
    void listsTheFolders_data();
    void listsTheFolders();
    void leavesOutWhatBelongsToTheProgram();
    void leavesOutNothingOfFoldersAlone();
    void followsRelocatedFolders();
    void saysWhichRelocatedFolderIsMissing();
    void readsAHubCache_data();
    void readsAHubCache();
    void survivesAnUnreadableRoot();
};

void TestRecognition::knowsARoot_data()
{
    QTest::addColumn<std::vector<std::string>>("tree");
    QTest::addColumn<LibraryLayout>("layout");
    QTest::addColumn<QString>("evidence");
    using Tree = std::vector<std::string>;
    QTest::newRow("comfyui") << Tree{"folder_paths.py", "models/"} << LibraryLayout::ComfyUi << "folder_paths.py";
    QTest::newRow("comfyui's parts") << Tree{"comfy/", "models/checkpoints/"} << LibraryLayout::ComfyUi
                                     << "comfy/ models/checkpoints/";
    QTest::newRow("a1111") << Tree{"webui.py", "models/Stable-diffusion/"} << LibraryLayout::A1111
                           << "webui.py models/Stable-diffusion/";
    QTest::newRow("a1111, other case") << Tree{"webui.sh", "Models/stable-diffusion/"} << LibraryLayout::A1111
                                       << "webui.sh models/Stable-diffusion/";
    QTest::newRow("a1111 with its models elsewhere")
        << Tree{"webui.py", "launch.py"} << LibraryLayout::A1111 << "webui.py launch.py";
    QTest::newRow("sd.next") << Tree{"installer.py", "webui.py", "webui.sh", "launch.py", "models/Stable-diffusion/"}
                             << LibraryLayout::SdNext << "installer.py webui.sh";
    QTest::newRow("stability matrix") << Tree{"Models/", "Packages/"} << LibraryLayout::StabilityMatrix
                                      << "Models/ Packages/";
    QTest::newRow("stability matrix, portable")
        << Tree{"Data/.sm-portable", "Data/Models/Lora/"} << LibraryLayout::StabilityMatrix << "Data/.sm-portable";
    QTest::newRow("swarmui") << Tree{"Models/", "Data/Settings.fds"} << LibraryLayout::SwarmUi << "Data/Settings.fds";
    QTest::newRow("swarmui, new") << Tree{"Models/", "launch-linux.sh"} << LibraryLayout::SwarmUi
                                  << "Models/ launch-linux.sh";
    QTest::newRow("fooocus") << Tree{"fooocus_version.py", "webui.py", "launch.py", "models/checkpoints/"}
                             << LibraryLayout::Fooocus << "fooocus_version.py";
    QTest::newRow("invokeai") << Tree{"invokeai.yaml", "models/"} << LibraryLayout::InvokeAi << "invokeai.yaml";
    QTest::newRow("invokeai without a database")
        << Tree{"invokeai.yaml", "databases/"} << LibraryLayout::InvokeAi << "invokeai.yaml";
    QTest::newRow("lm studio") << Tree{"models/publisher/repository/", "bin/lms"} << LibraryLayout::LmStudio
                               << "models/ bin/lms";
    QTest::newRow("lm studio without its command")
        << Tree{"models/", "config-presets/"} << LibraryLayout::LmStudio << "models/ config-presets/";
    QTest::newRow("lm studio's models alone")
        << Tree{"lmstudio-community/repository/"} << LibraryLayout::LmStudio << "lmstudio-community/";
    QTest::newRow("ollama") << Tree{"models/manifests/", "models/blobs/"} << LibraryLayout::Ollama
                            << "models/manifests/ models/blobs/";
    QTest::newRow("ollama without blobs") << Tree{"models/manifests/"} << LibraryLayout::None << "";
    QTest::newRow("modelscope") << Tree{"hub/models/org/name/.msc"} << LibraryLayout::ModelScopeCache
                                << "hub/models/org/name/.msc";
    QTest::newRow("comfyui's models alone") << Tree{"checkpoints/", "loras/", "upscale_models/"}
                                            << LibraryLayout::ComfyUi << "checkpoints/ loras/ upscale_models/";
    QTest::newRow("comfyui's models, in their folder") << Tree{"models/checkpoints/", "models/loras/",
        "models/unet/"} << LibraryLayout::ComfyUi << "models/checkpoints/ models/unet/ models/loras/";
    QTest::newRow("a1111's models alone")
        << Tree{"Stable-diffusion/", "Lora/", "VAE/"} << LibraryLayout::A1111 << "Stable-diffusion/ Lora/ VAE/";
    QTest::newRow("stability matrix's models alone") << Tree{"StableDiffusion/", "Lora/", "TextEncoders/",
        "VAE/"} << LibraryLayout::StabilityMatrix << "StableDiffusion/ Lora/ VAE/ TextEncoders/";
    QTest::newRow("ours") << Tree{"base-models/", "loras/"} << LibraryLayout::Weightroom << "base-models/ loras/";
    QTest::newRow("two common names") << Tree{"vae/", "checkpoints/"} << LibraryLayout::None << "";
    QTest::newRow("files with the names of folders")
        << Tree{"checkpoints", "loras", "vae", "unet"} << LibraryLayout::None << "";
    QTest::newRow("nothing") << Tree{} << LibraryLayout::None << "";
}

void TestRecognition::knowsARoot()
{
    QFETCH(std::vector<std::string>, tree);
    QFETCH(LibraryLayout, layout);
    QFETCH(QString, evidence);
    const TemporaryFolder folder;
    makeTree(folder.path(), tree);
    const RecognizedLayout found = recognizeLayout(folder.path());
    QCOMPARE(found.layout, layout);
    std::string text;
    for (const std::string& mark : found.evidence)
        text += (text.empty() ? "" : " ") + mark;
    QCOMPARE(QString::fromStdString(text), evidence);
    QVERIFY(found.problems.empty());
}

void TestRecognition::listsTheFolders_data()
{
    QTest::addColumn<std::vector<std::string>>("tree");
    QTest::addColumn<QString>("directories");
    using Tree = std::vector<std::string>;
    QTest::newRow("comfyui") << Tree{"folder_paths.py", "models/checkpoints/", "models/loras/", "models/my nodes/",
        "output/loras/", "output/today/"}
                             << "models/checkpoints=checkpoint models/loras=lora models/my nodes output/loras=lora";
    QTest::newRow("a1111") << Tree{"webui.sh", "models/Stable-diffusion/", "models/lora/", "embeddings/",
        "extensions/sd-webui-controlnet/models/", "extensions/other/models/", "extensions/third/"}
                           << "embeddings=textual-inversion extensions/other/models "
                              "extensions/sd-webui-controlnet/models=controlnet,t2i-adapter,ip-adapter,clip-vision "
                              "models/Stable-diffusion=checkpoint,diffusion-model models/lora=lora";
    QTest::newRow("portable stability matrix")
        << Tree{"Data/.sm-portable", "Data/Models/Lora/", "Data/Packages/ComfyUI/"} << "Data/Models/Lora=lora";
    QTest::newRow("invokeai 3")
        << Tree{"invokeai.yaml", "models/sdxl/lora/", "models/sd-1/main/", "models/any/clip_vision/",
               "autoimport/lora/"}
        << "autoimport/lora=lora models models/any/clip_vision=clip-vision models/sd-1/main=checkpoint,diffusion-model "
           "models/sdxl/lora=lora";
    QTest::newRow("lm studio") << Tree{"bin/lms", "models/publisher/repository/", "models/other/one/"}
                               << "models/other models/other/one models/publisher "
                                  "models/publisher/repository";
    QTest::newRow("comfyui's models alone")
        << Tree{"checkpoints/", "loras/", "vae/"} << "checkpoints=checkpoint loras=lora vae=vae";
    QTest::newRow("ours") << Tree{"base-models/", "textual-inversions/"}
                          << "base-models=checkpoint,diffusion-model textual-inversions=textual-inversion";
}

void TestRecognition::listsTheFolders()
{
    QFETCH(std::vector<std::string>, tree);
    QFETCH(QString, directories);
    const TemporaryFolder folder;
    makeTree(folder.path(), tree);
    QCOMPARE(QString::fromStdString(directoriesOf(recognizeLayout(folder.path()))), directories);
}

void TestRecognition::leavesOutWhatBelongsToTheProgram()
{
    const TemporaryFolder folder;
    makeTree(folder.path(), {"folder_paths.py", "venv/", "custom_nodes/", "output/", "my-models/", "models/venv/"});
    const RecognizedLayout found = recognizeLayout(folder.path());
    QCOMPARE(found.skipped, (std::vector<fs::path>{folder / "custom_nodes", folder / "output", folder / "venv"}));
}

/// Without the program, "output" may be where somebody trains.
void TestRecognition::leavesOutNothingOfFoldersAlone()
{
    const TemporaryFolder folder;
    makeTree(folder.path(), {"checkpoints/", "loras/", "vae/", "output/"});
    QVERIFY(recognizeLayout(folder.path()).skipped.empty());
}

void TestRecognition::followsRelocatedFolders()
{
    const TemporaryFolder folder;
    makeTree(folder.path(), {"webui/webui.py", "webui/launch.py", "disk/models/Lora/", "disk/embeddings/", "checks/"});
    folder.write("webui/webui-user.sh",
        "#!/bin/bash\n# export COMMANDLINE_ARGS=\"--lora-dir /none\"\n"
        "export COMMANDLINE_ARGS=\"--data-dir ../disk --ckpt-dir='"
            + (folder / "checks").string() + "/' --xformers\"\n");
    const RecognizedLayout found = recognizeLayout(folder / "webui");
    QCOMPARE(directoriesOf(found),
        std::string{"../checks=checkpoint,diffusion-model ../disk/embeddings=textual-inversion ../disk/models "
                    "../disk/models/Lora=lora"});
    QVERIFY(found.problems.empty());
    QCOMPARE(found.directories.front().source, std::string{"webui-user.sh --ckpt-dir"});
}

void TestRecognition::saysWhichRelocatedFolderIsMissing()
{
    const TemporaryFolder folder;
    makeTree(folder.path(), {"fooocus_version.py", "models/loras/"});
    folder.write("config.txt", R"({"path_loras": ["/nowhere/loras", "models/loras"], "path_vae": "missing here"})");
    const RecognizedLayout found = recognizeLayout(folder.path());
    QCOMPARE(found.problems.size(), std::size_t{1});
    QCOMPARE(found.problems.front().path, fs::path{"/nowhere/loras"});
    QCOMPARE(found.problems.front().error.code, ErrorCode::NotFound);
    QVERIFY(found.problems.front().error.detail.find("config.txt path_loras") != std::string::npos);
}

void TestRecognition::readsAHubCache_data()
{
    QTest::addColumn<QString>("below");
    QTest::newRow("the folder above the cache") << "huggingface";
    QTest::newRow("the cache") << "huggingface/hub";
    QTest::newRow("one repository") << "huggingface/hub/models--org--name";
}

void TestRecognition::readsAHubCache()
{
    QFETCH(QString, below);
    const TemporaryFolder folder;
    makeTree(folder.path(), {"huggingface/hub/models--org--name/snapshots/abc/", "huggingface/xet/"});
    const RecognizedLayout found = recognizeLayout(folder / below.toStdString());
    QCOMPARE(found.layout, LibraryLayout::HuggingFaceCache);
    QCOMPARE(found.repositories.size(), std::size_t{1});
    QCOMPARE(found.repositories.front().name, std::string{"org/name"});
    QCOMPARE(found.directories.front().path, folder / "huggingface/hub/models--org--name/snapshots");
}

void TestRecognition::survivesAnUnreadableRoot()
{
    const TemporaryFolder folder;
    QCOMPARE(recognizeLayout(folder / "missing").layout, LibraryLayout::None);
    folder.write("file", "");
    QCOMPARE(recognizeLayout(folder / "file").layout, LibraryLayout::None);
}

QTEST_APPLESS_MAIN(TestRecognition)
#include "test_recognition.moc"
