// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/usage/usage_store.h"
#include "tests/model_engine/cache/usage/usage_events.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <memory>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

class TestUsageStore : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void keepsUsesBetweenRuns();
    void addsToWhatIsThere();
    void keepsNothingWithoutAFolder();
    void forgetsAfterThirtyDays();
    void isBounded();
    void leavesOutRowsThatAreNoneOfOurs_data();
    void leavesOutRowsThatAreNoneOfOurs();
    void beginsAnewAfterDamage();
    void oneProcessWrites();
    void keepsAllOrNothing();

private:
    [[nodiscard]] std::unique_ptr<UsageStore> open()
    {
        return std::make_unique<UsageStore>(m_folder->path(), *m_clock, m_log);
    }
    [[nodiscard]] std::filesystem::path file() const { return *m_folder / "usage.sqlite3"; }
    [[nodiscard]] Result<> execute(const std::string& sql) const
    {
        const auto database = Database::open(file(), DatabaseAccess::Write);
        return database ? database->execute(sql) : Result<>(fail(database.error()));
    }

    std::unique_ptr<TemporaryFolder> m_folder;
    std::unique_ptr<ManualClock> m_clock;
    RecordingLog m_log;
};

void TestUsageStore::init()
{
    m_folder = std::make_unique<TemporaryFolder>();
    m_clock = std::make_unique<ManualClock>();
}

void TestUsageStore::keepsUsesBetweenRuns()
{
    UsageEvent third = useAt(3, "name \"with\" ü", "", UseKind::Prefetch);
    third.size = Bytes{0x7FFF'FFFF'FFFF'FFFF};
    third.loadCost = std::chrono::duration<double>{0.125};
    const std::vector<UsageEvent> events{useAt(1, "a"), useAt(2, "b", "vae", UseKind::Hit), third};
    VERIFY_RESULT(open()->save(events));
    const auto kept = open()->load();
    VERIFY_RESULT(kept);
    QVERIFY(*kept == events);
}

void TestUsageStore::addsToWhatIsThere()
{
    const auto store = open();
    VERIFY_RESULT(store->save(std::array{useAt(9, "a")}));
    VERIFY_RESULT(store->save(std::array{useAt(1, "b")})); // the clock was set back
    VERIFY_RESULT(store->save({}));
    const auto kept = store->load();
    VERIFY_RESULT(kept);
    QCOMPARE(kept->size(), std::size_t{2});
    QVERIFY(kept->front().key.model == ModelId{"a"});
}

void TestUsageStore::keepsNothingWithoutAFolder()
{
    UsageStore store{{}, *m_clock, m_log};
    QVERIFY(!store.isOnDisk());
    VERIFY_RESULT(store.save(std::array{useAt(1, "a")}));
    const auto kept = store.load();
    VERIFY_RESULT(kept);
    QVERIFY(kept->empty());
}

void TestUsageStore::forgetsAfterThirtyDays()
{
    const auto store = open();
    VERIFY_RESULT(store->save(std::array{useAt(0, "a"), useAt(60, "b")}));
    m_clock->advance(std::chrono::hours{24 * 30} + 30s);
    auto kept = store->load();
    VERIFY_RESULT(kept);
    QCOMPARE(kept->size(), std::size_t{1}); // not read back, even before it is removed
    m_clock->advance(60s);
    UsageEvent now = useAt(0, "c");
    now.at = m_clock->wallTime();
    VERIFY_RESULT(store->save(std::array{now}));
    const auto database = Database::open(file(), DatabaseAccess::ReadOnly);
    VERIFY_RESULT(database);
    const auto rows = database->number("SELECT count(*) FROM component_use");
    VERIFY_RESULT(rows);
    QCOMPARE(*rows, 1);
}

void TestUsageStore::isBounded()
{
    const auto store = open();
    const std::vector<UsageEvent> many(UsageLog::kMostEvents, useAt(1, "a"));
    VERIFY_RESULT(store->save(many));
    VERIFY_RESULT(store->save(std::array{useAt(2, "b"), useAt(3, "c")}));
    const auto kept = store->load();
    VERIFY_RESULT(kept);
    QCOMPARE(kept->size(), UsageLog::kMostEvents);
    QVERIFY(kept->back().key.model == ModelId{"c"});
    const auto database = Database::open(file(), DatabaseAccess::ReadOnly);
    VERIFY_RESULT(database);
    const auto rows = database->number("SELECT count(*) FROM component_use");
    VERIFY_RESULT(rows);
    QCOMPARE(*rows, static_cast<std::int64_t>(UsageLog::kMostEvents));
}

void TestUsageStore::leavesOutRowsThatAreNoneOfOurs_data()
{
    QTest::addColumn<QString>("change");
    QTest::newRow("kind") << "kind = 'guess'";
    QTest::newRow("size") << "size = -1";
    QTest::newRow("seconds below zero") << "load_seconds = -0.5";
    QTest::newRow("seconds without end") << "load_seconds = 9e999";
    QTest::newRow("time beyond the clock") << "at_us = 9223372036854775807";
    QTest::newRow("run before 1970") << "run_us = -1";
    QTest::newRow("run beyond the clock") << "run_us = 9223372036854775807";
}

void TestUsageStore::leavesOutRowsThatAreNoneOfOurs()
{
    QFETCH(QString, change);
    VERIFY_RESULT(open()->save(std::array{useAt(1, "a"), useAt(2, "b")}));
    VERIFY_RESULT(execute("UPDATE component_use SET " + change.toStdString() + " WHERE model_id = 'a'"));
    const auto kept = open()->load();
    VERIFY_RESULT(kept);
    QCOMPARE(kept->size(), std::size_t{1});
    QVERIFY(kept->front().key.model == ModelId{"b"});
}

void TestUsageStore::beginsAnewAfterDamage()
{
    VERIFY_RESULT(open()->save(std::array{useAt(1, "a")}));
    std::filesystem::resize_file(file(), 5000);
    const auto store = open();
    const auto kept = store->load();
    VERIFY_RESULT(kept);
    QVERIFY(kept->empty());
    QCOMPARE(m_log.count(LogLevel::Warning, "What was known of the uses of components"), std::size_t{1});
    VERIFY_RESULT(store->save(std::array{useAt(2, "b")}));
    const auto again = open()->load();
    VERIFY_RESULT(again);
    QCOMPARE(again->size(), std::size_t{1});
}

void TestUsageStore::oneProcessWrites()
{
    auto first = open();
    VERIFY_RESULT(first->save(std::array{useAt(1, "a")}));
    const auto second = open();
    const auto seen = second->load();
    VERIFY_RESULT(seen);
    QCOMPARE(seen->size(), std::size_t{1});
    VERIFY_ERROR(second->save(std::array{useAt(2, "b")}), ErrorCode::FileInUse);
    first.reset();
    VERIFY_RESULT(second->save(std::array{useAt(2, "b")}));
    const auto kept = second->load();
    VERIFY_RESULT(kept);
    QCOMPARE(kept->size(), std::size_t{2});
}

void TestUsageStore::keepsAllOrNothing()
{
    const auto store = open();
    VERIFY_RESULT(store->save(std::array{useAt(1, "a")}));
    VERIFY_RESULT(execute("CREATE TRIGGER stop BEFORE INSERT ON component_use WHEN new.model_id = 'c'"
                          " BEGIN SELECT RAISE(ABORT, 'no'); END"));
    QVERIFY(!store->save(std::array{useAt(2, "b"), useAt(3, "c")}));
    const auto kept = store->load();
    VERIFY_RESULT(kept);
    QCOMPARE(kept->size(), std::size_t{1});
}

QTEST_APPLESS_MAIN(TestUsageStore)
#include "test_usage_store.moc"
