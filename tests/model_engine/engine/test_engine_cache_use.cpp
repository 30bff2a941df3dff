// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/usage/usage_store.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/manual_clock.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <array>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// Two components' worth of cache: a third one drives one out.
constexpr Bytes kModel = kMiB * 20;

/// An engine that keeps what is used, with small models.
class UseRig : public EngineRig {
public:
    UseRig() { dataFolder = folder / "data"; }
    ~UseRig() { close(); }

    [[nodiscard]] Result<Json> cache(const std::string& name)
    {
        return call("model.post_model_cache", {{"model_id", idOf(name)}});
    }
    [[nodiscard]] bool isCached(const std::string& name)
    {
        const auto now = engine().snapshot();
        const auto model = findModel(*now, ModelId{idOf(name)});
        return model && (*model)->isCached();
    }
    /// What stands in the file, when no engine is there.
    [[nodiscard]] std::vector<UsageEvent> kept()
    {
        close();
        NullLog log;
        const SystemClock now;
        return UsageStore{dataFolder, now, log}.load().value_or(std::vector<UsageEvent>{});
    }
};

} // namespace

/// What an engine remembers of the uses of its cache, and who leaves it.
class TestEngineCacheUse : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void keepsUsesBetweenRuns();
    void knowsEarlierRunsAtOnce();
    void aFailedLoadIsNoUse();
    void writesManyUsesBeforeTheEnd();
    void theOldestLeavesByLru();
    void whatIsExpectedStaysByValue();
};

void TestEngineCacheUse::keepsUsesBetweenRuns()
{
    UseRig rig;
    rig.write("hat", kMiB * 2);
    VERIFY_RESULT(rig.scan());
    const std::string id = rig.idOf("hat");
    VERIFY_RESULT(rig.load(id));
    VERIFY_RESULT(rig.unload(id));
    VERIFY_RESULT(rig.load(id));
    const std::vector<UsageEvent> first = rig.kept();
    QCOMPARE(first.size(), std::size_t{2});
    QVERIFY(first[0].kind == UseKind::Miss && first[1].kind == UseKind::Hit);
    QVERIFY(first[0].key == (ComponentKey{{id}, {"other_tensors"}}));
    QCOMPARE(first[0].size, kMiB * 2 + Bytes{6});
    QVERIFY(first[0].loadCost.count() > 0);
    QCOMPARE(first[1].loadCost.count(), first[0].loadCost.count()); // what the hit has saved
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(id));
    const std::vector<UsageEvent> both = rig.kept();
    QCOMPARE(both.size(), std::size_t{3});
    QVERIFY(both[2].kind == UseKind::Miss); // the cache is empty at first
    QVERIFY(both[2].runStartedAt > both[0].runStartedAt);
}

void TestEngineCacheUse::knowsEarlierRunsAtOnce()
{
    UseRig rig;
    rig.write("hat", kKiB);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.cache("hat"));
    for (int run = 0; run < 20; ++run) {
        rig.close();
        const auto answer = rig.call("worker.analyze_cache_patterns"); // the first thing that this engine does
        VERIFY_RESULT(answer);
        QCOMPARE(answer->at("uses").get<int>(), 1);
    }
}

void TestEngineCacheUse::aFailedLoadIsNoUse()
{
    UseRig rig;
    const auto file = rig.write("hat", kMiB);
    VERIFY_RESULT(rig.scan());
    const std::string id = rig.idOf("hat");
    std::filesystem::remove(file);
    QVERIFY(!rig.load(id));
    QVERIFY(rig.kept().empty());
}

void TestEngineCacheUse::writesManyUsesBeforeTheEnd()
{
    UseRig rig;
    rig.write("hat", kKiB);
    VERIFY_RESULT(rig.scan());
    for (int i = 0; i < 70; ++i)
        VERIFY_RESULT(rig.cache("hat"));
    NullLog log;
    const SystemClock now;
    const auto kept = UsageStore{rig.dataFolder, now, log}.load(); // beside the engine, only to read
    VERIFY_RESULT(kept);
    QCOMPARE(kept->size(), std::size_t{64});
    QCOMPARE(rig.kept().size(), std::size_t{70});
}

void TestEngineCacheUse::theOldestLeavesByLru()
{
    UseRig rig;
    rig.settings.evictionPolicy = EvictionChoice::LeastRecentlyUsed;
    rig.settings.cacheBudget = kModel * 2 + kMiB * 10;
    for (const char* name : {"a", "b", "c"})
        rig.write(name, kModel);
    VERIFY_RESULT(rig.scan());
    for (const char* name : {"a", "b", "c", "a", "b", "c"})
        VERIFY_RESULT(rig.cache(name));
    QVERIFY(!rig.isCached("a"));
    QCOMPARE(rig.engine().snapshot()->cache.hits, 0U); // the worst case of LRU
}

void TestEngineCacheUse::whatIsExpectedStaysByValue()
{
    UseRig rig;
    rig.settings.cacheBudget = kModel * 2 + kMiB * 10;
    for (const char* name : {"a", "b", "c"})
        rig.write(name, kModel);
    VERIFY_RESULT(rig.scan());
    // A habit of earlier runs: one after the other, with equal costs whatever this machine does.
    const std::array ids{rig.idOf("a"), rig.idOf("b"), rig.idOf("c")};
    rig.close();
    std::vector<UsageEvent> habit;
    const auto begin = std::chrono::system_clock::now() - std::chrono::hours{5};
    for (std::size_t i = 0; i < 30; ++i) {
        const ComponentKey key{{ids[i % 3]}, {"other_tensors"}};
        habit.push_back(
            {begin + std::chrono::minutes{i}, begin, key, UseKind::Miss, kModel, std::chrono::duration<double>{100}});
    }
    NullLog log;
    const SystemClock now;
    VERIFY_RESULT((UsageStore{rig.dataFolder, now, log}.save(habit)));
    VERIFY_RESULT(rig.scan());
    // What was kept is read while the first loads run; LRU would never hit.
    for (int round = 0; round < 100 && rig.engine().snapshot()->cache.hits < 3; ++round) {
        for (const char* name : {"a", "b", "c"})
            VERIFY_RESULT(rig.cache(name));
    }
    QVERIFY(rig.engine().snapshot()->cache.hits >= 3);
}

QTEST_APPLESS_MAIN(TestEngineCacheUse)
#include "test_engine_cache_use.moc"
