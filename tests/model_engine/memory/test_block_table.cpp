// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/memory/block_table.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>

using namespace weightroom::engine;

class TestBlockTable : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init();
    void offersNothingWhenThereIsNothing();
    void takesTheSmallestBlockThatFits();
    void prefersTheOldestSlab();
    void mergesWithBothNeighbours();
    void doesNotMergeAcrossSlabs();
    void saysWhenASlabIsEmpty();
    void takesNothingFromAClosedSlab();
    void mergesInAClosedSlab();
    void forgetsAClosedSlab();
    void saysWhereEverythingLies();

private:
    static constexpr std::uint64_t kFirst = 1000;
    /// |100 used|200 used|300 used|50 used|350 free|
    static constexpr std::array kUsed{Bytes{100}, Bytes{200}, Bytes{300}, Bytes{50}};
    std::uint64_t addressOf(Bytes size);
    BlockTable m_table;
};

void TestBlockTable::init()
{
    m_table = {};
    m_table.add(BlockTable::Slab{0, kFirst, Bytes{1000}, kUsed});
}

/// Where a block of `size` lands; 0 when there is no room.
std::uint64_t TestBlockTable::addressOf(Bytes size)
{
    const auto place = m_table.take(size);
    return place ? place->address : 0;
}

void TestBlockTable::offersNothingWhenThereIsNothing()
{
    QVERIFY(!BlockTable{}.take(Bytes{1}));
    QVERIFY(!m_table.take(Bytes{351}));
    QCOMPARE(m_table.used(), Bytes{650});
    QCOMPARE(m_table.usedBlocks(), 4U);
    QCOMPARE(addressOf(Bytes{350}), kFirst + 650);
    QVERIFY(!m_table.take(Bytes{1}));
    QCOMPARE(m_table.used(), Bytes{1000});
}

void TestBlockTable::takesTheSmallestBlockThatFits()
{
    m_table.giveBack({0, kFirst}); // 100 free
    m_table.giveBack({0, kFirst + 300}); // 300 free
    QCOMPARE(addressOf(Bytes{301}), kFirst + 650);
    QCOMPARE(addressOf(Bytes{49}), kFirst + 951);
    QCOMPARE(addressOf(Bytes{60}), kFirst);
    QCOMPARE(addressOf(Bytes{40}), kFirst + 60);
    QCOMPARE(addressOf(Bytes{10}), kFirst + 300);
    QCOMPARE(addressOf(Bytes{290}), kFirst + 310);
    QCOMPARE(m_table.used(), Bytes{1000});
}

void TestBlockTable::prefersTheOldestSlab()
{
    const std::array used{Bytes{650}};
    m_table.add(BlockTable::Slab{1, 500, Bytes{1000}, used}); // lower address, younger
    const auto place = m_table.take(Bytes{350});
    QVERIFY(place);
    QCOMPARE(place->slab, 0U);
}

void TestBlockTable::mergesWithBothNeighbours()
{
    m_table.giveBack({0, kFirst + 100});
    m_table.giveBack({0, kFirst + 600});
    QCOMPARE(addressOf(Bytes{401}), 0U);
    m_table.giveBack({0, kFirst + 300}); // joins 200 before and 400 behind
    QCOMPARE(addressOf(Bytes{901}), 0U);
    QCOMPARE(addressOf(Bytes{900}), kFirst + 100);
}

void TestBlockTable::doesNotMergeAcrossSlabs()
{
    const std::array used{Bytes{10}};
    m_table.add(BlockTable::Slab{1, kFirst + 1000, Bytes{100}, used});
    QCOMPARE(m_table.giveBack({1, kFirst + 1000}), SlabUse::Empty);
    QVERIFY(!m_table.take(Bytes{351}));
}

void TestBlockTable::saysWhenASlabIsEmpty()
{
    QCOMPARE(m_table.giveBack({0, kFirst + 100}), SlabUse::InUse);
    QCOMPARE(m_table.giveBack({0, kFirst + 600}), SlabUse::InUse);
    QCOMPARE(m_table.giveBack({0, kFirst}), SlabUse::InUse);
    QCOMPARE(m_table.giveBack({0, kFirst + 300}), SlabUse::Empty);
    QCOMPARE(m_table.used(), Bytes{});
    QCOMPARE(m_table.usedBlocks(), 0U);
    m_table.remove(0);
    QVERIFY(!m_table.take(Bytes{1}));
}

void TestBlockTable::takesNothingFromAClosedSlab()
{
    m_table.add(BlockTable::Slab{1, 5000, Bytes{400}, {}});
    m_table.close(0);
    m_table.close(0); // again changes nothing
    QCOMPARE(addressOf(Bytes{300}), 5000U);
    QCOMPARE(addressOf(Bytes{101}), 0U);
    m_table.open(0);
    m_table.open(1);
    QCOMPARE(addressOf(Bytes{101}), kFirst + 650);
}

void TestBlockTable::mergesInAClosedSlab()
{
    m_table.close(0);
    m_table.giveBack({0, kFirst + 300});
    m_table.giveBack({0, kFirst});
    m_table.giveBack({0, kFirst + 100});
    QCOMPARE(addressOf(Bytes{1}), 0U);
    m_table.open(0);
    QCOMPARE(addressOf(Bytes{600}), kFirst);
    QCOMPARE(addressOf(Bytes{350}), kFirst + 650);
    QCOMPARE(addressOf(Bytes{1}), 0U);
}

void TestBlockTable::forgetsAClosedSlab()
{
    m_table.close(0);
    for (const std::uint64_t offset : {0U, 100U, 300U})
        QCOMPARE(m_table.giveBack({0, kFirst + offset}), SlabUse::InUse);
    QCOMPARE(m_table.giveBack({0, kFirst + 600}), SlabUse::Empty);
    m_table.remove(0);
    m_table.open(0);
    m_table.close(0);
    QCOMPARE(addressOf(Bytes{1}), 0U);
    QVERIFY(m_table.layout().empty());
}

void TestBlockTable::saysWhereEverythingLies()
{
    m_table.giveBack({0, kFirst + 100});
    m_table.add(BlockTable::Slab{1, 500, Bytes{64}, {}});
    const auto slabs = m_table.layout();
    QCOMPARE(slabs.size(), 2U);
    QCOMPARE(slabs[0].number, 0U);
    QCOMPARE(slabs[0].address, kFirst);
    QCOMPARE(slabs[0].size, Bytes{1000});
    const std::array expected{
        std::pair{kFirst, Bytes{100}}, std::pair{kFirst + 300, Bytes{300}}, std::pair{kFirst + 600, Bytes{50}}};
    QCOMPARE(slabs[0].used.size(), expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        QCOMPARE(slabs[0].used[i].address, expected[i].first);
        QCOMPARE(slabs[0].used[i].size, expected[i].second);
    }
    QCOMPARE(slabs[1].size, Bytes{64});
    QVERIFY(slabs[1].used.empty());
}

QTEST_APPLESS_MAIN(TestBlockTable)
#include "test_block_table.moc"
