// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/monitor/loads/load_log.h"
#include "tests/support/manual_clock.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <thread>

using namespace weightroom::engine;
using weightroom::test::ManualClock;

namespace {

const DeviceId kHost{"HOST_0"};

LoadEvent load(Clock::Wall at, LoadEnd end = LoadEnd::Succeeded)
{
    return {.at = at,
        .model = ModelId{"m"},
        .device = kHost,
        .end = end,
        .took = std::chrono::duration<double>{2},
        .moved = kMiB};
}

} // namespace

class TestLoadLog : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void hasTheLastMinutes();
    void givesEachOutOnce();
    void countsSinceTheStart();
    void isBounded();
    void takesFromManyThreads();
    void countsThoseThatRun();

private:
    ManualClock m_clock;
};

void TestLoadLog::hasTheLastMinutes()
{
    LoadLog log;
    const auto start = m_clock.wallTime();
    for (int minute = 0; minute < 5; ++minute)
        log.add(load(start + std::chrono::minutes{minute}));
    QCOMPARE(log.recent(start).size(), 5U);
    QCOMPARE(log.recent(start + std::chrono::minutes{3}).size(), 2U);
    QCOMPARE(log.recent(start + std::chrono::minutes{3}).front().at, start + std::chrono::minutes{3});
    QVERIFY(log.recent(start + std::chrono::hours{1}).empty());
}

void TestLoadLog::givesEachOutOnce()
{
    LoadLog log;
    QVERIFY(log.takeNew().empty());
    log.add(load(m_clock.wallTime()));
    log.add(load(m_clock.wallTime(), LoadEnd::Failed));
    const auto first = log.takeNew();
    QCOMPARE(first.size(), 2U);
    QVERIFY(first.back().end == LoadEnd::Failed);
    QVERIFY(log.takeNew().empty());
    log.add(load(m_clock.wallTime(), LoadEnd::Cancelled));
    QCOMPARE(log.takeNew().size(), 1U);
    QCOMPARE(log.recent({}).size(), 3U); // they stay
}

void TestLoadLog::countsSinceTheStart()
{
    LoadLog log;
    log.add(load({}));
    log.add(load({}));
    log.add(load({}, LoadEnd::Failed));
    log.add(load({}, LoadEnd::Cancelled));
    const std::map<DeviceId, LoadTotals> expected{
        {kHost, {.succeeded = 2, .failed = 1, .cancelled = 1, .seconds = 4, .moved = kMiB * 2}}};
    QVERIFY(log.totals() == expected);
}

void TestLoadLog::isBounded()
{
    LoadLog log;
    for (std::size_t i = 0; i < LoadLog::kMostRecent + 10; ++i)
        log.add(load(m_clock.wallTime() + std::chrono::seconds{i}));
    const auto recent = log.recent({});
    QCOMPARE(recent.size(), LoadLog::kMostRecent);
    QCOMPARE(recent.front().at, m_clock.wallTime() + std::chrono::seconds{10});
    QCOMPARE(log.takeNew().size(), LoadLog::kMostRecent);
    QCOMPARE(log.totals().at(kHost).succeeded, LoadLog::kMostRecent + 10); // none is forgotten here
}

void TestLoadLog::takesFromManyThreads()
{
    LoadLog log;
    std::size_t taken = 0;
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int n = 0; n < 500; ++n)
                    log.add(load({}));
            });
        }
        for (int n = 0; n < 100; ++n)
            taken += log.takeNew().size();
    }
    QCOMPARE(taken + log.takeNew().size(), 2000U);
    QCOMPARE(log.totals().at(kHost).succeeded, 2000U);
}

void TestLoadLog::countsThoseThatRun()
{
    LoadLog log;
    QCOMPARE(log.count().begun, 0U);
    {
        const LoadLog::Running one{log};
        {
            const LoadLog::Running another{log};
            QCOMPARE(log.count().running, 2U);
        }
        QCOMPARE(log.count().running, 1U);
        QCOMPARE(log.count().begun, 2U);
    }
    QCOMPARE(log.count().running, 0U);
    QCOMPARE(log.count().begun, 2U);
}

QTEST_APPLESS_MAIN(TestLoadLog)
#include "test_load_log.moc"
