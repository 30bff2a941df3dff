// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/cache/pool_keeper.h"

#include "tests/support/manual_clock.h"
#include "tests/support/scripted_slab_source.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

namespace {

constexpr Bytes kSlab = kMiB * 16;

/// Two pools, and a system whose memory the test tells.
struct Rig {
    explicit Rig(std::optional<MemoryReading> system = MemoryReading{kGiB * 10, kGiB * 8, std::nullopt})
        : memory(system)
    {
    }
    /// Takes slabs from a pool and gives them back, as a load and an unload do.
    static void use(SlabPool& pool, std::size_t count)
    {
        const std::vector<Bytes> sizes(count, kSlab);
        pool.noteBatch(sizes);
        std::vector<std::unique_ptr<Slab>> slabs;
        for (const Bytes size : sizes)
            slabs.push_back(pool.acquire(size).value());
    }
    void fillUp()
    {
        while (keeper.fill()) { }
    }

    ScriptedSlabSource source{Bytes{4096}};
    Budget budget{kGiB, ErrorCode::OutOfCacheBudget, "cache budget"};
    SlabPool cache{source, budget};
    SlabPool device{source, budget};
    ManualClock clock;
    std::optional<MemoryReading> memory;
    PoolKeeper keeper{{&cache, &device}, clock, [this] { return memory; }};
};

} // namespace

class TestPoolKeeper : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void letsGoWhatIsNotNeededForAWhile();
    void countsTheTimeSinceTheLastUse();
    void looksAtEachPoolByItself();
    void keepsNothingWhenToldSo();
    void doesNotFillAgainWhatItLetGo();
    void fillsTheFirstPoolFirst();
    void leavesMemoryToOthers();
    void expectsNoMoreThanThereIs();
    void doesNothingWhereTheSystemDoesNotTell();
    void stopsAtAFailure();
};

void TestPoolKeeper::letsGoWhatIsNotNeededForAWhile()
{
    Rig rig;
    Rig::use(rig.cache, 2);
    QVERIFY(!rig.keeper.letGo(300s));
    rig.clock.advance(299s);
    QVERIFY(!rig.keeper.letGo(300s));
    QCOMPARE(rig.cache.statistics().ready, kSlab * 2);
    rig.clock.advance(1s);
    QVERIFY(rig.keeper.letGo(300s));
    QCOMPARE(rig.cache.statistics().ready, Bytes{});
    QCOMPARE(rig.source.liveSlabs(), 0U);
    QVERIFY(!rig.keeper.letGo(300s)); // nothing more
}

void TestPoolKeeper::countsTheTimeSinceTheLastUse()
{
    Rig rig;
    auto slab = rig.cache.acquire(kSlab);
    VERIFY_RESULT(slab);
    rig.clock.advance(1h); // a model is loaded for a long time
    QVERIFY(!rig.keeper.letGo(300s));
    slab->reset(); // and unloaded
    QVERIFY(!rig.keeper.letGo(300s));
    QCOMPARE(rig.cache.statistics().ready, kSlab);
    rig.clock.advance(200s);
    QVERIFY(!rig.keeper.letGo(300s));
    Rig::use(rig.cache, 1);
    rig.clock.advance(200s);
    QVERIFY(!rig.keeper.letGo(300s)); // sees the use only now: the time begins here
    rig.clock.advance(299s);
    QVERIFY(!rig.keeper.letGo(300s));
    rig.clock.advance(1s);
    QVERIFY(rig.keeper.letGo(300s));
}

void TestPoolKeeper::looksAtEachPoolByItself()
{
    Rig rig;
    Rig::use(rig.cache, 1);
    Rig::use(rig.device, 1);
    QVERIFY(!rig.keeper.letGo(300s));
    rig.clock.advance(200s);
    Rig::use(rig.device, 1);
    QVERIFY(!rig.keeper.letGo(300s));
    rig.clock.advance(150s);
    QVERIFY(rig.keeper.letGo(300s));
    QCOMPARE(rig.cache.statistics().ready, Bytes{});
    QCOMPARE(rig.device.statistics().ready, kSlab);
}

void TestPoolKeeper::keepsNothingWhenToldSo()
{
    Rig rig;
    Rig::use(rig.cache, 2);
    QVERIFY(rig.keeper.letGo(0s));
    QCOMPARE(rig.source.liveSlabs(), 0U);
    Rig::use(rig.cache, 2);
    QCOMPARE(rig.source.liveSlabs(), 0U);
    QVERIFY(!rig.keeper.fill());
    QVERIFY(!rig.keeper.letGo(60s)); // the user has changed their mind
    Rig::use(rig.cache, 2);
    QCOMPARE(rig.cache.statistics().ready, kSlab * 2);
}

void TestPoolKeeper::doesNotFillAgainWhatItLetGo()
{
    Rig rig;
    Rig::use(rig.cache, 2);
    QVERIFY(!rig.keeper.letGo(300s));
    rig.clock.advance(300s);
    QVERIFY(rig.keeper.letGo(300s));
    QVERIFY(!rig.keeper.fill());
    Rig::use(rig.cache, 1); // until somebody needs it again
    rig.fillUp();
    QCOMPARE(rig.cache.statistics().ready, kSlab);
}

void TestPoolKeeper::fillsTheFirstPoolFirst()
{
    Rig rig;
    rig.cache.noteBatch(std::array{kSlab, kSlab});
    rig.device.noteBatch(std::array{kSlab});
    QVERIFY(rig.keeper.fill());
    QCOMPARE(rig.cache.statistics().ready, kSlab);
    QCOMPARE(rig.device.statistics().ready, Bytes{});
    rig.fillUp();
    QCOMPARE(rig.cache.statistics().ready, kSlab * 2);
    QCOMPARE(rig.device.statistics().ready, kSlab);
}

void TestPoolKeeper::leavesMemoryToOthers()
{
    Rig rig;
    rig.cache.noteBatch(std::array{kSlab, kSlab});
    rig.memory->available = kGiB * 2 + PoolKeeper::kFillStep - Bytes{1}; // a fifth, and not quite a step
    QVERIFY(!rig.keeper.fill());
    rig.memory->available += Bytes{1};
    QVERIFY(rig.keeper.fill());
    rig.memory->available = kGiB;
    QVERIFY(!rig.keeper.fill());
    QCOMPARE(rig.cache.statistics().ready, kSlab);
}

void TestPoolKeeper::expectsNoMoreThanThereIs()
{
    Rig rig;
    rig.memory->available = kSlab * 12 + kGiB * 2;
    rig.memory->total = kGiB * 2;
    rig.keeper.expect(rig.cache, kSlab * 3, kSlab);
    rig.fillUp();
    QCOMPARE(rig.cache.statistics().ready, kSlab * 3);
    rig.memory->available = kGiB;
    rig.keeper.expect(rig.device, kGiB, kSlab);
    rig.fillUp();
    QCOMPARE(rig.device.statistics().ready, Bytes{kGiB.value / 4});
}

void TestPoolKeeper::doesNothingWhereTheSystemDoesNotTell()
{
    Rig rig{std::nullopt};
    rig.keeper.expect(rig.cache, kSlab, kSlab);
    QVERIFY(!rig.keeper.fill());
    rig.cache.noteBatch(std::array{kSlab});
    QVERIFY(!rig.keeper.fill());
    Rig::use(rig.cache, 1); // what is given back stays all the same
    QCOMPARE(rig.cache.statistics().ready, kSlab);
}

void TestPoolKeeper::stopsAtAFailure()
{
    Rig rig;
    rig.cache.noteBatch(std::array{kSlab});
    rig.source.failAt = 0;
    QVERIFY(!rig.keeper.fill());
    QCOMPARE(rig.cache.statistics().ready, Bytes{});
    rig.fillUp();
    QCOMPARE(rig.cache.statistics().ready, kSlab);
}

QTEST_APPLESS_MAIN(TestPoolKeeper)
#include "test_pool_keeper.moc"
