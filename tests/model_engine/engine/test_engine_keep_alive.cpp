// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/manual_clock.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

namespace {

/// A rig whose engine looks all the time, at the test's clock.
class KeepAliveRig : public EngineRig {
public:
    KeepAliveRig()
    {
        clock = m_clock;
        memoryWatching = MemoryWatching{.pressure = std::nullopt, .look = 1ms};
        write("hat", kMiB);
        write("cap", kMiB);
    }
    ~KeepAliveRig() { close(); }

    void advance(ManualClock::Duration duration) { m_clock->advance(duration); }
    /// Whether it has bytes on the device, also while more of it is loaded.
    [[nodiscard]] bool isLoaded(const std::string& name) { return isOn(*engine().snapshot(), ModelId{idOf(name)}); }
    [[nodiscard]] bool waitUntilUnloaded(const std::string& name)
    {
        return waitFor([&, id = ModelId{idOf(name)}](const EngineSnapshot& now) { return !isOn(now, id); });
    }
    /// Whether it is there after the engine has looked again.
    [[nodiscard]] bool staysLoaded(const std::string& name)
    {
        const std::size_t before = unloadsOf(name);
        // The jobs of a look are submitted together: when that of another model has ended, so has the look.
        if (!load(idOf("cap"), {{"keep_alive_seconds", 0}}) || !waitUntilUnloaded("cap"))
            return false;
        return isLoaded(name) && unloadsOf(name) == before;
    }
    [[nodiscard]] std::size_t unloadsOf(const std::string& name)
    {
        const auto jobs = engine().jobs();
        return static_cast<std::size_t>(std::ranges::count_if(jobs, [&](const JobSnapshotPtr& job) {
            return job->description.operation == "post_model_unload" && job->description.subject == name;
        }));
    }
    [[nodiscard]] Json expiresAt(const std::string& name)
    {
        const auto model = call("model.get_model_status", {{"model_id", idOf(name)}});
        return model ? model->at("model").at("devices").at(0).at("expires_at") : Json("no answer");
    }

private:
    static bool isOn(const EngineSnapshot& now, const ModelId& id)
    {
        return std::ranges::any_of(
            now.devices.at(0).owners, [&](const ComponentPlacement& owner) { return owner.key.model == id; });
    }

    std::shared_ptr<ManualClock> m_clock = std::make_shared<ManualClock>();
};

} // namespace

/// How long models stay on devices without another use.
class TestEngineKeepAlive : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void staysForEverUnlessSomebodySaysSo();
    void goesWhenItsTimeIsOver();
    void eachLoadBeginsAnew();
    void goesAtOnceWithZero();
    void takesTheModelsOwn();
    void waitsForJobsOfTheModel();
    void refusesWhatIsNoTime_data();
    void refusesWhatIsNoTime();
};

void TestEngineKeepAlive::staysForEverUnlessSomebodySaysSo()
{
    KeepAliveRig rig;
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("hat")));
    QVERIFY(rig.expiresAt("hat").is_null());
    rig.advance(24h * 365);
    QVERIFY(rig.staysLoaded("hat"));
    VERIFY_RESULT(rig.load(rig.idOf("hat"), {{"keep_alive_seconds", -1}}));
    QVERIFY(rig.expiresAt("hat").is_null());
}

void TestEngineKeepAlive::goesWhenItsTimeIsOver()
{
    KeepAliveRig rig;
    VERIFY_RESULT(rig.scan());
    const auto answer = rig.load(rig.idOf("hat"), {{"keep_alive_seconds", 300}});
    VERIFY_RESULT(answer);
    QCOMPARE(rig.expiresAt("hat").get<std::string>(), std::string{"2026-01-01T00:05:00Z"});
    QCOMPARE(answer->at("expires_at").get<std::string>(), std::string{"2026-01-01T00:05:00Z"});
    rig.advance(299s);
    QVERIFY(rig.staysLoaded("hat"));
    rig.advance(1s);
    QVERIFY(rig.waitUntilUnloaded("hat"));
    QCOMPARE(rig.heldOn(0), Bytes{});
    QVERIFY(rig.heldInCache() > Bytes{}); // it stays in the cache
    const auto jobs = rig.engine().jobs();
    const auto& last = jobs.back()->description;
    QCOMPARE(last.operation, std::string{"post_model_unload"});
    QCOMPARE(last.subject, std::string{"hat"});
    QVERIFY(last.origin == JobOrigin::Automatic);
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineKeepAlive::eachLoadBeginsAnew()
{
    KeepAliveRig rig;
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("hat"), {{"keep_alive_seconds", 300}}));
    rig.advance(200s);
    VERIFY_RESULT(rig.load(rig.idOf("hat"), {{"keep_alive_seconds", 300}})); // it is there already
    rig.advance(200s);
    QVERIFY(rig.staysLoaded("hat"));
    VERIFY_RESULT(rig.load(rig.idOf("hat"))); // whoever loads it now needs it for ever
    rig.advance(1h);
    QVERIFY(rig.staysLoaded("hat"));
    QVERIFY(rig.expiresAt("hat").is_null());
}

void TestEngineKeepAlive::goesAtOnceWithZero()
{
    KeepAliveRig rig;
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("hat"), {{"keep_alive_seconds", 0}}));
    QVERIFY(rig.waitUntilUnloaded("hat")); // though no time goes by
}

void TestEngineKeepAlive::takesTheModelsOwn()
{
    KeepAliveRig rig;
    VERIFY_RESULT(rig.scan());
    const std::string id = rig.idOf("hat");
    const auto config = rig.call("model.post_model_config_update", {{"model_id", id}, {"keep_alive_seconds", 60}});
    VERIFY_RESULT(config);
    QCOMPARE(config->at("keep_alive_seconds").get<int>(), 60);
    VERIFY_RESULT(rig.load(id));
    rig.advance(59s);
    QVERIFY(rig.staysLoaded("hat"));
    rig.advance(1s);
    QVERIFY(rig.waitUntilUnloaded("hat"));
    VERIFY_RESULT(rig.load(id, {{"keep_alive_seconds", -1}})); // what a load says counts more
    rig.advance(1h);
    QVERIFY(rig.staysLoaded("hat"));
}

void TestEngineKeepAlive::waitsForJobsOfTheModel()
{
    KeepAliveRig rig;
    Gate gate;
    rig.onJob = [&](const JobSnapshot& job) {
        if (job.phase == JobPhase::Planning && job.description.operation == "post_model_load"
            && job.description.deviceId.text == "HOST_0")
            gate.pass();
    };
    VERIFY_RESULT(rig.scan());
    const std::string id = rig.idOf("hat");
    VERIFY_RESULT(rig.load(id, {{"keep_alive_seconds", 60}}));
    std::jthread load{[&] {
        QVERIFY(rig.load(id, {{"device_id", "HOST_0"}, {"keep_alive_seconds", 60}}).has_value());
    }};
    gate.waitForArrivals();
    rig.advance(61s);
    QVERIFY(rig.staysLoaded("hat"));
    gate.open();
    load.join();
    QVERIFY(rig.staysLoaded("hat")); // the load has given it more time
    rig.advance(60s);
    QVERIFY(rig.waitUntilUnloaded("hat"));
    for (const JobSnapshotPtr& job : rig.engine().jobs())
        QVERIFY(!job->error);
}

void TestEngineKeepAlive::refusesWhatIsNoTime_data()
{
    QTest::addColumn<Json>("value");
    QTest::newRow("negative") << Json(-2);
    QTest::newRow("longer than a month") << Json(24 * 3600 * 30 + 1);
    QTest::newRow("text") << Json("5m");
    QTest::newRow("a fraction") << Json(0.5);
    QTest::newRow("null") << Json(nullptr);
}

void TestEngineKeepAlive::refusesWhatIsNoTime()
{
    QFETCH(const Json, value);
    KeepAliveRig rig;
    VERIFY_RESULT(rig.scan());
    const std::string id = rig.idOf("hat");
    VERIFY_ERROR(rig.load(id, {{"keep_alive_seconds", value}}), ErrorCode::InvalidValue);
    VERIFY_ERROR(rig.call("model.post_model_config_update", {{"model_id", id}, {"keep_alive_seconds", value}}),
        ErrorCode::InvalidValue);
}

QTEST_APPLESS_MAIN(TestEngineKeepAlive)
#include "test_engine_keep_alive.moc"
