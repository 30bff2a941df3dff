// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/database/database.h"

#include "tests/support/temporary_folder.h"
#include "tests/support/unprivileged_files.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <limits>

using namespace weightroom::engine;
using weightroom::test::TemporaryFolder;
using weightroom::test::UnprivilegedFiles;

namespace {

Result<Database> databaseWithTable()
{
    auto database = Database::openInMemory();
    if (database) {
        if (auto made = database->execute("CREATE TABLE item(number INTEGER, real REAL, text TEXT, bytes BLOB)"); !made)
            return fail(std::move(made).error());
    }
    return database;
}

} // namespace

class TestDatabase : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void givesBackWhatWasBound();
    void readsNullAsNothing();
    void runsStatementsAgain();
    void tellsMistakesByCode();
    void takesBackWhatWasNotCommitted();
    void keepsWhatWasCommitted();
    void opensFilesWithAnyName_data();
    void opensFilesWithAnyName();
    void doesNotWriteReadOnly();
    void tellsWhyAFileCannotBeOpened();
    void waitsForNobodyForEver();
};

void TestDatabase::givesBackWhatWasBound()
{
    const auto database = databaseWithTable();
    VERIFY_RESULT(database);
    auto insert = database->prepare("INSERT INTO item VALUES(?1, ?2, ?3, ?4)");
    VERIFY_RESULT(insert);
    const std::string text{"a\0b \xFF", 5}; // a NUL, and bytes that are no UTF-8
    constexpr std::array bytes{std::byte{0}, std::byte{1}, std::byte{0xFF}};
    insert->bindInteger(1, std::numeric_limits<std::int64_t>::min()).bindReal(2, 0.25);
    VERIFY_RESULT(insert->bindText(3, text).bindBlob(4, bytes).run());

    auto select = database->prepare("SELECT number, real, text, bytes FROM item");
    VERIFY_RESULT(select);
    auto row = select->step();
    VERIFY_RESULT(row);
    QVERIFY(*row);
    QCOMPARE(select->integer(0), std::numeric_limits<std::int64_t>::min());
    QCOMPARE(select->real(1), 0.25);
    QCOMPARE(select->text(2), text);
    QVERIFY(std::ranges::equal(select->blob(3), bytes));
    row = select->step();
    VERIFY_RESULT(row);
    QVERIFY(!*row);
}

void TestDatabase::readsNullAsNothing()
{
    const auto database = databaseWithTable();
    VERIFY_RESULT(database);
    auto insert = database->prepare("INSERT INTO item VALUES(?1, ?2, ?3, ?4)");
    VERIFY_RESULT(insert);
    VERIFY_RESULT(insert->bindNull(1).bindText(3, {}).bindBlob(4, {}).run());
    auto select = database->prepare("SELECT number, real, text, bytes FROM item");
    VERIFY_RESULT(select);
    VERIFY_RESULT(select->step());
    QVERIFY(select->isNull(0));
    QVERIFY(select->isNull(1)); // never bound
    QVERIFY(!select->isNull(2)); // empty is something
    QVERIFY(!select->isNull(3));
    QCOMPARE(select->integer(0), 0);
    QCOMPARE(select->real(1), 0.0);
    QVERIFY(select->text(0).empty());
    QVERIFY(select->blob(0).empty());
}

void TestDatabase::runsStatementsAgain()
{
    const auto database = databaseWithTable();
    VERIFY_RESULT(database);
    auto insert = database->prepare("INSERT INTO item(number) VALUES(?1)");
    VERIFY_RESULT(insert);
    for (int number = 1; number <= 3; ++number)
        VERIFY_RESULT(insert->bindInteger(1, number).run());
    const auto sum = database->number("SELECT sum(number) FROM item");
    VERIFY_RESULT(sum);
    QCOMPARE(*sum, 6);
    const auto none = database->number("SELECT number FROM item WHERE number > 7");
    VERIFY_RESULT(none);
    QCOMPARE(*none, 0);
}

void TestDatabase::tellsMistakesByCode()
{
    const auto database = databaseWithTable();
    VERIFY_RESULT(database);
    VERIFY_ERROR(database->execute("CREATE TABLE item(again)"), ErrorCode::Unsupported);
    VERIFY_ERROR(database->prepare("SELECT name FROM models"), ErrorCode::Unsupported);
    auto insert = database->prepare("INSERT INTO item(number) VALUES(?1)");
    VERIFY_RESULT(insert);
    VERIFY_ERROR(insert->bindInteger(2, 1).run(), ErrorCode::Internal);
    VERIFY_RESULT(insert->bindInteger(1, 1).run()); // an error is told once
    const std::string tooLong(65 << 20, 'x');
    VERIFY_ERROR(insert->bindText(1, tooLong).run(), ErrorCode::InvalidValue);
    const auto count = database->number("SELECT count(*) FROM item");
    VERIFY_RESULT(count);
    QCOMPARE(*count, 1);
}

void TestDatabase::takesBackWhatWasNotCommitted()
{
    const auto database = databaseWithTable();
    VERIFY_RESULT(database);
    {
        const auto transaction = Transaction::begin(*database);
        VERIFY_RESULT(transaction);
        QVERIFY(!database->isIdle());
        VERIFY_RESULT(database->execute("INSERT INTO item(number) VALUES(1)"));
    }
    QVERIFY(database->isIdle());
    const auto count = database->number("SELECT count(*) FROM item");
    VERIFY_RESULT(count);
    QCOMPARE(*count, 0);
}

void TestDatabase::keepsWhatWasCommitted()
{
    const auto database = databaseWithTable();
    VERIFY_RESULT(database);
    {
        auto begun = Transaction::begin(*database);
        VERIFY_RESULT(begun);
        Transaction transaction{std::move(*begun)}; // the one that was moved from takes nothing back
        VERIFY_RESULT(database->execute("INSERT INTO item(number) VALUES(1)"));
        VERIFY_RESULT(transaction.commit());
    }
    const auto count = database->number("SELECT count(*) FROM item");
    VERIFY_RESULT(count);
    QCOMPARE(*count, 1);
}

void TestDatabase::opensFilesWithAnyName_data()
{
    QTest::addColumn<std::string>("name");
    QTest::newRow("plain") << std::string{"a.sqlite3"};
    QTest::newRow("query") << std::string{"a?mode=memory&vfs=x.sqlite3"};
    QTest::newRow("fragment") << std::string{"a#b.sqlite3"};
    QTest::newRow("percent") << std::string{"a%20b.sqlite3"};
    QTest::newRow("memory") << std::string{":memory:"};
    QTest::newRow("uri") << std::string{"file:a.sqlite3"};
    QTest::newRow("not utf-8") << std::string{"a\xFF\xC0.sqlite3"};
}

void TestDatabase::opensFilesWithAnyName()
{
    QFETCH(std::string, name);
    const TemporaryFolder folder;
    {
        const auto database = Database::open(folder / name, DatabaseAccess::Write);
        VERIFY_RESULT(database);
        VERIFY_RESULT(database->execute("CREATE TABLE item(number); INSERT INTO item VALUES(7)"));
    }
    QCOMPARE(folder.entries(), std::set<std::string>{name});
    for (const DatabaseAccess access : {DatabaseAccess::ReadOnly, DatabaseAccess::Immutable}) {
        const auto database = Database::open(folder / name, access);
        VERIFY_RESULT(database);
        const auto number = database->number("SELECT number FROM item");
        VERIFY_RESULT(number);
        QCOMPARE(*number, 7);
    }
}

void TestDatabase::doesNotWriteReadOnly()
{
    const TemporaryFolder folder;
    VERIFY_RESULT(Database::open(folder / "a.sqlite3", DatabaseAccess::Write)->execute("CREATE TABLE item(number)"));
    for (const DatabaseAccess access : {DatabaseAccess::ReadOnly, DatabaseAccess::Immutable}) {
        const auto database = Database::open(folder / "a.sqlite3", access);
        VERIFY_RESULT(database);
        VERIFY_ERROR(database->execute("INSERT INTO item VALUES(1)"), ErrorCode::PermissionDenied);
    }
}

void TestDatabase::tellsWhyAFileCannotBeOpened()
{
    const TemporaryFolder folder;
    VERIFY_ERROR(Database::open(folder / "missing", DatabaseAccess::ReadOnly), ErrorCode::NotFound);
    VERIFY_ERROR(Database::open(folder / "missing", DatabaseAccess::Immutable), ErrorCode::NotFound);
    VERIFY_ERROR(Database::open(folder / "no folder/a", DatabaseAccess::Write), ErrorCode::NotFound);
    VERIFY_ERROR(Database::open(folder.path(), DatabaseAccess::Write), ErrorCode::NotRegularFile);
    const auto text = Database::open(folder.write("text", std::string(4096, 'x')), DatabaseAccess::ReadOnly);
    VERIFY_RESULT(text); // looked at when it is first used
    const auto number = text->number("SELECT 1 FROM sqlite_schema");
    VERIFY_ERROR(number, ErrorCode::InvalidFormat);
    QCOMPARE(number.error().context.path, (folder / "text").string());

    const auto secret = folder.write("secret", {});
    std::filesystem::permissions(secret, std::filesystem::perms::none);
    const UnprivilegedFiles unprivileged;
    const auto denied = Database::open(secret, DatabaseAccess::ReadOnly);
    QVERIFY(!denied);
    QCOMPARE(denied.error().code, ErrorCode::PermissionDenied);
}

void TestDatabase::waitsForNobodyForEver()
{
    const TemporaryFolder folder;
    const auto writer = Database::open(folder / "a.sqlite3", DatabaseAccess::Write);
    VERIFY_RESULT(writer);
    const auto other = Database::open(folder / "a.sqlite3", DatabaseAccess::Write);
    VERIFY_RESULT(other);
    VERIFY_RESULT(other->execute("PRAGMA busy_timeout=0")); // the usual one would only slow the test down
    const auto transaction = Transaction::begin(*writer);
    VERIFY_RESULT(transaction);
    VERIFY_ERROR(Transaction::begin(*other), ErrorCode::FileInUse);
}

QTEST_APPLESS_MAIN(TestDatabase)
#include "test_database.moc"
