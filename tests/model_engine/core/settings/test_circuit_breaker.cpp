// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/settings/circuit_breaker.h"
#include "tests/support/manual_clock.h"

#include <QTest>

#include <set>
#include <vector>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

namespace {

using Change = CircuitBreaker::Change;

constexpr BreakerPolicy kPolicy{.failures = 3, .within = 60s, .pause = 600s};

enum class Event : std::uint8_t { Failure, Success, Close, Nothing };

/// Something that is noted after a while, and what comes of it.
struct Step {
    std::chrono::seconds later;
    Event event;
    Change change;
    BreakerState state;
    std::uint32_t failures;
};

Change carryOut(CircuitBreaker& breaker, Event event, Clock::Steady now)
{
    switch (event) {
    case Event::Failure:
        return breaker.noteFailure(now);
    case Event::Success:
        return breaker.noteSuccess(now);
    case Event::Close:
        return breaker.close();
    case Event::Nothing:
        break;
    }
    return Change::None;
}

constexpr auto kClosed = BreakerState::Closed;
constexpr auto kOpen = BreakerState::Open;
constexpr auto kHalfOpen = BreakerState::HalfOpen;

} // namespace

class TestCircuitBreaker : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void followsTheEvents_data();
    void followsTheEvents();
    void opensAtOnceWhenOneFailureIsEnough();
    void saysWhenItTriesAgain();
    void statesHaveNames();
};

void TestCircuitBreaker::followsTheEvents_data()
{
    using E = Event;
    const Step first{0s, E::Failure, Change::None, kClosed, 1};
    const Step second{1s, E::Failure, Change::None, kClosed, 2};
    const Step third{1s, E::Failure, Change::Opened, kOpen, 3};
    QTest::addColumn<std::vector<Step>>("steps");
    const auto row = [](const char* name, std::vector<Step> steps) { QTest::newRow(name) << std::move(steps); };
    row("nothing", {{1000s, E::Nothing, Change::None, kClosed, 0}});
    row("success alone", {{0s, E::Success, Change::None, kClosed, 0}});
    row("too few", {first, second});
    row("enough", {first, second, third});
    row("at the end of the time", {first, second, {59s, E::Failure, Change::Opened, kOpen, 3}});
    row("too far apart",
        {first, second, {60s, E::Failure, Change::None, kClosed, 2}, {0s, E::Failure, Change::Opened, kOpen, 3}});
    row("forgotten with time",
        {first, second, {58s, E::Nothing, Change::None, kClosed, 2}, {2s, E::Nothing, Change::None, kClosed, 1},
            {1s, E::Nothing, Change::None, kClosed, 0}});
    row("a success forgives nothing",
        {first, second, {0s, E::Success, Change::None, kClosed, 2}, {1s, E::Failure, Change::Opened, kOpen, 3}});
    row("late results tell nothing",
        {first, second, third, {599s, E::Failure, Change::None, kOpen, 3}, {0s, E::Success, Change::None, kOpen, 3}});
    row("tried again",
        {first, second, third, {600s, E::Nothing, Change::None, kHalfOpen, 3},
            {5000s, E::Nothing, Change::None, kHalfOpen, 3}});
    row("recovers", {first, second, third, {600s, E::Success, Change::Closed, kClosed, 0}, first, second});
    row("fails again",
        {first, second, third, {600s, E::Failure, Change::Opened, kOpen, 3}, {599s, E::Nothing, Change::None, kOpen, 3},
            {1s, E::Success, Change::Closed, kClosed, 0}});
    row("closed by hand", {first, second, third, {0s, E::Close, Change::Closed, kClosed, 0}, first, second});
    row("closed by hand before it opens", {first, second, {0s, E::Close, Change::None, kClosed, 0}, first});
}

void TestCircuitBreaker::followsTheEvents()
{
    QFETCH(std::vector<Step>, steps);
    ManualClock clock;
    CircuitBreaker breaker{kPolicy};
    for (std::size_t i = 0; i < steps.size(); ++i) {
        const Step& step = steps[i];
        const std::string where = "step " + std::to_string(i);
        clock.advance(step.later);
        QVERIFY2(carryOut(breaker, step.event, clock.now()) == step.change, where.c_str());
        QVERIFY2(breaker.state(clock.now()) == step.state, where.c_str());
        QVERIFY2(breaker.failures(clock.now()) == step.failures, where.c_str());
    }
}

void TestCircuitBreaker::opensAtOnceWhenOneFailureIsEnough()
{
    const ManualClock clock;
    CircuitBreaker breaker{{.failures = 1, .within = 0s, .pause = 1s}};
    QVERIFY(breaker.noteFailure(clock.now()) == Change::Opened);
    QVERIFY(breaker.state(clock.now()) == kOpen);
}

void TestCircuitBreaker::saysWhenItTriesAgain()
{
    const ManualClock clock;
    CircuitBreaker breaker{kPolicy};
    QVERIFY(!breaker.triedAgainAt());
    for (int i = 0; i < 3; ++i)
        breaker.noteFailure(clock.now());
    QVERIFY(breaker.triedAgainAt() == clock.now() + 600s);
    breaker.close();
    QVERIFY(!breaker.triedAgainAt());
}

void TestCircuitBreaker::statesHaveNames()
{
    std::set<std::string_view> names;
    for (const BreakerState state : {BreakerState::None, kClosed, kOpen, kHalfOpen})
        names.insert(toText(state));
    QVERIFY((names == std::set<std::string_view>{"none", "closed", "open", "half_open"}));
}

QTEST_APPLESS_MAIN(TestCircuitBreaker)
#include "test_circuit_breaker.moc"
