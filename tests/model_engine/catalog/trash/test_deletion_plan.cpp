// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/trash/deletion_plan.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

class TestDeletionPlan : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_folder.emplace(); }
    void takesSidecarsAndPreviewsAlong();
    void leavesWhatAnotherModelNeeds();
    void leavesAPairedVae();
    void takesAllShardsAndTheirIndex();
    void takesThePipelinesFolder();
    void leavesOtherModelsInAPipelinesFolder();
    void leavesTheTargetOfALink();
    void takesTheBlobsOfAHubsCache();
    void leavesTheBlobsOfOllama();
    void reportsAModelThatIsGone();

private:
    /// A model of these files, below the test's folder; they are written when they are not there.
    [[nodiscard]] ModelRecordPtr model(const fs::path& path, const std::vector<std::string>& files = {}) const
    {
        ModelRecord record;
        record.id = ModelId{path.string()};
        record.path = *m_folder / path;
        for (const std::string& file : files.empty() ? std::vector{path.string()} : files) {
            if (!fs::is_symlink(*m_folder / file))
                m_folder->write(file, "12345");
            record.files.push_back({*m_folder / file, {}});
        }
        return std::make_shared<const ModelRecord>(std::move(record));
    }
    /// "a b -c:reason" of the planned and the kept files, relative to the test's folder.
    [[nodiscard]] std::string textOf(const DeletionPlan& plan) const
    {
        std::string text;
        for (const fs::path& file : plan.files)
            text += file.lexically_relative(m_folder->path()).string() + " ";
        for (const KeptFile& file : plan.kept)
            text += "-" + file.path.lexically_relative(m_folder->path()).string() + ":"
                + std::string{toText(file.reason)} + " ";
        return text;
    }

    std::optional<TemporaryFolder> m_folder;
};

void TestDeletionPlan::takesSidecarsAndPreviewsAlong()
{
    const auto hat = model("loras/hat.safetensors");
    m_folder->write("loras/hat.civitai.info", "{}");
    m_folder->write("loras/hat.preview.png", "12");
    m_folder->write("loras/hat2.json", "{}");
    const auto plan = planDeletion(*hat, std::vector{hat, model("loras/hat2.safetensors")});
    VERIFY_RESULT(plan);
    QCOMPARE(textOf(*plan), std::string{"loras/hat.safetensors loras/hat.civitai.info loras/hat.preview.png "});
    QCOMPARE(plan->size, Bytes{9});
}

void TestDeletionPlan::leavesWhatAnotherModelNeeds()
{
    const auto hat = model("loras/hat.safetensors");
    const auto other = model("loras/hat.ckpt");
    m_folder->write("loras/hat.json", "{}");
    const auto plan = planDeletion(*hat, std::vector{other, hat});
    VERIFY_RESULT(plan);
    QCOMPARE(textOf(*plan), std::string{"loras/hat.safetensors -loras/hat.json:other_model "});
}

void TestDeletionPlan::leavesAPairedVae()
{
    const auto base = model("x.safetensors");
    const auto vae = model("x.vae.safetensors");
    const auto plan = planDeletion(*base, std::vector{base, vae});
    VERIFY_RESULT(plan);
    QCOMPARE(textOf(*plan), std::string{"x.safetensors -x.vae.safetensors:own_model "});
}

void TestDeletionPlan::takesAllShardsAndTheirIndex()
{
    const auto sharded =
        model("t5-00001-of-00002.safetensors", {"t5-00001-of-00002.safetensors", "t5-00002-of-00002.safetensors"});
    m_folder->write("t5.safetensors.index.json", "{}");
    m_folder->write("t5.preview.png", "");
    const auto plan = planDeletion(*sharded, std::vector{sharded});
    VERIFY_RESULT(plan);
    QCOMPARE(textOf(*plan),
        std::string{"t5-00001-of-00002.safetensors t5-00002-of-00002.safetensors t5.safetensors.index.json "
                    "t5.preview.png "});
}

void TestDeletionPlan::takesThePipelinesFolder()
{
    const auto pipeline = model("sdxl", {"sdxl/unet/x.safetensors", "sdxl/vae/x.safetensors"});
    m_folder->write("sdxl/model_index.json", "{}");
    const auto plan = planDeletion(*pipeline, std::vector{pipeline});
    VERIFY_RESULT(plan);
    QCOMPARE(textOf(*plan), std::string{"sdxl "});
    QCOMPARE(plan->size, Bytes{12});
}

void TestDeletionPlan::leavesOtherModelsInAPipelinesFolder()
{
    const auto pipeline = model("sdxl", {"sdxl/unet/x.safetensors"});
    m_folder->write("sdxl/model_index.json", "{}");
    const auto plan = planDeletion(*pipeline, std::vector{pipeline, model("sdxl/mine.safetensors")});
    VERIFY_RESULT(plan);
    QCOMPARE(textOf(*plan), std::string{"sdxl/model_index.json sdxl/unet/x.safetensors -sdxl:other_content "});
}

void TestDeletionPlan::leavesTheTargetOfALink()
{
    m_folder->write("far/real.safetensors", "12345");
    fs::create_directories(*m_folder / "loras");
    fs::create_symlink("../far/real.safetensors", *m_folder / "loras/hat.safetensors");
    const auto hat = model("loras/hat.safetensors");
    const auto plan = planDeletion(*hat, std::vector{hat});
    VERIFY_RESULT(plan);
    QCOMPARE(textOf(*plan), std::string{"loras/hat.safetensors -far/real.safetensors:link_target "});
    QCOMPARE(plan->size, Bytes{0});
}

void TestDeletionPlan::takesTheBlobsOfAHubsCache()
{
    const std::string repository = "models--org--name/";
    m_folder->write(repository + "blobs/aa", "12345");
    m_folder->write(repository + "blobs/bb", "123");
    m_folder->write(repository + "refs/main", "r1");
    const auto link = [&](const std::string& file, const std::string& blob) {
        fs::create_directories((*m_folder / (repository + file)).parent_path());
        fs::create_symlink("../../blobs/" + blob, *m_folder / (repository + file));
    };
    link("snapshots/r1/x.safetensors", "aa");
    link("snapshots/r1/model_index.json", "bb");
    link("snapshots/r2/model_index.json", "bb");

    const auto file = model(repository + "snapshots/r1/x.safetensors");
    const auto one = planDeletion(*file, std::vector{file});
    VERIFY_RESULT(one);
    QCOMPARE(textOf(*one), repository + "snapshots/r1/x.safetensors " + repository + "blobs/aa ");
    QCOMPARE(one->size, Bytes{5});

    const auto pipeline = model(repository + "snapshots/r1", {repository + "snapshots/r1/x.safetensors"});
    const auto whole = planDeletion(*pipeline, std::vector{pipeline});
    VERIFY_RESULT(whole);
    QCOMPARE(textOf(*whole),
        repository + "snapshots/r1 " + repository + "refs/main " + repository + "blobs/aa -" + repository
            + "blobs/bb:other_model ");
}

void TestDeletionPlan::leavesTheBlobsOfOllama()
{
    const std::string blob = "sha256-" + std::string(64, 'a');
    const auto alone = model("blobs/" + blob); // of nobody: a file like any other
    VERIFY_RESULT(planDeletion(*alone, {}));
    fs::create_directory(*m_folder / "manifests");
    VERIFY_ERROR(planDeletion(*alone, {}), ErrorCode::Unsupported);
    VERIFY_RESULT(planDeletion(*model("blobs/x.gguf"), {}));
}

void TestDeletionPlan::reportsAModelThatIsGone()
{
    const auto hat = model("hat.safetensors");
    fs::remove(hat->path);
    VERIFY_ERROR(planDeletion(*hat, {}), ErrorCode::NotFound);
}

QTEST_APPLESS_MAIN(TestDeletionPlan)
#include "test_deletion_plan.moc"
