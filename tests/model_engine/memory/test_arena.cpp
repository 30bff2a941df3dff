// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/arena.h"
#include "tests/support/scripted_slab_source.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <thread>

using namespace weightroom::engine;
using weightroom::test::ScriptedSlabSource;

class TestArena : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void placesABatchInOneSlab();
    void sizesSlabsToWhatIsAskedFor();
    void givesLargeTensorsASlabOfTheirOwn();
    void fillsFreeSpaceFirst();
    void returnsEmptySlabsAtOnce();
    void givesEmptyPlacesForNothing();
    void keepsTheBlockOfANarrowedPlace();
    void namesWhatIsMissing();
    void takesClassesOfSizes();
    void takesNoMoreThanNeededWhereTheBudgetIsShort();
    void refusesSizesThatOverflow();
    void rollsBackWhateverAcquisitionFails();
    void rollsBackWhatCameFromFreeSpace();
    void endsAtACancel();
    void callsNothingWhileLocked();
    void isNeverOvercommittedByARace();

private:
    struct Memory {
        explicit Memory(Bytes capacity = kGiB, Bytes slabSize = kMiB)
            : budget(capacity, ErrorCode::OutOfDeviceMemory, "vram")
            , arena(source, budget, slabSize)
        {
        }
        ScriptedSlabSource source{Bytes{4096}};
        Budget budget;
        Arena arena;
    };
};

namespace {

std::vector<Bytes> sizesOf(std::initializer_list<std::uint64_t> values)
{
    std::vector<Bytes> sizes;
    for (const std::uint64_t value : values)
        sizes.push_back({value});
    return sizes;
}

} // namespace

void TestArena::placesABatchInOneSlab()
{
    Memory memory;
    const auto places = memory.arena.allocate(sizesOf({1, 300, 256}));
    VERIFY_RESULT(places);
    QCOMPARE(places->size(), 3U);
    QCOMPARE((*places)[1].address(), (*places)[0].address() + 256);
    QCOMPARE((*places)[2].address(), (*places)[1].address() + 512);
    QCOMPARE((*places)[1].size(), Bytes{300});

    const ArenaStatistics statistics = memory.arena.statistics();
    QCOMPARE(statistics.capacity, kGiB);
    QCOMPARE(statistics.held, Bytes{4096});
    QCOMPARE(statistics.allocated, Bytes{1024});
    QCOMPARE(statistics.slabs, 1U);
    QCOMPARE(statistics.allocations, 3U);
    QCOMPARE(memory.budget.inUse(), Bytes{4096});
}

void TestArena::sizesSlabsToWhatIsAskedFor()
{
    Memory memory;
    // 1.5 MiB of small tensors: one full slab, and one for the rest
    const std::vector<Bytes> sizes(96, Bytes{16 * 1024});
    const auto places = memory.arena.allocate(sizes);
    VERIFY_RESULT(places);
    QCOMPARE(memory.arena.statistics().slabs, 2U);
    QCOMPARE(memory.arena.statistics().held, Bytes{1536 * 1024});
}

void TestArena::givesLargeTensorsASlabOfTheirOwn()
{
    Memory memory;
    auto places = memory.arena.allocate(sizesOf({100, kMiB.value * 3 + 1, 100}));
    VERIFY_RESULT(places);
    QCOMPARE(memory.arena.statistics().slabs, 2U);
    QCOMPARE(memory.arena.statistics().held, kMiB * 3 + kKiB * 32 + Bytes{4096}); // sizes are classes
    (*places)[1] = {};
    QCOMPARE(memory.arena.statistics().held, Bytes{4096});
}

void TestArena::fillsFreeSpaceFirst()
{
    Memory memory;
    auto first = memory.arena.allocate(sizesOf({1024, 2048, 512})); // and 512 free at the end
    VERIFY_RESULT(first);
    const std::uint64_t gap = (*first)[0].address();
    (*first)[0] = {};
    const auto second = memory.arena.allocate(sizesOf({1000, 500}));
    VERIFY_RESULT(second);
    QCOMPARE((*second)[0].address(), gap);
    QCOMPARE((*second)[1].address(), gap + 3584);
    QCOMPARE(memory.arena.statistics().allocated, memory.arena.statistics().held);
    QCOMPARE(memory.source.acquisitions(), 1U);
}

void TestArena::returnsEmptySlabsAtOnce()
{
    Memory memory;
    auto first = memory.arena.allocate(sizesOf({3000, 4000}));
    auto second = memory.arena.allocate(sizesOf({4096}));
    VERIFY_RESULT(first);
    VERIFY_RESULT(second);
    QCOMPARE(memory.source.liveSlabs(), 2U);
    first->pop_back();
    QCOMPARE(memory.source.liveSlabs(), 2U);
    first->clear();
    QCOMPARE(memory.source.liveSlabs(), 1U);
    QCOMPARE(memory.budget.inUse(), Bytes{4096});
    second->clear();
    QCOMPARE(memory.source.liveSlabs(), 0U);
    QCOMPARE(memory.arena.statistics().held, Bytes{});
}

void TestArena::givesEmptyPlacesForNothing()
{
    Memory memory;
    const auto none = memory.arena.allocate({});
    VERIFY_RESULT(none);
    QVERIFY(none->empty());
    const auto places = memory.arena.allocate(sizesOf({0, 10, 0}));
    VERIFY_RESULT(places);
    QVERIFY((*places)[0].isEmpty() && (*places)[2].isEmpty());
    QCOMPARE((*places)[0].address(), 0U);
    QVERIFY(!(*places)[1].isEmpty());
    QCOMPARE(memory.arena.statistics().allocations, 1U);
}

void TestArena::keepsTheBlockOfANarrowedPlace()
{
    Memory memory;
    auto places = memory.arena.allocate(sizesOf({1000, 10}));
    VERIFY_RESULT(places);
    Allocation& place = places->front();
    const std::uint64_t address = place.address();
    QCOMPARE(place.block().address, address);
    QCOMPARE(place.block().size, Bytes{1024});
    place.narrow(100, Bytes{900});
    place.narrow(7, Bytes{800});
    QCOMPARE(place.address(), address + 107);
    QCOMPARE(place.size(), Bytes{800});
    QCOMPARE(place.block().size, Bytes{1024});
    QCOMPARE(memory.arena.statistics().allocated, Bytes{1024 + 256});
    const Allocation moved = std::move(place);
    QCOMPARE(moved.address(), address + 107);
    QVERIFY(place.isEmpty()); // NOLINT: what is left of it
    QCOMPARE(place.block().size, Bytes{});
    places->clear();
    QCOMPARE(memory.arena.statistics().allocated, Bytes{1024});
    const auto layout = memory.arena.layout();
    QCOMPARE(layout.front().used.front().address, address);
}

void TestArena::namesWhatIsMissing()
{
    Memory memory{Bytes{4096 * 3}};
    const auto first = memory.arena.allocate(sizesOf({4000}));
    VERIFY_RESULT(first);
    const ArenaStatistics before = memory.arena.statistics();
    // 80 bytes would fit into free space; the rest of the batch needs three more pages, two are left
    const auto second = memory.arena.allocate(sizesOf({4096 * 3}));
    VERIFY_ERROR(second, ErrorCode::OutOfDeviceMemory);
    QCOMPARE(*second.error().context.required, Bytes{4096 * 3});
    QCOMPARE(*second.error().context.available, Bytes{4096 * 2});
    QCOMPARE(memory.arena.statistics().held, before.held);
    QCOMPARE(memory.source.acquisitions(), 1U);
    VERIFY_RESULT(memory.arena.allocate(sizesOf({4096, 4096})));
}

void TestArena::takesClassesOfSizes()
{
    Memory memory;
    const auto places = memory.arena.allocate(sizesOf({kMiB.value - 20'000}));
    VERIFY_RESULT(places);
    QCOMPARE(memory.arena.statistics().held, kMiB - kKiB * 16); // a multiple of 8 KiB
    const auto nearlyFull = memory.arena.allocate(sizesOf({kMiB.value - 16'384}));
    VERIFY_RESULT(nearlyFull);
    QCOMPARE(memory.arena.statistics().held, kMiB * 2 - kKiB * 16);
}

/// A margin must not be what keeps a model from fitting.
void TestArena::takesNoMoreThanNeededWhereTheBudgetIsShort()
{
    const Bytes needed = kMiB - kKiB * 12;
    Memory memory{needed};
    const auto places = memory.arena.allocate(std::vector{needed});
    VERIFY_RESULT(places);
    QCOMPARE(memory.arena.statistics().held, needed);
    const auto more = memory.arena.allocate(std::vector{kMiB - kKiB * 12});
    VERIFY_ERROR(more, ErrorCode::OutOfDeviceMemory);
    QCOMPARE(*more.error().context.required, needed); // without the margin
}

void TestArena::refusesSizesThatOverflow()
{
    Memory memory;
    for (const auto& sizes : {sizesOf({~0ULL}), sizesOf({~0ULL - 255}), sizesOf({1ULL << 63, 1ULL << 63}),
             sizesOf({1ULL << 62, 1ULL << 62, 1ULL << 62, 1ULL << 62, 4096})}) {
        VERIFY_ERROR(memory.arena.allocate(sizes), ErrorCode::OutOfDeviceMemory);
        QCOMPARE(memory.arena.statistics().held, Bytes{});
        QCOMPARE(memory.source.acquisitions(), 0U);
    }
}

void TestArena::rollsBackWhateverAcquisitionFails()
{
    const std::vector<Bytes> sizes(8, kMiB);
    for (std::uint64_t n = 0; n < sizes.size(); ++n) {
        Memory memory;
        memory.source.failAt = n;
        VERIFY_ERROR(memory.arena.allocate(sizes), ErrorCode::DeviceError);
        QCOMPARE(memory.source.acquisitions(), n + 1);
        QCOMPARE(memory.source.liveSlabs(), 0U);
        QCOMPARE(memory.budget.inUse(), Bytes{});
        QCOMPARE(memory.arena.statistics().slabs, 0U);
    }
}

void TestArena::rollsBackWhatCameFromFreeSpace()
{
    Memory memory;
    const auto first = memory.arena.allocate(sizesOf({100}));
    VERIFY_RESULT(first);
    memory.source.failAt = 1;
    VERIFY_ERROR(memory.arena.allocate(sizesOf({100, 100, 100, 5000})), ErrorCode::DeviceError);
    QCOMPARE(memory.arena.statistics().allocated, Bytes{256});
    QCOMPARE(memory.arena.statistics().allocations, 1U);
    QCOMPARE(memory.arena.statistics().held, Bytes{4096});
}

void TestArena::endsAtACancel()
{
    const std::vector<Bytes> sizes(5, kMiB);
    for (std::uint64_t after = 0; after < sizes.size(); ++after) {
        Memory memory;
        std::stop_source stop;
        memory.source.onCall = [&] {
            if (memory.source.acquisitions() + 1 == after)
                stop.request_stop();
        };
        if (after == 0)
            stop.request_stop();
        VERIFY_ERROR(memory.arena.allocate(sizes, stop.get_token()), ErrorCode::Cancelled);
        QCOMPARE(memory.source.acquisitions(), after);
        QCOMPARE(memory.source.liveSlabs(), 0U);
        QCOMPARE(memory.budget.inUse(), Bytes{});
    }
}

void TestArena::callsNothingWhileLocked()
{
    Memory memory;
    int calls = 0;
    memory.source.onCall = [&] {
        ++calls;
        (void)memory.arena.statistics(); // would wait for ever
        (void)memory.budget.inUse();
    };
    const std::vector<Bytes> sizes(3, kMiB);
    VERIFY_RESULT(memory.arena.allocate(sizes));
    memory.source.failAt = 4;
    VERIFY_ERROR(memory.arena.allocate(sizes), ErrorCode::DeviceError);
    QCOMPARE(calls, 3 + 3 + 2 + 1);
}

void TestArena::isNeverOvercommittedByARace()
{
    constexpr int kRounds = 3000;
    const Bytes capacity{4096 * 5};
    Memory memory{capacity};
    std::atomic<int> successes = 0;
    const auto race = [&](std::uint64_t size) {
        const std::array sizes{Bytes{size}, Bytes{size}};
        for (int i = 0; i < kRounds; ++i) {
            if (memory.arena.allocate(sizes))
                ++successes;
        }
    };
    {
        std::jthread other{race, 6000};
        race(4096);
    }
    QVERIFY(successes >= kRounds); // they may refuse each other, but never both for ever
    QVERIFY(memory.source.mostBytes() <= capacity);
    QCOMPARE(memory.source.liveBytes(), Bytes{});
    QCOMPARE(memory.budget.inUse(), Bytes{});
    QCOMPARE(memory.arena.statistics().allocations, 0U);
}

QTEST_APPLESS_MAIN(TestArena)
#include "test_arena.moc"
