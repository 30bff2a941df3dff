// SPDX-License-Identifier: GPL-3.0-or-later
//
// What an engine keeps of its catalogue for the next one.
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/open_counter.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// An engine that keeps its catalogue.
struct Rig : EngineRig {
    Rig() { dataFolder = folder / "data"; }

    void rename(const std::string& from, const std::string& to) const
    {
        const auto models = folder / "models";
        std::filesystem::create_directories((models / to).parent_path());
        std::filesystem::rename(models / from, models / to);
    }
    /// Without a scan.
    [[nodiscard]] bool hasModels(std::size_t count)
    {
        (void)engine();
        return waitFor([count](const EngineSnapshot& snapshot) { return snapshot.models.size() == count; });
    }
};

std::uint64_t filesRead(const Json& answer)
{
    return answer.at("scan_statistics").at("files_read").get<std::uint64_t>();
}

} // namespace

class TestEngineCatalog : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void modelsAppearWithoutAScan();
    void aRescanOpensNoFile();
    void aRenamedModelStaysItself();
    void aRenamedModelStaysInMemory();
    void listsOnlyTheFoldersOfThisRun();
    void forgetsTheFolderThatWasRemoved();
    void twoEnginesAtOnce();
    void worksWithoutItsFolder();
    void tellsOfADamagedFile();
};

void TestEngineCatalog::modelsAppearWithoutAScan()
{
    Rig rig;
    rig.write("a", kKiB);
    rig.write("b", kKiB);
    const auto scanned = rig.scan();
    VERIFY_RESULT(scanned);
    QVERIFY(scanned->at("catalog_problem").is_null());
    const std::string id = rig.idOf("a");
    rig.close();
    const OpenCounter opened{rig.folder / "models"};
    QVERIFY(rig.hasModels(2));
    QCOMPARE(rig.idOf("a"), id);
    QVERIFY(opened.opened().empty());
    VERIFY_RESULT(rig.load(id)); // and they can be used
}

void TestEngineCatalog::aRescanOpensNoFile()
{
    Rig rig;
    rig.write("a", kKiB);
    const std::string content = SafetensorsBuilder().tensor("weight", "F16", {8}).build();
    rig.folder.write(
        "models/sd/model_index.json", R"({"_class_name": "X", "unet": ["diffusers", "UNet2DConditionModel"]})");
    rig.folder.write("models/sd/unet/diffusion_pytorch_model.safetensors", content);
    rig.folder.write("models/m-00001-of-00001.safetensors", content);
    rig.folder.write(
        "models/m.safetensors.index.json", R"({"weight_map": {"weight": "m-00001-of-00001.safetensors"}})");
    rig.folder.write("models/broken.safetensors", "<!DOCTYPE html>");
    const OpenCounter opened{rig.folder / "models"};
    const auto first = rig.scan();
    VERIFY_RESULT(first);
    QCOMPARE(opened.opened().size(), std::size_t{6});
    for (int run = 0; run < 2; ++run) {
        const auto again = rig.scan();
        VERIFY_RESULT(again);
        QCOMPARE(filesRead(*again), 0U);
        QVERIFY(again->at("models") == first->at("models"));
        QVERIFY(opened.opened().empty());
        rig.close(); // the next engine, which has it from the store
    }
}

void TestEngineCatalog::aRenamedModelStaysItself()
{
    Rig rig;
    rig.write("a", kKiB);
    VERIFY_RESULT(rig.scan());
    const std::string id = rig.idOf("a");
    rig.close();
    rig.rename("a.safetensors", "loras/b.safetensors");
    const auto again = rig.scan();
    VERIFY_RESULT(again);
    QCOMPARE(filesRead(*again), 0U);
    QCOMPARE(rig.idOf("b"), id);
    rig.close();
    QVERIFY(rig.hasModels(1));
    QCOMPARE(rig.idOf("b"), id);
}

void TestEngineCatalog::aRenamedModelStaysInMemory()
{
    Rig rig;
    rig.write("a", kKiB);
    VERIFY_RESULT(rig.scan());
    const std::string id = rig.idOf("a");
    VERIFY_RESULT(rig.load(id));
    rig.rename("a.safetensors", "b.safetensors");
    VERIFY_RESULT(rig.scan());
    QCOMPARE(rig.idOf("b"), id);
    QVERIFY(rig.engine().snapshot()->models.front().isLoaded());
    VERIFY_RESULT(rig.unload(id));
    // What is cached is what the file holds: it is not read again.
    const std::uint64_t hits = rig.engine().snapshot()->cache.hits;
    VERIFY_RESULT(rig.load(id));
    QCOMPARE(rig.engine().snapshot()->cache.hits, hits + 1);
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineCatalog::listsOnlyTheFoldersOfThisRun()
{
    Rig rig;
    rig.write("a", kKiB);
    const std::string content = SafetensorsBuilder().tensor("weight", "F16", {8}).build();
    const auto other = rig.folder.write("other/b.safetensors", content).parent_path();
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.call("model.get_available_models", {{"scan_directories", {other.string()}}}));
    QCOMPARE(rig.engine().snapshot()->models.size(), std::size_t{2});
    const std::string id = rig.idOf("b");
    rig.close();
    QVERIFY(rig.hasModels(1));
    const auto found = rig.call("model.get_available_models", {{"scan_directories", {other.string()}}});
    VERIFY_RESULT(found);
    QCOMPARE(filesRead(*found), 0U); // it was remembered
    QCOMPARE(rig.idOf("b"), id);
}

void TestEngineCatalog::forgetsTheFolderThatWasRemoved()
{
    Rig rig;
    rig.write("a", kKiB);
    const auto other = rig.folder.write("other/b.safetensors", "<!DOCTYPE html>").parent_path();
    rig.settings.modelFolders.push_back(other);
    VERIFY_RESULT(rig.scan());
    const std::string models = (rig.folder / "models").string();
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"model_folders", {models}}}));
    QCOMPARE(rig.engine().snapshot()->models.size(), std::size_t{1});
    rig.close();
    QVERIFY(rig.hasModels(1)); // although this run's settings have the folder again
    VERIFY_RESULT(rig.scan());
    QCOMPARE(rig.engine().snapshot()->models.size(), std::size_t{2});
}

void TestEngineCatalog::twoEnginesAtOnce()
{
    Rig rig;
    rig.write("a", kKiB);
    VERIFY_RESULT(rig.scan());
    Engine second{
        {.settings = rig.settings, .settingsFile = {}, .dataFolder = rig.dataFolder, .clock = nullptr, .log = nullptr}};
    const auto answer = second.call("model.get_available_models", Json::object());
    VERIFY_RESULT(answer);
    QCOMPARE(filesRead(*answer), 0U); // it reads what the first has kept
    QCOMPARE(answer->at("models").size(), std::size_t{1});
    QCOMPARE(second.snapshot()->catalogProblem->code, ErrorCode::FileInUse);
    rig.write("b", kKiB);
    const auto again = rig.scan();
    VERIFY_RESULT(again);
    QVERIFY(again->at("catalog_problem").is_null());
    rig.close();
    const auto last = second.call("model.get_available_models", Json::object());
    VERIFY_RESULT(last);
    QVERIFY(last->at("catalog_problem").is_null()); // now it writes
}

void TestEngineCatalog::worksWithoutItsFolder()
{
    Rig rig;
    rig.write("a", kKiB);
    rig.folder.write("data", "a file where the folder would be");
    const auto answer = rig.scan();
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("models").size(), std::size_t{1});
    QVERIFY(answer->at("catalog_problem").is_object());
    QVERIFY(rig.engine().snapshot()->catalogProblem);
    VERIFY_RESULT(rig.load(rig.idOf("a")));
    std::filesystem::remove(rig.folder / "data");
    const auto again = rig.scan();
    VERIFY_RESULT(again);
    QVERIFY(again->at("catalog_problem").is_null());
}

void TestEngineCatalog::tellsOfADamagedFile()
{
    Rig rig;
    rig.write("a", kKiB);
    VERIFY_RESULT(rig.scan());
    const std::string id = rig.idOf("a");
    rig.close();
    rig.folder.write("data/catalog.sqlite3", std::string(8192, 'x'));
    const auto answer = rig.scan();
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("catalog_problem").at("code").get<std::string>(), std::string{"invalid_format"});
    QCOMPARE(rig.idOf("a"), id); // its path has not changed
    rig.close();
    QVERIFY(rig.hasModels(1));
    QVERIFY(!rig.engine().snapshot()->catalogProblem);
}

QTEST_APPLESS_MAIN(TestEngineCatalog)
#include "test_engine_catalog.moc"
