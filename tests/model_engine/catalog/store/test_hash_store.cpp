// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/store/catalog_store.h"

#include "tests/support/failing_vfs.h"
#include "tests/support/manual_clock.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <memory>

using namespace weightroom::engine;
using weightroom::test::ManualClock;
using weightroom::test::TemporaryFolder;

namespace {

constexpr std::int64_t kDay = 24 * 3600;
constexpr FileIdentity kIdentity{1, 0xFFFF'FFFF'FFFF'FFFF, Bytes{100}, -1, 7};
const ModelId kModel{"a-1"};

ModelRecordPtr modelWith(const FileIdentity& identity, std::optional<std::int64_t> readChangedNs = {})
{
    ModelRecord record;
    record.id = kModel;
    record.path = "/m/a";
    record.files = {{"/m/a", identity, {}, readChangedNs}};
    return std::make_shared<const ModelRecord>(std::move(record));
}

HashRow rowOf(const ModelId& model, std::size_t number)
{
    return {model, number,
        {.identity = withoutDevice(kIdentity),
            .computed = {{HashAlgorithm::Sha256, "ab12"}, {HashAlgorithm::AutoV1, std::nullopt}},
            .hubSha256 = "cd34"}};
}

FileIdentity changed()
{
    FileIdentity identity = kIdentity;
    identity.size = Bytes{101};
    return identity;
}

} // namespace

class TestHashStore : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_folder = std::make_unique<TemporaryFolder>(); }
    void keepsHashesBetweenRuns();
    void replacesThoseOfAFile();
    void dropsThemWhenTheFileChanges();
    void keepsThemThroughARename();
    void dropsThemWithTheModel();
    void leavesOutWhatCannotBeRead();
    void tellsWhetherAnythingCanBeKept();
    void addsTheTableToAnOlderFile();

private:
    [[nodiscard]] CatalogStore open() const { return {m_folder->path(), m_clock, m_log}; }
    [[nodiscard]] StoredHashes kept() const
    {
        auto hashes = open().loadHashes();
        return hashes ? std::move(*hashes) : StoredHashes{};
    }
    /// Changes the closed file as another program would.
    [[nodiscard]] Result<> execute(const std::string& sql) const
    {
        const auto database = Database::open(*m_folder / "catalog.sqlite3", DatabaseAccess::Write);
        return database ? database->execute(sql) : Result<>(fail(database.error()));
    }

    std::unique_ptr<TemporaryFolder> m_folder;
    ManualClock m_clock;
    mutable NullLog m_log;
};

void TestHashStore::keepsHashesBetweenRuns()
{
    const std::vector rows{rowOf(kModel, 0), rowOf({"b-2"}, 2)};
    VERIFY_RESULT(open().saveHashes(rows));
    const StoredHashes hashes = kept();
    QCOMPARE(hashes.size(), std::size_t{2});
    QCOMPARE(hashes.at(kModel).size(), std::size_t{1});
    QVERIFY(hashes.at(kModel).front() == rows[0].hashes);
    QCOMPARE(hashes.at({"b-2"}).size(), std::size_t{3});
    QVERIFY(hashes.at({"b-2"})[0].isEmpty());
    QVERIFY(hashes.at({"b-2"})[2] == rows[1].hashes);
}

void TestHashStore::replacesThoseOfAFile()
{
    auto store = open();
    HashRow row = rowOf(kModel, 0);
    VERIFY_RESULT(store.saveHashes({&row, 1}));
    row.hashes.computed[HashAlgorithm::Sha256] = "ef56";
    VERIFY_RESULT(store.saveHashes({&row, 1}));
    QVERIFY(kept().at(kModel) == ModelHashes{row.hashes});
}

void TestHashStore::dropsThemWhenTheFileChanges()
{
    auto store = open();
    VERIFY_RESULT(store.saveCatalog({.listed = {modelWith(kIdentity)}}, {}));
    const HashRow row = rowOf(kModel, 0);
    VERIFY_RESULT(store.saveHashes({&row, 1}));
    VERIFY_RESULT(store.saveCatalog({.listed = {modelWith(kIdentity)}}, {})); // read again, and the same
    QCOMPARE(kept().size(), std::size_t{1});
    VERIFY_RESULT(store.saveCatalog({.listed = {modelWith(changed())}}, {}));
    QVERIFY(kept().empty());
}

void TestHashStore::keepsThemThroughARename()
{
    auto store = open();
    VERIFY_RESULT(store.saveCatalog({.listed = {modelWith(kIdentity)}}, {}));
    const HashRow row = rowOf(kModel, 0);
    VERIFY_RESULT(store.saveHashes({&row, 1}));
    FileIdentity renamed = kIdentity;
    renamed.changedNs = 99;
    VERIFY_RESULT(store.saveCatalog({.listed = {modelWith(renamed, kIdentity.changedNs)}}, {}));
    QCOMPARE(kept().size(), std::size_t{1});
}

void TestHashStore::dropsThemWithTheModel()
{
    auto store = open();
    const auto model = modelWith(kIdentity);
    VERIFY_RESULT(store.saveCatalog({.listed = {model}}, {}));
    const HashRow row = rowOf(kModel, 0);
    VERIFY_RESULT(store.saveHashes({&row, 1}));
    VERIFY_RESULT(store.saveCatalog({.listed = {}, .gone = {model}, .now = 0}, {}));
    VERIFY_RESULT(store.saveCatalog({.listed = {}, .gone = {model}, .now = 90 * kDay}, {}));
    QCOMPARE(kept().size(), std::size_t{1}); // its drive may come back
    VERIFY_RESULT(store.saveCatalog({.listed = {}, .gone = {model}, .now = 90 * kDay + 1}, {}));
    QVERIFY(kept().empty());
}

void TestHashStore::leavesOutWhatCannotBeRead()
{
    const std::vector rows{
        rowOf(kModel, 0), rowOf({"b-2"}, 0), rowOf({"c-3"}, 0), rowOf({"d-4"}, 0), rowOf({"e-5"}, 0)};
    VERIFY_RESULT(open().saveHashes(rows));
    VERIFY_RESULT(
        execute("UPDATE file_hash SET document = '{' WHERE model_id = 'a-1';"
                "UPDATE file_hash SET document = '{\"computed\":[],\"hub_blob_name\":5}' WHERE model_id = 'b-2';"
                "UPDATE file_hash SET number = 1000000000 WHERE model_id = 'c-3';"
                "UPDATE file_hash SET number = -1 WHERE model_id = 'd-4'"));
    const StoredHashes hashes = kept();
    QCOMPARE(hashes.size(), std::size_t{1});
    QVERIFY(hashes.contains({"e-5"}));
}

void TestHashStore::tellsWhetherAnythingCanBeKept()
{
    auto first = open();
    VERIFY_RESULT(first.saveHashes({}));
    VERIFY_ERROR(open().saveHashes({}), ErrorCode::FileInUse);
}

void TestHashStore::addsTheTableToAnOlderFile()
{
    VERIFY_RESULT(open().saveCatalog({.listed = {modelWith(kIdentity)}}, {}));
    VERIFY_RESULT(execute("DROP TABLE file_hash; PRAGMA user_version = 2"));
    const HashRow row = rowOf(kModel, 0);
    auto store = open();
    VERIFY_RESULT(store.saveHashes({&row, 1}));
    QCOMPARE(store.loadHashes()->size(), std::size_t{1});
    QCOMPARE(store.loadCatalog()->models.size(), std::size_t{1});
}

QTEST_APPLESS_MAIN(TestHashStore)
#include "test_hash_store.moc"
