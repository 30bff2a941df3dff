// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/manual_clock.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

namespace {

constexpr Bytes kModel = kMiB * 20;
constexpr std::uint64_t kModelBytes = (kModel + Bytes{6}).value; ///< with the bias

/// An engine with models a, b and c, and a cache for two of them.
class CacheRig : public EngineRig {
public:
    CacheRig()
    {
        clock = m_clock;
        settings.cacheBudget = kModel * 2 + kMiB * 10;
        for (const char* name : {"a", "b", "c"})
            write(name, kModel);
        m_isScanned = scan().has_value();
    }
    ~CacheRig() { close(); }

    [[nodiscard]] Result<Json> cache(const std::string& name)
    {
        m_clock->advance(1min);
        return call("model.post_model_cache", {{"model_id", idOf(name)}});
    }
    /// Names of the cached models.
    [[nodiscard]] std::string cached()
    {
        std::string names;
        for (const auto& model : engine().snapshot()->models)
            names += model.isCached() ? model.record->name : "";
        return names;
    }
    [[nodiscard]] std::string nameOf(const Json& row)
    {
        const std::string id = row.at("model_id").get<std::string>();
        return id.substr(0, id.find('-'));
    }
    void advance(ManualClock::Duration duration) { m_clock->advance(duration); }
    [[nodiscard]] bool isScanned() const { return m_isScanned; }

private:
    std::shared_ptr<ManualClock> m_clock = std::make_shared<ManualClock>();
    bool m_isScanned = false;
};

} // namespace

class TestCacheOperations : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void tellsWhatIsCachedOfAModel();
    void knowsNoOtherModel();
    void tellsTheStateOfTheCache();
    void anEmptyCacheHasNoHitRate();
    void tellsThePatternsOfAPeriod();
    void leavesOutWhatWasBeforeThePeriod();
    void findsWhatIsNeverUsedAgain();
    void tellsWhatIsLikelyNext();
    void givesATraceThatCanBeReplayed();
    void dropsWhatIsOutdated();
    void makesTheRoomThatIsWanted();
    void pinnedModelsStay();
    void optimizingAnEmptyCacheDoesNothing();
    void recommendsALargerBudget();
};

void TestCacheOperations::tellsWhatIsCachedOfAModel()
{
    CacheRig rig;
    QVERIFY(rig.isScanned());
    auto answer = rig.call("model.get_model_cache", {{"model_id", rig.idOf("a")}});
    VERIFY_RESULT(answer);
    QVERIFY(!answer->at("is_cached").get<bool>());
    QVERIFY(answer->at("components").empty());
    QCOMPARE(writeJson(answer->at("missing_component_ids")), std::string{R"(["other_tensors"])"});
    VERIFY_RESULT(rig.cache("a"));
    VERIFY_RESULT(rig.cache("b"));
    answer = rig.call("model.get_model_cache", {{"model_id", rig.idOf("a")}});
    VERIFY_RESULT(answer);
    QVERIFY(answer->at("is_cached").get<bool>());
    QVERIFY(answer->at("missing_component_ids").empty());
    QCOMPARE(answer->at("components").size(), std::size_t{1});
    QCOMPARE(answer->at("components").at(0).at("model_id").get<std::string>(), rig.idOf("a"));
}

void TestCacheOperations::knowsNoOtherModel()
{
    CacheRig rig;
    VERIFY_ERROR(rig.call("model.get_model_cache", {{"model_id", "nobody"}}), ErrorCode::ModelNotFound);
}

void TestCacheOperations::tellsTheStateOfTheCache()
{
    CacheRig rig;
    VERIFY_RESULT(rig.cache("a"));
    VERIFY_RESULT(rig.cache("a"));
    rig.advance(1min);
    VERIFY_RESULT(rig.cache("a"));
    const auto answer = rig.call("worker.get_cache_status");
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("budget_bytes").get<std::uint64_t>(), rig.settings.cacheBudget.value);
    QCOMPARE(answer->at("hits").get<int>(), 2);
    QCOMPARE(answer->at("misses").get<int>(), 1);
    QCOMPARE(answer->at("evictions").get<int>(), 0);
    QCOMPARE(answer->at("eviction_policy").get<std::string>(), std::string{"value"});
    const Json& row = answer->at("components").at(0);
    QCOMPARE(row.at("component_id").get<std::string>(), std::string{"other_tensors"});
    QCOMPARE(row.at("size_bytes").get<std::uint64_t>(), kModelBytes);
    QCOMPARE(row.at("evictable_bytes").get<std::uint64_t>(), kModelBytes);
    QCOMPARE(row.at("uses").get<int>(), 3);
    QCOMPARE(row.at("hits").get<int>(), 2);
    QCOMPARE(row.at("misses").get<int>(), 1);
    QCOMPARE(row.at("mean_use_interval_seconds").get<double>(), 90.0);
    QCOMPARE(row.at("last_used_at").get<std::string>(), std::string{"2026-01-01T00:04:00Z"});
    QCOMPARE(row.at("cached_at").get<std::string>(), std::string{"2026-01-01T00:01:00Z"});
    QVERIFY(!row.at("is_pinned").get<bool>());
    QVERIFY(!row.at("is_in_use").get<bool>());
    QCOMPARE(row.at("value_seconds").get<double>(),
        row.at("expected_uses").get<double>() * row.at("mean_load_seconds").get<double>());
}

void TestCacheOperations::anEmptyCacheHasNoHitRate()
{
    CacheRig rig;
    const auto answer = rig.call("worker.analyze_cache_patterns");
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("period_hours").get<int>(), 24);
    QVERIFY(answer->at("hit_rate").is_null());
    for (const char* list : {"course", "most_used", "never_used_again", "likely_next"})
        QVERIFY2(answer->at(list).empty(), list);
    QVERIFY(!answer->contains("trace"));
}

void TestCacheOperations::tellsThePatternsOfAPeriod()
{
    CacheRig rig;
    for (const char* name : {"a", "b", "b", "a"})
        VERIFY_RESULT(rig.cache(name));
    rig.advance(20min);
    VERIFY_RESULT(rig.cache("b"));
    const auto answer = rig.call("worker.analyze_cache_patterns", {{"period_hours", 1}});
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("uses").get<int>(), 5);
    QCOMPARE(answer->at("hits").get<int>(), 3);
    QCOMPARE(answer->at("hit_rate").get<double>(), 0.6);
    QCOMPARE(answer->at("bytes_read").get<std::uint64_t>(), kModelBytes * 2);
    QCOMPARE(answer->at("working_set_bytes").get<std::uint64_t>(), kModelBytes * 2);
    const Json& most = answer->at("most_used");
    QCOMPARE(most.size(), std::size_t{2});
    QCOMPARE(rig.nameOf(most.at(0)), std::string{"b"});
    QCOMPARE(most.at(0).at("uses").get<int>(), 3);
    int uses = 0;
    for (const Json& part : answer->at("course"))
        uses += part.at("uses").get<int>();
    QCOMPARE(uses, 5);
    QVERIFY(answer->at("course").size() >= 2);
}

void TestCacheOperations::leavesOutWhatWasBeforeThePeriod()
{
    CacheRig rig;
    VERIFY_RESULT(rig.cache("a"));
    rig.advance(2h);
    VERIFY_RESULT(rig.cache("b"));
    const auto answer = rig.call("worker.analyze_cache_patterns", {{"period_hours", 1}, {"include_trace", true}});
    VERIFY_RESULT(answer);
    QCOMPARE(answer->at("uses").get<int>(), 1);
    QCOMPARE(answer->at("trace").size(), std::size_t{1});
}

void TestCacheOperations::findsWhatIsNeverUsedAgain()
{
    CacheRig rig;
    VERIFY_RESULT(rig.cache("a")); // once
    for (int i = 0; i < 60; ++i) {
        VERIFY_RESULT(rig.call("model.delete_model_cache", {{"model_id", rig.idOf("c")}}));
        VERIFY_RESULT(rig.cache(i % 2 == 0 ? "b" : "c"));
        VERIFY_RESULT(rig.call("model.delete_model_cache", {{"model_id", rig.idOf(i % 2 == 0 ? "b" : "c")}}));
    }
    VERIFY_RESULT(rig.cache("b"));
    const auto answer = rig.call("worker.analyze_cache_patterns");
    VERIFY_RESULT(answer);
    const Json& never = answer->at("never_used_again");
    QCOMPARE(never.size(), std::size_t{1});
    QCOMPARE(rig.nameOf(never.at(0)), std::string{"a"});
}

void TestCacheOperations::tellsWhatIsLikelyNext()
{
    CacheRig rig;
    for (int i = 0; i < 5; ++i) {
        VERIFY_RESULT(rig.cache("a"));
        VERIFY_RESULT(rig.cache("b"));
    }
    const auto answer = rig.call("worker.analyze_cache_patterns");
    VERIFY_RESULT(answer);
    const Json& next = answer->at("likely_next").at(0);
    QCOMPARE(rig.nameOf(next), std::string{"a"});
    QVERIFY(next.at("probability").get<double>() > 0.8);
    QVERIFY(next.at("is_cached").get<bool>());
    QCOMPARE(writeJson(next.at("component_ids")), std::string{R"(["other_tensors"])"});
}

void TestCacheOperations::givesATraceThatCanBeReplayed()
{
    CacheRig rig;
    VERIFY_RESULT(rig.cache("a"));
    VERIFY_RESULT(rig.cache("a"));
    const auto answer = rig.call("worker.analyze_cache_patterns", {{"include_trace", true}});
    VERIFY_RESULT(answer);
    const Json& trace = answer->at("trace");
    QCOMPARE(trace.size(), std::size_t{2});
    QCOMPARE(trace.at(0).at("kind").get<std::string>(), std::string{"miss"});
    QCOMPARE(trace.at(1).at("kind").get<std::string>(), std::string{"hit"});
    QCOMPARE(trace.at(1).at("size_bytes").get<std::uint64_t>(), kModelBytes);
    QCOMPARE(trace.at(1).at("at_unix_seconds").get<double>() - trace.at(0).at("at_unix_seconds").get<double>(), 60.0);
    QCOMPARE(trace.at(0).at("run_unix_seconds").get<double>(), 1767225600.0); // when the engine was made
}

void TestCacheOperations::dropsWhatIsOutdated()
{
    CacheRig rig;
    VERIFY_RESULT(rig.cache("a"));
    VERIFY_RESULT(rig.cache("b"));
    const Bytes usedBefore = rig.engine().snapshot()->cache.memory.allocated;
    rig.write("a", kModel + kMiB); // another file now
    VERIFY_RESULT(rig.call("worker.comprehensive_model_scan"));
    const auto answer = rig.call("worker.optimize_cache");
    VERIFY_RESULT(answer);
    const Json& applied = answer->at("optimizations_applied");
    QCOMPARE(applied.size(), std::size_t{1});
    QCOMPARE(applied.at(0).at("name").get<std::string>(), std::string{"drop_outdated"});
    QCOMPARE(applied.at(0).at("component_count").get<int>(), 1);
    QCOMPARE(answer->at("freed_bytes").get<std::uint64_t>(), kModelBytes);
    QVERIFY(rig.engine().snapshot()->cache.memory.allocated < usedBefore);
    QVERIFY(
        answer->at("held_after_bytes").get<std::uint64_t>() <= answer->at("held_before_bytes").get<std::uint64_t>());
    QCOMPARE(rig.cached(), std::string{"b"});
}

void TestCacheOperations::makesTheRoomThatIsWanted()
{
    CacheRig rig;
    VERIFY_RESULT(rig.cache("a"));
    VERIFY_RESULT(rig.cache("b"));
    const auto some = rig.call("worker.optimize_cache", {{"wanted_free_bytes", kModel.value}});
    VERIFY_RESULT(some);
    QCOMPARE(some->at("optimizations_applied").at(0).at("name").get<std::string>(), std::string{"evict_by_value"});
    QCOMPARE(rig.cached().size(), std::size_t{1});
    QVERIFY(some->at("expected_gain").at("free_bytes").get<std::uint64_t>() >= kModel.value);
    QVERIFY(some->at("expected_gain").at("expected_reload_seconds").get<double>() >= 0);
    // More than there is: all goes, and nothing is wrong.
    VERIFY_RESULT(rig.call("worker.optimize_cache", {{"wanted_free_bytes", std::numeric_limits<std::int64_t>::max()}}));
    QCOMPARE(rig.cached(), std::string{});
    QCOMPARE(rig.heldInCache(), Bytes{});
}

void TestCacheOperations::pinnedModelsStay()
{
    CacheRig rig;
    VERIFY_RESULT(rig.cache("a"));
    VERIFY_RESULT(rig.call("model.post_model_config_update", {{"model_id", rig.idOf("a")}, {"is_pinned", true}}));
    VERIFY_RESULT(rig.cache("b"));
    VERIFY_RESULT(rig.cache("c")); // drives b out, though a is older
    QCOMPARE(rig.cached(), std::string{"ac"});
    VERIFY_RESULT(rig.call("worker.optimize_cache", {{"wanted_free_bytes", kGiB.value}}));
    QCOMPARE(rig.cached(), std::string{"a"});
    const auto status = rig.call("worker.get_cache_status");
    VERIFY_RESULT(status);
    QVERIFY(status->at("components").at(0).at("is_pinned").get<bool>());
    VERIFY_RESULT(rig.call("model.delete_model_cache", {{"model_id", rig.idOf("a")}})); // somebody wants that
    QCOMPARE(rig.cached(), std::string{});
}

void TestCacheOperations::optimizingAnEmptyCacheDoesNothing()
{
    CacheRig rig;
    const auto answer = rig.call("worker.optimize_cache", {{"wanted_free_bytes", kGiB.value}});
    VERIFY_RESULT(answer);
    QVERIFY(answer->at("optimizations_applied").empty());
    QVERIFY(answer->at("recommended_actions").empty());
    QCOMPARE(answer->at("freed_bytes").get<int>(), 0);
}

void TestCacheOperations::recommendsALargerBudget()
{
    CacheRig rig;
    for (const char* name : {"a", "b", "c"})
        VERIFY_RESULT(rig.cache(name));
    const auto answer = rig.call("worker.optimize_cache");
    VERIFY_RESULT(answer);
    const Json& actions = answer->at("recommended_actions");
    QCOMPARE(actions.size(), std::size_t{1});
    QCOMPARE(actions.at(0).at("action").get<std::string>(), std::string{"raise_cache_budget"});
    QCOMPARE(actions.at(0).at("bytes").get<std::uint64_t>(), kModelBytes * 3);
}

QTEST_APPLESS_MAIN(TestCacheOperations)
#include "test_cache_operations.moc"
