// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/jobs/helper_threads.h"

#include "tests/support/no_new_threads.h"
#include "tests/support/resource_check.h"

#include <QTest>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <latch>
#include <set>
#include <stdexcept>

using namespace weightroom;
using namespace weightroom::engine;

namespace {

/// The threads that take part when each has to wait for all others.
std::set<std::thread::id> threadsOf(HelperThreads& helpers, std::size_t count)
{
    std::barrier allAtOnce{static_cast<std::ptrdiff_t>(count)};
    std::vector<std::thread::id> ids(count);
    helpers.forEachIndex(count, [&](std::size_t index) {
        allAtOnce.arrive_and_wait();
        ids[index] = std::this_thread::get_id();
    });
    return {ids.begin(), ids.end()};
}

} // namespace

class TestHelperThreads : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void takesEveryIndexOnce_data();
    void takesEveryIndexOnce();
    void startsThreadsWhenTheyAreNeeded();
    void keepsItsThreads();
    void survivesThreadsThatCannotBeStarted();
    void throwsWhatTheWorkThrows_data();
    void throwsWhatTheWorkThrows();
    void workMayCallAgain();
    void servesManyCallersAtOnce();
    void worksBesideItsCaller();
    void doesItAfterwardsWithoutAHelper();
    void throwsFromEitherSide();
};

void TestHelperThreads::takesEveryIndexOnce_data()
{
    QTest::addColumn<std::size_t>("count");
    QTest::addColumn<unsigned>("most");
    for (const std::size_t count : {0U, 1U, 2U, 5U, 1000U}) {
        for (const unsigned most : {0U, 1U, 3U, 15U})
            QTest::addRow("%zu with %u helpers", count, most) << count << most;
    }
}

void TestHelperThreads::takesEveryIndexOnce()
{
    QFETCH(const std::size_t, count);
    QFETCH(const unsigned, most);
    HelperThreads helpers{most};
    for (int round = 0; round < 20; ++round) {
        std::vector<std::atomic<int>> seen(count);
        helpers.forEachIndex(count, [&seen](std::size_t index) { ++seen[index]; });
        QVERIFY(std::ranges::all_of(seen, [](const auto& times) { return times == 1; }));
    }
}

void TestHelperThreads::startsThreadsWhenTheyAreNeeded()
{
    const test::ResourceUse before = test::currentResources();
    {
        HelperThreads helpers{3};
        helpers.forEachIndex(1, [](std::size_t) {});
        QCOMPARE(test::currentResources().threads, before.threads);
        helpers.forEachIndex(2, [](std::size_t) {});
        QCOMPARE(test::currentResources().threads, before.threads + 1);
        helpers.forEachIndex(100, [](std::size_t) {});
        QCOMPARE(test::currentResources().threads, before.threads + 3);
    }
    VERIFY_NOTHING_LEFT(before);
}

void TestHelperThreads::keepsItsThreads()
{
    HelperThreads helpers{2};
    const auto first = threadsOf(helpers, 3);
    QCOMPARE(first.size(), std::size_t{3});
    QVERIFY(first.contains(std::this_thread::get_id()));
    for (int round = 0; round < 20; ++round)
        QVERIFY(threadsOf(helpers, 3) == first);
}

void TestHelperThreads::survivesThreadsThatCannotBeStarted()
{
    const test::NoNewThreads none;
    HelperThreads helpers{3};
    std::vector<std::thread::id> ids(100);
    helpers.forEachIndex(ids.size(), [&ids](std::size_t index) { ids[index] = std::this_thread::get_id(); });
    QVERIFY(std::ranges::all_of(ids, [](const auto id) { return id == std::this_thread::get_id(); }));
}

void TestHelperThreads::throwsWhatTheWorkThrows_data()
{
    QTest::addColumn<unsigned>("most");
    QTest::newRow("alone") << 0U;
    QTest::newRow("with others") << 3U;
}

void TestHelperThreads::throwsWhatTheWorkThrows()
{
    QFETCH(const unsigned, most);
    HelperThreads helpers{most};
    std::atomic<int> done{0};
    const auto work = [&done](std::size_t index) {
        if (index % 5 == 2)
            throw std::runtime_error{"two and seven"};
        ++done;
    };
    QVERIFY_THROWS_EXCEPTION(std::runtime_error, helpers.forEachIndex(10, work));
    QCOMPARE(done.load(), 8);
    done = 0;
    helpers.forEachIndex(2, work); // nothing of it is left
    QCOMPARE(done.load(), 2);
}

/// More calls than helpers, each of which wants all of them.
void TestHelperThreads::workMayCallAgain()
{
    HelperThreads helpers{2};
    std::atomic<int> done{0};
    helpers.forEachIndex(10, [&](std::size_t) {
        helpers.forEachIndex(10, [&](std::size_t) { helpers.runBeside([&] { ++done; }, [&] { ++done; }); });
    });
    QCOMPARE(done.load(), 200);
}

void TestHelperThreads::servesManyCallersAtOnce()
{
    HelperThreads helpers{2};
    constexpr int kRounds = 500;
    constexpr std::size_t kCount = 20;
    std::array<std::atomic<int>, 4> done{};
    {
        std::vector<std::jthread> callers;
        for (auto& own : done) {
            callers.emplace_back([&own, &helpers] {
                for (int round = 0; round < kRounds; ++round)
                    helpers.forEachIndex(kCount, [&own](std::size_t) { ++own; });
            });
        }
    }
    for (const auto& own : done)
        QCOMPARE(own.load(), kRounds * static_cast<int>(kCount));
}

void TestHelperThreads::worksBesideItsCaller()
{
    HelperThreads helpers{1};
    std::latch isThere{1};
    std::thread::id there;
    const auto beside = [&] {
        there = std::this_thread::get_id();
        isThere.count_down();
    };
    std::thread::id here;
    helpers.runBeside(beside, [&] {
        isThere.wait(); // for ever, were it not beside
        here = std::this_thread::get_id();
    });
    QCOMPARE(here, std::this_thread::get_id());
    QVERIFY(there != here);
}

void TestHelperThreads::doesItAfterwardsWithoutAHelper()
{
    HelperThreads helpers{0};
    std::vector<std::string> order;
    helpers.runBeside([&] { order.emplace_back("beside"); }, [&] { order.emplace_back("own"); });
    QCOMPARE(order, (std::vector<std::string>{"own", "beside"}));
}

void TestHelperThreads::throwsFromEitherSide()
{
    HelperThreads helpers{1};
    std::atomic<int> done{0};
    const std::function<void()> works = [&done] { ++done; };
    const std::function<void()> throws = [] { throw std::runtime_error{"by the test"}; };
    QVERIFY_THROWS_EXCEPTION(std::runtime_error, helpers.runBeside(works, throws));
    QVERIFY_THROWS_EXCEPTION(std::runtime_error, helpers.runBeside(throws, works));
    QCOMPARE(done.load(), 2);
    QVERIFY_THROWS_EXCEPTION(std::runtime_error, helpers.runBeside(throws, throws));
}

QTEST_APPLESS_MAIN(TestHelperThreads)
#include "test_helper_threads.moc"
