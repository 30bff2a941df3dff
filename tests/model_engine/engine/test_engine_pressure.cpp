// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

namespace {

/// A rig whose engine believes what the test says of the system's memory.
class PressureRig : public EngineRig {
public:
    PressureRig()
    {
        settings.memoryReserve = kGiB;
        tell(kGiB * 8);
        memoryWatching =
            MemoryWatching{.files = {.memoryInfo = system / "meminfo",
                               .pressure = system / "pressure",
                               .groups = {.membership = system / "membership", .hierarchy = system.path()}},
                .pressure = std::nullopt,
                .look = 1ms};
    }
    ~PressureRig() { close(); }

    /// What is free from here on. The file is replaced as a whole: the engine may be reading it.
    void tell(Bytes available) const
    {
        const std::string content = "MemTotal: 16777216 kB\nMemAvailable: " + std::to_string(available.value / 1024);
        std::filesystem::rename(system.write("next", content + " kB\n"), system / "meminfo");
    }
    [[nodiscard]] bool waitUntilCacheHas(Bytes capacity)
    {
        return waitFor(
            [&](const EngineSnapshot& now) { return now.systemMemory && now.cache.memory.capacity == capacity; });
    }

    TemporaryFolder system;
};

} // namespace

/// What an engine does when other programs need the memory.
class TestEnginePressure : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void givesTheCacheBackBeforeTheSystemIsShort();
    void takesNoMoreThanTheSystemCanSpare();
    void saysWhatItSees();
    void takesTheReserveFromTheSettings();
    void knowsNothingWhereTheSystemDoesNotTell();
};

void TestEnginePressure::givesTheCacheBackBeforeTheSystemIsShort()
{
    PressureRig rig;
    rig.write("hat", kMiB * 8);
    rig.write("beret", kMiB * 4);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("hat")));
    VERIFY_RESULT(rig.call("model.post_model_cache", {{"model_id", rig.idOf("beret")}}));
    const Bytes held = rig.heldInCache();
    QVERIFY(held >= kMiB * 12);
    rig.tell(Bytes{});
    QVERIFY(rig.waitFor([](const EngineSnapshot& now) { return now.cache.memory.held == Bytes{}; }));
    QVERIFY(rig.waitFor([&](const EngineSnapshot& now) { return now.systemMemory->givenBack == held; }));
    const EngineSnapshotPtr now = rig.engine().snapshot();
    QVERIFY(now->systemMemory->gaveBackAt.has_value());
    QVERIFY(now->systemMemory->isCacheLimited);
    QVERIFY(now->cache.owners.empty());
    QCOMPARE(now->cache.evictions, std::uint64_t{2});
    QVERIFY((*findModel(*now, ModelId{rig.idOf("hat")}))->isLoaded()); // what is on a device stays
    QCOMPARE(rig.wrongSnapshot(), std::string{});
    // And when they have ended, everything is as before.
    rig.tell(kGiB * 8);
    QVERIFY(rig.waitUntilCacheHas(rig.settings.cacheBudget));
    VERIFY_RESULT(rig.call("model.post_model_cache", {{"model_id", rig.idOf("hat")}}));
}

void TestEnginePressure::takesNoMoreThanTheSystemCanSpare()
{
    PressureRig rig;
    rig.write("hat", kMiB * 8);
    rig.tell(kGiB + kMiB * 6);
    VERIFY_RESULT(rig.scan());
    QVERIFY(rig.waitUntilCacheHas(kMiB * 6));
    const auto refused = rig.call("model.post_model_cache", {{"model_id", rig.idOf("hat")}});
    QVERIFY(!refused);
    QCOMPARE(refused.error().code, ErrorCode::OutOfCacheBudget);
    QCOMPARE(refused.error().context.available.value(), kMiB * 6);
    QCOMPARE(rig.heldInCache(), Bytes{});
}

void TestEnginePressure::saysWhatItSees()
{
    PressureRig rig;
    VERIFY_RESULT(rig.scan());
    QVERIFY(rig.waitUntilCacheHas(rig.settings.cacheBudget));
    const auto status = rig.call("model.get_model_status");
    VERIFY_RESULT(status);
    QCOMPARE(writeJson(status->at("system_memory")),
        std::string{R"({"total_bytes":17179869184,"available_bytes":8589934592,"reserve_bytes":1073741824,)"
                    R"("is_cache_limited":false,"given_back_bytes":0,"gave_back_at":null})"});
}

void TestEnginePressure::takesTheReserveFromTheSettings()
{
    PressureRig rig;
    const auto reserveIs = [](Bytes reserve) {
        return
            [reserve](const EngineSnapshot& now) { return now.systemMemory && now.systemMemory->reserve == reserve; };
    };
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"memory_reserve_bytes", kGiB.value * 2}}));
    QVERIFY(rig.waitFor(reserveIs(kGiB * 2)));
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"memory_reserve_bytes", 0}}));
    QVERIFY(rig.waitFor(reserveIs(Bytes{kGiB.value * 16 / 10}))); // a tenth
}

void TestEnginePressure::knowsNothingWhereTheSystemDoesNotTell()
{
    PressureRig rig;
    std::filesystem::remove(rig.system / "meminfo");
    rig.write("hat", kMiB * 8);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.call("model.post_model_cache", {{"model_id", rig.idOf("hat")}}));
    QVERIFY(!rig.engine().snapshot()->systemMemory);
    const auto status = rig.call("model.get_model_status");
    VERIFY_RESULT(status);
    QVERIFY(status->at("system_memory").is_null());
}

QTEST_GUILESS_MAIN(TestEnginePressure)
#include "test_engine_pressure.moc"
