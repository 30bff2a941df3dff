// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/database/database_file.h"

#include "tests/support/manual_clock.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/unprivileged_files.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <fstream>
#include <iterator>

using namespace weightroom::engine;
using weightroom::test::ManualClock;
using weightroom::test::TemporaryFolder;
using weightroom::test::UnprivilegedFiles;

namespace {

constexpr std::array kSteps{"CREATE TABLE item(number INTEGER)", "ALTER TABLE item ADD COLUMN text TEXT"};
constexpr std::uint32_t kApplication = 0x57526F6F;
constexpr DatabaseSchema kOldSchema{kApplication, std::span{kSteps}.first(1)};
constexpr DatabaseSchema kSchema{kApplication, kSteps};

std::string contentOf(const std::filesystem::path& path)
{
    std::ifstream stream{path, std::ios::binary};
    return {std::istreambuf_iterator<char>{stream}, {}};
}

void overwrite(const std::filesystem::path& path, std::size_t offset, const std::string& bytes)
{
    std::fstream stream{path, std::ios::binary | std::ios::in | std::ios::out};
    stream.seekp(static_cast<std::streamoff>(offset));
    stream.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

constexpr int kRows = 400;

/// A database of a dozen pages, closed.
Result<> makeFilled(const std::filesystem::path& path)
{
    const auto file = openDatabaseFile(path, kSchema, ManualClock{});
    if (!file)
        return fail(file.error());
    auto transaction = Transaction::begin(file->database);
    if (!transaction)
        return fail(std::move(transaction).error());
    auto insert = file->database.prepare("INSERT INTO item VALUES(?1, ?2)");
    if (!insert)
        return fail(std::move(insert).error());
    for (int row = 0; row < kRows; ++row) {
        if (auto done = insert->bindInteger(1, row).bindText(2, std::string(100, 'x')).run(); !done)
            return done;
    }
    return transaction->commit();
}

Result<std::int64_t> rowsOf(const Database& database) { return database.number("SELECT count(*) FROM item"); }

/// A database of somebody else, as their program leaves it while it runs or after it has ended.
Result<Database> makeForeign(const std::filesystem::path& path, const std::string& journal)
{
    auto database = Database::open(path, DatabaseAccess::Write);
    if (!database)
        return database;
    const std::string sql =
        "PRAGMA journal_mode=" + journal + ";CREATE TABLE models(name); INSERT INTO models VALUES('a'), ('b')";
    if (auto made = database->execute(sql); !made)
        return fail(std::move(made).error());
    return database;
}

} // namespace

class TestDatabaseFile : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void makesAndOpensAgain();
    void makesItsFolderForOneUser();
    void migratesWhatIsOlder();
    void takesBackAMigrationThatFails();
    void leavesOthersAlone_data();
    void leavesOthersAlone();
    void setsDamagedFilesAside_data();
    void setsDamagedFilesAside();
    void survivesDamageOfAnyPage();
    void keepsDamagedFilesApart();
    void letsOneWrite();
    void readsWhereNothingMayBeWritten();
    void tellsAReaderOfAnOlderSchema();
    void opensForeignDatabases_data();
    void opensForeignDatabases();
    void readsTheLogOfARunningOwner();
    void refusesForeignFilesThatAreNone();
};

void TestDatabaseFile::makesAndOpensAgain()
{
    const TemporaryFolder folder;
    const auto path = folder / "a.sqlite3";
    VERIFY_RESULT(makeFilled(path));
    QCOMPARE(folder.entries(), (std::set<std::string>{"a.sqlite3", "a.sqlite3.lock"}));
    const auto file = openDatabaseFile(path, kSchema, ManualClock{});
    VERIFY_RESULT(file);
    QVERIFY(!file->readOnlyReason);
    QVERIFY(!file->damage);
    const auto rows = rowsOf(file->database);
    VERIFY_RESULT(rows);
    QCOMPARE(*rows, kRows);
    const auto application = file->database.number("PRAGMA application_id");
    VERIFY_RESULT(application);
    QCOMPARE(*application, kApplication);
}

void TestDatabaseFile::makesItsFolderForOneUser()
{
    const TemporaryFolder folder;
    VERIFY_RESULT(openDatabaseFile(folder / "data/weightroom/a.sqlite3", kSchema, ManualClock{}));
    const auto permissions = std::filesystem::status(folder / "data/weightroom").permissions();
    QCOMPARE(permissions, std::filesystem::perms::owner_all);
}

void TestDatabaseFile::migratesWhatIsOlder()
{
    const TemporaryFolder folder;
    const auto path = folder / "a.sqlite3";
    {
        const auto old = openDatabaseFile(path, kOldSchema, ManualClock{});
        VERIFY_RESULT(old);
        VERIFY_RESULT(old->database.execute("INSERT INTO item VALUES(7)"));
    }
    const auto file = openDatabaseFile(path, kSchema, ManualClock{});
    VERIFY_RESULT(file);
    const auto kept = file->database.number("SELECT number FROM item WHERE text IS NULL");
    VERIFY_RESULT(kept);
    QCOMPARE(*kept, 7);
    const auto version = file->database.number("PRAGMA user_version");
    VERIFY_RESULT(version);
    QCOMPARE(*version, 2);
}

void TestDatabaseFile::takesBackAMigrationThatFails()
{
    const TemporaryFolder folder;
    const auto path = folder / "a.sqlite3";
    VERIFY_RESULT(openDatabaseFile(path, kOldSchema, ManualClock{}));
    constexpr std::array kBroken{kSteps[0], "CREATE TABLE other(number); CREATE TABLE item(again)"};
    VERIFY_ERROR(openDatabaseFile(path, {kApplication, kBroken}, ManualClock{}), ErrorCode::Unsupported);
    const auto file = openDatabaseFile(path, kOldSchema, ManualClock{});
    VERIFY_RESULT(file);
    const auto tables = file->database.number("SELECT count(*) FROM sqlite_schema");
    VERIFY_RESULT(tables);
    QCOMPARE(*tables, 1);
}

void TestDatabaseFile::leavesOthersAlone_data()
{
    QTest::addColumn<std::string>("sql");
    QTest::newRow("another program") << std::string{"CREATE TABLE item(number); PRAGMA application_id=7"};
    QTest::newRow("a program without a number") << std::string{"CREATE TABLE item(number)"};
    QTest::newRow("a program that has only begun") << std::string{"PRAGMA user_version=1"};
    QTest::newRow("a newer schema") << "CREATE TABLE item(number); PRAGMA user_version=3; PRAGMA application_id="
            + std::to_string(kApplication);
    QTest::newRow("a schema below 0") << "CREATE TABLE item(number); PRAGMA user_version=-1; PRAGMA application_id="
            + std::to_string(kApplication);
}

void TestDatabaseFile::leavesOthersAlone()
{
    QFETCH(std::string, sql);
    const TemporaryFolder folder;
    const auto path = folder / "a.sqlite3";
    VERIFY_RESULT(Database::open(path, DatabaseAccess::Write)->execute(sql));
    const std::string before = contentOf(path);
    const auto file = openDatabaseFile(path, kSchema, ManualClock{});
    VERIFY_ERROR(file, ErrorCode::Unsupported);
    QCOMPARE(file.error().context.path, path.string());
    QVERIFY(contentOf(path) == before);
    QCOMPARE(folder.entries(), (std::set<std::string>{"a.sqlite3", "a.sqlite3.lock"}));
}

void TestDatabaseFile::setsDamagedFilesAside_data()
{
    QTest::addColumn<std::size_t>("offset");
    QTest::addColumn<std::string>("bytes");
    QTest::newRow("no database") << std::size_t{0} << std::string{"<!DOCTYPE html>"};
    QTest::newRow("page size") << std::size_t{16} << std::string{"\xFF\xFF", 2};
    QTest::newRow("schema") << std::size_t{100} << std::string(8, '\xFF');
    QTest::newRow("second page") << std::size_t{4096} << std::string(64, '\xFF');
}

void TestDatabaseFile::setsDamagedFilesAside()
{
    QFETCH(std::size_t, offset);
    QFETCH(std::string, bytes);
    const TemporaryFolder folder;
    const auto path = folder / "a.sqlite3";
    VERIFY_RESULT(makeFilled(path));
    overwrite(path, offset, bytes);
    const std::string damaged = contentOf(path);
    const auto file = openDatabaseFile(path, kSchema, ManualClock{});
    VERIFY_RESULT(file);
    QVERIFY(file->damage);
    QCOMPARE(file->damage->code, ErrorCode::InvalidFormat);
    const auto aside = folder / "a.sqlite3.damaged-20260101T000000Z";
    QCOMPARE(file->damage->context.path, aside.string());
    QVERIFY(contentOf(aside) == damaged);
    const auto rows = rowsOf(file->database);
    VERIFY_RESULT(rows);
    QCOMPARE(*rows, 0);
}

void TestDatabaseFile::survivesDamageOfAnyPage()
{
    const TemporaryFolder folder;
    const auto path = folder / "a.sqlite3";
    VERIFY_RESULT(makeFilled(path));
    const std::string good = contentOf(path);
    QVERIFY(good.size() > 40960);
    for (std::size_t offset = 0; offset < good.size(); offset += 512) {
        const TemporaryFolder own;
        const auto copy = own.write("a.sqlite3", good);
        overwrite(copy, offset, std::string(16, '\xA5'));
        const auto file = openDatabaseFile(copy, kSchema, ManualClock{});
        // Bytes within a row are no damage that SQLite could see; all else was set aside.
        VERIFY_RESULT(file);
        const auto rows = rowsOf(file->database);
        VERIFY_RESULT(rows);
        QCOMPARE(*rows, file->damage ? 0 : kRows);
    }
}

void TestDatabaseFile::keepsDamagedFilesApart()
{
    const TemporaryFolder folder;
    const auto path = folder.write("a.sqlite3", std::string(4096, 'x'));
    VERIFY_RESULT(openDatabaseFile(path, kSchema, ManualClock{}));
    folder.write("a.sqlite3", std::string(4096, 'y'));
    VERIFY_RESULT(openDatabaseFile(path, kSchema, ManualClock{}));
    QVERIFY(contentOf(folder / "a.sqlite3.damaged-20260101T000000Z") == std::string(4096, 'x'));
    QVERIFY(contentOf(folder / "a.sqlite3.damaged-20260101T000000Z-2") == std::string(4096, 'y'));
}

void TestDatabaseFile::letsOneWrite()
{
    const TemporaryFolder folder;
    const auto path = folder / "a.sqlite3";
    {
        const auto first = openDatabaseFile(path, kSchema, ManualClock{});
        VERIFY_RESULT(first);
        const auto second = openDatabaseFile(path, kSchema, ManualClock{});
        VERIFY_RESULT(second);
        QVERIFY(second->readOnlyReason);
        QCOMPARE(second->readOnlyReason->code, ErrorCode::FileInUse);
        VERIFY_ERROR(second->database.execute("INSERT INTO item VALUES(1, '')"), ErrorCode::PermissionDenied);
        VERIFY_RESULT(first->database.execute("INSERT INTO item VALUES(1, '')"));
        const auto rows = rowsOf(second->database);
        VERIFY_RESULT(rows);
        QCOMPARE(*rows, 1); // a reader sees what is written meanwhile
    }
    const auto next = openDatabaseFile(path, kSchema, ManualClock{});
    VERIFY_RESULT(next);
    QVERIFY(!next->readOnlyReason);
}

void TestDatabaseFile::readsWhereNothingMayBeWritten()
{
    const TemporaryFolder folder;
    const auto path = folder / "a.sqlite3";
    VERIFY_RESULT(makeFilled(path));
    std::filesystem::remove(folder / "a.sqlite3.lock");
    using std::filesystem::perms;
    std::filesystem::permissions(path, perms{0444});
    std::filesystem::permissions(folder.path(), perms{0555});
    const UnprivilegedFiles unprivileged;
    const auto file = openDatabaseFile(path, kSchema, ManualClock{});
    VERIFY_RESULT(file);
    QVERIFY(file->readOnlyReason);
    QCOMPARE(file->readOnlyReason->code, ErrorCode::PermissionDenied);
    const auto rows = rowsOf(file->database);
    VERIFY_RESULT(rows);
    QCOMPARE(*rows, kRows);
}

void TestDatabaseFile::tellsAReaderOfAnOlderSchema()
{
    const TemporaryFolder folder;
    const auto path = folder / "a.sqlite3";
    const auto writer = openDatabaseFile(path, kOldSchema, ManualClock{});
    VERIFY_RESULT(writer);
    VERIFY_ERROR(openDatabaseFile(path, kSchema, ManualClock{}), ErrorCode::Unsupported);
}

void TestDatabaseFile::opensForeignDatabases_data()
{
    QTest::addColumn<std::string>("journal");
    QTest::newRow("rollback journal") << std::string{"DELETE"};
    QTest::newRow("write-ahead log") << std::string{"WAL"};
}

void TestDatabaseFile::opensForeignDatabases()
{
    QFETCH(std::string, journal);
    const TemporaryFolder folder;
    const auto path = folder / "invokeai.db";
    VERIFY_RESULT(makeForeign(path, journal)); // and its owner has ended
    {
        const auto database = openForeignDatabase(path);
        VERIFY_RESULT(database);
        const auto count = database->number("SELECT count(*) FROM models");
        VERIFY_RESULT(count);
        QCOMPARE(*count, 2);
        VERIFY_ERROR(database->execute("DELETE FROM models"), ErrorCode::PermissionDenied);
        QCOMPARE(folder.entries(), std::set<std::string>{"invokeai.db"});
    }
    QCOMPARE(folder.entries(), std::set<std::string>{"invokeai.db"});
}

void TestDatabaseFile::readsTheLogOfARunningOwner()
{
    const TemporaryFolder folder;
    const auto path = folder / "invokeai.db";
    const auto owner = makeForeign(path, "WAL");
    VERIFY_RESULT(owner);
    const auto names = folder.entries();
    const auto database = openForeignDatabase(path);
    VERIFY_RESULT(database);
    const auto count = database->number("SELECT count(*) FROM models"); // stands in the log alone
    VERIFY_RESULT(count);
    QCOMPARE(*count, 2);
    QCOMPARE(folder.entries(), names);
}

void TestDatabaseFile::refusesForeignFilesThatAreNone()
{
    const TemporaryFolder folder;
    VERIFY_ERROR(openForeignDatabase(folder / "missing"), ErrorCode::NotFound);
    VERIFY_ERROR(openForeignDatabase(folder.path()), ErrorCode::NotRegularFile);
    const auto empty = openForeignDatabase(folder.write("empty", {}));
    VERIFY_RESULT(empty);
    VERIFY_ERROR(empty->prepare("SELECT name FROM models"), ErrorCode::Unsupported);
}

QTEST_APPLESS_MAIN(TestDatabaseFile)
#include "test_database_file.moc"
