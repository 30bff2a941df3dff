// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/core/jobs/job_fixture.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// Of a client of the socket.
JobDescription of(std::uint64_t client)
{
    JobDescription description{.operation = {}, .modelId = {}, .deviceId = {}, .subject = {}};
    description.clientKind = ClientKind::Socket;
    description.client = {client};
    return description;
}

JobDescription heavyOf(std::uint64_t client)
{
    JobDescription description = of(client);
    description.weight = JobWeight::Heavy;
    return description;
}

JobDescription urgentOf(std::uint64_t client)
{
    JobDescription description = of(client);
    description.urgency = JobUrgency::Urgent;
    return description;
}

/// A queue whose jobs have names of one character, and what it has run in which order.
class NamedJobs {
public:
    explicit NamedJobs(unsigned threads)
        : m_fixture(threads)
    {
    }

    JobId submit(char name, JobDescription description, const JobQueue::Work& work = succeed)
    {
        ++m_submitted;
        return queue().submit(
            std::move(description),
            [this, name, work](JobContext& job) {
                {
                    const std::lock_guard lock{m_mutex};
                    m_order += name;
                }
                return work(job);
            },
            [this](const JobSnapshotPtr&) {
                const std::lock_guard lock{m_mutex};
                ++m_ended;
                m_changed.notify_all();
            });
    }
    /// One that waits in the gate when it runs.
    JobId submitHeld(char name, JobDescription description, Gate& gate)
    {
        return submit(name, std::move(description), [&gate](JobContext& job) {
            gate.pass();
            return succeed(job);
        });
    }
    /// The names of those that have begun, when all have ended.
    std::string orderAtTheEnd()
    {
        std::unique_lock lock{m_mutex};
        m_changed.wait(lock, [this] { return m_ended == m_submitted; });
        return m_order;
    }
    [[nodiscard]] JobQueue& queue() { return m_fixture.queue; }

private:
    std::mutex m_mutex; ///< guards what follows
    std::condition_variable m_changed;
    std::string m_order;
    int m_submitted = 0; ///< of the test's thread
    int m_ended = 0;
    JobFixture m_fixture; ///< last: its threads use the rest
};

} // namespace

/// Whose job runs next where several wait.
class TestJobTurns : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void runsTheJobOfAnotherBeforeTheSecondOfOne();
    void takesWhatIsAutomaticForAnother();
    void keepsAThreadForLightJobsOfEverybody();
    void runsUrgentOnesFirst();
    void letsNobodyWaitForEver();
    void cancelsWhatWaits();

private:
    ResourceUse m_before;
};

void TestJobTurns::runsTheJobOfAnotherBeforeTheSecondOfOne()
{
    Gate gate;
    NamedJobs jobs{1};
    jobs.submitHeld('a', heavyOf(1), gate);
    gate.waitForArrivals();
    for (const char name : std::string{"bcd"})
        jobs.submit(name, heavyOf(1));
    for (const char name : std::string{"xy"})
        jobs.submit(name, heavyOf(2));
    std::vector<std::uint64_t> shown;
    for (const JobSnapshotPtr& job : jobs.queue().jobs())
        shown.push_back(job->description.client.number);
    gate.open();
    QCOMPARE(jobs.orderAtTheEnd(), std::string{"axbycd"});
    QCOMPARE(shown, (std::vector<std::uint64_t>{1, 1, 1, 1, 2, 2})); // they are shown as they have come
}

void TestJobTurns::takesWhatIsAutomaticForAnother()
{
    Gate gate;
    NamedJobs jobs{1};
    jobs.submitHeld('a', {}, gate);
    gate.waitForArrivals();
    JobDescription automatic;
    automatic.origin = JobOrigin::Automatic;
    JobDescription byRest;
    byRest.clientKind = ClientKind::Rest;
    for (const char name : std::string{"bc"})
        jobs.submit(name, {});
    for (const char name : std::string{"pq"})
        jobs.submit(name, automatic);
    for (const char name : std::string{"xy"})
        jobs.submit(name, byRest);
    gate.open();
    QCOMPARE(jobs.orderAtTheEnd(), std::string{"apxbqyc"});
}

void TestJobTurns::keepsAThreadForLightJobsOfEverybody()
{
    Gate heavy;
    NamedJobs jobs{3};
    jobs.submitHeld('a', heavyOf(1), heavy);
    heavy.waitForArrivals(1);
    jobs.submitHeld('b', heavyOf(1), heavy);
    heavy.waitForArrivals(2);
    jobs.submit('c', heavyOf(1));
    jobs.submit('x', heavyOf(2));
    Gate light;
    light.open();
    jobs.submitHeld('l', of(1), light);
    light.waitForArrivals(1); // would wait for ever behind the heavy ones
    jobs.submitHeld('m', of(2), light);
    light.waitForArrivals(2);
    heavy.open();
    const std::string order = jobs.orderAtTheEnd();
    QCOMPARE(order.substr(0, 4), std::string{"ablm"});
}

void TestJobTurns::runsUrgentOnesFirst()
{
    Gate gate;
    NamedJobs jobs{1};
    jobs.submitHeld('a', of(1), gate);
    gate.waitForArrivals();
    jobs.submit('x', of(2));
    for (const char name : std::string{"BC"})
        jobs.submit(name, urgentOf(1));
    jobs.submit('Y', urgentOf(2));
    gate.open();
    QCOMPARE(jobs.orderAtTheEnd(), std::string{"aYBCx"});
}

void TestJobTurns::letsNobodyWaitForEver()
{
    Gate gate;
    NamedJobs jobs{1};
    jobs.submitHeld('a', of(1), gate);
    gate.waitForArrivals();
    jobs.submit('b', of(1));
    for (std::uint64_t client = 0; client < 3 * JobOrder::kMostPasses; ++client)
        jobs.submit('.', urgentOf(10 + client));
    gate.open();
    const std::string order = jobs.orderAtTheEnd();
    QCOMPARE(order.find('b'), std::size_t{JobOrder::kMostPasses + 1});
}

void TestJobTurns::cancelsWhatWaits()
{
    Gate gate;
    NamedJobs jobs{1};
    const JobId held = jobs.submitHeld('a', of(1), gate);
    gate.waitForArrivals();
    jobs.submit('b', of(1));
    const JobId next = jobs.submit('x', of(2));
    jobs.submit('y', of(2));
    const JobId last = jobs.submit('c', of(1));
    for (const JobId id : {next, last}) {
        VERIFY_RESULT(jobs.queue().cancel(id));
        QVERIFY(jobs.queue().job(id)->state == JobState::Cancelled);
        VERIFY_ERROR(jobs.queue().cancel(id), ErrorCode::JobNotFound);
    }
    gate.open();
    QCOMPARE(jobs.orderAtTheEnd(), std::string{"ayb"});
    VERIFY_ERROR(jobs.queue().cancel(held), ErrorCode::JobNotFound);
}

QTEST_APPLESS_MAIN(TestJobTurns)
#include "test_job_turns.moc"
