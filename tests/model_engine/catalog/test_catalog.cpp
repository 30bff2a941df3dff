// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/catalog.h"
#include "tests/support/temporary_folder.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// A model whose id is its path; `inode` 0: never looked at.
ModelRecordPtr modelAt(const std::filesystem::path& path, std::uint64_t inode = 0)
{
    ModelRecord record;
    record.id = {path.string()};
    record.path = path;
    record.files = {{record.path, {.inode = inode}}};
    return std::make_shared<const ModelRecord>(std::move(record));
}

ModelRecordPtr withContent(const std::filesystem::path& path, const std::string& key)
{
    ModelRecord record = *modelAt(path);
    record.contentKey = {key};
    return std::make_shared<const ModelRecord>(std::move(record));
}

std::string idsOf(const std::vector<ModelId>& ids)
{
    std::string text;
    for (const ModelId& id : ids)
        text += (text.empty() ? "" : " ") + id.text;
    return text;
}

std::string pathsOf(const Catalog& catalog)
{
    std::string paths;
    for (const ModelRecordPtr& model : catalog.models())
        paths += (paths.empty() ? "" : " ") + model->path.string();
    return paths;
}

} // namespace

class TestCatalog final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void startsEmpty();
    void findsByIdAndSortsByPath();
    void replacesOnlyBelowTheScannedDirectories();
    void spellingOfADirectoryDoesNotMatter_data();
    void spellingOfADirectoryDoesNotMatter();
    void replacesOnlyWhatTheScanCouldFind();
    void keepsWhatIsInUse();
    void sameFileElsewhereMoves();
    void snapshotsStay();
    void knowsLookAlikes();
    void countsItsChanges();
    void forgetsWhatIsGone();
};

void TestCatalog::startsEmpty()
{
    const Catalog catalog;
    QVERIFY(catalog.models().empty());
    QVERIFY(catalog.find({"x"}) == nullptr);
}

void TestCatalog::findsByIdAndSortsByPath()
{
    Catalog catalog;
    const ModelRecordPtr b = modelAt("/m/b");
    catalog.replace({.directories = {"/m"}}, {b, modelAt("/m/c"), modelAt("/m/a")});
    QCOMPARE(pathsOf(catalog), std::string("/m/a /m/b /m/c"));
    QVERIFY(catalog.find({"/m/b"}) == b);
    QVERIFY(catalog.find({"/m/d"}) == nullptr);
    QVERIFY(catalog.find({}) == nullptr);
}

void TestCatalog::replacesOnlyBelowTheScannedDirectories()
{
    Catalog catalog;
    catalog.replace(
        {.directories = {"/m", "/n"}}, {modelAt("/m/a"), modelAt("/m/sub/b"), modelAt("/mm/c"), modelAt("/n/d")});
    catalog.replace({.directories = {"/m"}}, {modelAt("/m/new")});
    QCOMPARE(pathsOf(catalog), std::string("/m/new /mm/c /n/d"));
    QVERIFY(catalog.find({"/m/a"}) == nullptr);
    catalog.replace({.directories = {"/n", "/mm"}}, {});
    QCOMPARE(pathsOf(catalog), std::string("/m/new"));
    catalog.replace({.directories = {"/"}}, {});
    QVERIFY(catalog.models().empty());
}

void TestCatalog::spellingOfADirectoryDoesNotMatter_data()
{
    QTest::addColumn<QString>("suffix");
    for (const char* suffix : {"", "/", "//", "/.", "/sub/.."})
        QTest::newRow(suffix) << QString::fromLatin1(suffix);
}

void TestCatalog::spellingOfADirectoryDoesNotMatter()
{
    QFETCH(QString, suffix);
    const TemporaryFolder folder;
    std::filesystem::create_directory(folder / "sub");
    Catalog catalog;
    catalog.replace({.directories = {folder.path()}}, {modelAt(folder / "a")});
    catalog.replace({.directories = {folder.path().string() + suffix.toStdString()}}, {});
    QVERIFY(catalog.models().empty());
}

void TestCatalog::replacesOnlyWhatTheScanCouldFind()
{
    Catalog catalog;
    catalog.replace({.directories = {"/m"}},
        {modelAt("/m/a.safetensors"), modelAt("/m/b.GGUF"), modelAt("/m/sub/c.safetensors"),
            modelAt("/m/sub/deep/d.SFT")});
    catalog.replace({.directories = {"/m"}, .maximumDepth = 0, .extensions = {".safetensors"}}, {});
    QCOMPARE(pathsOf(catalog), std::string("/m/b.GGUF /m/sub/c.safetensors /m/sub/deep/d.SFT"));
    catalog.replace({.directories = {"/m"}, .maximumDepth = 1}, {});
    QCOMPARE(pathsOf(catalog), std::string("/m/sub/deep/d.SFT"));
    catalog.replace({.directories = {"/m"}, .extensions = {".sft"}}, {});
    QVERIFY(catalog.models().empty());
}

void TestCatalog::keepsWhatIsInUse()
{
    Catalog catalog;
    catalog.replace({.directories = {"/m"}}, {modelAt("/m/a"), modelAt("/m/b"), modelAt("/m/c")});
    const ModelRecordPtr fresh = modelAt("/m/b");
    const auto isInUse = [](const ModelId& model) { return model.text != "/m/c"; };
    catalog.replace({.directories = {"/m"}}, {fresh}, isInUse);
    QCOMPARE(pathsOf(catalog), std::string("/m/a /m/b"));
    QVERIFY(catalog.find({"/m/b"}) == fresh);
    QVERIFY(catalog.find({"/m/a"})->problem->code == ErrorCode::NotFound);
    catalog.replace({.directories = {"/m"}}, {});
    QVERIFY(catalog.models().empty());
}

void TestCatalog::sameFileElsewhereMoves()
{
    Catalog catalog;
    catalog.replace({.directories = {"/m"}}, {modelAt("/m/real", 7), modelAt("/m/broken"), modelAt("/m/other", 8)});
    catalog.replace({.directories = {"/links"}}, {modelAt("/links/same", 7), modelAt("/links/broken")});
    QCOMPARE(pathsOf(catalog), std::string("/links/broken /links/same /m/broken /m/other"));
}

void TestCatalog::snapshotsStay()
{
    Catalog catalog;
    catalog.replace({.directories = {"/m"}}, {modelAt("/m/a")});
    const std::vector<ModelRecordPtr> before = catalog.models();
    catalog.replace({.directories = {"/m"}}, {});
    QCOMPARE(before.size(), std::size_t{1});
    QCOMPARE(before.front()->path.string(), std::string("/m/a"));
}

void TestCatalog::knowsLookAlikes()
{
    Catalog catalog;
    const auto c = withContent("/m/c", "k");
    catalog.replace({.directories = {"/m"}},
        {c, withContent("/m/a", "k"), withContent("/m/b", "k"), withContent("/m/d", "other"), withContent("/m/e", "")});
    QCOMPARE(idsOf(catalog.lookAlikes({"/m/a"})), std::string("/m/b /m/c"));
    QCOMPARE(idsOf(catalog.lookAlikes({"/m/c"})), std::string("/m/a /m/b"));
    QCOMPARE(idsOf(catalog.lookAlikes({"/m/d"})), std::string());
    QCOMPARE(idsOf(catalog.lookAlikes({"/m/e"})), std::string());
    QCOMPARE(idsOf(catalog.lookAlikes({"nobody"})), std::string());

    // With every way in which the catalogue changes.
    catalog.remove({"/m/b"});
    QCOMPARE(idsOf(catalog.lookAlikes({"/m/a"})), std::string("/m/c"));
    QCOMPARE(idsOf(catalog.lookAlikes({"/m/b"})), std::string());
    catalog.insert(withContent("/m/b", "k"));
    QCOMPARE(idsOf(catalog.lookAlikes({"/m/a"})), std::string("/m/b /m/c"));
    catalog.restore({withContent("/n/f", "k")}, {});
    QCOMPARE(idsOf(catalog.lookAlikes({"/m/a"})), std::string("/m/b /m/c /n/f"));
    ModelRecord broken = *c;
    broken.problem = Error{ErrorCode::FileTruncated, "cut off", {}};
    catalog.insert(std::make_shared<const ModelRecord>(broken));
    QCOMPARE(idsOf(catalog.lookAlikes({"/m/a"})), std::string("/m/b /n/f"));
}

void TestCatalog::countsItsChanges()
{
    Catalog catalog;
    const std::uint64_t before = catalog.changes();
    catalog.insert(modelAt("/m/a"));
    QVERIFY(catalog.changes() > before);
    const std::uint64_t with = catalog.changes();
    QVERIFY(catalog.find({"/m/a"}) != nullptr);
    QCOMPARE(catalog.changes(), with);
}

void TestCatalog::forgetsWhatIsGone()
{
    Catalog catalog;
    catalog.replace({.directories = {"/m"}}, {modelAt("/m/a"), modelAt("/m/b")});
    catalog.remove({"/m/a"});
    QCOMPARE(catalog.remembered().size(), std::size_t{1});
    catalog.forget({"/m/a"});
    catalog.forget({"/m/b"}); // it is listed
    QVERIFY(catalog.remembered().empty());
    QCOMPARE(pathsOf(catalog), std::string("/m/b"));
}

QTEST_APPLESS_MAIN(TestCatalog)
#include "test_catalog.moc"
