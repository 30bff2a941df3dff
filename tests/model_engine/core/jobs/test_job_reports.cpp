// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/core/jobs/job_fixture.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <barrier>
#include <future>
#include <new>
#include <set>
#include <stdexcept>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

/// What observers of a queue hear, and what is kept of jobs.
class TestJobReports : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void neverTellsTheEndBeforeTheBeginning();
    void neverTellsAnOlderStateAfterANewerOne();
    void dropsTheWorkBeforeItTellsTheEnd();
    void callsNothingWhileLocked();
    void tellsTheEndAfterTheObserverHasThrown();
    void keepsTheLastEndedJobs();
    void cancelsEverythingWhenDestroyed();
    void reportsProgressTwentyTimesASecond();
    void saysHowFastAndHowLong();
    void countsWhatIsRepeatedOnce();

private:
    ResourceUse m_before;
};

void TestJobReports::neverTellsTheEndBeforeTheBeginning()
{
    constexpr int kThreads = 4;
    constexpr int kJobsPerThread = 300;
    JobRecord record;
    std::atomic<int> completions = 0;
    std::mutex mutex;
    std::vector<JobId> ids;
    {
        JobFixture fixture{3, std::ref(record)};
        const auto submitMany = [&](int thread) {
            for (int i = 0; i < kJobsPerThread; ++i) {
                const JobId id = fixture.queue.submit({}, succeed, [&](const JobSnapshotPtr& job) {
                    ++completions;
                    if (record.of(job->id).empty() || record.of(job->id).back() != job)
                        completions += 1000; // it came before the last report
                });
                if ((i + thread) % 3 == 0)
                    (void)fixture.queue.cancel(id).has_value();
                const std::lock_guard lock{mutex};
                ids.push_back(id);
            }
        };
        std::vector<std::jthread> threads;
        for (int thread = 0; thread < kThreads; ++thread)
            threads.emplace_back(submitMany, thread);
    }
    QCOMPARE(completions.load(), kThreads * kJobsPerThread);
    for (const JobId id : ids)
        QCOMPARE(brokenOrder(record.of(id)), std::string{});
}

void TestJobReports::neverTellsAnOlderStateAfterANewerOne()
{
    constexpr std::uint64_t kThreads = 6;
    constexpr std::uint64_t kSteps = 2000;
    JobRecord record;
    JobFixture fixture{1, std::ref(record)};
    const JobSnapshotPtr job = fixture.run([&](JobContext& context) {
        {
            std::vector<std::jthread> helpers;
            for (std::uint64_t i = 0; i < kThreads; ++i) {
                helpers.emplace_back([&] {
                    for (std::uint64_t step = 0; step < kSteps; ++step) {
                        fixture.clock.advance(50ms); // every step may be reported
                        context.advance(1);
                    }
                });
            }
        }
        return succeed(context);
    });
    const auto reports = record.of(job->id);
    QVERIFY(reports.size() > 100);
    QCOMPARE(brokenOrder(reports), std::string{});
    QCOMPARE(reports.back()->unitsDone, kThreads * kSteps);
}

void TestJobReports::dropsTheWorkBeforeItTellsTheEnd()
{
    auto captured = std::make_shared<int>(0);
    std::vector<long> usesAtTheEnd;
    JobFixture fixture{1, [&](const JobSnapshotPtr& job) {
                           if (job->isFinished())
                               usesAtTheEnd.push_back(captured.use_count());
                       }};
    fixture.run([captured](JobContext& job) { return succeed(job); });
    QCOMPARE(usesAtTheEnd, std::vector<long>{1});
}

void TestJobReports::callsNothingWhileLocked()
{
    JobQueue* queue = nullptr;
    std::atomic<int> calls = 0;
    const auto look = [&](const JobSnapshotPtr& job) { // would wait for ever
        ++calls;
        QVERIFY(!queue->jobs().empty());
        QVERIFY(queue->job(job->id));
    };
    JobFixture fixture{1, look};
    queue = &fixture.queue;
    std::promise<void> ended;
    fixture.queue.submit({}, succeed, [&](const JobSnapshotPtr& job) {
        look(job);
        ended.set_value();
    });
    ended.get_future().wait();
    QCOMPARE(calls.load(), 4);
}

void TestJobReports::tellsTheEndAfterTheObserverHasThrown()
{
    JobRecord record;
    JobFixture fixture{1, [&](const JobSnapshotPtr& job) {
                           if (job->phase == JobPhase::Reading && !job->isFinished())
                               throw std::bad_alloc{}; // it has no memory for its news
                           record(job);
                       }};
    const JobSnapshotPtr job = fixture.run([&](JobContext& context) -> Result<Json> {
        try {
            context.setPhase(JobPhase::Reading);
        } catch (const std::bad_alloc&) {
            context.setPhase(JobPhase::Copying);
            return Json{};
        }
        return fail(ErrorCode::Internal, "nothing was thrown");
    });
    QVERIFY(job->state == JobState::Succeeded);
    const auto reports = record.of(job->id);
    QCOMPARE(reports.size(), 4U); // queued, running, copying, the end
    QVERIFY(reports[2]->phase == JobPhase::Copying);
    QCOMPARE(brokenOrder(reports), std::string{});
}

void TestJobReports::keepsTheLastEndedJobs()
{
    constexpr std::uint64_t kMore = 50;
    JobFixture fixture{2};
    Gate gate;
    std::promise<void> firstEnded;
    const JobId first = fixture.queue.submit(
        {},
        [&](JobContext& job) {
            gate.pass();
            return succeed(job);
        },
        [&](const JobSnapshotPtr&) { firstEnded.set_value(); });
    gate.waitForArrivals();
    std::vector<JobId> others;
    for (std::uint64_t i = 0; i < JobQueue::kFinishedJobsKept + kMore; ++i)
        others.push_back(fixture.run(succeed)->id);
    const auto waitForSize = [&](std::size_t size) { // jobs are forgotten when their completion has returned
        while (fixture.queue.jobs().size() > size)
            std::this_thread::yield();
    };
    waitForSize(JobQueue::kFinishedJobsKept + 1);
    QCOMPARE(fixture.queue.jobs().size(), JobQueue::kFinishedJobsKept + 1);
    gate.open();
    firstEnded.get_future().wait();
    waitForSize(JobQueue::kFinishedJobsKept);
    // The first to be submitted was the last to end: it is kept.
    QCOMPARE(fixture.queue.jobs().size(), JobQueue::kFinishedJobsKept);
    QVERIFY(fixture.queue.job(first));
    QVERIFY(!fixture.queue.job(others[kMore]));
    QVERIFY(fixture.queue.job(others[kMore + 1]));
}

void TestJobReports::cancelsEverythingWhenDestroyed()
{
    JobRecord record;
    Gate begun;
    std::atomic<int> cancelled = 0;
    std::atomic<int> hasRun = 0;
    std::vector<JobId> ids;
    {
        JobFixture fixture{1, std::ref(record)};
        const auto count = [&](const JobSnapshotPtr& job) { cancelled += job->state == JobState::Cancelled ? 1 : 0; };
        const auto neverRuns = [&](JobContext& job) {
            ++hasRun;
            return succeed(job);
        };
        ids.push_back(fixture.queue.submit(
            {}, [&](JobContext& job) { return runUntilCancelled(job, begun); },
            [&, count](const JobSnapshotPtr& job) {
                count(job);
                // What follows a job is cancelled as well.
                ids.push_back(fixture.queue.submit({}, neverRuns, count));
            }));
        begun.pass();
        for (int i = 0; i < 3; ++i)
            ids.push_back(fixture.queue.submit({}, neverRuns, count));
    }
    QCOMPARE(cancelled.load(), 5);
    QCOMPARE(hasRun.load(), 0);
    for (const JobId id : ids)
        QCOMPARE(brokenOrder(record.of(id)), std::string{});
}

void TestJobReports::reportsProgressTwentyTimesASecond()
{
    JobRecord record;
    JobFixture fixture{1, std::ref(record)};
    const JobSnapshotPtr job = fixture.run([&](JobContext& context) {
        context.setPhase(JobPhase::Reading);
        context.setTotal(100);
        for (int i = 0; i < 100; ++i) {
            fixture.clock.advance(10ms);
            context.advance(1);
        }
        return succeed(context);
    });
    const auto reports = record.of(job->id);
    // Queued, running, phase, total; one second of progress; the end
    QCOMPARE(reports.size(), 4U + 20U + 1U);
    QVERIFY(reports[2]->phase == JobPhase::Reading);
    QCOMPARE(reports[3]->unitsTotal, 100U);
    QCOMPARE(reports[4]->unitsDone, 5U);
    QCOMPARE(reports[23]->unitsDone, 100U);
    QCOMPARE(reports.back()->unitsDone, 100U);
    QCOMPARE(brokenOrder(reports), std::string{});
}

void TestJobReports::saysHowFastAndHowLong()
{
    JobFixture fixture{1};
    std::vector<JobSnapshotPtr> seen;
    const auto look = [&] { seen.push_back(fixture.queue.jobs().back()); };
    const JobSnapshotPtr job = fixture.run([&](JobContext& context) {
        look(); // nothing is known yet
        fixture.clock.advance(2s);
        context.advance(50);
        look(); // a rate, but no total
        context.setTotal(100);
        fixture.clock.advance(2s);
        look(); // the rate since the total is known: what came before was preparation
        fixture.clock.setWallBy(-1h); // a clock that is set back changes nothing
        context.setTotal(10); // more is done than was said
        look();
        return succeed(context);
    });
    QCOMPARE(seen[0]->unitsPerSecond, 0.0);
    QVERIFY(!seen[0]->remaining);
    QCOMPARE(seen[1]->unitsPerSecond, 25.0);
    QVERIFY(!seen[1]->remaining);
    QCOMPARE(seen[2]->remaining->count(), 2.0);
    QCOMPARE(seen[2]->elapsed.count(), 4.0);
    QVERIFY(!seen[3]->remaining);
    QCOMPARE(seen[3]->elapsed.count(), 4.0);
    fixture.clock.advance(1s);
    const JobSnapshotPtr later = fixture.queue.job(job->id);
    QCOMPARE(later->elapsed.count(), 4.0);
    QCOMPARE(later->unitsPerSecond, 12.5);
    QVERIFY(!later->remaining);
    seen.clear();
    fixture.run([&](JobContext& context) {
        context.skip(1000); // of an earlier run
        context.setTotal(1100);
        fixture.clock.advance(2s);
        context.advance(50);
        seen.push_back(fixture.queue.jobs().back());
        return succeed(context);
    });
    QCOMPARE(seen[0]->unitsDone, std::uint64_t{1050});
    QCOMPARE(seen[0]->unitsPerSecond, 25.0);
    QCOMPARE(seen[0]->remaining->count(), 2.0);
}

void TestJobReports::countsWhatIsRepeatedOnce()
{
    JobFixture fixture{1};
    std::vector<std::uint64_t> done;
    const auto look = [&] { done.push_back(fixture.queue.jobs().back()->unitsDone); };
    fixture.run([&](JobContext& context) {
        context.setTotal(200);
        context.advance(100); // of another part of the job
        context.beginRepeatable();
        context.advance(40);
        context.repeat();
        look();
        context.advance(30); // as before
        look();
        context.advance(30); // 10 as before, 20 more
        look();
        context.beginRepeatable(); // of what comes now nothing is a repetition
        context.advance(40);
        look();
        return succeed(context);
    });
    QVERIFY((done == std::vector<std::uint64_t>{140, 140, 160, 200}));
    JobContext unseen = JobContext::unseen({});
    unseen.beginRepeatable();
    unseen.repeat(); // nobody hears, and nothing happens
}

QTEST_APPLESS_MAIN(TestJobReports)
#include "test_job_reports.moc"
