// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/store/catalog_store.h"

#include "model_engine/catalog/store/record_codec.h"
#include "tests/support/failing_vfs.h"
#include "tests/support/manual_clock.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <memory>

using namespace weightroom::engine;
using weightroom::test::FailingVfs;
using weightroom::test::ManualClock;
using weightroom::test::TemporaryFolder;

namespace {

constexpr std::int64_t kDay = 24 * 3600;

ModelRecordPtr modelAt(const std::string& id, const std::filesystem::path& path)
{
    ModelRecord record;
    record.id = {id};
    record.path = path;
    record.name = path.stem().string();
    record.files = {{path, {1, 0xFFFF'FFFF'FFFF'FFFF, Bytes{100}, -1, 7}, "unet/", 6}, {path / "second", {1, 3}}};
    record.contentKey = {"00112233445566778899aabbccddeeff"};
    record.identified.variant = "turbo";
    return std::make_shared<const ModelRecord>(std::move(record));
}

std::vector<DirectoryScan> scanOf(const std::filesystem::path& directory, std::uint64_t files, Clock::Wall at)
{
    ScanStatistics statistics;
    statistics.files = files;
    statistics.bytes = Bytes{files * 10};
    statistics.finishedAt = at;
    return {{directory, statistics, {"/elsewhere"}}};
}

} // namespace

class TestCatalogStore : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_folder = std::make_unique<TemporaryFolder>(); }
    void keepsModelsBetweenRuns();
    void writesNothingWhenNothingHasChanged();
    void writesOnlyWhatHasChanged();
    void remembersGoneModelsFor90Days();
    void doesNotForgetWhatComesBackInTheEnd();
    void leavesAloneWhatIsNotNamed();
    void readsOtherRevisionsAsStale();
    void readsDamagedRowsAsStale();
    void leavesOutModelsWithoutFiles();
    void keepsScans();
    void takesNothingOnWhenAWriteFails();
    void beginsAnewAfterAnotherProcessWrote();

private:
    [[nodiscard]] CatalogStore open() const { return {m_folder->path(), m_clock, m_log}; }
    [[nodiscard]] std::filesystem::path file() const { return *m_folder / "catalog.sqlite3"; }
    /// Changes the closed file as another program would.
    [[nodiscard]] Result<> execute(const std::string& sql) const
    {
        const auto database = Database::open(file(), DatabaseAccess::Write);
        return database ? database->execute(sql) : Result<>(fail(database.error()));
    }

    std::unique_ptr<TemporaryFolder> m_folder;
    ManualClock m_clock;
    mutable NullLog m_log;
};

void TestCatalogStore::keepsModelsBetweenRuns()
{
    const auto model = modelAt("a-1", "/m/a\xFF.safetensors");
    VERIFY_RESULT(open().saveCatalog({.listed = {model}, .gone = {modelAt("b-2", "/m/b")}, .now = kDay}, {}));
    auto store = open();
    const auto kept = store.loadCatalog();
    VERIFY_RESULT(kept);
    QCOMPARE(kept->models.size(), std::size_t{2});
    const StoredModel& a = kept->models.at({"a-1"});
    QVERIFY(!a.isStale);
    QVERIFY(!a.goneSince);
    QVERIFY(a.record->path == model->path);
    QCOMPARE(a.record->name, std::string{"a\xFF"});
    QVERIFY(a.record->files == model->files);
    QVERIFY(a.record->contentKey == model->contentKey);
    QVERIFY(encodeRecord(*a.record) == encodeRecord(*model));
    QVERIFY(kept->models.at({"b-2"}).goneSince == std::optional<std::int64_t>{kDay});
}

void TestCatalogStore::writesNothingWhenNothingHasChanged()
{
    auto store = open();
    const ModelsToKeep models{.listed = {modelAt("a-1", "/m/a")}, .gone = {modelAt("b-2", "/m/b")}, .now = 0};
    const auto scans = scanOf("/m", 1, m_clock.wallTime());
    VERIFY_RESULT(store.saveCatalog(models, scans));
    // It counts the commits of other connections.
    const auto observer = Database::open(file(), DatabaseAccess::ReadOnly);
    VERIFY_RESULT(observer);
    const auto before = observer->number("PRAGMA data_version");
    VERIFY_RESULT(before);
    ModelsToKeep later = models;
    later.now = 600;
    VERIFY_RESULT(store.saveCatalog(later, scanOf("/m", 1, m_clock.wallTime() + std::chrono::minutes{10})));
    const auto after = observer->number("PRAGMA data_version");
    VERIFY_RESULT(after);
    QCOMPARE(*after, *before);
    VERIFY_RESULT(store.saveCatalog({.listed = {modelAt("a-1", "/m/c")}, .gone = {}, .now = 0}, scans));
    const auto changed = observer->number("PRAGMA data_version");
    VERIFY_RESULT(changed);
    QVERIFY(*changed != *before);
}

void TestCatalogStore::writesOnlyWhatHasChanged()
{
    {
        auto store = open();
        VERIFY_RESULT(store.saveCatalog({.listed = {modelAt("a-1", "/m/a"), modelAt("b-2", "/m/b")}}, {}));
    }
    auto store = open();
    auto kept = store.loadCatalog();
    VERIFY_RESULT(kept);
    const StoredModels& models = kept->models;
    const CatalogChange none{models, {.listed = {models.at({"a-1"}).record, models.at({"b-2"}).record}}};
    QVERIFY(none.isEmpty());
    const auto renamed = modelAt("a-1", "/m/z");
    VERIFY_RESULT(store.saveCatalog({.listed = {renamed, models.at({"b-2"}).record}}, {}));
    kept = open().loadCatalog();
    VERIFY_RESULT(kept);
    QVERIFY(kept->models.at({"a-1"}).record->path == renamed->path);
    QCOMPARE(kept->models.at({"a-1"}).record->files.size(), std::size_t{2});
    QCOMPARE(kept->models.size(), std::size_t{2});
}

void TestCatalogStore::remembersGoneModelsFor90Days()
{
    auto store = open();
    const auto model = modelAt("a-1", "/m/a");
    VERIFY_RESULT(store.saveModelSettings({"a-1"}, {{"notes", "x"}}));
    VERIFY_RESULT(store.saveCatalog({.listed = {}, .gone = {model}, .now = 0}, {}));
    VERIFY_RESULT(store.saveCatalog({.listed = {}, .gone = {model}, .now = 90 * kDay}, {}));
    auto kept = open().loadCatalog();
    VERIFY_RESULT(kept);
    QVERIFY(kept->models.at({"a-1"}).goneSince == std::optional<std::int64_t>{0}); // since the first time
    VERIFY_RESULT(store.saveCatalog({.listed = {model}, .gone = {}, .now = 90 * kDay}, {}));
    kept = open().loadCatalog();
    VERIFY_RESULT(kept);
    QVERIFY(!kept->models.at({"a-1"}).goneSince); // it is back
    VERIFY_RESULT(store.saveCatalog({.listed = {}, .gone = {model}, .now = 100 * kDay}, {}));
    auto forgotten = store.saveCatalog({.listed = {}, .gone = {}, .now = 190 * kDay}, {});
    VERIFY_RESULT(forgotten);
    QVERIFY(forgotten->empty());
    QCOMPARE(store.loadModelSettings()->size(), std::size_t{1}); // it may come back
    forgotten = store.saveCatalog({.listed = {}, .gone = {}, .now = 190 * kDay + 1}, {});
    VERIFY_RESULT(forgotten);
    QVERIFY(*forgotten == std::vector<ModelId>{{"a-1"}});
    kept = open().loadCatalog();
    VERIFY_RESULT(kept);
    QVERIFY(kept->models.empty());
    const auto settings = store.loadModelSettings();
    VERIFY_RESULT(settings);
    QVERIFY(settings->empty());
}

void TestCatalogStore::doesNotForgetWhatComesBackInTheEnd()
{
    auto store = open();
    const auto model = modelAt("a-1", "/m/a");
    VERIFY_RESULT(store.saveModelSettings({"a-1"}, {{"notes", "x"}}));
    VERIFY_RESULT(store.saveModelSettings({"never-listed"}, {{"notes", "y"}}));
    VERIFY_RESULT(store.saveCatalog({.listed = {}, .gone = {model}, .now = 0}, {}));
    const auto forgotten = store.saveCatalog({.listed = {model}, .gone = {}, .now = 365 * kDay}, {});
    VERIFY_RESULT(forgotten);
    QVERIFY(forgotten->empty());
    const auto kept = open().loadCatalog();
    VERIFY_RESULT(kept);
    QVERIFY(!kept->models.at({"a-1"}).goneSince);
    const auto settings = store.loadModelSettings();
    VERIFY_RESULT(settings);
    QCOMPARE(settings->size(), std::size_t{2});
}

void TestCatalogStore::leavesAloneWhatIsNotNamed()
{
    auto store = open();
    VERIFY_RESULT(store.saveCatalog({.listed = {modelAt("a-1", "/m/a")}}, {}));
    VERIFY_RESULT(store.saveCatalog({.listed = {modelAt("b-2", "/other/b")}}, {})); // a run with other folders
    const auto kept = open().loadCatalog();
    VERIFY_RESULT(kept);
    QCOMPARE(kept->models.size(), std::size_t{2});
    QVERIFY(!kept->models.at({"a-1"}).goneSince);
}

void TestCatalogStore::readsOtherRevisionsAsStale()
{
    const auto model = modelAt("a-1", "/m/a");
    VERIFY_RESULT(open().saveCatalog({.listed = {model}}, {}));
    VERIFY_RESULT(execute("UPDATE model SET revision = 'another'"));
    auto store = open();
    auto kept = store.loadCatalog();
    VERIFY_RESULT(kept);
    const StoredModel& stale = kept->models.at({"a-1"});
    QVERIFY(stale.isStale);
    QVERIFY(stale.record->files == model->files);
    QVERIFY(stale.record->contentKey == model->contentKey);
    QVERIFY(stale.record->identified.variant.empty());
    // Marked as gone it stays stale, and is not written as if it had been read.
    VERIFY_RESULT(store.saveCatalog({.listed = {}, .gone = {stale.record}, .now = 5}, {}));
    kept = open().loadCatalog();
    VERIFY_RESULT(kept);
    QVERIFY(kept->models.at({"a-1"}).isStale);
    QVERIFY(kept->models.at({"a-1"}).goneSince == std::optional<std::int64_t>{5});
}

void TestCatalogStore::readsDamagedRowsAsStale()
{
    VERIFY_RESULT(open().saveCatalog({.listed = {modelAt("a-1", "/m/a"), modelAt("b-2", "/m/b")}}, {}));
    VERIFY_RESULT(execute("UPDATE model SET record = x'A0' WHERE model_id = 'a-1'"));
    const auto kept = open().loadCatalog();
    VERIFY_RESULT(kept);
    QVERIFY(kept->models.at({"a-1"}).isStale);
    QVERIFY(!kept->models.at({"b-2"}).isStale);
}

void TestCatalogStore::leavesOutModelsWithoutFiles()
{
    VERIFY_RESULT(open().saveCatalog({.listed = {modelAt("a-1", "/m/a")}}, {}));
    VERIFY_RESULT(execute("DELETE FROM model_file"));
    const auto kept = open().loadCatalog();
    VERIFY_RESULT(kept);
    QVERIFY(kept->models.empty());
}

void TestCatalogStore::keepsScans()
{
    VERIFY_RESULT(open().saveCatalog({}, scanOf("/m\xFF", 3, m_clock.wallTime())));
    auto kept = open().loadCatalog();
    VERIFY_RESULT(kept);
    QCOMPARE(kept->scans.size(), std::size_t{1});
    const ScanStatistics& statistics = kept->scans.at("/m\xFF").statistics;
    QVERIFY(kept->scans.at("/m\xFF").outside == std::vector<std::filesystem::path>{"/elsewhere"});
    QCOMPARE(statistics.files, 3U);
    QCOMPARE(statistics.bytes, Bytes{30});
    QVERIFY(statistics.finishedAt == m_clock.wallTime());
    VERIFY_RESULT(execute("UPDATE folder_scan SET document = '{}'"));
    kept = open().loadCatalog();
    VERIFY_RESULT(kept);
    QVERIFY(kept->scans.empty());
}

void TestCatalogStore::takesNothingOnWhenAWriteFails()
{
    const FailingVfs vfs;
    auto store = open();
    VERIFY_RESULT(store.loadCatalog());
    const ModelsToKeep models{.listed = {modelAt("a-1", "/m/a"), modelAt("b-2", "/m/b")}};
    FailingVfs::fillDisk();
    VERIFY_ERROR(store.saveCatalog(models, {}), ErrorCode::DiskFull);
    FailingVfs::heal();
    VERIFY_RESULT(store.saveCatalog(models, {})); // all of it is written now
    const auto kept = open().loadCatalog();
    VERIFY_RESULT(kept);
    QCOMPARE(kept->models.size(), std::size_t{2});
}

void TestCatalogStore::beginsAnewAfterAnotherProcessWrote()
{
    auto first = std::make_unique<CatalogStore>(m_folder->path(), m_clock, m_log);
    const auto model = modelAt("a-1", "/m/a");
    VERIFY_RESULT(first->saveCatalog({.listed = {model}}, {}));
    auto second = open();
    auto kept = second.loadCatalog();
    VERIFY_RESULT(kept);
    VERIFY_RESULT(first->saveCatalog({.listed = {modelAt("a-1", "/m/z"), modelAt("b-2", "/m/b")}}, {}));
    first.reset();
    // What it had read is no longer what the file has: it writes its own in full.
    VERIFY_RESULT(second.saveCatalog({.listed = {kept->models.at({"a-1"}).record}}, {}));
    kept = second.loadCatalog();
    VERIFY_RESULT(kept);
    QVERIFY(kept->models.at({"a-1"}).record->path == model->path);
    QCOMPARE(kept->models.size(), std::size_t{2});
}

QTEST_APPLESS_MAIN(TestCatalogStore)
#include "test_catalog_store.moc"
