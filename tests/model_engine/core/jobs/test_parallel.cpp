// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/jobs/parallel.h"

#include "tests/support/no_new_threads.h"

#include <QTest>

#include <algorithm>
#include <atomic>
#include <barrier>
#include <mutex>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace weightroom;
using namespace weightroom::engine;

class TestParallel : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void takesEveryIndexOnce_data();
    void takesEveryIndexOnce();
    void worksOnSeveralThreads();
    void survivesThreadsThatCannotBeStarted();
    void throwsWhatTheWorkThrows_data();
    void throwsWhatTheWorkThrows();
};

void TestParallel::takesEveryIndexOnce_data()
{
    QTest::addColumn<std::size_t>("count");
    QTest::addColumn<unsigned>("threads");
    for (const std::size_t count : {0U, 1U, 2U, 5U, 1000U}) {
        for (const unsigned threads : {0U, 1U, 2U, 4U, 16U})
            QTest::addRow("%zu on %u threads", count, threads) << count << threads;
    }
}

void TestParallel::takesEveryIndexOnce()
{
    QFETCH(const std::size_t, count);
    QFETCH(const unsigned, threads);
    std::vector<std::atomic<int>> seen(count);
    forEachIndex(count, threads, [&seen](std::size_t index) { ++seen[index]; });
    QVERIFY(std::ranges::all_of(seen, [](const auto& times) { return times == 1; }));
}

void TestParallel::worksOnSeveralThreads()
{
    std::barrier allAtOnce{3}; // nobody passes who works alone
    std::mutex mutex; // guards `ids`
    std::set<std::thread::id> ids;
    forEachIndex(3, 3, [&](std::size_t) {
        allAtOnce.arrive_and_wait();
        const std::scoped_lock lock{mutex};
        ids.insert(std::this_thread::get_id());
    });
    QCOMPARE(ids.size(), std::size_t{3});
    QVERIFY(ids.contains(std::this_thread::get_id()));
}

void TestParallel::survivesThreadsThatCannotBeStarted()
{
    const test::NoNewThreads none;
    std::vector<std::thread::id> ids(100);
    forEachIndex(ids.size(), 4, [&ids](std::size_t index) { ids[index] = std::this_thread::get_id(); });
    QVERIFY(std::ranges::all_of(ids, [](const auto id) { return id == std::this_thread::get_id(); }));
}

void TestParallel::throwsWhatTheWorkThrows_data()
{
    QTest::addColumn<unsigned>("threads");
    QTest::newRow("alone") << 1U;
    QTest::newRow("with others") << 4U;
}

void TestParallel::throwsWhatTheWorkThrows()
{
    QFETCH(const unsigned, threads);
    std::atomic<int> done{0};
    const auto work = [&done](std::size_t index) {
        if (index == 7)
            throw std::runtime_error{"seven"};
        ++done;
    };
    QVERIFY_THROWS_EXCEPTION(std::runtime_error, forEachIndex(10, threads, work));
    QCOMPARE(done.load(), 9);
}

QTEST_APPLESS_MAIN(TestParallel)
#include "test_parallel.moc"
