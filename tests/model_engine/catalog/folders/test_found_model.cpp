// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/folders/found_model.h"
#include "model_engine/catalog/scan/path_order.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <map>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// A walk that found these files in a real folder; each is another file, unless `inode` says so.
class Walk {
public:
    explicit Walk(const TemporaryFolder& folder)
        : m_folder(folder)
    {
    }
    Walk& file(const std::string& name, std::uint64_t inode = 0, EntryKind kind = EntryKind::File)
    {
        const std::uint64_t node = inode == 0 ? ++m_lastInode : inode;
        const std::filesystem::path path = m_folder / name;
        m_files[path.parent_path()].push_back({path.native(), kind, {.device = 1, .inode = node, .size = Bytes{10}}});
        return *this;
    }
    Walk& index(const std::string& name, const std::string& content = "{}")
    {
        m_indices.push_back(
            {m_folder.write(name, content).native(), EntryKind::File, {.device = 1, .inode = ++m_lastInode}});
        return *this;
    }
    [[nodiscard]] std::vector<FoundModel> models(const WantedVariants& wanted = {}, unsigned threads = 1)
    {
        WalkResult result;
        for (auto [folder, files] : m_files) {
            std::ranges::sort(files, PathOrder{}, &FoundFile::path);
            result.files.push_back({folder.native(), std::move(files)});
        }
        std::ranges::sort(m_indices, PathOrder{}, &FoundFile::path);
        result.indices = m_indices;
        return modelsOf(std::move(result), {}, wanted, threads);
    }

private:
    const TemporaryFolder& m_folder;
    std::map<std::filesystem::path, std::vector<FoundFile>> m_files; ///< by their folder
    std::vector<FoundFile> m_indices;
    std::uint64_t m_lastInode = 1000;
};

/// One line a model: "path: prefix+file, …", relative to the folder, and "!" when it has a problem.
std::string textOf(const TemporaryFolder& folder, const std::vector<FoundModel>& models)
{
    const auto relative = [&](const std::filesystem::path& path) {
        return path.lexically_relative(folder.path()).string();
    };
    std::string text;
    for (const FoundModel& model : models) {
        text += relative(model.path) + (model.problem ? "!" : "") + ":";
        for (const FoundPart& file : model.files)
            text += " " + file.namePrefix + "|" + relative(file.path);
        text += "\n";
    }
    return text;
}

const std::string kPipeline = R"({"_class_name": "P", "unet": ["d", "UNet"], "vae": ["d", "Autoencoder"],
    "tokenizer": ["t", "CLIPTokenizer"]})";

/// Where the models of a library lie: the folder with that number.
using FolderNames = std::string (*)(int);

std::string nested(int number) { return number == 0 ? "top/" : nested(number - 1) + "k/"; }

std::string sideBySide(int number) { return "folder" + std::to_string(number) + "/"; }

/// Each holds two: one that sorts before a slash by its characters and behind it by its path, and another.
std::string tree(int number)
{
    if (number == 0)
        return "top/";
    const std::string above = tree((number - 1) / 2);
    return number % 2 == 0 ? above + "k/" : above.substr(0, above.size() - 1) + "-1/";
}

/// A file behind its folders and one before them, shards, a pipeline and a file beside its components. Gives what
/// textOf() says of each, by its path.
std::map<std::filesystem::path, std::string> addModels(Walk& walk, const std::string& folder)
{
    const std::string shard = folder + "m-0000";
    const std::string pipeline = folder + "p";
    std::map<std::filesystem::path, std::string> texts{
        {shard + "1-of-00002.bin", ": |" + shard + "1-of-00002.bin |" + shard + "2-of-00002.bin\n"},
        {pipeline, ": unet/|" + pipeline + "/unet/w.bin vae/|" + pipeline + "/vae/w.bin\n"}};
    walk.index(pipeline + "/model_index.json", kPipeline);
    for (const std::string& file : {shard + "2-of-00002.bin", shard + "1-of-00002.bin", pipeline + "/unet/w.bin",
             pipeline + "/unet/w.fp16.bin", pipeline + "/vae/w.bin"})
        walk.file(file);
    for (const std::string& file : {folder + "a.bin", folder + "z.bin", pipeline + "/q.bin"}) {
        walk.file(file);
        texts.emplace(file, ": |" + file + "\n");
    }
    return texts;
}

} // namespace

Q_DECLARE_METATYPE(FolderNames)

class TestFoundModel : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aFileIsAModel();
    void shardsAreOneModel();
    void namesTheIndexOfShards();
    void listsAnIncompleteSetWithItsReason();
    void aPipelineIsOneModel();
    void takesOneVariantOfAComponent();
    void takesTheVariantThatIsWanted();
    void leavesOtherFilesOfAPipelineAlone();
    void listsAPipelineWithoutItsWeights();
    void listsAPipelineWithABrokenIndex();
    void ignoresAPipelineWithoutAnyWeights();
    void keepsSnapshotsOfOneRevisionOnce();
    void keepsAFileOnce();
    void whatIsNoFileHasAProblem();
    void areSortedAndComplete_data();
    void areSortedAndComplete();
};

void TestFoundModel::aFileIsAModel()
{
    const TemporaryFolder folder;
    const auto models = Walk{folder}.file("b/x.gguf").file("a.safetensors").models();
    QCOMPARE(textOf(folder, models), std::string{"a.safetensors: |a.safetensors\nb/x.gguf: |b/x.gguf\n"});
}

void TestFoundModel::shardsAreOneModel()
{
    const TemporaryFolder folder;
    const auto models = Walk{folder}.file("m-00002-of-00002.bin").file("m-00001-of-00002.bin").file("m.bin").models();
    QCOMPARE(textOf(folder, models),
        std::string{"m-00001-of-00002.bin: |m-00001-of-00002.bin |m-00002-of-00002.bin\nm.bin: |m.bin\n"});
    QVERIFY(models[0].shardIndex() == nullptr);
}

void TestFoundModel::namesTheIndexOfShards()
{
    const TemporaryFolder folder;
    const auto models = Walk{folder}.file("m-00001-of-00001.safetensors").index("m.safetensors.index.json").models();
    QCOMPARE(models.size(), 1U);
    QVERIFY(models[0].shardIndex() != nullptr);
    QVERIFY(models[0].shardIndex()->path == folder / "m.safetensors.index.json");
}

void TestFoundModel::listsAnIncompleteSetWithItsReason()
{
    const TemporaryFolder folder;
    const auto models = Walk{folder}.file("m-00002-of-00003.bin").models();
    QCOMPARE(models.size(), 1U);
    QVERIFY(models[0].problem);
    QVERIFY(models[0].problem->code == ErrorCode::NotFound);
    QVERIFY(models[0].problem->detail.find("1, 3") != std::string::npos);
}

void TestFoundModel::aPipelineIsOneModel()
{
    const TemporaryFolder folder;
    const auto models = Walk{folder}
                            .index("p/model_index.json", kPipeline)
                            .file("p/unet/diffusion_pytorch_model-00001-of-00002.safetensors")
                            .file("p/unet/diffusion_pytorch_model-00002-of-00002.safetensors")
                            .file("p/vae/diffusion_pytorch_model.safetensors")
                            .models();
    QCOMPARE(textOf(folder, models),
        std::string{"p: unet/|p/unet/diffusion_pytorch_model-00001-of-00002.safetensors "
                    "unet/|p/unet/diffusion_pytorch_model-00002-of-00002.safetensors "
                    "vae/|p/vae/diffusion_pytorch_model.safetensors\n"});
}

void TestFoundModel::takesOneVariantOfAComponent()
{
    const TemporaryFolder folder;
    Walk walk{folder};
    walk.index("p/model_index.json", kPipeline);
    for (const char* name : {"unet/diffusion_pytorch_model.safetensors", "unet/diffusion_pytorch_model.bin",
             "unet/diffusion_pytorch_model.fp16.safetensors", "vae/diffusion_pytorch_model.bin"})
        walk.file(std::string{"p/"} + name);
    QCOMPARE(textOf(folder, walk.models()),
        std::string{"p: unet/|p/unet/diffusion_pytorch_model.safetensors vae/|p/vae/diffusion_pytorch_model.bin\n"});
    const FoundModel model = walk.models().front();
    QCOMPARE(model.variants.size(), std::size_t{1}); // the VAE has no choice
    QCOMPARE(model.variants.front().component, std::string{"unet"});
    QCOMPARE(model.variants.front().sets.size(), std::size_t{3});
    QCOMPARE(model.variants.front().sets[model.variants.front().taken].file,
        std::string{"diffusion_pytorch_model.safetensors"});
}

void TestFoundModel::takesTheVariantThatIsWanted()
{
    const TemporaryFolder folder;
    Walk walk{folder};
    for (const char* pipeline : {"p/", "q/"}) {
        walk.index(std::string{pipeline} + "model_index.json", kPipeline);
        for (const char* name : {"unet/model.safetensors", "unet/model.fp16.safetensors", "vae/model.safetensors"})
            walk.file(std::string{pipeline} + name);
    }
    const auto models = walk.models({{folder / "p", "fp16"}});
    QCOMPARE(textOf(folder, models),
        std::string{"p: unet/|p/unet/model.fp16.safetensors vae/|p/vae/model.safetensors\n"
                    "q: unet/|q/unet/model.safetensors vae/|q/vae/model.safetensors\n"});
    QCOMPARE(models[0].variants.front().sets[models[0].variants.front().taken].variant, std::string{"fp16"});
}

void TestFoundModel::leavesOtherFilesOfAPipelineAlone()
{
    const TemporaryFolder folder;
    const auto models = Walk{folder}
                            .index("p/model_index.json", kPipeline)
                            .file("p/unet/model.safetensors")
                            .file("p/vae/model.safetensors")
                            .file("p/single_file.safetensors")
                            .file("p/loras/style.safetensors")
                            .models();
    QCOMPARE(textOf(folder, models),
        std::string{"p: unet/|p/unet/model.safetensors vae/|p/vae/model.safetensors\n"
                    "p/loras/style.safetensors: |p/loras/style.safetensors\n"
                    "p/single_file.safetensors: |p/single_file.safetensors\n"});
}

void TestFoundModel::listsAPipelineWithoutItsWeights()
{
    const TemporaryFolder folder;
    const auto models = Walk{folder}.index("p/model_index.json", kPipeline).file("p/vae/model.safetensors").models();
    QCOMPARE(textOf(folder, models), std::string{"p!: vae/|p/vae/model.safetensors\n"});
    QVERIFY(models[0].problem->detail.find("'unet'") != std::string::npos);
}

void TestFoundModel::listsAPipelineWithABrokenIndex()
{
    const TemporaryFolder folder;
    const auto models = Walk{folder}.index("p/model_index.json", "no JSON").file("p/vae/model.safetensors").models();
    QCOMPARE(textOf(folder, models),
        std::string{"p!: |p/model_index.json\np/vae/model.safetensors: |p/vae/model.safetensors\n"});
    QVERIFY(models[0].problem->code == ErrorCode::InvalidJson);
}

void TestFoundModel::ignoresAPipelineWithoutAnyWeights()
{
    const TemporaryFolder folder;
    const auto models = Walk{folder}.index("p/model_index.json", R"({"scheduler": ["d", "EulerScheduler"]})").models();
    QVERIFY(models.empty());
}

void TestFoundModel::keepsSnapshotsOfOneRevisionOnce()
{
    // As in a hub's cache: two snapshots whose files are links to the same blobs, but for one.
    const TemporaryFolder folder;
    Walk walk{folder};
    for (const char* snapshot : {"s1", "s2", "s3"}) {
        walk.index(std::string{snapshot} + "/model_index.json", kPipeline);
        walk.file(std::string{snapshot} + "/unet/model.safetensors", 7);
        walk.file(std::string{snapshot} + "/vae/model.safetensors", std::string{snapshot} == "s3" ? 9 : 8);
    }
    const auto models = walk.models();
    QCOMPARE(models.size(), 2U);
    QVERIFY(models[0].path == folder / "s1" && models[1].path == folder / "s3");
}

void TestFoundModel::keepsAFileOnce()
{
    const TemporaryFolder folder;
    const auto models = Walk{folder}.file("b.safetensors", 5).file("a.safetensors", 5).file("c.safetensors").models();
    QCOMPARE(textOf(folder, models), std::string{"a.safetensors: |a.safetensors\nc.safetensors: |c.safetensors\n"});
}

void TestFoundModel::whatIsNoFileHasAProblem()
{
    const TemporaryFolder folder;
    const auto models =
        Walk{folder}.file("a.safetensors", 5, EntryKind::NoFile).file("b.safetensors", 5, EntryKind::NoFile).models();
    QCOMPARE(models.size(), 2U); // nothing says that they are the same
    QVERIFY(models[0].problem && models[0].problem->code == ErrorCode::NotRegularFile);
}

void TestFoundModel::areSortedAndComplete_data()
{
    QTest::addColumn<FolderNames>("nameOf");
    QTest::addColumn<int>("folders");
    for (const int folders : {0, 1, 2, 3, 4, 5, 7, 8, 9, 33}) {
        QTest::addRow("%d nested", folders) << FolderNames{nested} << folders;
        QTest::addRow("%d side by side", folders) << FolderNames{sideBySide} << folders;
        QTest::addRow("a tree of %d", folders) << FolderNames{tree} << folders;
    }
}

void TestFoundModel::areSortedAndComplete()
{
    QFETCH(FolderNames, nameOf);
    QFETCH(int, folders);
    const TemporaryFolder folder;
    Walk walk{folder};
    std::map<std::filesystem::path, std::string> texts;
    for (int i = 0; i < folders; ++i)
        texts.merge(addModels(walk, nameOf(i)));
    QCOMPARE(texts.size(), static_cast<std::size_t>(folders) * 5);
    std::string expected;
    for (const auto& [path, text] : texts)
        expected += path.string() + text;
    for (const unsigned threads : {1U, 2U, 16U})
        QCOMPARE(textOf(folder, walk.models({}, threads)), expected);
}

QTEST_APPLESS_MAIN(TestFoundModel)
#include "test_found_model.moc"
