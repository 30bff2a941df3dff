// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/contents/compaction_plan.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <random>
#include <sstream>

using namespace weightroom::engine;

namespace {

/// Slabs, divided by '|', each a row of blocks from its beginning: 'a' to 'z' a used block of 1 to 26 units of 16
/// bytes, 'A' to 'Z' the same that may not move, '.' a free unit.
struct Scene {
    explicit Scene(const std::string& rows)
    {
        std::istringstream lines{rows};
        for (std::string row; std::getline(lines, row, '|');)
            add(row);
    }

    void add(const std::string& row)
    {
        SlabLayout slab{.number = slabs.size() + 1, .address = 1'000'000 * (slabs.size() + 1), .size = {}, .used = {}};
        for (const char block : row) {
            const bool isFree = block == '.';
            const bool isMovable = block >= 'a' && block <= 'z';
            const auto units = isFree ? 1 : static_cast<std::uint64_t>(block - (isMovable ? 'a' : 'A')) + 1;
            const std::uint64_t address = slab.address + slab.size.value;
            if (!isFree)
                slab.used.push_back({address, Bytes{units * kUnit}});
            if (isMovable)
                movable.insert(address);
            slab.size += Bytes{units * kUnit};
        }
        slabs.push_back(std::move(slab));
    }

    static constexpr std::uint64_t kUnit = 16;
    std::vector<SlabLayout> slabs;
    std::unordered_set<std::uint64_t> movable;
};

constexpr SlabSizes kSizes{Bytes{Scene::kUnit}, Bytes{64 * Scene::kUnit}};

} // namespace

class TestCompactionPlan : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void plansOneStep_data();
    void plansOneStep();
    void movesTheLargestFirst();
    void takesNoMoreThanNewSlabsMay_data();
    void takesNoMoreThanNewSlabsMay();
    void plansManySlabsQuickly();
};

void TestCompactionPlan::plansOneStep_data()
{
    QTest::addColumn<std::string>("slabs");
    QTest::addColumn<QList<quint64>>("emptied");
    QTest::addColumn<quint64>("newUnits");
    QTest::addColumn<quint64>("gainedUnits");
    const auto row = [](const char* name, const std::string& slabs, const QList<quint64>& emptied, quint64 newUnits,
                         quint64 gained) { QTest::newRow(name) << slabs << emptied << newUnits << gained; };
    row("nothing", "", {}, 0, 0);
    row("one full slab", "dd", {}, 0, 0);
    row("one into the gap of the other", "b..|a..", {2}, 0, 3);
    row("the one with fewer bytes goes", "dd..........|d......", {2}, 0, 10);
    row("several into one", "h.......|b|c|b", {2, 4, 3}, 0, 7);
    row("into the gaps of what may not move", "H...|c.......", {2}, 0, 10);
    row("what may not move stays", "Hb......|J..........", {}, 0, 0);
    row("a slab with one such block stays", "aA......|H......", {}, 0, 0);
    row("no gap is large enough", "dd...|dd...", {1, 2}, 16, 6);
    row("the small one fits, the large one does not", "j.......|h.|a", {3}, 0, 1);
    row("a sparse one is made again, smaller", "h........", {1}, 8, 8);
    row("a good one is left alone",
        {"zzzz"
         "."},
        {}, 0, 0); // 104 of 105
    row("gaps take a part", "H..|cb.......", {2}, 3, 9);
    row("an emptied slab needs no block to go", "d...", {1}, 4, 3);
}

void TestCompactionPlan::plansOneStep()
{
    QFETCH(const std::string, slabs);
    QFETCH(const QList<quint64>, emptied);
    QFETCH(const quint64, newUnits);
    QFETCH(const quint64, gainedUnits);
    const Scene scene{slabs};
    const CompactionPlan plan = planCompaction(scene.slabs, scene.movable, {kSizes, kGiB});
    QCOMPARE(QList<quint64>(plan.emptied.begin(), plan.emptied.end()), emptied);
    QCOMPARE(plan.newSlabs, Bytes{newUnits * Scene::kUnit});
    QCOMPARE(plan.gain, Bytes{gainedUnits * Scene::kUnit});
    QCOMPARE(plan.isEmpty(), emptied.empty());
    QCOMPARE(plan.moved.empty(), emptied.empty());
}

void TestCompactionPlan::movesTheLargestFirst()
{
    const Scene scene{"z..........|a.c.b..........."};
    const CompactionPlan plan = planCompaction(scene.slabs, scene.movable, {kSizes, {}});
    const std::uint64_t begin = scene.slabs[1].address;
    QCOMPARE(plan.moved.size(), 3U);
    QCOMPARE(plan.moved[0].address, begin + 2 * Scene::kUnit);
    QCOMPARE(plan.moved[1].address, begin + 6 * Scene::kUnit);
    QCOMPARE(plan.moved[2].address, begin);
}

void TestCompactionPlan::takesNoMoreThanNewSlabsMay_data()
{
    QTest::addColumn<quint64>("mostNewUnits");
    QTest::addColumn<QList<quint64>>("emptied");
    QTest::newRow("nothing") << quint64{0} << QList<quint64>{};
    QTest::newRow("a unit too little for one") << quint64{9} << QList<quint64>{};
    QTest::newRow("one, the emptiest") << quint64{10} << QList<quint64>{2};
    QTest::newRow("a unit too little for two") << quint64{21} << QList<quint64>{2};
    QTest::newRow("two") << quint64{22} << QList<quint64>{2, 3};
    QTest::newRow("all") << quint64{35} << QList<quint64>{2, 3, 1};
}

void TestCompactionPlan::takesNoMoreThanNewSlabsMay()
{
    QFETCH(const quint64, mostNewUnits);
    QFETCH(const QList<quint64>, emptied);
    const Scene scene{"m.........|j.........|l........."}; // no gap is large enough for another one's block
    const CompactionPlan plan =
        planCompaction(scene.slabs, scene.movable, {kSizes, Bytes{mostNewUnits * Scene::kUnit}});
    QCOMPARE(QList<quint64>(plan.emptied.begin(), plan.emptied.end()), emptied);
    QVERIFY(plan.newSlabs.value <= mostNewUnits * Scene::kUnit);
}

/// A hundred GiB of half-empty slabs with the tensors of many models.
void TestCompactionPlan::plansManySlabsQuickly()
{
    std::mt19937 random{7};
    std::vector<SlabLayout> slabs;
    std::unordered_set<std::uint64_t> movable;
    for (std::uint64_t number = 1; number <= 400; ++number) {
        SlabLayout slab{.number = number, .address = number * kGiB.value, .size = kMiB * 256, .used = {}};
        std::uint64_t next = slab.address;
        for (int block = 0; block < 60; ++block) {
            const std::uint64_t size = alignUp(random() % (4U << 20U) + 1, 256);
            if (random() % 2 == 0) {
                slab.used.push_back({next, Bytes{size}});
                movable.insert(next);
            }
            next += size;
        }
        slabs.push_back(std::move(slab));
    }
    QBENCHMARK_ONCE
    {
        const CompactionPlan plan = planCompaction(slabs, movable, {{kMiB * 2, kMiB * 256}, kGiB});
        QVERIFY(plan.gain > kMiB * 256 * 200);
    }
}

QTEST_APPLESS_MAIN(TestCompactionPlan)
#include "test_compaction_plan.moc"
