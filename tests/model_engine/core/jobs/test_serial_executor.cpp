// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/jobs/serial_executor.h"
#include "tests/support/gate.h"
#include "tests/support/recording_log.h"
#include "tests/support/resource_check.h"

#include <QTest>

#include <algorithm>
#include <stdexcept>
#include <vector>

using namespace weightroom::engine;
using namespace weightroom::test;

class TestSerialExecutor : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void runsInTheOrderOfPosting();
    void runsOneAtATime();
    void answersWithTheValue();
    void runsAtOnceOnItsOwnThread();
    void throwsAtTheInvoker();
    void logsWhatAPostedClosureThrows();
    void runsWhatWasPostedBeforeItEnds();

private:
    ResourceUse m_before;
};

void TestSerialExecutor::runsInTheOrderOfPosting()
{
    NullLog log;
    SerialExecutor executor{log};
    std::vector<int> order;
    for (int i = 0; i < 1000; ++i)
        executor.post([&order, i] { order.push_back(i); });
    executor.invoke([] {});
    QCOMPARE(order.size(), 1000U);
    QVERIFY(std::ranges::is_sorted(order));
}

void TestSerialExecutor::runsOneAtATime()
{
    NullLog log;
    SerialExecutor executor{log};
    int unguarded = 0; // ThreadSanitizer would see it, and the sum would be short
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < 4; ++i) {
            threads.emplace_back([&] {
                for (int n = 0; n < 2000; ++n)
                    executor.invoke([&] { ++unguarded; });
            });
        }
    }
    QCOMPARE(executor.invoke([&] { return unguarded; }), 8000);
}

void TestSerialExecutor::answersWithTheValue()
{
    NullLog log;
    SerialExecutor executor{log};
    QCOMPARE(executor.invoke([] { return 42; }), 42);
    const auto moved = executor.invoke([] { return std::make_unique<int>(7); });
    QCOMPARE(*moved, 7);
    QVERIFY(executor.invoke([] { return std::this_thread::get_id(); }) != std::this_thread::get_id());
}

void TestSerialExecutor::runsAtOnceOnItsOwnThread()
{
    NullLog log;
    SerialExecutor executor{log};
    QVERIFY(!executor.isOwnThread());
    // Would wait for itself for ever if it were queued
    const bool isOwn = executor.invoke([&] { return executor.invoke([&] { return executor.isOwnThread(); }); });
    QVERIFY(isOwn);
}

void TestSerialExecutor::throwsAtTheInvoker()
{
    RecordingLog log;
    SerialExecutor executor{log};
    QVERIFY_THROWS_EXCEPTION(
        std::runtime_error, executor.invoke([]() -> int { throw std::runtime_error("for the caller"); }));
    QCOMPARE(executor.invoke([] { return 1; }), 1);
    QCOMPARE(log.count(LogLevel::Error, ""), 0U);
}

void TestSerialExecutor::logsWhatAPostedClosureThrows()
{
    RecordingLog log;
    SerialExecutor executor{log};
    executor.post([] { throw std::runtime_error("the reason"); });
    executor.post([] { throw 42; }); // NOLINT(hicpp-exception-baseclass): what a careless library might do
    QCOMPARE(executor.invoke([] { return 1; }), 1);
    QCOMPARE(log.count(LogLevel::Error, "the reason"), 1U);
    QCOMPARE(log.count(LogLevel::Error, "unknown type"), 1U);
}

void TestSerialExecutor::runsWhatWasPostedBeforeItEnds()
{
    NullLog log;
    Gate gate;
    int ran = 0;
    {
        SerialExecutor executor{log};
        executor.post([&] { gate.pass(); });
        for (int i = 0; i < 10; ++i)
            executor.post([&] { ++ran; });
        executor.post([&] { executor.post([&] { ++ran; }); }); // also what these post
        gate.waitForArrivals();
        gate.open();
    }
    QCOMPARE(ran, 11);
}

QTEST_APPLESS_MAIN(TestSerialExecutor)
#include "test_serial_executor.moc"
