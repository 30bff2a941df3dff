// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/jobs/idle_gate.h"

#include "tests/support/manual_clock.h"

#include <QTest>

#include <atomic>
#include <optional>
#include <thread>

using namespace weightroom::engine;
using namespace std::chrono_literals;
using weightroom::test::ManualClock;

namespace {

constexpr IdleTiming kTiming{.quiet = 5s, .look = 1ms};

} // namespace

class TestIdleGate : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void isIdleAfterAQuietTime();
    void isNotIdleWhileWorkLives();
    void countsEachWorkOnce();
    void waitsForTheQuiet();
    void waitsNoLongerThanItMay();
    void stopsWaiting();
    void wakesForWork();
    void workStopsTurns();
    void turnsThatComeTooLateAreStopped();
    void workWaitsForTheEndOfTurns();
};

void TestIdleGate::isIdleAfterAQuietTime()
{
    ManualClock clock;
    const IdleGate gate{clock, kTiming};
    QVERIFY(!gate.isIdle()); // to be made is work
    clock.advance(4999ms);
    QVERIFY(!gate.isIdle());
    clock.advance(1ms);
    QVERIFY(gate.isIdle());
}

void TestIdleGate::isNotIdleWhileWorkLives()
{
    ManualClock clock;
    IdleGate gate{clock, kTiming};
    clock.advance(1h);
    QVERIFY(gate.isIdle());
    std::optional first{gate.begin()};
    std::optional second{gate.begin()};
    QVERIFY(!gate.isIdle());
    clock.advance(1h); // however long it takes
    QVERIFY(!gate.isIdle());
    first.reset();
    clock.advance(1h);
    QVERIFY(!gate.isIdle());
    second.reset();
    QVERIFY(!gate.isIdle()); // who has just asked something asks more
    clock.advance(5s);
    QVERIFY(gate.isIdle());
}

void TestIdleGate::countsEachWorkOnce()
{
    ManualClock clock;
    IdleGate gate{clock, kTiming};
    {
        IdleGate::Work work = gate.begin();
        IdleGate::Work moved = std::move(work);
        work = std::move(moved);
        work.end();
        work.end();
    }
    QCOMPARE(gate.worksBegun(), std::uint64_t{1});
    clock.advance(5s);
    QVERIFY(gate.isIdle());
    const IdleGate::Work next = gate.begin(); // an end too many would hide it
    QVERIFY(!gate.isIdle());
}

void TestIdleGate::waitsForTheQuiet()
{
    ManualClock clock;
    IdleGate gate{clock, kTiming};
    std::optional work{gate.begin()};
    std::atomic<bool> isIdle = false;
    std::jthread waiter{[&](const std::stop_token& stop) { isIdle = gate.waitUntilIdle(stop); }};
    clock.advance(1h);
    QVERIFY(!isIdle);
    work.reset();
    QVERIFY(!isIdle);
    clock.advance(5s);
    QTRY_VERIFY(isIdle);
}

void TestIdleGate::waitsNoLongerThanItMay()
{
    ManualClock clock;
    IdleGate gate{clock, kTiming};
    const IdleGate::Work work = gate.begin();
    QVERIFY(!gate.waitUntilIdle({}, 2ms)); // by the machine's clock, which goes on
    QVERIFY(!gate.waitUntilIdle({}, 0ms));
}

void TestIdleGate::stopsWaiting()
{
    ManualClock clock;
    IdleGate gate{clock, kTiming};
    const IdleGate::Work work = gate.begin();
    std::atomic<int> ended = 0;
    {
        std::jthread idle{[&](const std::stop_token& stop) { ended += gate.waitUntilIdle(stop) ? 100 : 1; }};
        std::jthread more{[&](const std::stop_token& stop) {
            gate.waitForWork(stop, gate.worksBegun());
            ++ended;
        }};
    }
    QCOMPARE(ended.load(), 2);
}

void TestIdleGate::wakesForWork()
{
    ManualClock clock;
    IdleGate gate{clock, kTiming};
    const std::uint64_t begun = gate.worksBegun();
    std::atomic<bool> isAwake = false;
    std::jthread waiter{[&](const std::stop_token& stop) {
        gate.waitForWork(stop, begun);
        isAwake = true;
    }};
    QVERIFY(!isAwake);
    gate.begin().end();
    QTRY_VERIFY(isAwake);
    gate.waitForWork({}, begun); // it is over, and has been
}

void TestIdleGate::workStopsTurns()
{
    ManualClock clock;
    IdleGate gate{clock, kTiming};
    clock.advance(5s);
    const IdleGate::Turn first = gate.takeTurn();
    const IdleGate::Turn second = gate.takeTurn();
    QVERIFY(!first.stopToken().stop_requested());
    bool isTold = false;
    const std::stop_callback onStop{first.stopToken(), [&] { isTold = !gate.isIdle(); }}; // may ask the gate
    gate.begin().end();
    QVERIFY(isTold && second.stopToken().stop_requested());
    clock.advance(5s);
    QVERIFY(!gate.takeTurn().stopToken().stop_requested()); // it goes on after the work
    QVERIFY(first.stopToken().stop_requested());
}

void TestIdleGate::turnsThatComeTooLateAreStopped()
{
    ManualClock clock;
    IdleGate gate{clock, kTiming};
    QVERIFY(gate.takeTurn().stopToken().stop_requested()); // no quiet yet
    clock.advance(5s);
    IdleGate::Work work = gate.begin();
    clock.advance(1h);
    QVERIFY(gate.takeTurn().stopToken().stop_requested());
    work.end();
    QVERIFY(gate.takeTurn().stopToken().stop_requested());
}

void TestIdleGate::workWaitsForTheEndOfTurns()
{
    ManualClock clock;
    IdleGate gate{clock, kTiming};
    clock.advance(5s);
    gate.waitForTurns(1h); // there is none
    std::optional<IdleGate::Turn> turn{gate.takeTurn()};
    std::optional<IdleGate::Turn> moved{std::move(*turn)};
    turn.reset(); // has nothing to end any more
    const IdleGate::Work work = gate.begin();
    gate.waitForTurns(2ms); // and no longer, by the machine's clock
    std::atomic<bool> isOver = false;
    std::jthread waiter{[&] {
        gate.waitForTurns(1h);
        isOver = true;
    }};
    QVERIFY(!isOver);
    moved.reset();
    QTRY_VERIFY(isOver);
}

QTEST_APPLESS_MAIN(TestIdleGate)
#include "test_idle_gate.moc"
