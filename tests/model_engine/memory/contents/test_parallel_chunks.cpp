// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/contents/parallel_chunks.h"

#include "tests/support/no_new_threads.h"

#include <QTest>

#include <atomic>
#include <vector>

using namespace weightroom::engine;

class TestParallelChunks : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void coversEveryByteOnce_data();
    void coversEveryByteOnce();
    void survivesThreadsThatCannotBeStarted();
};

void TestParallelChunks::coversEveryByteOnce_data()
{
    QTest::addColumn<quint64>("total");
    QTest::addColumn<unsigned>("threads");
    for (const quint64 total : {0ULL, 1ULL, 4095ULL, 4096ULL, 4097ULL, 8192ULL, 100'000ULL}) {
        for (const unsigned threads : {0U, 1U, 2U, 3U, 16U})
            QTest::addRow("%llu bytes, %u threads", static_cast<unsigned long long>(total), threads)
                << total << threads;
    }
}

void TestParallelChunks::coversEveryByteOnce()
{
    QFETCH(const quint64, total);
    QFETCH(const unsigned, threads);
    std::vector<std::atomic<int>> seen(total);
    std::atomic<unsigned> parts = 0;
    std::atomic<bool> isAligned = true;
    forEachPart(Bytes{total}, threads, [&](std::uint64_t begin, Bytes size) {
        ++parts;
        if (begin % 4096 != 0)
            isAligned = false;
        for (std::uint64_t i = begin; i < begin + size.value; ++i)
            ++seen[i];
    });
    QVERIFY(std::ranges::all_of(seen, [](const auto& count) { return count == 1; }));
    QVERIFY(isAligned);
    QVERIFY(parts <= std::max(threads, 1U));
}

void TestParallelChunks::survivesThreadsThatCannotBeStarted()
{
    const weightroom::test::NoNewThreads none;
    std::uint64_t covered = 0;
    forEachPart(kMiB, 4, [&](std::uint64_t, Bytes size) { covered += size.value; });
    QCOMPARE(covered, kMiB.value);
}

QTEST_APPLESS_MAIN(TestParallelChunks)
#include "test_parallel_chunks.moc"
