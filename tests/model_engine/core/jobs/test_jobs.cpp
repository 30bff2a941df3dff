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

class TestJobs : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void answersWithTheResult();
    void runsInTheOrderOfSubmission();
    void runsUrgentOnesFirst();
    void runsSeveralAtOnce();
    void cancelsAQueuedJobAtOnce();
    void cancelsARunningJobAfterItsRollback();
    void tellsAShutdownFromACancel();
    void cancelsAJobThatIsBeingSubmitted();
    void callsStopCallbacksWithoutTheLock();
    void knowsNoJobToCancel();
    void keepsAThreadForLightJobs();
    void keepsOnlyASummaryOfAnAnswer();
    void turnsExceptionsIntoErrors_data();
    void turnsExceptionsIntoErrors();
    void namesStatesAndPhases();

private:
    ResourceUse m_before;
};

void TestJobs::answersWithTheResult()
{
    JobFixture fixture{1};
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
        JobFixture fixture{1};
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

void TestJobs::runsUrgentOnesFirst()
{
    std::string order;
    {
        Gate gate;
        JobFixture fixture{1};
        fixture.queue.submit({}, [&](JobContext& job) {
            gate.pass();
            return succeed(job);
        });
        gate.waitForArrivals();
        for (const char name : std::string{"abCdE"}) {
            JobDescription description{.operation = {}, .modelId = {}, .deviceId = {}, .subject = {}};
            description.urgency = name < 'a' ? JobUrgency::Urgent : JobUrgency::Normal;
            fixture.queue.submit(std::move(description), [&order, name](JobContext& job) {
                order += name;
                return succeed(job);
            });
        }
        gate.open();
        fixture.run(succeed);
    }
    QCOMPARE(order, std::string{"CEabd"});
}

void TestJobs::runsSeveralAtOnce()
{
    JobFixture fixture{4};
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

void TestJobs::cancelsAQueuedJobAtOnce()
{
    JobRecord record;
    Gate gate;
    JobFixture fixture{1, std::ref(record)};
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

void TestJobs::tellsAShutdownFromACancel()
{
    std::vector<bool> answers;
    const auto waitForTheEnd = [&answers](JobContext& job) -> Result<Json> {
        std::promise<void> stopped;
        const std::stop_callback callback{job.stopToken(), [&stopped] { stopped.set_value(); }};
        stopped.get_future().wait();
        answers.push_back(job.isShutdown());
        return fail(ErrorCode::Cancelled, "stopped");
    };
    {
        JobFixture fixture{1};
        std::promise<void> ended;
        const JobId id = fixture.queue.submit({}, waitForTheEnd, [&ended](const auto&) { ended.set_value(); });
        VERIFY_RESULT(fixture.queue.cancel(id));
        ended.get_future().wait();
        Gate begun;
        begun.open();
        fixture.queue.submit({}, [&](JobContext& job) {
            begun.pass();
            return waitForTheEnd(job);
        });
        begun.waitForArrivals();
    }
    const bool isOnlyLast = answers == std::vector{true} || answers == std::vector{false, true};
    QVERIFY(isOnlyLast); // the first may have been cancelled before it began
}

void TestJobs::cancelsARunningJobAfterItsRollback()
{
    JobFixture fixture{1};
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
    JobRecord record;
    JobFixture fixture{2, [&](const JobSnapshotPtr& job) {
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

void TestJobs::callsStopCallbacksWithoutTheLock()
{
    JobFixture fixture{1};
    Gate begun;
    Gate stopped;
    const JobId id = fixture.queue.submit({}, [&](JobContext& job) -> Result<Json> {
        const std::stop_callback onStop{job.stopToken(), [&] {
                                            (void)fixture.queue.jobs(); // would wait for ever
                                            stopped.open();
                                        }};
        begun.open();
        stopped.pass();
        return fail(ErrorCode::Cancelled, "cancelled by the test");
    });
    begun.pass();
    VERIFY_RESULT(fixture.queue.cancel(id));
    fixture.run(succeed);
    QVERIFY(fixture.queue.job(id)->state == JobState::Cancelled);
}

void TestJobs::keepsAThreadForLightJobs()
{
    JobFixture fixture{3};
    Gate gate;
    const auto wait = [&](JobContext&) -> Result<Json> {
        gate.pass();
        return Json{};
    };
    const JobDescription heavy{
        .operation = "load", .modelId = {}, .deviceId = {}, .subject = {}, .weight = JobWeight::Heavy};
    std::vector<JobId> ids;
    for (int i = 0; i < 3; ++i)
        ids.push_back(fixture.queue.submit(heavy, wait));
    gate.waitForArrivals(2);
    QVERIFY(fixture.run(succeed)->state == JobState::Succeeded); // would wait for ever behind three heavy ones
    QVERIFY(fixture.queue.job(ids[2])->state == JobState::Queued);
    gate.open();
    gate.waitForArrivals(3);
}

void TestJobs::keepsOnlyASummaryOfAnAnswer()
{
    JobFixture fixture{1};
    std::size_t answered = 0;
    const auto big = [](JobContext&) -> Result<Json> {
        return Json{{"list", std::vector<int>(1000)}, {"count", 1000}};
    };
    const JobId id = fixture.queue.submit(
        {}, big, [&](const JobSnapshotPtr& job) { answered = job->result.at("list").size(); },
        [](const Json& answer) {
            return Json{{"count", answer.at("count")}};
        });
    fixture.run(succeed); // on the same thread, after it
    QCOMPARE(answered, 1000U);
    QCOMPARE(fixture.queue.job(id)->result.dump(), std::string{R"({"count":1000})"});
}

void TestJobs::knowsNoJobToCancel()
{
    JobFixture fixture{1};
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
    JobFixture fixture{1};
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

void TestJobs::namesStatesAndPhases()
{
    std::set<std::string_view> names;
    for (auto state = JobState::None; state <= JobState::Cancelled; state = static_cast<JobState>(int(state) + 1))
        names.insert(toText(state));
    QCOMPARE(names.size(), 6U);
    names.clear();
    for (auto phase = JobPhase::None; phase <= JobPhase::Recovering; phase = static_cast<JobPhase>(int(phase) + 1))
        names.insert(toText(phase));
    QCOMPARE(names.size(), 10U);
    QVERIFY(!names.contains({}));
}

QTEST_APPLESS_MAIN(TestJobs)
#include "test_jobs.moc"
