// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/store/catalog_store.h"

#include "tests/support/failing_vfs.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <memory>

using namespace weightroom::engine;
using weightroom::test::FailingVfs;
using weightroom::test::ManualClock;
using weightroom::test::RecordingLog;
using weightroom::test::TemporaryFolder;

namespace {

const ModelId kBase{"sd_xl_base-3f9c21d08a7be614"};
const ModelId kLora{"detail-0123456789abcdef"};
const Json kDocument{{"notes", "line\none \"two\" ü"}, {"tags", {"portrait", "fast"}}, {"pinned", true}};

} // namespace

class TestModelSettingsStore : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void keepsSettingsBetweenRuns();
    void keepsThemInMemoryWithoutAFolder();
    void replacesAndDeletes();
    void leavesOutWhatCannotBeRead();
    void refusesDocumentsThatWouldNotComeBack();
    void letsOneProcessWrite();
    void tellsOfASetAsideFile();
    void failsWithoutAFolder();
    void goesOnAfterAFullDisk();

private:
    [[nodiscard]] std::unique_ptr<CatalogStore> open(const TemporaryFolder& folder)
    {
        return std::make_unique<CatalogStore>(folder / "data", m_clock, m_log);
    }

    ManualClock m_clock;
    RecordingLog m_log;
};

void TestModelSettingsStore::keepsSettingsBetweenRuns()
{
    const TemporaryFolder folder;
    VERIFY_RESULT(open(folder)->saveModelSettings(kBase, kDocument));
    const auto store = open(folder);
    const auto loaded = store->loadModelSettings();
    VERIFY_RESULT(loaded);
    QCOMPARE(loaded->size(), std::size_t{1});
    QVERIFY(loaded->at(kBase) == kDocument);
    QVERIFY(!store->problem());
}

void TestModelSettingsStore::keepsThemInMemoryWithoutAFolder()
{
    CatalogStore store{{}, m_clock, m_log};
    VERIFY_RESULT(store.saveModelSettings(kBase, kDocument));
    const auto loaded = store.loadModelSettings();
    VERIFY_RESULT(loaded);
    QVERIFY(loaded->at(kBase) == kDocument);
    const auto other = CatalogStore{{}, m_clock, m_log}.loadModelSettings();
    VERIFY_RESULT(other);
    QVERIFY(other->empty());
}

void TestModelSettingsStore::replacesAndDeletes()
{
    const TemporaryFolder folder;
    const auto store = open(folder);
    VERIFY_RESULT(store->saveModelSettings(kBase, kDocument));
    VERIFY_RESULT(store->saveModelSettings(kLora, kDocument));
    VERIFY_RESULT(store->saveModelSettings(kLora, Json::object()));
    VERIFY_RESULT(store->deleteModelSettings(kBase));
    VERIFY_RESULT(store->deleteModelSettings(kBase)); // is no error
    const auto loaded = store->loadModelSettings();
    VERIFY_RESULT(loaded);
    QVERIFY(*loaded == (std::map<ModelId, Json>{{kLora, Json::object()}}));
}

void TestModelSettingsStore::leavesOutWhatCannotBeRead()
{
    const TemporaryFolder folder;
    VERIFY_RESULT(open(folder)->saveModelSettings(kBase, kDocument));
    {
        const auto database = Database::open(folder / "data/catalog.sqlite3", DatabaseAccess::Write);
        VERIFY_RESULT(database);
        VERIFY_RESULT(database->execute("INSERT INTO model_settings VALUES('" + kLora.text + "', '{\"notes\":')"));
    }
    const auto loaded = open(folder)->loadModelSettings();
    VERIFY_RESULT(loaded);
    QCOMPARE(loaded->size(), std::size_t{1});
    QCOMPARE(m_log.count(LogLevel::Warning, kLora.text), std::size_t{1});
}

void TestModelSettingsStore::refusesDocumentsThatWouldNotComeBack()
{
    const TemporaryFolder folder;
    const Json tooLarge{{"notes", std::string(kMiB.value, 'x')}};
    VERIFY_ERROR(open(folder)->saveModelSettings(kBase, tooLarge), ErrorCode::InvalidValue);
}

void TestModelSettingsStore::letsOneProcessWrite()
{
    const TemporaryFolder folder;
    auto first = open(folder);
    VERIFY_RESULT(first->saveModelSettings(kBase, kDocument));
    const auto second = open(folder);
    const auto loaded = second->loadModelSettings();
    VERIFY_RESULT(loaded);
    QCOMPARE(loaded->size(), std::size_t{1});
    QCOMPARE(second->problem()->code, ErrorCode::FileInUse);
    VERIFY_ERROR(second->saveModelSettings(kLora, kDocument), ErrorCode::FileInUse);
    first.reset();
    VERIFY_RESULT(second->saveModelSettings(kLora, kDocument)); // who writes has ended
    QVERIFY(!second->problem());
}

void TestModelSettingsStore::tellsOfASetAsideFile()
{
    const TemporaryFolder folder;
    folder.write("data/catalog.sqlite3", std::string(4096, 'x'));
    const auto store = open(folder);
    const auto loaded = store->loadModelSettings();
    VERIFY_RESULT(loaded);
    QVERIFY(loaded->empty());
    QCOMPARE(store->problem()->code, ErrorCode::InvalidFormat);
    QVERIFY(store->problem()->context.path.find("catalog.sqlite3.damaged-") != std::string::npos);
    QCOMPARE(m_log.count(LogLevel::Warning, "catalog.sqlite3.damaged-"), std::size_t{1});
}

void TestModelSettingsStore::failsWithoutAFolder()
{
    const TemporaryFolder folder;
    folder.write("data", "a file");
    const auto store = open(folder);
    QVERIFY(!store->loadModelSettings());
    QVERIFY(!store->saveModelSettings(kBase, kDocument));
    QVERIFY(store->problem());
    std::filesystem::remove(folder / "data");
    VERIFY_RESULT(store->saveModelSettings(kBase, kDocument)); // it is tried anew
    QVERIFY(!store->problem());
}

void TestModelSettingsStore::goesOnAfterAFullDisk()
{
    const TemporaryFolder folder;
    const FailingVfs vfs;
    const auto store = open(folder);
    VERIFY_RESULT(store->saveModelSettings(kBase, kDocument));
    FailingVfs::fillDisk();
    VERIFY_ERROR(store->saveModelSettings(kLora, kDocument), ErrorCode::DiskFull);
    QCOMPARE(store->problem()->code, ErrorCode::DiskFull);
    FailingVfs::heal();
    VERIFY_RESULT(store->saveModelSettings(kLora, kDocument));
    QVERIFY(!store->problem());
    const auto loaded = store->loadModelSettings();
    VERIFY_RESULT(loaded);
    QCOMPARE(loaded->size(), std::size_t{2});
}

QTEST_APPLESS_MAIN(TestModelSettingsStore)
#include "test_model_settings_store.moc"
