// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/history_store.h"

#include "model_engine/core/files/file.h"
#include "tests/model_engine/monitor/history/history_rig.h"
#include "tests/support/failing_vfs.h"
#include "tests/support/unprivileged_files.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;
using std::chrono::seconds;

namespace {

/// Of each batch, in each step.
constexpr std::int64_t kSeries = 20;

/// One sample of each series, one load and one alert; batches are an hour apart.
HistoryBatch batchOf(int number)
{
    const seconds at = std::chrono::hours{number};
    HistoryBatch batch{
        .samples = {}, .loads = {loadAt(at)}, .alerts = {alertAt(at, static_cast<std::uint64_t>(number))}};
    batch.alerts[0].recoveredAt = kStart + at;
    for (int series = 0; series < kSeries; ++series)
        batch.samples.push_back(sampleAt(at, number, {Metric::Power, {"GPU_" + std::to_string(series)}}));
    return batch;
}

/// What fails, beside a store that has the batches 1 and 2.
struct Work {
    const char* name;
    std::function<Result<>(HistoryStore&)> carryOut;
    std::int64_t batchesAfter; ///< so many are there when it has succeeded
};

constexpr HistoryRetention kUntilTheSecond{.seconds = 1h, .minutes = 1h, .hours = 1h};

const std::array<Work, 2>& allWork()
{
    static const std::array<Work, 2> work{{
        {"write", [](HistoryStore& store) { return store.write(batchOf(3)); }, 3},
        {"prune", [](HistoryStore& store) { return store.prune(kUntilTheSecond); }, 1},
    }};
    return work;
}

/// How many batches are there, all of them whole; what is wrong, as an error.
Result<std::int64_t> wholeBatches(const HistoryRig& rig)
{
    const auto database = Database::open(rig.file(), DatabaseAccess::ReadOnly);
    if (!database)
        return fail(database.error());
    const auto number = [&](const std::string& sql) { return database->number(sql).value_or(-1); };
    const std::int64_t loads = number("SELECT count(*) FROM load");
    const std::int64_t checked = number("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'");
    const std::int64_t alerts = number("SELECT count(*) FROM alert");
    bool isWhole = checked == 1 && alerts == loads;
    for (const int step : {1, 60, 3600})
        isWhole =
            isWhole && number("SELECT sum(count) FROM point WHERE step = " + std::to_string(step)) == kSeries * loads;
    if (isWhole)
        return loads;
    return fail(ErrorCode::Internal, "loads " + std::to_string(loads) + ", alerts " + std::to_string(alerts));
}

std::string contentOf(const std::filesystem::path& path)
{
    return readSmallFile(path, kMiB * 16).value_or("unreadable");
}

} // namespace

class TestHistoryFaults : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void survivesTheFailureOfEachCall_data();
    void survivesTheFailureOfEachCall();
    void survivesAFullDisk_data();
    void survivesAFullDisk();
    void writesAllOfABatchOrNothing();
    void setsADamagedFileAside_data();
    void setsADamagedFileAside();
    void leavesANewerSchemaAlone();
    void readsWhereNothingMayBeWritten();
    void letsOneWrite();

private:
    static void fillStore(HistoryRig& rig, HistoryStore& store);
};

/// The prune that fails removes the first batch.
void TestHistoryFaults::fillStore(HistoryRig& rig, HistoryStore& store)
{
    VERIFY_RESULT(store.write(batchOf(1)));
    VERIFY_RESULT(store.write(batchOf(2)));
    rig.clock().setWallBy(3h - (rig.clock().wallTime() - kStart));
}

void TestHistoryFaults::survivesTheFailureOfEachCall_data()
{
    QTest::addColumn<std::size_t>("work");
    QTest::addColumn<bool>("isOpen");
    QTest::addColumn<bool>("isForever");
    for (std::size_t work = 0; work < allWork().size(); ++work) {
        for (const bool isOpen : {true, false}) {
            for (const bool isForever : {true, false}) {
                QTest::addRow("%s, %s, %s", allWork().at(work).name, isOpen ? "open" : "opens",
                    isForever ? "all calls from one on" : "one call")
                    << work << isOpen << isForever;
            }
        }
    }
}

void TestHistoryFaults::survivesTheFailureOfEachCall()
{
    QFETCH(std::size_t, work);
    QFETCH(bool, isOpen);
    QFETCH(bool, isForever);
    const Work& failing = allWork().at(work);
    const auto repeat = isForever ? FailingVfs::Repeat::Forever : FailingVfs::Repeat::Once;
    constexpr int kMostCalls = 1000;
    int failures = 0;
    for (int number = 1; number < kMostCalls; ++number) {
        HistoryRig rig;
        const FailingVfs vfs;
        auto store = rig.open();
        fillStore(rig, *store);
        if (!isOpen)
            store = rig.open();
        FailingVfs::failAt(number, repeat);
        const auto done = failing.carryOut(*store);
        const bool isOver = !FailingVfs::hasFailed();
        FailingVfs::heal();
        failures += done ? 0 : 1;
        const auto batches = wholeBatches(rig);
        VERIFY_RESULT(batches);
        QVERIFY2(*batches == failing.batchesAfter || (!done && *batches == 2), std::to_string(number).c_str());
        // What failed leaves nothing behind that would be in the way.
        VERIFY_RESULT(store->write(batchOf(4)));
        const auto after = wholeBatches(rig);
        VERIFY_RESULT(after);
        QCOMPARE(*after, *batches + 1);
        QCOMPARE(rig.log().count(LogLevel::Warning, ""), std::size_t{0});
        if (isOver) {
            VERIFY_RESULT(done);
            QVERIFY(failures > 5);
            return;
        }
    }
    QFAIL("something fails for ever");
}

void TestHistoryFaults::survivesAFullDisk_data()
{
    QTest::addColumn<std::size_t>("work");
    for (std::size_t work = 0; work < allWork().size(); ++work)
        QTest::addRow("%s", allWork().at(work).name) << work;
}

void TestHistoryFaults::survivesAFullDisk()
{
    QFETCH(std::size_t, work);
    HistoryRig rig;
    const FailingVfs vfs;
    const auto store = rig.open();
    fillStore(rig, *store);
    FailingVfs::fillDisk();
    VERIFY_ERROR(allWork().at(work).carryOut(*store), ErrorCode::DiskFull);
    QCOMPARE(store->loads(kAllTime)->size(), std::size_t{2}); // still read
    FailingVfs::heal();
    QCOMPARE(wholeBatches(rig).value_or(-1), 2);
    VERIFY_RESULT(allWork().at(work).carryOut(*store));
    QCOMPARE(wholeBatches(rig).value_or(-1), allWork().at(work).batchesAfter);
}

/// Also where it is not the disk that fails, at the last row of the batch.
void TestHistoryFaults::writesAllOfABatchOrNothing()
{
    HistoryRig rig;
    const auto store = rig.open();
    VERIFY_RESULT(store->write(batchOf(1)));
    VERIFY_RESULT(rig.execute("CREATE TRIGGER stop BEFORE INSERT ON alert WHEN new.number = 2"
                              " BEGIN SELECT RAISE(ABORT, 'no'); END"));
    QVERIFY(!store->write(batchOf(2)));
    QCOMPARE(wholeBatches(rig).value_or(-1), 1);
    VERIFY_RESULT(store->write(batchOf(3)));
    QCOMPARE(wholeBatches(rig).value_or(-1), 2);
}

void TestHistoryFaults::setsADamagedFileAside_data()
{
    QTest::addColumn<std::size_t>("offset");
    QTest::addColumn<std::string>("bytes");
    QTest::newRow("no database") << std::size_t{0} << std::string{"<!DOCTYPE html>"};
    QTest::newRow("schema") << std::size_t{100} << std::string(8, '\xFF');
    QTest::newRow("second page") << std::size_t{4096} << std::string(64, '\xFF');
}

void TestHistoryFaults::setsADamagedFileAside()
{
    QFETCH(std::size_t, offset);
    QFETCH(std::string, bytes);
    HistoryRig rig;
    VERIFY_RESULT(rig.open()->write(batchOf(1)));
    std::fstream{rig.file(), std::ios::in | std::ios::out | std::ios::binary}
        .seekp(static_cast<std::streamoff>(offset))
        .write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    const std::string damaged = contentOf(rig.file());
    const auto store = rig.open();
    const auto series = store->series();
    VERIFY_RESULT(series);
    QVERIFY(series->empty());
    QCOMPARE(rig.log().count(LogLevel::Warning, "What was known of earlier times"), std::size_t{1});
    QVERIFY(contentOf(rig.folder() / "monitor.sqlite3.damaged-20260101T000000Z") == damaged);
    VERIFY_RESULT(store->write(batchOf(2)));
    QCOMPARE(wholeBatches(rig).value_or(-1), 1);
}

void TestHistoryFaults::leavesANewerSchemaAlone()
{
    HistoryRig rig;
    VERIFY_RESULT(rig.open()->write(batchOf(1)));
    VERIFY_RESULT(rig.execute("PRAGMA user_version=1000; CREATE TABLE of_2030(number)"));
    const std::string before = contentOf(rig.file());
    const auto store = rig.open();
    VERIFY_ERROR(store->write(batchOf(2)), ErrorCode::Unsupported);
    VERIFY_ERROR(store->prune({}), ErrorCode::Unsupported);
    VERIFY_ERROR(store->series(), ErrorCode::Unsupported);
    VERIFY_ERROR(store->read(kTemperature, kAllTime, 10), ErrorCode::Unsupported);
    QVERIFY(contentOf(rig.file()) == before);
}

void TestHistoryFaults::readsWhereNothingMayBeWritten()
{
    HistoryRig rig;
    VERIFY_RESULT(rig.open()->write(batchOf(1)));
    std::filesystem::remove(rig.folder() / "monitor.sqlite3.lock");
    using std::filesystem::perms;
    std::filesystem::permissions(rig.file(), perms{0444});
    std::filesystem::permissions(rig.folder().path(), perms{0555});
    {
        const UnprivilegedFiles unprivileged;
        const auto store = rig.open();
        VERIFY_ERROR(store->write(batchOf(2)), ErrorCode::PermissionDenied);
        VERIFY_ERROR(store->prune({}), ErrorCode::PermissionDenied);
        const auto series = store->series();
        VERIFY_RESULT(series);
        QCOMPARE(series->size(), static_cast<std::size_t>(kSeries));
    }
    std::filesystem::permissions(rig.folder().path(), perms{0755});
    QCOMPARE(wholeBatches(rig).value_or(-1), 1);
}

void TestHistoryFaults::letsOneWrite()
{
    HistoryRig rig;
    auto first = rig.open();
    VERIFY_RESULT(first->write(batchOf(1)));
    const auto second = rig.open();
    VERIFY_ERROR(second->write(batchOf(2)), ErrorCode::FileInUse);
    VERIFY_ERROR(second->prune({}), ErrorCode::FileInUse);
    VERIFY_RESULT(first->write(batchOf(2)));
    QCOMPARE(second->loads(kAllTime)->size(), std::size_t{2}); // what is written meanwhile is read
    first.reset();
    VERIFY_RESULT(second->write(batchOf(3)));
    QCOMPARE(wholeBatches(rig).value_or(-1), 3);
}

QTEST_APPLESS_MAIN(TestHistoryFaults)
#include "test_history_faults.moc"
