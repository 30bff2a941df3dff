// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/contents/evacuation.h"
#include "tests/support/scripted_slab_source.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>
#include <optional>
#include <thread>

using namespace weightroom::engine;
using weightroom::test::ScriptedSlabSource;

namespace {

constexpr Bytes kPart{16 * 4096};

/// An arena with two slabs of four parts; of the first only the second part is used, of the second the first three.
struct Scene {
    explicit Scene(Bytes capacity = kGiB)
        : budget(capacity, ErrorCode::OutOfDeviceMemory, "vram")
        , arena(source, budget, kPart * 4)
    {
        const std::vector<Bytes> batch(4, kPart);
        auto first = arena.allocate(batch).value();
        second = arena.allocate(batch).value();
        sparse = std::move(first[1]);
        second.pop_back();
    }

    [[nodiscard]] std::uint64_t sparseSlab() const { return arena.layout().front().number; }
    [[nodiscard]] bool isInSparseSlab(const Allocation& place) const
    {
        const SlabLayout& slab = m_sparse;
        return place.address() >= slab.address && place.address() < slab.address + slab.size.value;
    }
    [[nodiscard]] Evacuation evacuateSparse()
    {
        m_sparse = arena.layout().front();
        return std::move(*arena.evacuate({m_sparse.number}));
    }
    [[nodiscard]] std::vector<Allocation> take(std::uint64_t parts)
    {
        const std::vector<Bytes> batch(parts, kPart);
        return arena.allocate(batch).value_or(std::vector<Allocation>{});
    }

    ScriptedSlabSource source{Bytes{4096}};
    Budget budget;
    Arena arena;
    Allocation sparse;
    std::vector<Allocation> second;

private:
    SlabLayout m_sparse;
};

constexpr std::array kOnePart{kPart};

} // namespace

class TestEvacuation : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void saysWhereEverythingLies();
    void keepsNewPlacesOut();
    void givesTheSlabBackWhenItIsEmpty();
    void makesTheSlabsAsTheyWere();
    void takesNoMoreThanNewSlabsMay();
    void isGivenUpForALoadThatNeedsTheSpace();
    void isNotGivenUpWhereNothingElseHelps_data();
    void isNotGivenUpWhereNothingElseHelps();
    void isOneAtATime();
    void outlivesItsSlabs();
    void worksBesideLoads();
};

void TestEvacuation::saysWhereEverythingLies()
{
    Scene scene;
    const auto slabs = scene.arena.layout();
    QCOMPARE(slabs.size(), 2U);
    QCOMPARE(slabs[0].size, kPart * 4);
    QCOMPARE(slabs[0].used.size(), 1U);
    QCOMPARE(slabs[0].used[0].address, slabs[0].address + kPart.value);
    QCOMPARE(slabs[0].used[0].size, kPart);
    QCOMPARE(slabs[1].used.size(), 3U);
    QCOMPARE(slabs[1].address, scene.second[0].address());
}

void TestEvacuation::keepsNewPlacesOut()
{
    Scene scene;
    const Evacuation evacuation = scene.evacuateSparse();
    const auto places = scene.take(3); // one fits into the second slab
    QCOMPARE(places.size(), 3U);
    for (const Allocation& place : places)
        QVERIFY(!scene.isInSparseSlab(place));
    QCOMPARE(scene.arena.statistics().slabs, 3U);
    QVERIFY(!evacuation.isGivenUp());
}

void TestEvacuation::givesTheSlabBackWhenItIsEmpty()
{
    Scene scene;
    Evacuation evacuation = scene.evacuateSparse();
    auto moved = evacuation.allocate(kOnePart, {}, {});
    VERIFY_RESULT(moved);
    scene.sparse = std::move(moved->front());
    moved->clear();
    QCOMPARE(scene.arena.statistics().held, kPart * 4);
    QCOMPARE(scene.arena.statistics().allocated, kPart * 4);
    QCOMPARE(scene.source.liveSlabs(), 1U);
    QCOMPARE(scene.budget.inUse(), kPart * 4);
}

void TestEvacuation::makesTheSlabsAsTheyWere()
{
    Scene scene;
    {
        Evacuation evacuation = scene.evacuateSparse();
        const Evacuation moved{std::move(evacuation)};
        scene.second.pop_back(); // gives back beside it
    }
    const auto places = scene.take(5);
    QCOMPARE(places.size(), 5U);
    QCOMPARE(std::ranges::count_if(places, [&](const Allocation& place) { return scene.isInSparseSlab(place); }), 3);
    QCOMPARE(scene.arena.statistics().slabs, 2U);
}

void TestEvacuation::takesNoMoreThanNewSlabsMay()
{
    Scene scene;
    Evacuation evacuation = scene.evacuateSparse();
    const std::vector<Bytes> two(2, kPart);
    VERIFY_ERROR(evacuation.allocate(two, {}, {}), ErrorCode::OutOfDeviceMemory);
    VERIFY_ERROR(evacuation.allocate(two, Bytes{kPart.value - 1}, {}), ErrorCode::OutOfDeviceMemory);
    QCOMPARE(scene.arena.statistics().allocations, 4U);
    VERIFY_RESULT(evacuation.allocate(two, kPart, {}));
    QVERIFY(!evacuation.isGivenUp());
}

void TestEvacuation::isGivenUpForALoadThatNeedsTheSpace()
{
    Scene scene{kPart * 8};
    const Evacuation evacuation = scene.evacuateSparse();
    const auto places = scene.take(4);
    QCOMPARE(places.size(), 4U);
    QVERIFY(evacuation.isGivenUp());
    QCOMPARE(scene.arena.statistics().slabs, 2U);
}

void TestEvacuation::isNotGivenUpWhereNothingElseHelps_data()
{
    QTest::addColumn<bool>("isCancelled");
    QTest::newRow("enough without") << false;
    QTest::newRow("cancelled") << true;
}

void TestEvacuation::isNotGivenUpWhereNothingElseHelps()
{
    QFETCH(const bool, isCancelled);
    Scene scene;
    const Evacuation evacuation = scene.evacuateSparse();
    std::stop_source stop;
    if (isCancelled)
        stop.request_stop();
    const std::vector<Bytes> batch(3, kPart);
    QCOMPARE(scene.arena.allocate(batch, stop.get_token()).has_value(), !isCancelled);
    QVERIFY(!evacuation.isGivenUp());
}

void TestEvacuation::isOneAtATime()
{
    Scene scene{kPart * 8};
    {
        const Evacuation evacuation = scene.evacuateSparse();
        VERIFY_ERROR(scene.arena.evacuate({1}), ErrorCode::Busy);
        QCOMPARE(scene.take(4).size(), 4U);
        QVERIFY(evacuation.isGivenUp());
        VERIFY_ERROR(scene.arena.evacuate({1}), ErrorCode::Busy); // until it has gone
    }
    VERIFY_RESULT(scene.arena.evacuate({1}));
}

void TestEvacuation::outlivesItsSlabs()
{
    Scene scene;
    const Evacuation evacuation = scene.evacuateSparse();
    scene.sparse = {};
    QCOMPARE(scene.arena.statistics().slabs, 1U);
    scene.second.clear();
    QCOMPARE(scene.arena.statistics().held, Bytes{});
}

/// Loads that come and go while slabs are emptied again and again; what is asserted is asserted by the table itself.
void TestEvacuation::worksBesideLoads()
{
    Scene scene{kPart * 24};
    std::atomic<bool> isDone = false;
    std::jthread loads{[&] {
        for (int i = 0; i < 500; ++i) {
            const auto few = scene.take(2);
            const auto many = scene.take(15);
        }
        isDone = true;
    }};
    int begun = 0;
    while (!isDone) {
        for (const SlabLayout& slab : scene.arena.layout()) {
            auto evacuation = scene.arena.evacuate({slab.number});
            VERIFY_RESULT(evacuation);
            const auto places = evacuation->allocate(kOnePart, kPart, {});
            ++begun;
        }
    }
    loads.join();
    QVERIFY(begun > 0);
    scene.sparse = {};
    scene.second.clear();
    QCOMPARE(scene.budget.inUse(), Bytes{});
    QCOMPARE(scene.source.liveSlabs(), 0U);
}

QTEST_APPLESS_MAIN(TestEvacuation)
#include "test_evacuation.moc"
