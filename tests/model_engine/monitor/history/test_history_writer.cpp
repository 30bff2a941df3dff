// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/history/history_writer.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_log.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <latch>
#include <thread>

using namespace weightroom::engine;
using weightroom::test::ManualClock;
using weightroom::test::RecordingLog;
using weightroom::test::TemporaryFolder;

namespace {

const SeriesKey kRam{Metric::RamUsed, {}};

/// A store that can be made to fail: a file lies where its folder should be.
struct Rig {
    [[nodiscard]] HistoryBatch batch(double value = 1) const
    {
        return {.samples = {{.series = kRam, .at = clock.wallTime(), .value = value}}, .loads = {}, .alerts = {}};
    }
    [[nodiscard]] Alert alert(std::uint64_t number) const
    {
        return {.number = number,
            .kind = AlertKind::MemoryFull,
            .device = {"GPU_0"},
            .threshold = 0.9,
            .value = 0.95,
            .worst = 0.95,
            .raisedAt = clock.wallTime()};
    }
    [[nodiscard]] std::size_t points(HistoryStep step = HistoryStep::Second)
    {
        const auto history = store.read(
            kRam, {clock.wallTime() - std::chrono::hours{2}, clock.wallTime() + std::chrono::hours{1}}, 10'000, step);
        return history ? history->points.size() : 0;
    }
    void block() const { folder.write("data", "not a folder"); }
    void unblock() const { std::filesystem::remove(folder / "data"); }

    TemporaryFolder folder;
    ManualClock clock;
    RecordingLog log;
    HistoryStore store{folder / "data", clock, log};
};

HistoryBatch alertsOf(std::vector<Alert> alerts) { return {.samples = {}, .loads = {}, .alerts = std::move(alerts)}; }

} // namespace

class TestHistoryWriter : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void writesWhatWasAdded();
    void writesWhatWaitsInTheEnd();
    void countsWhatItCannotWrite();
    void keepsAlertsUntilTheyAreWritten();
    void keepsOnlySoManyAlerts();
    void dropsWhatIsTooMuch();
    void removesWhatIsTooOld();
    void takesFromManyThreads();
    void waitsForNoDiskForEver();
};

void TestHistoryWriter::writesWhatWasAdded()
{
    Rig rig;
    HistoryWriter writer{rig.store, rig.log};
    for (int second = 0; second < 5; ++second) {
        writer.add(rig.batch());
        rig.clock.advance(std::chrono::seconds{1});
    }
    VERIFY_RESULT(writer.flush());
    QCOMPARE(rig.points(), 5U);
    VERIFY_RESULT(writer.flush()); // of nothing
    QCOMPARE(rig.points(), 5U);
    QCOMPARE(writer.dropped(), 0U);
    QVERIFY(!writer.problem());
}

void TestHistoryWriter::writesWhatWaitsInTheEnd()
{
    Rig rig;
    {
        HistoryWriter writer{rig.store, rig.log};
        writer.add(rig.batch());
    }
    QCOMPARE(rig.points(), 1U);
}

void TestHistoryWriter::countsWhatItCannotWrite()
{
    Rig rig;
    rig.block();
    HistoryWriter writer{rig.store, rig.log};
    for (int i = 0; i < 3; ++i) {
        writer.add(rig.batch());
        QVERIFY(!writer.flush());
    }
    QCOMPARE(writer.dropped(), 3U);
    QVERIFY(writer.problem().has_value());
    QCOMPARE(rig.log.count(LogLevel::Warning, "The history is not kept now"), 1U);
    QVERIFY(!writer.flush()); // nothing waits, and the disk is no better for that
    QVERIFY(writer.problem().has_value());
    rig.unblock();
    writer.add(rig.batch());
    VERIFY_RESULT(writer.flush());
    QVERIFY(!writer.problem());
    QCOMPARE(writer.dropped(), 3U); // what is gone stays so
    QCOMPARE(rig.points(), 1U);
}

/// Unlike a sample, an alert is not told again: one that has ended meanwhile would go on for ever.
void TestHistoryWriter::keepsAlertsUntilTheyAreWritten()
{
    Rig rig;
    rig.block();
    HistoryWriter writer{rig.store, rig.log};
    Alert alert = rig.alert(7);
    writer.add(alertsOf({alert}));
    QVERIFY(!writer.flush());
    alert.worst = 0.99;
    alert.recoveredAt = rig.clock.wallTime();
    writer.add(alertsOf({alert}));
    QVERIFY(!writer.flush());
    alert.acknowledgedAt = rig.clock.wallTime();
    writer.add(alertsOf({alert, rig.alert(8)}));
    HistoryBatch huge; // which takes no alert with it
    huge.samples.assign(HistoryWriter::kMostWaiting + 1, rig.batch().samples.front());
    huge.alerts = {rig.alert(9)};
    writer.add(std::move(huge));
    QVERIFY(!writer.flush());
    QCOMPARE(writer.dropped(), HistoryWriter::kMostWaiting + 1);
    rig.unblock();
    VERIFY_RESULT(writer.flush());
    const auto kept = rig.store.alerts(10);
    VERIFY_RESULT(kept);
    QVERIFY(*kept == (std::vector{rig.alert(9), rig.alert(8), alert}));
}

void TestHistoryWriter::keepsOnlySoManyAlerts()
{
    Rig rig;
    rig.block();
    HistoryWriter writer{rig.store, rig.log};
    const std::uint64_t last = HistoryWriter::kMostWaitingAlerts + 2;
    for (std::uint64_t number = 1; number <= last; ++number)
        writer.add(alertsOf({rig.alert(number)}));
    QVERIFY(!writer.flush());
    rig.unblock();
    VERIFY_RESULT(writer.flush());
    const auto kept = rig.store.alerts(2 * HistoryWriter::kMostWaitingAlerts);
    VERIFY_RESULT(kept);
    QCOMPARE(kept->size(), HistoryWriter::kMostWaitingAlerts);
    QCOMPARE(kept->front().number, last); // the newest
    QCOMPARE(kept->back().number, 3U);
    QCOMPARE(writer.dropped(), 2U);
}

void TestHistoryWriter::dropsWhatIsTooMuch()
{
    Rig rig;
    HistoryWriter writer{rig.store, rig.log};
    HistoryBatch huge;
    huge.samples.assign(HistoryWriter::kMostWaiting + 1, rig.batch().samples.front());
    writer.add(std::move(huge));
    QCOMPARE(writer.dropped(), HistoryWriter::kMostWaiting + 1);
    writer.add(rig.batch());
    VERIFY_RESULT(writer.flush());
    QCOMPARE(rig.points(), 1U);
}

void TestHistoryWriter::removesWhatIsTooOld()
{
    Rig rig;
    HistoryWriter writer{rig.store, rig.log};
    writer.add(rig.batch());
    VERIFY_RESULT(writer.flush());
    rig.clock.advance(std::chrono::hours{1});
    writer.add(rig.batch());
    writer.setRetention({.seconds = std::chrono::minutes{5}, .minutes = std::chrono::days{2}});
    VERIFY_RESULT(writer.flush());
    QCOMPARE(rig.points(HistoryStep::Second), 1U);
    QCOMPARE(rig.points(HistoryStep::Minute), 2U);
}

void TestHistoryWriter::takesFromManyThreads()
{
    Rig rig;
    HistoryWriter writer{rig.store, rig.log};
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int n = 0; n < 50; ++n)
                    writer.add(rig.batch());
                (void)writer.flush();
            });
        }
    }
    VERIFY_RESULT(writer.flush());
    const auto whole = rig.store.whole(kRam, {rig.clock.wallTime(), rig.clock.wallTime() + std::chrono::seconds{1}});
    VERIFY_RESULT(whole);
    QVERIFY(*whole);
    QCOMPARE((*whole)->count, 200U);
}

void TestHistoryWriter::waitsForNoDiskForEver()
{
    Rig rig;
    std::latch answers{1};
    HistoryWriter writer{rig.store, rig.log, [&] { answers.wait(); }}; // a disk that hangs
    writer.add(rig.batch());
    VERIFY_ERROR(writer.flush(std::chrono::milliseconds{1}), ErrorCode::NotAnswering);
    answers.count_down();
    VERIFY_RESULT(writer.flush());
    QCOMPARE(rig.points(), 1U);
}

QTEST_APPLESS_MAIN(TestHistoryWriter)
#include "test_history_writer.moc"
