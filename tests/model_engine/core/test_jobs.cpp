// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/jobs.h"
#include "tests/support/gate.h"
#include "tests/support/manual_clock.h"
#include "tests/support/recording_log.h"
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

namespace {

Result<Json> succeed(JobContext&) { return Json{{"is_done", true}}; }

/// Waits until it is cancelled and ends as a job must: after its rollback.
Result<Json> runUntilCancelled(JobContext& job, Gate& begun)
{
    begun.open();
    std::promise<void> stopped;
    const std::stop_callback onStop{job.stopToken(), [&] { stopped.set_value(); }};
    stopped.get_future().wait();
    return fail(ErrorCode::Cancelled, "cancelled by the test");
}

/// What an observer hears, by job.
class Record {
public:
    void operator()(const JobSnapshotPtr& job)
    {
        const std::lock_guard lock{m_mutex};
        m_reports[job->id].push_back(job);
    }
    [[nodiscard]] std::vector<JobSnapshotPtr> of(JobId id) const
    {
        const std::lock_guard lock{m_mutex};
        const auto found = m_reports.find(id);
        return found == m_reports.end() ? std::vector<JobSnapshotPtr>{} : found->second;
    }

private:
    mutable std::mutex m_mutex;
    std::map<JobId, std::vector<JobSnapshotPtr>> m_reports;
};

/// What is wrong with the order of a job's reports; empty when nothing is.
std::string brokenOrder(const std::vector<JobSnapshotPtr>& reports)
{
    if (reports.empty() || reports.front()->state != JobState::Queued)
        return "the first report is not that of a queued job";
    if (!reports.back()->isFinished())
        return "the last report is not that of an ended job";
    for (std::size_t i = 1; i < reports.size(); ++i) {
        if (reports[i - 1]->isFinished())
            return "a report came after the end";
        if (reports[i]->state < reports[i - 1]->state)
            return "a state came after a later one";
        if (reports[i]->unitsDone < reports[i - 1]->unitsDone)
            return "progress went back";
    }
    return {};
}

/// A queue with everything that it needs.
struct Fixture {
    explicit Fixture(unsigned threads, JobQueue::Observer observer = {})
        : queue(threads, clock, log, std::move(observer))
    {
    }
    /// Submits and waits for the end.
    JobSnapshotPtr run(JobQueue::Work work)
    {
        std::promise<JobSnapshotPtr> ended;
        queue.submit({}, std::move(work), [&](const JobSnapshotPtr& job) { ended.set_value(job); });
        return ended.get_future().get();
    }

    ManualClock clock;
    RecordingLog log;
    JobQueue queue;
};

} // namespace

class TestJobs : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void answersWithTheResult();
    void runsInTheOrderOfSubmission();
    void runsSeveralAtOnce();
    void reportsProgressTwentyTimesASecond();
    void saysHowFastAndHowLong();
    void cancelsAQueuedJobAtOnce();
    void cancelsARunningJobAfterItsRollback();
    void cancelsAJobThatIsBeingSubmitted();
    void knowsNoJobToCancel();
    void turnsExceptionsIntoErrors_data();
    void turnsExceptionsIntoErrors();
    void neverTellsTheEndBeforeTheBeginning();
    void neverTellsAnOlderStateAfterANewerOne();
    void dropsTheWorkBeforeItTellsTheEnd();
    void callsNothingWhileLocked();
    void keepsTheLastEndedJobs();
    void cancelsEverythingWhenDestroyed();
    void namesStatesAndPhases();

private:
    ResourceUse m_before;
};

void TestJobs::answersWithTheResult()
{
    Fixture fixture{1};
    const JobSnapshotPtr job = fixture.run(succeed);
    QVERIFY(job->state == JobState::Succeeded);
    QVERIFY(!job->error);
    QCOMPARE(job->result.value("is_done", false), true);
    QVERIFY(fixture.queue.job(job->id)->isFinished());
    QVERIFY(!fixture.queue.job(JobId{job->id.number + 1}));
}

void TestJobs::runsInTheOrderOfSubmission()
{
    Gate gate;
    std::vector<int> order;
    {
        Fixture fixture{1};
        fixture.queue.submit({}, [&](JobContext& job) {
            gate.pass();
            return succeed(job);
        });
        gate.waitForArrivals();
        for (int i = 0; i < 20; ++i) {
            fixture.queue.submit({.operation = {}, .modelId = {}, .deviceId = {}, .subject = std::to_string(i)},
                [&order, i](JobContext& job) {
                    order.push_back(i);
                    return succeed(job);
                });
        }
        QCOMPARE(fixture.queue.jobs().size(), 21U);
        QCOMPARE(fixture.queue.jobs().back()->description.subject, std::string{"19"});
        QVERIFY(fixture.queue.jobs().back()->state == JobState::Queued);
        gate.open();
        fixture.run(succeed);
    }
    QCOMPARE(order.size(), 20U);
    QVERIFY(std::ranges::is_sorted(order));
}

void TestJobs::runsSeveralAtOnce()
{
    Fixture fixture{4};
    std::barrier meeting{4}; // would wait for ever if one of four had to wait for another
    std::vector<std::promise<void>> ended(4);
    for (int i = 0; i < 4; ++i) {
        fixture.queue.submit(
            {},
            [&](JobContext& job) {
                meeting.arrive_and_wait();
                return succeed(job);
            },
            [&ended, i](const JobSnapshotPtr&) { ended[static_cast<std::size_t>(i)].set_value(); });
    }
    for (auto& end : ended)
        end.get_future().wait();
}

void TestJobs::reportsProgressTwentyTimesASecond()
{
    Record record;
    Fixture fixture{1, std::ref(record)};
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

void TestJobs::saysHowFastAndHowLong()
{
    Fixture fixture{1};
    std::vector<JobSnapshotPtr> seen;
    const auto look = [&] { seen.push_back(fixture.queue.jobs().back()); };
    const JobSnapshotPtr job = fixture.run([&](JobContext& context) {
        look(); // nothing is known yet
        fixture.clock.advance(2s);
        context.advance(50);
        look(); // a rate, but no total
        context.setTotal(100);
        look();
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
    QCOMPARE(seen[2]->elapsed.count(), 2.0);
    QVERIFY(!seen[3]->remaining);
    QCOMPARE(seen[3]->elapsed.count(), 2.0);
    fixture.clock.advance(1s);
    const JobSnapshotPtr later = fixture.queue.job(job->id);
    QCOMPARE(later->elapsed.count(), 2.0);
    QCOMPARE(later->unitsPerSecond, 25.0);
    QVERIFY(!later->remaining);
}

void TestJobs::cancelsAQueuedJobAtOnce()
{
    Record record;
    Gate gate;
    Fixture fixture{1, std::ref(record)};
    fixture.queue.submit({}, [&](JobContext& job) {
        gate.pass();
        return succeed(job);
    });
    gate.waitForArrivals();
    bool hasRun = false;
    int completions = 0;
    std::thread::id completedOn;
    auto captured = std::make_shared<int>(0);
    const JobId id = fixture.queue.submit(
        {},
        [&hasRun, captured](JobContext& job) {
            hasRun = true;
            return succeed(job);
        },
        [&](const JobSnapshotPtr& job) {
            ++completions;
            completedOn = std::this_thread::get_id();
            QVERIFY(job->state == JobState::Cancelled);
        });
    VERIFY_RESULT(fixture.queue.cancel(id));
    QCOMPARE(completions, 1);
    QVERIFY(completedOn == std::this_thread::get_id());
    QCOMPARE(captured.use_count(), 1);
    QVERIFY(fixture.queue.job(id)->error->code == ErrorCode::Cancelled);
    VERIFY_ERROR(fixture.queue.cancel(id), ErrorCode::JobNotFound);
    gate.open();
    fixture.run(succeed);
    QVERIFY(!hasRun);
    QCOMPARE(record.of(id).size(), 2U);
}

void TestJobs::cancelsARunningJobAfterItsRollback()
{
    Fixture fixture{1};
    Gate rollback;
    std::promise<JobSnapshotPtr> ended;
    Gate begun;
    const JobId id = fixture.queue.submit(
        {},
        [&](JobContext& job) {
            auto result = runUntilCancelled(job, begun);
            rollback.pass();
            return result;
        },
        [&](const JobSnapshotPtr& job) { ended.set_value(job); });
    begun.pass();
    VERIFY_RESULT(fixture.queue.cancel(id));
    rollback.waitForArrivals();
    QVERIFY(fixture.queue.job(id)->state == JobState::Running);
    VERIFY_RESULT(fixture.queue.cancel(id)); // again: it is still there
    rollback.open();
    const JobSnapshotPtr job = ended.get_future().get();
    QVERIFY(job->state == JobState::Cancelled);
    QCOMPARE(job->error->detail, std::string{"cancelled by the test"});
}

void TestJobs::cancelsAJobThatIsBeingSubmitted()
{
    // The observer hears of a job before it can run, and does not want it.
    JobQueue* queue = nullptr;
    Record record;
    Fixture fixture{2, [&](const JobSnapshotPtr& job) {
                        record(job);
                        if (job->state == JobState::Queued)
                            QVERIFY(queue->cancel(job->id).has_value());
                    }};
    queue = &fixture.queue;
    bool hasRun = false;
    const JobSnapshotPtr job = fixture.run([&](JobContext& context) {
        hasRun = true;
        return succeed(context);
    });
    QVERIFY(job->state == JobState::Cancelled);
    QVERIFY(!hasRun);
    QCOMPARE(brokenOrder(record.of(job->id)), std::string{});
}

void TestJobs::knowsNoJobToCancel()
{
    Fixture fixture{1};
    VERIFY_ERROR(fixture.queue.cancel(JobId{}), ErrorCode::JobNotFound);
    VERIFY_ERROR(fixture.queue.cancel(JobId{99}), ErrorCode::JobNotFound);
    const JobSnapshotPtr job = fixture.run(succeed);
    VERIFY_ERROR(fixture.queue.cancel(job->id), ErrorCode::JobNotFound);
}

void TestJobs::turnsExceptionsIntoErrors_data()
{
    QTest::addColumn<int>("kind");
    QTest::addColumn<ErrorCode>("expected");
    QTest::addColumn<QString>("words");
    QTest::newRow("standard") << 0 << ErrorCode::Internal << QStringLiteral("the reason");
    QTest::newRow("no memory") << 1 << ErrorCode::OutOfHostMemory << QStringLiteral("memory");
    QTest::newRow("anything") << 2 << ErrorCode::Internal << QStringLiteral("unknown type");
}

void TestJobs::turnsExceptionsIntoErrors()
{
    QFETCH(int, kind);
    QFETCH(ErrorCode, expected);
    QFETCH(QString, words);
    Fixture fixture{1};
    const JobSnapshotPtr job = fixture.run([kind](JobContext&) -> Result<Json> {
        if (kind == 0)
            throw std::runtime_error("the reason");
        if (kind == 1)
            throw std::bad_alloc{};
        throw 42; // NOLINT(hicpp-exception-baseclass): what a careless library might do
    });
    QVERIFY(job->state == JobState::Failed);
    QCOMPARE(job->error->code, expected);
    QVERIFY(QString::fromStdString(job->error->detail).contains(words));
    QVERIFY(fixture.run(succeed)->state == JobState::Succeeded); // the thread lives on
}

void TestJobs::neverTellsTheEndBeforeTheBeginning()
{
    constexpr int kThreads = 4;
    constexpr int kJobsPerThread = 300;
    Record record;
    std::atomic<int> completions = 0;
    std::mutex mutex;
    std::vector<JobId> ids;
    {
        Fixture fixture{3, std::ref(record)};
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

void TestJobs::neverTellsAnOlderStateAfterANewerOne()
{
    constexpr std::uint64_t kThreads = 6;
    constexpr std::uint64_t kSteps = 2000;
    Record record;
    Fixture fixture{1, std::ref(record)};
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

void TestJobs::dropsTheWorkBeforeItTellsTheEnd()
{
    auto captured = std::make_shared<int>(0);
    std::vector<long> usesAtTheEnd;
    Fixture fixture{1, [&](const JobSnapshotPtr& job) {
                        if (job->isFinished())
                            usesAtTheEnd.push_back(captured.use_count());
                    }};
    fixture.run([captured](JobContext& job) { return succeed(job); });
    QCOMPARE(usesAtTheEnd, std::vector<long>{1});
}

void TestJobs::callsNothingWhileLocked()
{
    JobQueue* queue = nullptr;
    std::atomic<int> calls = 0;
    const auto look = [&](const JobSnapshotPtr& job) { // would wait for ever
        ++calls;
        QVERIFY(!queue->jobs().empty());
        QVERIFY(queue->job(job->id));
    };
    Fixture fixture{1, look};
    queue = &fixture.queue;
    std::promise<void> ended;
    fixture.queue.submit({}, succeed, [&](const JobSnapshotPtr& job) {
        look(job);
        ended.set_value();
    });
    ended.get_future().wait();
    QCOMPARE(calls.load(), 4);
}

void TestJobs::keepsTheLastEndedJobs()
{
    constexpr std::uint64_t kMore = 50;
    Fixture fixture{2};
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
    QCOMPARE(fixture.queue.jobs().size(), JobQueue::kFinishedJobsKept + 1);
    gate.open();
    firstEnded.get_future().wait();
    // The first to be submitted was the last to end: it is kept.
    QCOMPARE(fixture.queue.jobs().size(), JobQueue::kFinishedJobsKept);
    QVERIFY(fixture.queue.job(first));
    QVERIFY(!fixture.queue.job(others[kMore]));
    QVERIFY(fixture.queue.job(others[kMore + 1]));
}

void TestJobs::cancelsEverythingWhenDestroyed()
{
    Record record;
    Gate begun;
    std::atomic<int> cancelled = 0;
    std::atomic<int> hasRun = 0;
    std::vector<JobId> ids;
    {
        Fixture fixture{1, std::ref(record)};
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

void TestJobs::namesStatesAndPhases()
{
    std::set<std::string_view> names;
    for (auto state = JobState::None; state <= JobState::Cancelled; state = static_cast<JobState>(int(state) + 1))
        names.insert(toText(state));
    QCOMPARE(names.size(), 6U);
    names.clear();
    for (auto phase = JobPhase::None; phase <= JobPhase::Writing; phase = static_cast<JobPhase>(int(phase) + 1))
        names.insert(toText(phase));
    QCOMPARE(names.size(), 8U);
    QVERIFY(!names.contains({}));
}

QTEST_APPLESS_MAIN(TestJobs)
#include "test_jobs.moc"
