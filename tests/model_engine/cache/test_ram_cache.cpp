// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/ram_cache.h"
#include "tests/support/manual_clock.h"
#include "tests/support/scripted_slab_source.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

namespace {

constexpr Bytes kSize{4096}; ///< of one component: a slab of its own
const FileIdentity kFile{1, 2, Bytes{3}, 4, 5};
const ContentIdentity kIdentity{kFile};

ComponentKey keyOf(const char* model, const char* component) { return {ModelId{model}, ComponentId{component}}; }

} // namespace

class TestRamCache : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void findsWhatIsCached();
    void anotherIdentityIsAMiss_data();
    void anotherIdentityIsAMiss();
    void answersWithWhatIsReplaced();
    void removesAModelAndNothingElse();
    void removesEverything();
    void evictsTheLeastRecentlyUsed();
    void keepsTheOrderWithinOneTickOfTheClock();
    void evictsAsMuchAsIsWanted();
    void neverEvictsWhatIsInUse();
    void evictsByTheRule();
    void neverEvictsWhatIsPinned();
    void countsHitsMissesAndEvictions();
    void givesNothingBackBeforeTheLastCopyEnds();
    void countsWhatWasReadAheadByItself();
    void looksWithoutCounting();
    void saysWhoWouldGo();

private:
    /// A cache with a place to put weights; one component has kSize bytes.
    struct Memory {
        [[nodiscard]] CachedComponentPtr component(const ComponentKey& key, const ContentIdentity& identity = kIdentity)
        {
            auto places = arena.allocate(std::array{kSize});
            ComponentWeights weights{.tensors = {}, .size = kSize};
            weights.tensors.push_back({"weight", Dtype::U8, Shape{}, std::move(places->front())});
            return std::make_shared<const CachedComponent>(CachedComponent{key, identity, std::move(weights), 2s});
        }
        void insert(const char* model, const char* name) { QVERIFY(!cache.insert(component(keyOf(model, name)))); }
        /// Names of the components that are cached, one letter each.
        [[nodiscard]] std::string names() const
        {
            std::string all;
            for (const CacheEntryStatistics& entry : cache.entries())
                all += entry.key.component.text;
            return all;
        }

        ScriptedSlabSource source{kSize};
        Budget budget{kMiB, ErrorCode::OutOfCacheBudget, "cache budget"};
        Arena arena{source, budget, kSize};
        ManualClock clock;
        RamCache cache{clock};
    };
};

void TestRamCache::findsWhatIsCached()
{
    Memory memory;
    QVERIFY(!memory.cache.use(keyOf("m", "a"), kIdentity));
    QVERIFY(!memory.cache.contains(keyOf("m", "a")));
    memory.insert("m", "a");
    QVERIFY(memory.cache.contains(keyOf("m", "a")));
    QVERIFY(!memory.cache.contains(keyOf("m", "b")));
    QVERIFY(!memory.cache.contains(keyOf("n", "a")));
    const CachedComponentPtr found = memory.cache.use(keyOf("m", "a"), kIdentity);
    QVERIFY(found);
    QVERIFY(found->key == keyOf("m", "a"));
    QCOMPARE(found->weights.size, kSize);
}

void TestRamCache::anotherIdentityIsAMiss_data()
{
    QTest::addColumn<ContentIdentity>("identity");
    const auto with = [](auto change) {
        FileIdentity file = kFile;
        change(file);
        return ContentIdentity{file};
    };
    QTest::newRow("device") << with([](FileIdentity& id) { id.device += 1; });
    QTest::newRow("inode") << with([](FileIdentity& id) { id.inode += 1; });
    QTest::newRow("size") << with([](FileIdentity& id) { id.size += Bytes{1}; });
    QTest::newRow("modified") << with([](FileIdentity& id) { id.modifiedNs += 1; });
    QTest::newRow("changed") << with([](FileIdentity& id) { id.changedNs -= 1; });
    QTest::newRow("one file more") << ContentIdentity{kFile, kFile};
    QTest::newRow("no file") << ContentIdentity{};
}

void TestRamCache::anotherIdentityIsAMiss()
{
    QFETCH(ContentIdentity, identity);
    Memory memory;
    memory.insert("m", "a");
    QVERIFY(!memory.cache.use(keyOf("m", "a"), identity));
    QCOMPARE(memory.cache.misses(), 1U);
    QCOMPARE(memory.cache.hits(), 0U);
    QVERIFY(memory.cache.use(keyOf("m", "a"), kIdentity));
}

void TestRamCache::answersWithWhatIsReplaced()
{
    Memory memory;
    const CachedComponentPtr first = memory.component(keyOf("m", "a"));
    QVERIFY(!memory.cache.insert(first));
    ContentIdentity later = kIdentity;
    later.front().modifiedNs += 10;
    QVERIFY(memory.cache.insert(memory.component(keyOf("m", "a"), later)) == first);
    QCOMPARE(memory.cache.entries().size(), 1U);
    QVERIFY(memory.cache.use(keyOf("m", "a"), later));
    QVERIFY(!memory.cache.use(keyOf("m", "a"), kIdentity));
}

void TestRamCache::removesAModelAndNothingElse()
{
    Memory memory;
    for (const char* name : {"a", "b", "c"}) {
        memory.insert("model", name);
        memory.insert("model2", name);
        memory.insert("mode", name);
    }
    QCOMPARE(memory.cache.removeModel(ModelId{"model"}).size(), 3U);
    QCOMPARE(memory.names(), std::string{"abcabc"});
    QVERIFY(!memory.cache.contains(keyOf("model", "a")));
    QCOMPARE(memory.cache.removeModel(ModelId{"model"}).size(), 0U);
    QCOMPARE(memory.cache.removeModel(ModelId{""}).size(), 0U);
    QCOMPARE(memory.cache.evictions(), 0U); // dropping on request is not evicting
}

void TestRamCache::removesEverything()
{
    Memory memory;
    memory.insert("m", "a");
    memory.insert("n", "b");
    auto removed = memory.cache.removeAll();
    QCOMPARE(removed.size(), 2U);
    QVERIFY(memory.cache.entries().empty());
    QCOMPARE(memory.arena.statistics().held, kSize * 2); // the caller decides where it is given back
    removed.clear();
    QCOMPARE(memory.arena.statistics().held, Bytes{});
    QVERIFY(memory.cache.removeAll().empty());
}

void TestRamCache::evictsTheLeastRecentlyUsed()
{
    Memory memory;
    for (const char* name : {"a", "b", "c", "d"}) {
        memory.insert("m", name);
        memory.clock.advance(1s);
    }
    QVERIFY(memory.cache.use(keyOf("m", "a"), kIdentity));
    memory.clock.advance(1s);
    QVERIFY(memory.cache.use(keyOf("m", "c"), kIdentity));
    std::string order;
    for (int i = 0; i < 4; ++i)
        order += memory.cache.evict(kSize).front()->key.component.text;
    QCOMPARE(order, std::string{"bdac"});
}

void TestRamCache::keepsTheOrderWithinOneTickOfTheClock()
{
    Memory memory; // whose clock stands still
    for (const char* name : {"c", "a", "b"})
        memory.insert("m", name);
    memory.clock.setWallBy(-1h); // a clock that is set back must not make the last one the oldest
    QVERIFY(memory.cache.use(keyOf("m", "c"), kIdentity));
    std::string order;
    for (int i = 0; i < 3; ++i)
        order += memory.cache.evict(kSize).front()->key.component.text;
    QCOMPARE(order, std::string{"abc"});
}

void TestRamCache::evictsAsMuchAsIsWanted()
{
    Memory memory;
    for (const char* name : {"a", "b", "c", "d"})
        memory.insert("m", name);
    QVERIFY(memory.cache.evict(Bytes{}).empty());
    QCOMPARE(memory.cache.evict(kSize + Bytes{1}).size(), 2U);
    QCOMPARE(memory.names(), std::string{"cd"});
    QCOMPARE(memory.cache.evict(kGiB).size(), 2U); // less than was wanted
    QVERIFY(memory.cache.evict(kGiB).empty());
}

void TestRamCache::neverEvictsWhatIsInUse()
{
    Memory memory;
    for (const char* name : {"a", "b", "c"})
        memory.insert("m", name);
    CachedComponentPtr copying = memory.cache.use(keyOf("m", "b"), kIdentity);
    QCOMPARE(memory.cache.evict(kGiB).size(), 2U);
    QCOMPARE(memory.names(), std::string{"b"});
    copying.reset();
    QCOMPARE(memory.cache.evict(kGiB).size(), 1U);
}

void TestRamCache::evictsByTheRule()
{
    Memory memory;
    for (const char* name : {"a", "b", "c"})
        memory.insert("m", name);
    const EvictionRule rule{.policy = EvictionPolicy::Value,
        .expectedUses = {{keyOf("m", "a"), 0.1}, {keyOf("m", "b"), 2}, {keyOf("m", "c"), 0.5}},
        .pinned = {}};
    std::string order;
    for (int i = 0; i < 3; ++i)
        order += memory.cache.evict(kSize, rule).front()->key.component.text;
    QCOMPARE(order, std::string{"acb"});
}

void TestRamCache::neverEvictsWhatIsPinned()
{
    Memory memory;
    memory.insert("m", "a");
    memory.insert("n", "b");
    const EvictionRule rule{.pinned = {ModelId{"m"}}};
    QCOMPARE(memory.cache.evict(kGiB, rule).size(), 1U);
    QCOMPARE(memory.names(), std::string{"a"});
    QCOMPARE(memory.cache.removeModel(ModelId{"m"}).size(), 1U); // on request it goes
}

void TestRamCache::countsHitsMissesAndEvictions()
{
    Memory memory;
    memory.insert("m", "a");
    const auto insertedAt = memory.clock.wallTime();
    memory.clock.advance(10s);
    for (int i = 0; i < 3; ++i)
        QVERIFY(memory.cache.use(keyOf("m", "a"), kIdentity));
    QVERIFY(!memory.cache.use(keyOf("m", "b"), kIdentity));
    QCOMPARE(memory.cache.hits(), 3U);
    QCOMPARE(memory.cache.misses(), 1U);
    const auto entries = memory.cache.entries();
    QCOMPARE(entries.size(), 1U);
    QCOMPARE(entries.front().hits, 3U);
    QCOMPARE(entries.front().size, kSize);
    QCOMPARE(entries.front().evictable, kSize);
    QVERIFY(!entries.front().isInUse);
    QVERIFY(entries.front().insertedAt == insertedAt);
    QVERIFY(entries.front().lastUsedAt == insertedAt + 10s);
    QVERIFY(entries.front().loadCost == 2s);
    QCOMPARE(memory.cache.evict(kSize).size(), 1U);
    QCOMPARE(memory.cache.evictions(), 1U);
}

void TestRamCache::givesNothingBackBeforeTheLastCopyEnds()
{
    Memory memory;
    memory.insert("m", "a");
    CachedComponentPtr copying = memory.cache.use(keyOf("m", "a"), kIdentity);
    memory.cache.removeAll().clear();
    QVERIFY(!memory.cache.contains(keyOf("m", "a")));
    QCOMPARE(memory.arena.statistics().held, kSize);
    copying.reset();
    QCOMPARE(memory.arena.statistics().held, Bytes{});
}

void TestRamCache::countsWhatWasReadAheadByItself()
{
    Memory memory;
    QVERIFY(!memory.cache.insertAhead(memory.component(keyOf("m", "a"))));
    QVERIFY(!memory.cache.insertAhead(memory.component(keyOf("m", "b"))));
    memory.insert("m", "c");
    QCOMPARE(memory.cache.prefetches().read, kSize * 2);
    QCOMPARE(memory.cache.prefetches().hits, 0U);
    for (int i = 0; i < 2; ++i) {
        QVERIFY(memory.cache.use(keyOf("m", "a"), kIdentity));
        QVERIFY(memory.cache.use(keyOf("m", "c"), kIdentity));
    }
    QCOMPARE(memory.cache.prefetches().hits, 1U); // the second hit had been one anyway
    QCOMPARE(memory.cache.prefetches().used, kSize);
    QCOMPARE(memory.cache.hits(), 4U);
    // What a load has read itself takes the place of a guess.
    QVERIFY(memory.cache.insert(memory.component(keyOf("m", "b"))));
    QVERIFY(memory.cache.use(keyOf("m", "b"), kIdentity));
    QCOMPARE(memory.cache.prefetches().hits, 1U);
}

void TestRamCache::looksWithoutCounting()
{
    Memory memory;
    memory.insert("m", "a");
    memory.insert("m", "b");
    QVERIFY(memory.cache.find(keyOf("m", "a"), kIdentity));
    QVERIFY(!memory.cache.find(keyOf("m", "a"), {}));
    QVERIFY(!memory.cache.find(keyOf("m", "c"), kIdentity));
    QCOMPARE(memory.cache.hits() + memory.cache.misses(), 0U);
    QCOMPARE(memory.cache.evict(kSize).front()->key.component.text, std::string{"a"}); // not used since
}

void TestRamCache::saysWhoWouldGo()
{
    Memory memory;
    for (const char* name : {"a", "b", "c"})
        memory.insert("m", name);
    const auto names = [](const std::vector<PlannedEviction>& plan) {
        std::string all;
        for (const PlannedEviction& planned : plan)
            all += planned.key.component.text;
        return all;
    };
    QCOMPARE(names(memory.cache.evictionPlan(kSize + Bytes{1}, {})), std::string{"ab"});
    QCOMPARE(memory.cache.evictionPlan(kSize, {}).front().bytesThatGo, kSize);
    QCOMPARE(names(memory.cache.evictionPlan(kSize, {}, {keyOf("m", "a")})), std::string{"b"});
    QVERIFY(memory.cache.evictionPlan(Bytes{}, {}).empty());
    QVERIFY(memory.cache.evictionPlan(kGiB, {.pinned = {{"m"}}}).empty());
    QCOMPARE(memory.names(), std::string{"abc"}); // a question takes nothing out
    QCOMPARE(memory.cache.evictions(), 0U);
    CachedComponentPtr copying = memory.cache.use(keyOf("m", "b"), kIdentity);
    QCOMPARE(names(memory.cache.evictionPlan(kGiB, {})), std::string{"ac"});
    copying.reset();
    // Who goes is who was named.
    const auto plan = memory.cache.evictionPlan(kSize * 2, {});
    std::string gone;
    for (const CachedComponentPtr& component : memory.cache.evict(kSize * 2))
        gone += component->key.component.text;
    QCOMPARE(gone, names(plan));
}

QTEST_APPLESS_MAIN(TestRamCache)
#include "test_ram_cache.moc"
