// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/database/database_file.h"

#include "tests/support/failing_vfs.h"
#include "tests/support/manual_clock.h"
#include "tests/support/quick_folder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>

using namespace weightroom::engine;
using weightroom::test::FailingVfs;
using weightroom::test::ManualClock;
using weightroom::test::quickFolder;
using weightroom::test::TemporaryFolder;

namespace {

constexpr std::array kSteps{"CREATE TABLE item(number INTEGER, text TEXT)"};
constexpr DatabaseSchema kSchema{0x57526F6F, kSteps};
constexpr int kRows = 50;

Result<> insertRows(const Database& database)
{
    auto transaction = Transaction::begin(database);
    if (!transaction)
        return fail(std::move(transaction).error());
    auto insert = database.prepare("INSERT INTO item VALUES(?1, ?2)");
    if (!insert)
        return fail(std::move(insert).error());
    for (int row = 0; row < kRows; ++row) {
        if (auto done = insert->bindInteger(1, row).bindText(2, std::string(200, 'x')).run(); !done)
            return done;
    }
    return transaction->commit();
}

/// All that a start and a commit do.
Result<> work(const std::filesystem::path& path)
{
    const auto file = openDatabaseFile(path, kSchema, ManualClock{});
    if (!file)
        return fail(file.error());
    if (file->damage)
        return fail(ErrorCode::Internal, "set aside for no damage: " + file->damage->detail);
    return insertRows(file->database);
}

} // namespace

class TestDatabaseFaults : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void survivesTheFailureOfEachCall_data();
    void survivesTheFailureOfEachCall();
    void tellsOfAFullDisk();
};

void TestDatabaseFaults::survivesTheFailureOfEachCall_data()
{
    QTest::addColumn<bool>("isNew");
    QTest::addColumn<bool>("isForever");
    QTest::newRow("new, one call") << true << false;
    QTest::newRow("new, all from it on") << true << true;
    QTest::newRow("filled, one call") << false << false;
    QTest::newRow("filled, all from it on") << false << true;
}

void TestDatabaseFaults::survivesTheFailureOfEachCall()
{
    QFETCH(bool, isNew);
    QFETCH(bool, isForever);
    const auto repeat = isForever ? FailingVfs::Repeat::Forever : FailingVfs::Repeat::Once;
    constexpr int kMostCalls = 2000;
    int failures = 0;
    int number = 1;
    for (; number < kMostCalls; ++number) {
        const TemporaryFolder folder{quickFolder()};
        const auto path = folder / "a.sqlite3";
        const FailingVfs vfs;
        if (!isNew)
            VERIFY_RESULT(work(path));
        FailingVfs::failAt(number, repeat);
        const auto worked = work(path);
        const bool isOver = !FailingVfs::hasFailed();
        FailingVfs::heal();
        failures += worked ? 0 : 1;
        // Nothing was set aside, and what is there is whole: all of a transaction or none of it.
        const auto file = openDatabaseFile(path, kSchema, ManualClock{});
        VERIFY_RESULT(file);
        QVERIFY2(!file->damage, std::to_string(number).c_str());
        for (const std::string& name : folder.entries())
            QVERIFY2(name.find("damaged") == std::string::npos, name.c_str());
        const auto rows = file->database.number("SELECT count(*) FROM item");
        VERIFY_RESULT(rows);
        QCOMPARE(*rows % kRows, 0);
        if (worked)
            QVERIFY(*rows >= kRows);
        const auto check =
            file->database.number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'");
        VERIFY_RESULT(check);
        QCOMPARE(*check, 1);
        if (isOver)
            break;
    }
    QVERIFY(number < kMostCalls);
    QVERIFY(failures > 10);
}

void TestDatabaseFaults::tellsOfAFullDisk()
{
    const TemporaryFolder folder{quickFolder()};
    const FailingVfs vfs;
    const auto file = openDatabaseFile(folder / "a.sqlite3", kSchema, ManualClock{});
    VERIFY_RESULT(file);
    FailingVfs::fillDisk();
    VERIFY_ERROR(insertRows(file->database), ErrorCode::DiskFull);
    QVERIFY(file->database.isIdle());
    FailingVfs::heal();
    VERIFY_RESULT(insertRows(file->database));
}

QTEST_APPLESS_MAIN(TestDatabaseFaults)
#include "test_database_faults.moc"
