// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/folders/found_model.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>

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
        m_result.files.push_back({m_folder / name, kind, {.device = 1, .inode = node, .size = Bytes{10}}});
        return *this;
    }
    Walk& index(const std::string& name, const std::string& content = "{}")
    {
        m_result.indices.push_back(
            {m_folder.write(name, content), EntryKind::File, {.device = 1, .inode = ++m_lastInode}});
        return *this;
    }
    [[nodiscard]] std::vector<FoundModel> models(const WantedVariants& wanted = {})
    {
        std::ranges::sort(m_result.files, {}, &FoundFile::path);
        std::ranges::sort(m_result.indices, {}, &FoundFile::path);
        return modelsOf(m_result, {}, wanted);
    }

private:
    const TemporaryFolder& m_folder;
    WalkResult m_result;
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
        for (const ModelFile& file : model.files)
            text += " " + file.namePrefix + "|" + relative(file.path);
        text += "\n";
    }
    return text;
}

const std::string kPipeline = R"({"_class_name": "P", "unet": ["d", "UNet"], "vae": ["d", "Autoencoder"],
    "tokenizer": ["t", "CLIPTokenizer"]})";

} // namespace

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
    QVERIFY(models[0].shardIndex.empty());
}

void TestFoundModel::namesTheIndexOfShards()
{
    const TemporaryFolder folder;
    const auto models = Walk{folder}.file("m-00001-of-00001.safetensors").index("m.safetensors.index.json").models();
    QCOMPARE(models.size(), 1U);
    QVERIFY(models[0].shardIndex == folder / "m.safetensors.index.json");
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

QTEST_APPLESS_MAIN(TestFoundModel)
#include "test_found_model.moc"
