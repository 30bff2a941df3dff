// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/layouts/modelscope_cache.h"
#include "tests/model_engine/catalog/layouts/tree_builder.h"
#include "tests/model_engine/catalog/scan/scan_fixture.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

/// "folder=name …" relative to the root.
std::string textOf(const ModelScopeCache& cache, const fs::path& root)
{
    std::string text;
    for (const auto& [folder, name] : cache.repositories)
        text += (text.empty() ? "" : " ") + folder.lexically_relative(root).string() + "=" + name;
    return text;
}

} // namespace

class TestModelscopeCache final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsRepositories_data();
    void findsRepositories();
    void namesTheModelsOfAScan();
    void looksAtFewFoldersOfOthers_data();
    void looksAtFewFoldersOfOthers();
};

void TestModelscopeCache::findsRepositories_data()
{
    using Tree = std::vector<std::string>;
    QTest::addColumn<Tree>("tree");
    QTest::addColumn<std::string>("repositories");
    QTest::newRow("the cache") << Tree{"hub/models/Qwen/Qwen2___5/.msc"}
                               << std::string{"hub/models/Qwen/Qwen2___5=Qwen/Qwen2.5"};
    QTest::newRow("the hub") << Tree{"models/Org/name/.mdl"} << std::string{"models/Org/name=Org/name"};
    QTest::newRow("the models") << Tree{"Org/name/.msc", "Org/other/.msc"}
                                << std::string{"Org/name=Org/name Org/other=Org/other"};
    QTest::newRow("the older form") << Tree{"hub/Org/name/.mdl"} << std::string{"hub/Org/name=Org/name"};
    QTest::newRow("downloads under way") << Tree{"hub/models/._____temp/Org/name/.msc", "hub/._____temp/a/b/.msc"}
                                         << std::string{};
    QTest::newRow("without a mark") << Tree{"hub/models/Org/name/model.safetensors"} << std::string{};
    QTest::newRow("a folder as a mark") << Tree{"Org/name/.msc/"} << std::string{};
    QTest::newRow("nothing") << Tree{} << std::string{};
}

void TestModelscopeCache::findsRepositories()
{
    QFETCH(std::vector<std::string>, tree);
    QFETCH(std::string, repositories);
    const TemporaryFolder root;
    makeTree(root.path(), tree);
    FolderFinder finder;
    QCOMPARE(textOf(readModelScopeCache(root.path(), finder), root.path()), repositories);
    const LibraryLayout expected = repositories.empty() ? LibraryLayout::None : LibraryLayout::ModelScopeCache;
    QCOMPARE(recognizeLayout(root.path()).layout, expected);
}

void TestModelscopeCache::namesTheModelsOfAScan()
{
    const TemporaryFolder folder;
    folder.write("cache/modelscope/hub/models/Org/sdxl___1/.msc", "x");
    folder.write("cache/modelscope/hub/models/Org/sdxl___1/unet/model.safetensors", loraModel());
    folder.write("cache/modelscope/hub/models/._____temp/Org/sdxl___1/other.safetensors", loraModel());
    folder.write("cache/modelscope/hub/datasets/Org/set/data.bin", "x");
    const auto result = scanNow(requestFor(folder.path())); // the root lies below
    VERIFY_RESULT(result);
    QCOMPARE(result->models.size(), std::size_t{1});
    QCOMPARE(result->models.front()->name, std::string{"Org/sdxl.1/unet/model"});
    QCOMPARE(result->models.front()->placement.layout, LibraryLayout::ModelScopeCache);
}

void TestModelscopeCache::looksAtFewFoldersOfOthers_data()
{
    QTest::addColumn<std::string>("folder");
    QTest::addColumn<int>("count");
    QTest::addColumn<bool>("isFound");
    QTest::newRow("without a mark") << std::string{"a/%1/"} << 300 << false;
    QTest::newRow("with files alone") << std::string{"a%1/model.safetensors"} << 300 << false;
    QTest::newRow("few") << std::string{"a%1/model.safetensors"} << 100 << true;
}

void TestModelscopeCache::looksAtFewFoldersOfOthers()
{
    QFETCH(std::string, folder);
    QFETCH(int, count);
    QFETCH(bool, isFound);
    const TemporaryFolder root;
    for (int number = 0; number < count; ++number)
        makeTree(root.path(), {QString::fromStdString(folder).arg(1000 + number).toStdString()});
    makeTree(root.path(), {"b/name/.msc"});
    FolderFinder finder;
    QCOMPARE(!readModelScopeCache(root.path(), finder).repositories.empty(), isFound);
}

QTEST_APPLESS_MAIN(TestModelscopeCache)
#include "test_modelscope_cache.moc"
