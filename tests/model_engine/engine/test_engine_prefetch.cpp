// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/usage/usage_store.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/failing_reads.h"
#include "tests/support/manual_clock.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <future>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

namespace {

constexpr Bytes kModel = kMiB * 8;

/// A rig whose engine knows from earlier runs that b follows a, and has idle time when the test's clock says so.
class PrefetchRig : public EngineRig {
public:
    PrefetchRig()
    {
        clock = m_clock;
        dataFolder = folder / "data";
        settings.hashWhenIdle = false;
        for (const char* name : {"a", "b"})
            write(name, kModel);
    }
    ~PrefetchRig() { close(); }

    /// Makes the habit known, and an engine that works in idle time, with its models scanned.
    [[nodiscard]] bool start()
    {
        if (!scan())
            return false;
        const std::array ids{idOf("a"), idOf("b")};
        close();
        std::vector<UsageEvent> habit;
        const auto begin = m_clock->wallTime() - 5h;
        for (std::size_t i = 0; i < 20; ++i)
            habit.push_back({begin + std::chrono::minutes{i}, begin, {{ids[i % 2]}, {"other_tensors"}}, UseKind::Miss,
                kModel, std::chrono::duration<double>{1}});
        NullLog log;
        if (!UsageStore{dataFolder, *m_clock, log}.save(habit))
            return false;
        idleWork = IdleWork::On;
        if (!scan() || !call("worker.analyze_cache_patterns")) // which waits for what is known of earlier runs
            return false;
        m_jobs = engine().jobs().size();
        return true;
    }
    [[nodiscard]] bool use(const std::string& name)
    {
        const auto done = call("model.post_model_cache", {{"model_id", idOf(name)}});
        m_jobs = engine().jobs().size();
        return done.has_value();
    }
    /// Asks nothing of the engine, which would be work.
    [[nodiscard]] bool isCached(const std::string& name)
    {
        const auto now = engine().snapshot();
        const auto model = findModel(*now, ModelId{idOf(name)});
        return model && (*model)->isCached();
    }
    [[nodiscard]] bool isAhead(const std::string& name)
    {
        m_clock->advance(1min);
        return isCached(name);
    }
    /// Somebody asks something, and then nobody for so long that idle time begins.
    void askAndWait()
    {
        static_cast<void>(call("worker.analyze_cache_patterns"));
        m_clock->advance(10s);
    }
    /// Somebody looks at it for so long, once a second, as a monitor does.
    void lookFor(std::chrono::seconds time)
    {
        for (; time > 0s; time -= 1s) {
            m_clock->advance(1s);
            static_cast<void>(status());
        }
    }
    void passTime(std::chrono::minutes time) { m_clock->advance(time); }
    [[nodiscard]] bool hasFallenBack() { return !engine().snapshot()->fallenBack.empty(); }
    [[nodiscard]] Json status() { return call("worker.get_cache_status").value_or(Json::object()); }
    [[nodiscard]] std::size_t newJobs() { return engine().jobs().size() - m_jobs; }
    [[nodiscard]] std::vector<UsageEvent> kept()
    {
        close();
        NullLog log;
        return UsageStore{dataFolder, *m_clock, log}.load().value_or(std::vector<UsageEvent>{});
    }

private:
    std::shared_ptr<ManualClock> m_clock = std::make_shared<ManualClock>();
    std::size_t m_jobs = 0;
};

} // namespace

/// What an engine reads ahead while nobody wants anything of it.
class TestEnginePrefetch : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsWhatIsLikelyNext();
    void isNeitherJobNorUse();
    void takesFreeRoomOnly();
    void doesNothingWhenItIsSwitchedOff();
    void readsAheadWhileSomebodyOnlyLooks();
    void givesBackWhatItTookWhenSomebodyWantsSomething();
    void aLoadOfTheSameModelIsNotRefused();
    void passesOverWhatCannotBeRead();
    void isLeftAloneAfterItHasFailed();
};

void TestEnginePrefetch::readsWhatIsLikelyNext()
{
    PrefetchRig rig;
    QVERIFY(rig.start());
    QVERIFY(rig.use("a"));
    QVERIFY(!rig.isCached("b"));
    QTRY_VERIFY(rig.isAhead("b"));
    Json status = rig.status();
    QCOMPARE(status.at("prefetched_bytes").get<std::uint64_t>(), kModel.value + 6);
    QCOMPARE(status.at("prefetch_hits").get<int>(), 0);
    QCOMPARE(status.at("prefetch_used_share").get<double>(), 0.0);
    QVERIFY(status.at("predictive_caching").get<bool>());
    QVERIFY(rig.use("b"));
    status = rig.status();
    QCOMPARE(status.at("prefetch_hits").get<int>(), 1);
    QCOMPARE(status.at("prefetch_used_bytes").get<std::uint64_t>(), kModel.value + 6);
    QCOMPARE(status.at("prefetch_used_share").get<double>(), 1.0);
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEnginePrefetch::isNeitherJobNorUse()
{
    PrefetchRig rig;
    QVERIFY(rig.start());
    QVERIFY(rig.use("a"));
    const auto missesBefore = rig.engine().snapshot()->cache.misses;
    QTRY_VERIFY(rig.isAhead("b"));
    QCOMPARE(rig.newJobs(), std::size_t{0});
    QCOMPARE(rig.engine().snapshot()->cache.misses, missesBefore);
    // What follows is foretold as if nothing had been read: b, and not what follows b.
    const auto patterns = rig.call("worker.analyze_cache_patterns");
    VERIFY_RESULT(patterns);
    QCOMPARE(patterns->at("likely_next").at(0).at("model_id").get<std::string>(), rig.idOf("b"));
    const std::vector<UsageEvent> kept = rig.kept();
    QCOMPARE(kept.size(), std::size_t{22});
    QVERIFY(kept.back().kind == UseKind::Prefetch && kept.back().loadCost.count() >= 0);
    QCOMPARE(modelUses({kept.begin(), kept.end()}).size(), std::size_t{21});
}

void TestEnginePrefetch::takesFreeRoomOnly()
{
    PrefetchRig rig;
    rig.settings.cacheBudget = kModel * 2; // not for the two, with the six bytes that each has more
    QVERIFY(rig.start());
    QVERIFY(rig.use("a"));
    const auto before = rig.engine().snapshot()->revision;
    for (int i = 0; i < 20; ++i)
        QVERIFY(!rig.isAhead("b"));
    QVERIFY(rig.isCached("a"));
    QCOMPARE(rig.status().at("evictions").get<int>(), 0);
    QCOMPARE(rig.engine().snapshot()->revision, before); // nothing was even begun
}

void TestEnginePrefetch::doesNothingWhenItIsSwitchedOff()
{
    PrefetchRig rig;
    rig.settings.predictiveCaching = false;
    QVERIFY(rig.start());
    QVERIFY(rig.use("a"));
    for (int i = 0; i < 20; ++i)
        QVERIFY(!rig.isAhead("b"));
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"predictive_caching", true}}));
    QTRY_VERIFY(rig.isAhead("b"));
}

void TestEnginePrefetch::readsAheadWhileSomebodyOnlyLooks()
{
    PrefetchRig rig;
    QVERIFY(rig.start());
    QVERIFY(rig.use("a"));
    rig.lookFor(60s);
    QTRY_VERIFY(rig.isCached("b"));
}

void TestEnginePrefetch::givesBackWhatItTookWhenSomebodyWantsSomething()
{
    PrefetchRig rig;
    std::promise<Result<Json>> answered;
    std::atomic<bool> isAsked = false;
    rig.onSnapshot = [&](const EngineSnapshot& now) {
        const bool isReading = !now.cache.loading.empty() && rig.idleWork == IdleWork::On;
        if (isReading && now.cache.owners.size() == 1 && !isAsked.exchange(true))
            rig.engine().start("worker.analyze_cache_patterns", Json::object(),
                [&](const Result<Json>& answer) { answered.set_value(answer); });
    };
    QVERIFY(rig.start());
    QVERIFY(rig.use("a"));
    const Bytes heldBefore = rig.engine().snapshot()->cache.memory.allocated;
    auto answer = answered.get_future();
    QTRY_VERIFY((static_cast<void>(rig.isAhead("a")), answer.wait_for(0s) == std::future_status::ready));
    VERIFY_RESULT(answer.get());
    // It was stopped before it had read anything, and begins anew when nobody wants anything for a while.
    QVERIFY(rig.waitFor([](const EngineSnapshot& now) { return now.cache.loading.empty(); }));
    QVERIFY(!rig.isCached("b"));
    QVERIFY(rig.engine().snapshot()->cache.memory.allocated == heldBefore);
    QTRY_VERIFY(rig.isAhead("b"));
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEnginePrefetch::aLoadOfTheSameModelIsNotRefused()
{
    PrefetchRig rig;
    std::promise<Result<Json>> answered;
    std::atomic<bool> isAsked = false;
    std::string wanted;
    rig.onSnapshot = [&](const EngineSnapshot& now) {
        const bool isReading = !now.cache.loading.empty() && now.cache.owners.size() == 1;
        if (isReading && !wanted.empty() && !isAsked.exchange(true))
            rig.engine().start("model.post_model_load", {{"model_id", wanted}},
                [&](const Result<Json>& answer) { answered.set_value(answer); });
    };
    QVERIFY(rig.start());
    QVERIFY(rig.use("a"));
    wanted = rig.idOf("b"); // nothing is read before the clock moves
    auto answer = answered.get_future();
    QTRY_VERIFY((static_cast<void>(rig.isAhead("a")), answer.wait_for(0s) == std::future_status::ready));
    VERIFY_RESULT(answer.get());
    QCOMPARE(rig.status().at("prefetch_hits").get<int>(), 0);
}

void TestEnginePrefetch::passesOverWhatCannotBeRead()
{
    PrefetchRig rig;
    QVERIFY(rig.start());
    QVERIFY(rig.use("a"));
    const auto file = rig.folder / "models/b.safetensors";
    std::filesystem::rename(file, rig.folder / "b.safetensors");
    for (int i = 0; i < 20; ++i)
        QVERIFY(!rig.isAhead("b"));
    std::filesystem::rename(rig.folder / "b.safetensors", file);
    VERIFY_RESULT(rig.scan()); // a rename changes the times of a file
    QTRY_VERIFY(rig.isAhead("b"));
}

void TestEnginePrefetch::isLeftAloneAfterItHasFailed()
{
    PrefetchRig rig;
    QVERIFY(rig.start());
    QVERIFY(rig.use("a"));
    {
        const ReadFaults faults{FailingReads::All};
        QTRY_VERIFY((rig.askAndWait(), rig.hasFallenBack()));
    }
    const FeatureStatus status = rig.engine().snapshot()->fallenBack.front();
    QVERIFY(status.feature == Feature::PredictiveCaching && status.state == FeatureState::FallenBack);
    QVERIFY(status.reason->code == ErrorCode::IoError);
    QVERIFY(!rig.status().at("predictive_caching").get<bool>());
    for (int i = 0; i < 20; ++i)
        QVERIFY(!rig.isAhead("b"));
    rig.passTime(30min);
    QVERIFY(rig.use("a"));
    QTRY_VERIFY(rig.isAhead("b"));
    QTRY_VERIFY(!rig.hasFallenBack());
}

QTEST_APPLESS_MAIN(TestEnginePrefetch)
#include "test_engine_prefetch.moc"
