// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/budget.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <thread>
#include <vector>

using namespace weightroom::engine;

class TestBudget : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void givesBackWhatWasReserved();
    void namesRequiredAndAvailable();
    void splitsAReservation();
    void movesWithoutCountingTwice();
    void mayShrinkBelowItsUse();
    void isNeverOvercommittedByARace();

private:
    static Budget budgetOf(Bytes capacity) { return Budget{capacity, ErrorCode::OutOfDeviceMemory, "vram"}; }
};

void TestBudget::givesBackWhatWasReserved()
{
    Budget budget = budgetOf(kMiB);
    {
        const auto reservation = budget.reserve(Bytes{1000});
        VERIFY_RESULT(reservation);
        QCOMPARE(reservation->size(), Bytes{1000});
        QCOMPARE(budget.inUse(), Bytes{1000});
        QCOMPARE(budget.available(), kMiB - Bytes{1000});
    }
    QCOMPARE(budget.inUse(), Bytes{});
    VERIFY_RESULT(budget.reserve(kMiB));
    VERIFY_RESULT(budget.reserve(Bytes{}));
}

void TestBudget::namesRequiredAndAvailable()
{
    Budget budget = budgetOf(kMiB);
    const auto first = budget.reserve(Bytes{1000});
    VERIFY_RESULT(first);
    const auto second = budget.reserve(kMiB);
    VERIFY_ERROR(second, ErrorCode::OutOfDeviceMemory);
    const ErrorContext& context = second.error().context;
    QCOMPARE(*context.required, kMiB);
    QCOMPARE(*context.available, kMiB - Bytes{1000});
    QCOMPARE(context.memoryType, std::string{"vram"});
    QCOMPARE(budget.inUse(), Bytes{1000});
    VERIFY_ERROR(budget.reserve(Bytes{~0ULL}), ErrorCode::OutOfDeviceMemory);
}

void TestBudget::splitsAReservation()
{
    Budget budget = budgetOf(kMiB);
    auto whole = budget.reserve(Bytes{1000});
    VERIFY_RESULT(whole);
    {
        const Reservation part = whole->split(Bytes{300});
        QCOMPARE(part.size(), Bytes{300});
        QCOMPARE(whole->size(), Bytes{700});
        QCOMPARE(budget.inUse(), Bytes{1000});
    }
    QCOMPARE(budget.inUse(), Bytes{700});
}

void TestBudget::movesWithoutCountingTwice()
{
    Budget budget = budgetOf(kMiB);
    std::vector<Reservation> kept;
    for (int i = 0; i < 10; ++i) {
        auto reservation = budget.reserve(Bytes{10});
        VERIFY_RESULT(reservation);
        kept.push_back(std::move(*reservation));
    }
    QCOMPARE(budget.inUse(), Bytes{100});
    kept[0] = std::move(kept[9]);
    kept.erase(kept.begin() + 1, kept.end());
    QCOMPARE(budget.inUse(), Bytes{10});
    kept.clear();
    QCOMPARE(budget.inUse(), Bytes{});
}

void TestBudget::mayShrinkBelowItsUse()
{
    Budget budget = budgetOf(kMiB);
    {
        const auto reservation = budget.reserve(Bytes{1000});
        VERIFY_RESULT(reservation);
        budget.setCapacity(Bytes{500});
        QCOMPARE(budget.available(), Bytes{});
        VERIFY_ERROR(budget.reserve(Bytes{1}), ErrorCode::OutOfDeviceMemory);
    }
    QCOMPARE(budget.available(), Bytes{500});
}

void TestBudget::isNeverOvercommittedByARace()
{
    constexpr int kRounds = 20'000;
    Budget budget = budgetOf(Bytes{1});
    std::atomic<int> holders = 0;
    std::atomic<int> most = 0;
    const auto race = [&] {
        for (int i = 0; i < kRounds; ++i) {
            const auto reservation = budget.reserve(Bytes{1});
            if (!reservation)
                continue;
            most = std::max(most.load(), ++holders);
            --holders;
        }
    };
    {
        std::jthread other{race};
        race();
    }
    QCOMPARE(most.load(), 1);
    QCOMPARE(budget.inUse(), Bytes{});
}

QTEST_APPLESS_MAIN(TestBudget)
#include "test_budget.moc"
