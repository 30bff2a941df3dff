// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/findings.h"
#include "model_engine/catalog/layouts/folder_tables.h"
#include "model_engine/catalog/layouts/path_text.h"
#include "tests/model_engine/catalog/layouts/tree_builder.h"
#include "tests/model_engine/catalog/scan/scan_fixture.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

/// A repository in a Hugging Face cache, with files as the hub's client lays them out.
class HubBuilder {
public:
    HubBuilder(const TemporaryFolder& folder, std::string name)
        : m_folder(folder)
        , m_name("hub/models--" + std::move(name))
    {
    }
    void file(const std::string& revision, const std::string& name, const std::string& blob, const std::string& content)
    {
        m_folder.write(m_name + "/blobs/" + blob, content);
        link(revision, name, blob);
    }
    /// A link to a blob that is there already, or is not.
    void link(const std::string& revision, const std::string& name, const std::string& blob)
    {
        const fs::path path = m_folder / m_name / "snapshots" / revision / name;
        fs::create_directories(path.parent_path());
        fs::create_symlink((m_folder / m_name / "blobs" / blob).lexically_relative(path.parent_path()), path);
    }
    void main(const std::string& revision) { m_folder.write(m_name + "/refs/main", revision); }

private:
    const TemporaryFolder& m_folder;
    std::string m_name;
};

std::string namesIn(const ScanResult& result)
{
    std::string names;
    for (const ModelRecordPtr& model : result.models)
        names += (names.empty() ? "" : " ") + model->name;
    return names;
}

const ModelRecord* findByName(const ScanResult& result, std::string_view name)
{
    for (const ModelRecordPtr& model : result.models) {
        if (model->name == name)
            return model.get();
    }
    return nullptr;
}

} // namespace

class TestScanOfLayouts final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsTheModelsOfEveryFolder_data();
    void findsTheModelsOfEveryFolder();
    void leavesOutThePrograms();
    void knowsWhoLedElsewhere();
    void scansAFolderOfTheProgramThatIsAskedFor();
    void followsLinksOutOfModels();
    void recognisesRootsBelow();
    void keepsToTheDepth();
    void goesToRelocatedFolders();
    void reportsMissingRelocatedFolders();
    void findsMisplacedModels();
    void aPairedVaeIsInItsPlace();
    void tellsKindsByNameWithoutALayout();
    void placesKnownModelsWithoutReadingThem();
    void readsAHubCache();
    void aPipelineOfAHubHasItsName();
    void sharedPackagesAreScannedOnce();
};

void TestScanOfLayouts::findsTheModelsOfEveryFolder_data()
{
    QTest::addColumn<LibraryLayout>("layout");
    QTest::addColumn<std::string>("mark");
    QTest::newRow("ours") << LibraryLayout::Weightroom << std::string{"nothing"};
    QTest::newRow("comfyui") << LibraryLayout::ComfyUi << std::string{"folder_paths.py"};
    QTest::newRow("a1111") << LibraryLayout::A1111 << std::string{"webui.sh"};
    QTest::newRow("sdnext") << LibraryLayout::SdNext << std::string{"installer.py webui.sh"};
    QTest::newRow("stability matrix") << LibraryLayout::StabilityMatrix << std::string{".sm-portable"};
    QTest::newRow("swarmui") << LibraryLayout::SwarmUi << std::string{"launch-linux.sh"};
    QTest::newRow("fooocus") << LibraryLayout::Fooocus << std::string{"fooocus_version.py"};
    QTest::newRow("invokeai") << LibraryLayout::InvokeAi << std::string{"invokeai.yaml"};
}

void TestScanOfLayouts::findsTheModelsOfEveryFolder()
{
    QFETCH(LibraryLayout, layout);
    QFETCH(std::string, mark);
    const TemporaryFolder folder;
    for (const std::string& name : splitText(mark, ' '))
        folder.write(name, "");
    std::map<fs::path, const FolderRow*> rows;
    for (const FolderRow& row : foldersOf(layout)) {
        std::string path{row.path};
        if (const std::size_t star = path.find('*'); star != std::string::npos)
            path.replace(star, 1, "sdxl");
        rows.emplace(folder.write(path + "/below/m.safetensors", loraModel()), &row);
    }
    folder.write("mine/m.safetensors", plainModel());
    folder.write("m.safetensors", plainModel());

    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QCOMPARE(result->models.size(), rows.size() + 2);
    for (const ModelRecordPtr& model : result->models) {
        const auto row = rows.find(model->path);
        if (row == rows.end())
            continue;
        QCOMPARE(model->placement.layout, layout);
        QVERIFY2(model->placement.expectedKinds == row->second->kinds.list(), row->first.c_str());
        QCOMPARE(model->placement.folder, std::string{row->second->path});
        QCOMPARE(
            findingsOf(*model).empty(), row->second->kinds.isEmpty() || row->second->kinds.contains(ModelKind::Lora));
    }
}

void TestScanOfLayouts::leavesOutThePrograms()
{
    const TemporaryFolder folder;
    folder.write("folder_paths.py", "");
    for (const char* name : {"models/loras/a", "output/loras/b", "my-own/c", "models/venv/d"})
        folder.write(std::string{name} + ".safetensors", loraModel());
    for (const char* name : {"venv/lib/x", "custom_nodes/n/y", "output/z", ".git/w", "temp/v"})
        folder.write(std::string{name} + ".safetensors", loraModel());
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QCOMPARE(pathsBelow(folder.path(), *result),
        std::string{"models/loras/a.safetensors models/venv/d.safetensors my-own/c.safetensors "
                    "output/loras/b.safetensors"});
    QVERIFY(result->outsideDirectories.empty());
}

/// Each directory is scanned anew for what itself leads to, and for nothing else.
void TestScanOfLayouts::knowsWhoLedElsewhere()
{
    const TemporaryFolder folder;
    const auto comfy = [&](const std::string& root, const std::string& elsewhere) {
        folder.write(root + "/folder_paths.py", "");
        folder.write(root + "/extra_model_paths.yaml", "a:\n  loras: " + (folder / elsewhere).string() + "\n");
    };
    comfy("one", "disk1");
    comfy("two", "disk2/comfy"); // which is the root of another one, and leads on
    comfy("disk2/comfy", "disk3");
    folder.write("disk2/comfy/models/loras/a.safetensors", loraModel());
    comfy("three", "disk1");
    for (const char* disk : {"disk1", "disk3"})
        folder.write(std::string{disk} + "/a.safetensors", loraModel());
    ScanRequest request;
    request.directories = {folder / "one", folder / "two", folder / "three", folder / "disk1"};
    const auto result = scanNow(request);
    VERIFY_RESULT(result);
    QCOMPARE(result->directories.size(), std::size_t{4});
    using Paths = std::vector<fs::path>;
    QCOMPARE(result->directories[0].outside, Paths{folder / "disk1"});
    QCOMPARE(result->directories[1].outside, (Paths{folder / "disk2/comfy", folder / "disk3"}));
    QCOMPARE(result->directories[2].outside, Paths{folder / "disk1"});
    QCOMPARE(result->directories[3].outside, Paths{});
    QCOMPARE(result->outsideDirectories, (Paths{folder / "disk1", folder / "disk2/comfy", folder / "disk3"}));
}

void TestScanOfLayouts::scansAFolderOfTheProgramThatIsAskedFor()
{
    const TemporaryFolder folder;
    folder.write("folder_paths.py", "");
    folder.write("models/loras/a.safetensors", loraModel());
    folder.write("custom_nodes/n/b.safetensors", loraModel());
    ScanRequest request = requestFor(folder.path());
    request.directories.push_back(folder / "custom_nodes");
    const auto result = scanNow(request);
    VERIFY_RESULT(result);
    QCOMPARE(
        pathsBelow(folder.path(), *result), std::string{"custom_nodes/n/b.safetensors models/loras/a.safetensors"});
}

/// Whoever links the outputs into the models wants them.
void TestScanOfLayouts::followsLinksOutOfModels()
{
    const TemporaryFolder folder;
    folder.write("folder_paths.py", "");
    folder.write("output/mine/a.safetensors", loraModel());
    fs::create_directories(folder / "models/loras");
    fs::create_directory_symlink(folder / "output", folder / "models/loras/trained");
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QCOMPARE(pathsBelow(folder.path(), *result), std::string{"models/loras/trained/mine/a.safetensors"});
}

void TestScanOfLayouts::recognisesRootsBelow()
{
    const TemporaryFolder folder;
    folder.write("ai/ComfyUI/folder_paths.py", "");
    folder.write("ai/ComfyUI/models/vae/a.safetensors", loraModel());
    folder.write("ai/ComfyUI/venv/x.safetensors", loraModel());
    folder.write("ai/webui/webui.py", "");
    folder.write("ai/webui/launch.py", "");
    folder.write("ai/webui/models/Lora/b.safetensors", loraModel());
    folder.write("ai/webui/venv/y.safetensors", loraModel());
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QCOMPARE(namesIn(*result), std::string{"a b"});
    QCOMPARE(result->models[0]->placement.layout, LibraryLayout::ComfyUi);
    QCOMPARE(result->models[1]->placement.layout, LibraryLayout::A1111);
}

void TestScanOfLayouts::keepsToTheDepth()
{
    const TemporaryFolder folder;
    folder.write("folder_paths.py", "");
    folder.write("a.safetensors", loraModel());
    folder.write("models/loras/b.safetensors", loraModel());
    folder.write("output/loras/c.safetensors", loraModel());
    ScanRequest request = requestFor(folder.path());
    request.includeSubdirectories = false;
    const auto alone = scanNow(request);
    VERIFY_RESULT(alone);
    QCOMPARE(namesIn(*alone), std::string{"a"});
    request.includeSubdirectories = true;
    request.maximumDepth = 1;
    const auto flat = scanNow(request);
    VERIFY_RESULT(flat);
    QCOMPARE(namesIn(*flat), std::string{"a"});
    request.maximumDepth = 2;
    const auto deep = scanNow(request);
    VERIFY_RESULT(deep);
    QCOMPARE(namesIn(*deep), std::string{"a b c"});
}

void TestScanOfLayouts::goesToRelocatedFolders()
{
    const TemporaryFolder folder;
    folder.write("webui/webui.py", "");
    folder.write("webui/launch.py", "");
    folder.write("webui/webui-user.sh", "export COMMANDLINE_ARGS=\"--lora-dir ../disk/styles\"");
    folder.write("disk/styles/a.safetensors", loraModel());
    folder.write("disk/other/b.safetensors", loraModel());
    const auto result = scanNow(requestFor(folder / "webui"));
    VERIFY_RESULT(result);
    QCOMPARE(namesIn(*result), std::string{"a"});
    QCOMPARE(
        result->models[0]->placement, (Placement{LibraryLayout::A1111, {ModelKind::Lora}, "webui-user.sh --lora-dir"}));
    QCOMPARE(result->outsideDirectories, (std::vector<fs::path>{folder / "disk/styles"}));
}

void TestScanOfLayouts::reportsMissingRelocatedFolders()
{
    const TemporaryFolder folder;
    folder.write("webui.py", "");
    folder.write("launch.py", "");
    folder.write("webui-user.sh", "export COMMANDLINE_ARGS=\"--lora-dir /weightroom-test/nowhere\"");
    folder.write("models/Lora/a.safetensors", loraModel());
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QCOMPARE(namesIn(*result), std::string{"a"});
    QCOMPARE(result->folderProblems.size(), std::size_t{1});
    QCOMPARE(result->folderProblems[0].path, fs::path{"/weightroom-test/nowhere"});
    QCOMPARE(result->statistics.errors, std::uint64_t{1});
}

void TestScanOfLayouts::findsMisplacedModels()
{
    const TemporaryFolder folder;
    folder.write("folder_paths.py", "");
    folder.write("models/vae/wrong.safetensors", loraModel());
    folder.write("models/loras/right.safetensors", loraModel());
    folder.write("models/vae/broken.safetensors", "broken");
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    const auto findings = findingsOf(*findByName(*result, "wrong"));
    QCOMPARE(findings.size(), std::size_t{1});
    QCOMPARE(findings[0].detail, std::string{"a lora lies in 'models/vae', where ComfyUI expects: vae"});
    QVERIFY(findByName(*result, "wrong")->isUsable());
    QVERIFY(findingsOf(*findByName(*result, "right")).empty());
    QVERIFY(findingsOf(*findByName(*result, "broken")).empty());
}

void TestScanOfLayouts::aPairedVaeIsInItsPlace()
{
    const TemporaryFolder folder;
    folder.write("folder_paths.py", "");
    folder.write("models/checkpoints/m.vae.safetensors", plainModel());
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QVERIFY((result->models[0]->placement.expectedKinds == std::vector{ModelKind::Checkpoint, ModelKind::Vae}));
}

void TestScanOfLayouts::tellsKindsByNameWithoutALayout()
{
    const TemporaryFolder folder;
    folder.write("vae/mine/loras/2024/a.safetensors", loraModel());
    folder.write("vae/mine/b.safetensors", loraModel());
    const auto all = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(all);
    QCOMPARE(all->models[1]->placement, (Placement{LibraryLayout::None, {ModelKind::Lora}, "loras"}));
    QCOMPARE(all->models[0]->placement, (Placement{LibraryLayout::None, {ModelKind::Vae}, "vae"}));
    // What stands above the folder that was asked for says nothing.
    const auto below = scanNow(requestFor(folder / "vae/mine"));
    VERIFY_RESULT(below);
    QCOMPARE(below->models[0]->placement, Placement{});
    QCOMPARE(below->models[1]->placement.folder, std::string{"loras"});
}

void TestScanOfLayouts::placesKnownModelsWithoutReadingThem()
{
    const TemporaryFolder folder;
    folder.write("folder_paths.py", "");
    folder.write("models/vae/a.safetensors", loraModel());
    const auto before = scanNow(requestFor(folder / "models/vae"));
    VERIFY_RESULT(before);
    ScanRequest request = requestFor(folder.path());
    request.known = before->models;
    const auto after = scanNow(request);
    VERIFY_RESULT(after);
    QCOMPARE(after->statistics.filesRead, std::uint64_t{0});
    QCOMPARE(after->models[0]->placement.layout, LibraryLayout::ComfyUi);
    QCOMPARE(before->models[0]->placement.layout, LibraryLayout::None);
    request.known = after->models;
    const auto again = scanNow(request);
    VERIFY_RESULT(again);
    QVERIFY(again->models[0] == after->models[0]);
}

void TestScanOfLayouts::readsAHubCache()
{
    const TemporaryFolder folder;
    HubBuilder repository{folder, "org--name"};
    repository.file("aaa0000000", "old.safetensors", "1111", loraModel());
    repository.link("aaa0000000", "same.safetensors", "2222");
    repository.file("bbb0000000", "same.safetensors", "2222", plainModel());
    repository.file("bbb0000000", "vae/new.safetensors", "3333", loraModel() + "broken");
    repository.link("bbb0000000", "missing.safetensors", "4444");
    repository.main("bbb0000000");
    folder.write("hub/models--org--name/blobs/4444.incomplete", "x");
    folder.write("hub/models--org--name/blobs/5555.safetensors", loraModel());
    folder.write("hub/datasets--org--data/snapshots/ccc/x.safetensors", loraModel());
    for (const char* root : {".", "hub", "hub/models--org--name"}) {
        const auto result = scanNow(requestFor(folder / root));
        VERIFY_RESULT(result);
        QCOMPARE(
            namesIn(*result), std::string{"org/name@aaa00000/old org/name/missing org/name/same org/name/vae/new"});
        QCOMPARE(result->models[0]->placement.layout, LibraryLayout::HuggingFaceCache);
        QVERIFY(findByName(*result, "org/name/same")->isUsable());
        QCOMPARE(findByName(*result, "org/name/missing")->problem->code, ErrorCode::NotRegularFile);
        QCOMPARE(findByName(*result, "org/name/vae/new")->problem->code, ErrorCode::InvalidFormat);
    }
}

void TestScanOfLayouts::aPipelineOfAHubHasItsName()
{
    const TemporaryFolder folder;
    HubBuilder repository{folder, "org--pipe"};
    for (const char* revision : {"aaa", "zzz"}) {
        repository.file(
            revision, "model_index.json", "index", R"({"_class_name": "X", "vae": ["diffusers", "AutoencoderKL"]})");
        repository.file(revision, "vae/diffusion_pytorch_model.safetensors", "weights", plainModel());
    }
    repository.main("zzz");
    const auto result = scanNow(requestFor(folder / "hub"));
    VERIFY_RESULT(result);
    QCOMPARE(namesIn(*result), std::string{"org/pipe"});
    QCOMPARE(result->models[0]->path, folder / "hub/models--org--pipe/snapshots/zzz");
}

/// Stability Matrix links the folders of its packages to its own.
void TestScanOfLayouts::sharedPackagesAreScannedOnce()
{
    const TemporaryFolder folder;
    folder.write("Models/Lora/a.safetensors", loraModel());
    folder.write("Packages/ComfyUI/folder_paths.py", "");
    folder.write("Packages/ComfyUI/venv/x.safetensors", loraModel());
    folder.write("Packages/ComfyUI/models/vae/b.safetensors", plainModel());
    fs::create_directory_symlink(folder / "Models/Lora", folder / "Packages/ComfyUI/models/loras");
    const auto result = scanNow(requestFor(folder.path()));
    VERIFY_RESULT(result);
    QCOMPARE(pathsBelow(folder.path(), *result),
        std::string{"Models/Lora/a.safetensors Packages/ComfyUI/models/vae/b.safetensors"});
    QCOMPARE(result->models[0]->placement.layout, LibraryLayout::StabilityMatrix);
}

QTEST_APPLESS_MAIN(TestScanOfLayouts)
#include "test_scan_of_layouts.moc"
