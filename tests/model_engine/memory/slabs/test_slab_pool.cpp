// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/slabs/slab_pool.h"

#include "model_engine/memory/arena.h"
#include "tests/support/gate.h"
#include "tests/support/scripted_slab_source.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <random>
#include <thread>

using namespace weightroom::engine;
using weightroom::test::Gate;
using weightroom::test::ScriptedSlabSource;

namespace {

constexpr Bytes kSlab = kMiB * 8;

/// A pool on a source of which the test sees everything.
struct Rig {
    explicit Rig(Bytes capacity = kSlab * 4)
        : budget(capacity, ErrorCode::OutOfCacheBudget, "cache budget")
    {
    }
    std::unique_ptr<Slab> take(Bytes size = kSlab)
    {
        auto slab = pool.acquire(size);
        return slab ? std::move(*slab) : nullptr;
    }
    /// Takes so many slabs at once and gives them back.
    void use(std::size_t count, Bytes size = kSlab)
    {
        std::vector<std::unique_ptr<Slab>> slabs(count);
        std::ranges::generate(slabs, [&] { return take(size); });
    }
    /// Fills until there is nothing to do; the number of steps.
    int fillUp(Bytes step = kMiB * 64)
    {
        for (int steps = 0;; ++steps) {
            const auto filled = pool.fill(step);
            if (!filled || *filled == SlabPool::Fill::Done)
                return steps;
        }
    }
    [[nodiscard]] Bytes ready() const { return pool.statistics().ready; }

    ScriptedSlabSource source{Bytes{4096}};
    Budget budget;
    SlabPool pool{source, budget};
};

} // namespace

class TestSlabPool : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void makesASlabOnce();
    void handsOutOnlyTheSameSize();
    void keepsNothingSmall();
    void keepsNothingWhenToldSo();
    void givesReadySlabsBackToMakeRoom();
    void keepsNothingBeyondASmallerCapacity();
    void asksAgainWhenReadySlabsWereInTheWay();
    void countsNothingThatWasRefused();
    void trimsTheOldest();
    void fillsToTheLargestOfTheLastLoads();
    void fillsWhatWasExpected();
    void fillsNoMoreThanTheCapacity();
    void preparesInSteps();
    void completesWhatWasOnlyBegun();
    void dropsWhatCannotBePrepared();
    void waitsForASlabThatStandsInTheWay();
    void holdsOnRandomTraces_data();
    void holdsOnRandomTraces();
    void staysWithinTheCapacityOnThreads();
};

void TestSlabPool::makesASlabOnce()
{
    Rig rig;
    std::uint64_t address = 0;
    {
        const auto slab = rig.take();
        QVERIFY(slab);
        QCOMPARE(slab->size(), kSlab);
        address = slab->address();
        QCOMPARE(rig.ready(), Bytes{});
    }
    QCOMPARE(rig.ready(), kSlab);
    const auto again = rig.take();
    QCOMPARE(again->address(), address);
    const SlabPoolStatistics statistics = rig.pool.statistics();
    QCOMPARE(statistics.made, 1U);
    QCOMPARE(statistics.recycled, 1U);
    QCOMPARE(statistics.slabs, 0U);
    QCOMPARE(rig.source.acquisitions(), 1U);
}

void TestSlabPool::handsOutOnlyTheSameSize()
{
    Rig rig;
    rig.use(1);
    const auto other = rig.take(kSlab + kMiB);
    QVERIFY(other);
    QCOMPARE(other->size(), kSlab + kMiB);
    QCOMPARE(rig.ready(), kSlab);
    QCOMPARE(rig.pool.statistics().slabs, 1U);
}

void TestSlabPool::keepsNothingSmall()
{
    Rig rig;
    rig.use(1, SlabPool::kSmallestKept - Bytes{4096});
    QCOMPARE(rig.source.liveSlabs(), 0U);
    rig.use(1, SlabPool::kSmallestKept);
    QCOMPARE(rig.source.liveSlabs(), 1U);
}

void TestSlabPool::keepsNothingWhenToldSo()
{
    Rig rig;
    rig.use(2);
    QCOMPARE(rig.ready(), kSlab * 2);
    rig.pool.setKeeping(SlabPool::Keeping::Release);
    QCOMPARE(rig.source.liveSlabs(), 0U);
    rig.use(2);
    QCOMPARE(rig.source.liveSlabs(), 0U);
    rig.pool.noteBatch(std::array{kSlab});
    QCOMPARE(rig.fillUp(), 0);
    rig.pool.setKeeping(SlabPool::Keeping::Keep);
    rig.use(2);
    QCOMPARE(rig.ready(), kSlab * 2);
}

void TestSlabPool::givesReadySlabsBackToMakeRoom()
{
    Rig rig; // room for four
    rig.use(3);
    const auto larger = rig.take(kSlab * 2); // one of the three has to go
    QVERIFY(larger);
    QCOMPARE(rig.ready(), kSlab * 2);
    QVERIFY(rig.source.mostBytes() <= rig.budget.capacity());
    const auto second = rig.take(kSlab * 2);
    QVERIFY(second);
    QCOMPARE(rig.ready(), Bytes{});
    QVERIFY(rig.source.mostBytes() <= rig.budget.capacity());
}

void TestSlabPool::keepsNothingBeyondASmallerCapacity()
{
    Rig rig;
    rig.use(2);
    auto used = rig.take(kSlab * 2);
    rig.budget.setCapacity(kSlab * 3);
    rig.pool.fitCapacity();
    QCOMPARE(rig.ready(), kSlab);
    rig.budget.setCapacity(kSlab); // less than is used
    rig.pool.fitCapacity();
    QCOMPARE(rig.ready(), Bytes{});
    used.reset(); // does not stay
    QCOMPARE(rig.source.liveSlabs(), 0U);
}

void TestSlabPool::asksAgainWhenReadySlabsWereInTheWay()
{
    Rig rig;
    rig.use(2);
    rig.source.failWith = ErrorCode::OutOfDeviceMemory;
    rig.source.failAt = rig.source.acquisitions();
    const auto slab = rig.take(kMiB * 4); // refused once
    QVERIFY(slab);
    QCOMPARE(rig.ready(), Bytes{});
    // Not for another reason, and not without anything to give back.
    rig.use(1);
    rig.source.failWith = ErrorCode::DeviceError;
    rig.source.failAt = rig.source.acquisitions();
    VERIFY_ERROR(rig.pool.acquire(kMiB * 4), ErrorCode::DeviceError);
    QVERIFY(rig.ready() > Bytes{});
    rig.pool.trim({});
    rig.source.failWith = ErrorCode::OutOfHostMemory;
    rig.source.failAt = rig.source.acquisitions();
    VERIFY_ERROR(rig.pool.acquire(kMiB * 4), ErrorCode::OutOfHostMemory);
}

void TestSlabPool::countsNothingThatWasRefused()
{
    Rig rig{kSlab};
    rig.source.failAt = 0;
    VERIFY_ERROR(rig.pool.acquire(kSlab), ErrorCode::DeviceError);
    QCOMPARE(rig.pool.statistics().made, 0U);
    rig.pool.noteBatch(std::array{kSlab});
    QVERIFY(rig.fillUp() > 0); // all of the capacity is there
    QCOMPARE(rig.ready(), kSlab);
}

void TestSlabPool::trimsTheOldest()
{
    Rig rig;
    {
        const auto first = rig.take(kMiB * 4);
        const auto second = rig.take(kMiB * 5);
        const auto third = rig.take(kMiB * 6);
    } // given back in the order third, second, first
    QCOMPARE(rig.pool.trim(kMiB * 9), kMiB * 6);
    QCOMPARE(rig.ready(), kMiB * 9);
    QCOMPARE(rig.pool.releaseReady(kMiB), kMiB * 5);
    QCOMPARE(rig.pool.releaseReady(kGiB), kMiB * 4);
    QCOMPARE(rig.pool.releaseReady(kGiB), Bytes{});
    QCOMPARE(rig.source.liveSlabs(), 0U);
}

void TestSlabPool::fillsToTheLargestOfTheLastLoads()
{
    Rig rig{kGiB};
    QCOMPARE(rig.fillUp(), 0); // nobody has needed anything
    rig.pool.noteBatch(std::array{kSlab, kSlab, kMiB * 4});
    rig.pool.noteBatch(std::array{kSlab});
    rig.fillUp();
    QCOMPARE(rig.ready(), kSlab * 2 + kMiB * 4);
    const auto one = rig.take();
    const auto two = rig.take(kMiB * 4);
    QCOMPARE(rig.pool.statistics().recycled, 2U);
    rig.fillUp(); // the next load needs as much
    QCOMPARE(rig.ready(), kSlab * 2 + kMiB * 4);
    // After a number of smaller loads the large one is forgotten.
    for (int i = 0; i < 8; ++i)
        rig.pool.noteBatch(std::array{kSlab});
    rig.pool.trim({});
    rig.fillUp();
    QCOMPARE(rig.ready(), kSlab);
    rig.pool.forgetBatches();
    rig.pool.trim({});
    QCOMPARE(rig.fillUp(), 0);
    rig.pool.noteBatch(std::array{kKiB * 4}); // too small to be kept
    QCOMPARE(rig.fillUp(), 0);
}

void TestSlabPool::fillsWhatWasExpected()
{
    Rig rig;
    rig.pool.expect(kSlab * 2 + kMiB, kSlab);
    rig.fillUp();
    QCOMPARE(rig.ready(), kSlab * 2);
    QCOMPARE(rig.pool.statistics().made, 2U);
    rig.pool.expect(kMiB, kSlab); // less than one
    QCOMPARE(rig.fillUp(), 0);
}

void TestSlabPool::fillsNoMoreThanTheCapacity()
{
    Rig rig;
    const auto used = rig.take(kSlab * 2);
    rig.pool.noteBatch(std::array{kSlab, kSlab, kSlab, kMiB * 4});
    rig.fillUp();
    QCOMPARE(rig.ready(), kSlab * 2);
    QCOMPARE(rig.source.mostBytes(), rig.budget.capacity());
    rig.budget.setCapacity(kSlab);
    QCOMPARE(rig.fillUp(), 0);
}

void TestSlabPool::preparesInSteps()
{
    Rig rig;
    rig.source.preparationPerSlab = kSlab;
    rig.pool.noteBatch(std::array{kSlab});
    QCOMPARE(rig.fillUp(kMiB * 2), 1 + 4); // made, and four steps of 2 MiB
    QCOMPARE(rig.source.preparations(), 4U);
    const auto slab = rig.take();
    QCOMPARE(rig.source.completions(), 1U);
}

void TestSlabPool::completesWhatWasOnlyBegun()
{
    Rig rig;
    rig.source.preparationPerSlab = kSlab;
    rig.pool.noteBatch(std::array{kSlab});
    QCOMPARE(*rig.pool.fill(kMiB), SlabPool::Fill::More); // made
    QCOMPARE(*rig.pool.fill(kMiB), SlabPool::Fill::More); // begun
    QCOMPARE(rig.ready(), kSlab);
    const auto slab = rig.take();
    QVERIFY(slab);
    QCOMPARE(rig.source.completions(), 1U);
    QCOMPARE(rig.pool.statistics().recycled, 1U);
    // A slab that cannot be completed is given back, and nothing of it stays counted.
    rig.fillUp();
    rig.source.failCompletion = true;
    VERIFY_ERROR(rig.pool.acquire(kSlab), ErrorCode::OutOfHostMemory);
    QCOMPARE(rig.ready(), Bytes{});
    QCOMPARE(rig.source.liveSlabs(), 1U);
}

void TestSlabPool::dropsWhatCannotBePrepared()
{
    Rig rig;
    rig.source.preparationPerSlab = kSlab;
    rig.source.failPreparationAt = 1;
    rig.pool.noteBatch(std::array{kSlab});
    QVERIFY(rig.pool.fill(kMiB).has_value());
    QVERIFY(rig.pool.fill(kMiB).has_value());
    VERIFY_ERROR(rig.pool.fill(kMiB), ErrorCode::OutOfHostMemory);
    QCOMPARE(rig.ready(), Bytes{});
    QCOMPARE(rig.source.liveSlabs(), 0U);
    rig.source.failAt = rig.source.acquisitions();
    VERIFY_ERROR(rig.pool.fill(kMiB), ErrorCode::DeviceError);
    QCOMPARE(rig.ready(), Bytes{});
    rig.fillUp();
    QCOMPARE(rig.ready(), kSlab);
}

/// A slab that fill() is at work on counts; who needs its room waits for the end of the step.
void TestSlabPool::waitsForASlabThatStandsInTheWay()
{
    Rig rig{kSlab};
    Gate gate;
    rig.source.preparationPerSlab = kSlab;
    rig.source.onPrepare = [&] { gate.pass(); };
    rig.pool.noteBatch(std::array{kSlab});
    QVERIFY(rig.pool.fill(kMiB).has_value());
    std::jthread filling{[&] { QVERIFY(rig.pool.fill(kMiB).has_value()); }};
    gate.waitForArrivals();
    std::unique_ptr<Slab> slab;
    std::jthread loading{[&] { slab = rig.take(kMiB * 4); }};
    gate.open();
    loading.join();
    filling.join();
    QVERIFY(slab);
    QCOMPARE(rig.ready(), Bytes{});
    QCOMPARE(rig.source.mostBytes(), kSlab);
}

void TestSlabPool::holdsOnRandomTraces_data()
{
    QTest::addColumn<unsigned>("seed");
    for (unsigned seed = 1; seed <= 8; ++seed)
        QTest::addRow("seed %u", seed) << seed;
}

/// An arena on a pool: whatever is asked, filled, trimmed and refused, what is held and ready fits into the capacity.
void TestSlabPool::holdsOnRandomTraces()
{
    QFETCH(const unsigned, seed);
    std::mt19937 random{seed};
    const auto number = [&](std::uint64_t from, std::uint64_t to) {
        return std::uniform_int_distribution<std::uint64_t>{from, to}(random);
    };
    Rig rig{kMiB * 256};
    rig.source.preparationPerSlab = kMiB * 4;
    Arena arena{rig.pool, rig.budget, kMiB * 16};
    std::vector<Allocation> held;
    for (int step = 0; step < 3000; ++step) {
        const std::uint64_t kind = number(0, 99);
        rig.source.failAt = number(0, 9) == 0 ? std::optional{rig.source.acquisitions()} : std::nullopt;
        if (kind < 40) {
            std::vector<Bytes> sizes(number(1, 12));
            std::ranges::generate(
                sizes, [&] { return number(0, 2) == 0 ? Bytes{number(1, 3'000'000)} : kMiB * number(1, 24); });
            if (auto places = arena.allocate(sizes))
                std::ranges::move(*places, std::back_inserter(held));
        } else if (kind < 80) {
            for (std::uint64_t count = number(0, 12); count > 0 && !held.empty(); --count) {
                std::swap(held[number(0, held.size() - 1)], held.back());
                held.pop_back();
            }
        } else if (kind < 98) {
            (void)rig.pool.fill(kMiB);
        } else {
            rig.pool.trim(Bytes{number(0, rig.budget.capacity().value)});
        }
        const ArenaStatistics statistics = arena.statistics();
        QCOMPARE(statistics.held + rig.ready(), rig.source.liveBytes());
        QVERIFY(rig.source.mostBytes() <= rig.budget.capacity());
        QCOMPARE(statistics.held, rig.budget.inUse());
        QCOMPARE(statistics.slabs + rig.pool.statistics().slabs, rig.source.liveSlabs());
    }
    QVERIFY(rig.pool.statistics().recycled > 100);
    held.clear();
    rig.pool.trim({});
    QCOMPARE(rig.source.liveSlabs(), 0U);
}

void TestSlabPool::staysWithinTheCapacityOnThreads()
{
    Rig rig{kMiB * 64};
    Arena arena{rig.pool, rig.budget, kMiB * 16};
    const auto load = [&](unsigned seed) {
        std::mt19937 random{seed};
        for (int i = 0; i < 300; ++i) {
            const std::array sizes{Bytes{1 + random() % 20'000'000}, Bytes{1 + random() % 3'000'000}};
            const auto places = arena.allocate(sizes);
            std::this_thread::yield();
        }
    };
    {
        std::jthread filling{[&](const std::stop_token& stop) {
            while (!stop.stop_requested())
                (void)rig.pool.fill(kMiB);
        }};
        std::jthread trimming{[&](const std::stop_token& stop) {
            while (!stop.stop_requested())
                rig.pool.trim(kMiB * 16);
        }};
        std::jthread first{load, 1};
        std::jthread second{load, 2};
    }
    QVERIFY(rig.source.mostBytes() <= rig.budget.capacity());
    rig.pool.trim({});
    QCOMPARE(rig.source.liveSlabs(), 0U);
    QCOMPARE(rig.ready(), Bytes{});
}

QTEST_APPLESS_MAIN(TestSlabPool)
#include "test_slab_pool.moc"
