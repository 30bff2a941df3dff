// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/jobs/job_order.h"

#include <QTest>

#include <algorithm>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <string>
#include <tuple>

using namespace weightroom::engine;

namespace {

JobAsker client(std::uint64_t number) { return {JobOrigin::User, ClientKind::Socket, {number}}; }

const JobAsker kWindow{JobOrigin::User, ClientKind::None, {}};
const JobAsker kRest{JobOrigin::User, ClientKind::Rest, {}};
const JobAsker kAutomatic{JobOrigin::Automatic, ClientKind::None, {}};

constexpr JobWeight kHeavy = JobWeight::Heavy;
constexpr JobUrgency kUrgent = JobUrgency::Urgent;

/// An order in which jobs have names of one character.
struct NamedOrder {
    explicit NamedOrder(unsigned threads)
        : order(threads)
    {
    }
    void add(
        char name, const JobAsker& asker, JobWeight weight = JobWeight::Light, JobUrgency urgency = JobUrgency::Normal)
    {
        order.add(idOf(name), {asker, urgency, weight});
    }
    /// Names of the next ones, which run from then on; '-' for none.
    std::string take(int count)
    {
        std::string names;
        for (int i = 0; i < count; ++i) {
            const JobId id = order.takeNext();
            names += id == JobId{} ? '-' : static_cast<char>(id.number);
        }
        return names;
    }
    void end(char name) { order.ended(idOf(name)); }
    bool remove(char name) { return order.remove(idOf(name)); }
    /// Names of all that wait, when each ends before the next is taken.
    std::string takeOneByOne()
    {
        std::string names;
        for (std::string next = take(1); next != "-"; next = take(1)) {
            end(next.front());
            names += next;
        }
        return names;
    }
    static JobId idOf(char name) { return {static_cast<std::uint64_t>(name)}; }

    JobOrder order;
};

/// How many are taken before a certain one is, when `flood` adds one before each is taken and all but some end at once.
unsigned takenBefore(JobOrder& order, JobId wanted, unsigned most, const std::function<void(JobId)>& flood)
{
    for (unsigned count = 0; count < most; ++count) {
        flood({1000 + count});
        const JobId taken = order.takeNext();
        if (taken == wanted)
            return count;
        order.ended(taken);
    }
    return most;
}

} // namespace

class TestJobOrder : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void keepsTheOrderOfOneAsker();
    void takesTurns();
    void tellsAskersApart();
    void goesOnWithWhoHasFewerRunning();
    void remembersWhoWasServed();
    void takesUrgentOnesFirst();
    void keepsAThreadForLightOnes();
    void runsHeavyOnesOnASingleThread();
    void letsNobodyWaitForEver_data();
    void letsNobodyWaitForEver();
    void countsNoPassesOfWhatCannotRun();
    void removesWhatWaits();
    void forgetsWhoIsGone();
    void holdsWhateverHappens();
};

void TestJobOrder::keepsTheOrderOfOneAsker()
{
    NamedOrder jobs{4};
    QVERIFY(!jobs.order.hasNext());
    QCOMPARE(jobs.take(1), std::string{"-"});
    for (const char name : std::string{"abc"})
        jobs.add(name, client(1));
    QVERIFY(jobs.order.hasNext());
    QCOMPARE(jobs.take(2), std::string{"ab"});
    jobs.add('d', client(1));
    QCOMPARE(jobs.take(3), std::string{"cd-"});
}

void TestJobOrder::takesTurns()
{
    NamedOrder jobs{1};
    for (const char name : std::string{"abc"})
        jobs.add(name, client(1));
    for (const char name : std::string{"pq"})
        jobs.add(name, client(2));
    jobs.add('x', client(3));
    QCOMPARE(jobs.takeOneByOne(), std::string{"apxbqc"});
}

void TestJobOrder::tellsAskersApart()
{
    NamedOrder jobs{1};
    char name = 'a';
    for (const JobAsker& asker : {kWindow, kRest, kAutomatic, client(1), client(2)}) {
        jobs.add(name++, asker);
        jobs.add(name++, asker);
    }
    QCOMPARE(jobs.takeOneByOne(), std::string{"acegibdfhj"});
}

void TestJobOrder::goesOnWithWhoHasFewerRunning()
{
    NamedOrder jobs{4};
    for (const char name : std::string{"abcdef"})
        jobs.add(name, client(1));
    QCOMPARE(jobs.take(3), std::string{"abc"});
    for (const char name : std::string{"pqrs"})
        jobs.add(name, client(2));
    // One has three long jobs. The other has one thread left, and keeps it, although it was served just before.
    QCOMPARE(jobs.take(1), std::string{"p"});
    jobs.end('p');
    QCOMPARE(jobs.take(1), std::string{"q"});
    jobs.end('a');
    QCOMPARE(jobs.take(1), std::string{"r"});
    jobs.end('b'); // one against two
    QCOMPARE(jobs.take(1), std::string{"d"});
    jobs.end('q'); // two against one
    QCOMPARE(jobs.take(1), std::string{"s"});
}

/// Who asks for one thing after another has no advantage over who asks for all at once.
void TestJobOrder::remembersWhoWasServed()
{
    NamedOrder jobs{1};
    for (const char name : std::string{"abcdef"})
        jobs.add(name, client(1));
    std::string taken = jobs.take(1);
    for (const char name : std::string{"pqr"}) {
        jobs.add(name, client(2)); // when its last one has ended
        if (name == 'p')
            jobs.end('a');
        while (taken.back() != name) {
            taken += jobs.take(1);
            jobs.end(taken.back());
        }
    }
    QCOMPARE(taken, std::string{"apbqcr"});
}

void TestJobOrder::takesUrgentOnesFirst()
{
    NamedOrder jobs{1};
    jobs.add('a', client(1));
    jobs.add('A', client(1), JobWeight::Light, kUrgent);
    jobs.add('B', client(1), JobWeight::Light, kUrgent);
    jobs.add('p', client(2));
    jobs.add('P', client(2), JobWeight::Light, kUrgent);
    QCOMPARE(jobs.takeOneByOne(), std::string{"APBpa"});
}

void TestJobOrder::keepsAThreadForLightOnes()
{
    NamedOrder jobs{3};
    for (const char name : std::string{"abc"})
        jobs.add(name, client(1), kHeavy);
    jobs.add('P', client(2), kHeavy, kUrgent);
    QCOMPARE(jobs.take(2), std::string{"Pa"});
    QVERIFY(!jobs.order.hasNext());
    QCOMPARE(jobs.take(1), std::string{"-"});
    jobs.add('x', client(1)); // behind its asker's heavy ones, and its asker has one running
    QVERIFY(jobs.order.hasNext());
    QCOMPARE(jobs.take(2), std::string{"x-"});
    jobs.end('x');
    QVERIFY(!jobs.order.hasNext());
    jobs.end('P');
    QCOMPARE(jobs.take(2), std::string{"b-"});
}

void TestJobOrder::runsHeavyOnesOnASingleThread()
{
    NamedOrder jobs{1};
    jobs.add('a', client(1), kHeavy);
    jobs.add('b', client(1), kHeavy);
    QCOMPARE(jobs.take(2), std::string{"a-"});
    jobs.end('a');
    QCOMPARE(jobs.take(1), std::string{"b"});
}

void TestJobOrder::letsNobodyWaitForEver_data()
{
    QTest::addColumn<QByteArray>("kind");
    QTest::newRow("clients that come one after another") << QByteArray{"newcomers"};
    QTest::newRow("others, beside a job that never ends") << QByteArray{"others"};
    QTest::newRow("urgent jobs") << QByteArray{"urgent"};
    QTest::newRow("heavy jobs of others") << QByteArray{"heavy"};
}

void TestJobOrder::letsNobodyWaitForEver()
{
    QFETCH(const QByteArray, kind);
    JobOrder order{4};
    constexpr JobId kFirst{1};
    constexpr JobId kWaiting{2};
    const JobWeight weight = kind == "heavy" ? kHeavy : JobWeight::Light;
    order.add(kFirst, {client(1), {}, weight});
    QVERIFY(order.takeNext() == kFirst); // and runs on
    order.add(kWaiting, {client(1), {}, weight});
    const auto flood = [&](JobId id) {
        const std::uint64_t asker = kind == "others" ? 2 + id.number % 3 : id.number;
        order.add(id, {client(asker), kind == "urgent" ? kUrgent : JobUrgency::Normal, weight});
    };
    QCOMPARE(takenBefore(order, kWaiting, 10 * JobOrder::kMostPasses, flood), JobOrder::kMostPasses);
    (void)order.removeAll();
    order.add(kWaiting, {client(1), {}, weight}); // the next one waits as long
    QCOMPARE(takenBefore(order, kWaiting, 10 * JobOrder::kMostPasses, flood), JobOrder::kMostPasses);
}

void TestJobOrder::countsNoPassesOfWhatCannotRun()
{
    JobOrder order{2};
    order.add({1}, {client(1), {}, kHeavy});
    QVERIFY(order.takeNext() == JobId{1});
    order.add({2}, {client(1), {}, kHeavy});
    order.add({3}, {client(2), {}, kHeavy});
    const auto flood = [&](JobId id) { order.add(id, {kWindow}); };
    constexpr unsigned kMany = 3 * JobOrder::kMostPasses;
    QCOMPARE(takenBefore(order, {2}, kMany, flood), kMany);
    order.ended({1});
    QVERIFY(order.takeNext() == JobId{3}); // its turn all the same
}

void TestJobOrder::removesWhatWaits()
{
    NamedOrder jobs{2};
    for (const char name : std::string{"abcd"})
        jobs.add(name, client(1), kHeavy);
    jobs.add('p', client(2));
    QCOMPARE(jobs.take(1), std::string{"a"});
    QVERIFY(jobs.remove('c'));
    QVERIFY(!jobs.remove('c'));
    QVERIFY(!jobs.remove('a')); // it runs
    QVERIFY(!jobs.remove('z'));
    const std::vector<JobId> rest = jobs.order.removeAll();
    QVERIFY((rest == std::vector{NamedOrder::idOf('b'), NamedOrder::idOf('d'), NamedOrder::idOf('p')}));
    QVERIFY(!jobs.order.hasNext());
    jobs.add('e', client(3), kHeavy);
    QVERIFY(!jobs.order.hasNext()); // what was removed and did not run does not count, and what runs does
    jobs.end('a');
    QCOMPARE(jobs.take(1), std::string{"e"});
}

void TestJobOrder::forgetsWhoIsGone()
{
    JobOrder order{2};
    order.add({1}, {kWindow});
    QVERIFY(order.takeNext() == JobId{1}); // for ever
    for (std::uint64_t number = 2; number < 300; ++number) {
        order.add({number}, {client(number)});
        if (number % 2 == 0) {
            QVERIFY(order.takeNext() == JobId{number});
            order.ended({number});
        } else {
            QVERIFY(order.remove({number}));
        }
        QCOMPARE(order.knownAskers(), 1U);
    }
    order.ended({1});
    QCOMPARE(order.knownAskers(), 0U);
}

/// Whatever is asked for, taken back, and ended in whatever order: every job runs once or is removed, jobs of one asker
/// that are alike run in their order, and what may run does.
void TestJobOrder::holdsWhateverHappens()
{
    std::mt19937 random{20261105}; // NOLINT: the same each time
    const auto upTo = [&random](std::uint64_t last) { return random() % (last + 1); };
    constexpr unsigned kThreads = 3;
    JobOrder order{kThreads};
    std::map<JobId, JobRank> waiting;
    std::map<JobId, JobRank> running;
    std::map<std::tuple<JobAsker, JobUrgency, JobWeight>, JobId> lastTaken;
    for (std::uint64_t step = 1; step <= 20'000; ++step) {
        if (upTo(2) > 0) {
            const JobRank rank{client(upTo(4)), JobUrgency{upTo(9) == 0}, JobWeight{upTo(1) == 0}};
            order.add({step}, rank);
            waiting.emplace(JobId{step}, rank);
        }
        if (upTo(1) == 0 && !waiting.empty()) {
            const auto removed = std::next(waiting.begin(), static_cast<std::ptrdiff_t>(upTo(waiting.size() - 1)));
            QVERIFY(order.remove(removed->first));
            waiting.erase(removed);
        }
        if (upTo(1) == 0 && !running.empty()) {
            const auto ended = std::next(running.begin(), static_cast<std::ptrdiff_t>(upTo(running.size() - 1)));
            order.ended(ended->first);
            running.erase(ended);
        }
        const auto isHeavy = [](const auto& job) { return job.second.weight == JobWeight::Heavy; };
        while (running.size() < kThreads) {
            const bool isFull = std::ranges::count_if(running, isHeavy) == kThreads - 1;
            const bool mayRun = isFull ? !std::ranges::all_of(waiting, isHeavy) : !waiting.empty();
            QCOMPARE(order.hasNext(), mayRun);
            const JobId taken = order.takeNext();
            QCOMPARE(taken != JobId{}, mayRun);
            if (!mayRun)
                break;
            const auto job = waiting.extract(taken);
            QVERIFY(!job.empty());
            const JobRank& rank = job.mapped();
            JobId& last = lastTaken[{rank.asker, rank.urgency, rank.weight}];
            QVERIFY(last < taken);
            last = taken;
            running.emplace(taken, rank);
            QVERIFY(std::ranges::count_if(running, isHeavy) < kThreads);
        }
    }
    QVERIFY(order.knownAskers() <= 5U);
}

QTEST_APPLESS_MAIN(TestJobOrder)
#include "test_job_order.moc"
