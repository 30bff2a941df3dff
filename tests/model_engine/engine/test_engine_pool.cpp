// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/model_engine/monitor/watch/fake_gpu_view.h"
#include "tests/support/manual_clock.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;

namespace {

/// A rig whose engine works in idle time, which comes when the test's clock says so, on a system with memory to spare.
class PoolRig : public EngineRig {
public:
    explicit PoolRig(IdleWork work = IdleWork::On)
    {
        idleWork = work;
        clock = m_clock;
        settings.hashWhenIdle = false;
        tell(kGiB * 8);
        memoryWatching =
            MemoryWatching{.files = {.memoryInfo = system / "meminfo",
                               .pressure = system / "pressure",
                               .groups = {.membership = system / "membership", .hierarchy = system.path()}},
                .pressure = std::nullopt,
                .look = 1ms};
    }
    ~PoolRig() { close(); }

    void advance(ManualClock::Duration duration) { m_clock->advance(duration); }
    /// What is free from here on. The file is replaced as a whole: the engine may be reading it.
    void tell(Bytes available) const
    {
        const std::string content = "MemTotal: 16777216 kB\nMemAvailable: " + std::to_string(available.value / 1024);
        std::filesystem::rename(system.write("next", content + " kB\n"), system / "meminfo");
    }
    [[nodiscard]] Bytes readyInCache() { return engine().snapshot()->cache.ready; }
    [[nodiscard]] Bytes readyOnDevice() { return engine().snapshot()->devices.front().ready; }
    /// Time goes by with each look.
    [[nodiscard]] bool isIdleAndReady(Bytes inCache, Bytes onDevice)
    {
        advance(10s);
        return readyInCache() == inCache && readyOnDevice() == onDevice;
    }

    TemporaryFolder system;

private:
    std::shared_ptr<ManualClock> m_clock = std::make_shared<ManualClock>();
};

} // namespace

/// Memory that is ready for the next load.
class TestEnginePool : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void keepsWhatAnUnloadGivesBack();
    void makesReadyWhatTheLastLoadTook();
    void makesReadyBeforeTheFirstLoad();
    void takesNothingOfAGpuBeforeALoad();
    void waitsForTheEndOfAllWork();
    void givesBackWhatNobodyNeeds();
    void keepsNothingWhenTheSettingSaysSo();
    void givesReadyMemoryBackFirst();
    void givesBackWhatIsDropped();
    void leavesNothing();
};

void TestEnginePool::keepsWhatAnUnloadGivesBack()
{
    PoolRig rig{IdleWork::Off};
    rig.write("hat", kMiB * 8);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("hat")));
    const Bytes held = rig.heldOn(0);
    QVERIFY(held >= kMiB * 8);
    QCOMPARE(rig.readyOnDevice(), Bytes{});
    VERIFY_RESULT(rig.unload(rig.idOf("hat")));
    QCOMPARE(rig.readyOnDevice(), held);
    QCOMPARE(rig.heldOn(0), Bytes{});
    const auto status = rig.call("model.get_model_status");
    VERIFY_RESULT(status);
    QCOMPARE(status->at("devices").at(0).at("ready_bytes").get<std::uint64_t>(), held.value);
    QCOMPARE(status->at("cache").at("ready_bytes").get<std::uint64_t>(), 0U);
    VERIFY_RESULT(rig.load(rig.idOf("hat")));
    QCOMPARE(rig.readyOnDevice(), Bytes{});
    QCOMPARE(rig.heldOn(0), held);
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEnginePool::makesReadyWhatTheLastLoadTook()
{
    PoolRig rig;
    rig.write("hat", kMiB * 8);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("hat")));
    const Bytes held = rig.heldInCache();
    QTRY_VERIFY(rig.isIdleAndReady(held, rig.heldOn(0)));
    QCOMPARE(rig.wrongSnapshot(), std::string{});
    QVERIFY(rig.engine().jobs().size() == 2); // it is no job
}

void TestEnginePool::makesReadyBeforeTheFirstLoad()
{
    PoolRig rig;
    rig.settings.poolReady = kGiB * 2;
    rig.settings.cacheBudget = kMiB * 512;
    rig.settings.hostDevices = {kMiB * 256 + kMiB * 100};
    rig.engine();
    rig.advance(10s); // and no more, or it would be given back before the test has seen it
    const auto isReady = [](const EngineSnapshot& now) {
        return now.cache.ready == kMiB * 512 && now.devices.front().ready == kMiB * 256;
    };
    QVERIFY(rig.waitFor(isReady)); // whole slabs, within what each may have
    QCOMPARE(rig.heldInCache(), Bytes{});
}

/// Memory that is ready, and a model that is cached, want no context on the GPU: that would take VRAM. A load pins
/// them.
void TestEnginePool::takesNothingOfAGpuBeforeALoad()
{
    weightroom::fake_cuda::fakeCuda().reset({});
    {
        FakeGpuView view;
        QVERIFY(view.play("GPU-a0a0a0a0-a0a0-a0a0-a0a0-a0a0a0a0a0a0")); // of the fake driver's first
        PoolRig rig;
        rig.settings.useCuda = true;
        rig.settings.poolReady = kGiB * 2;
        rig.settings.cacheBudget = kMiB * 512;
        rig.write("hat", kMiB * 8);
        VERIFY_RESULT(rig.scan());
        VERIFY_RESULT(rig.call("model.post_model_cache", {{"model_id", rig.idOf("hat")}}));
        rig.advance(10s);
        QVERIFY(rig.waitFor([](const EngineSnapshot& now) { return now.cache.ready > Bytes{}; }));
        QVERIFY(rig.engine().snapshot()->devices.front().memory.driverFree);
        QVERIFY(weightroom::fake_cuda::fakeCuda().live() == weightroom::fake_cuda::Live{});

        VERIFY_RESULT(rig.load(rig.idOf("hat")));
        QCOMPARE(weightroom::fake_cuda::fakeCuda().live().contexts, 1U);
        QCOMPARE(weightroom::fake_cuda::fakeCuda().live().registrations, 1U);
    }
    QVERIFY(weightroom::fake_cuda::fakeCuda().live() == weightroom::fake_cuda::Live{});
}

void TestEnginePool::waitsForTheEndOfAllWork()
{
    PoolRig rig;
    rig.write("hat", kMiB * 8);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("hat")));
    Gate gate;
    rig.onJob = [&](const JobSnapshot& job) {
        if (job.state == JobState::Running)
            gate.pass();
    };
    const Bytes held = rig.heldInCache();
    std::jthread scan{[&] { QVERIFY(rig.scan().has_value()); }};
    gate.waitForArrivals();
    rig.advance(1h);
    QCOMPARE(rig.readyInCache(), Bytes{});
    gate.open();
    scan.join();
    QVERIFY(held > Bytes{});
}

void TestEnginePool::givesBackWhatNobodyNeeds()
{
    PoolRig rig;
    rig.write("hat", kMiB * 8);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("hat")));
    QTRY_VERIFY(rig.isIdleAndReady(rig.heldInCache(), rig.heldOn(0)));
    QTRY_VERIFY(rig.isIdleAndReady({}, {})); // some minutes later
    QVERIFY(rig.heldInCache() > Bytes{}); // what is used stays
    rig.advance(1h);
    QCOMPARE(rig.readyInCache(), Bytes{});
}

void TestEnginePool::keepsNothingWhenTheSettingSaysSo()
{
    PoolRig rig;
    rig.write("hat", kMiB * 8);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("hat")));
    QTRY_VERIFY(rig.isIdleAndReady(rig.heldInCache(), rig.heldOn(0)));
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"pool_keep_seconds", 0}}));
    QTRY_VERIFY(rig.isIdleAndReady({}, {}));
    VERIFY_RESULT(rig.unload(rig.idOf("hat")));
    QCOMPARE(rig.readyOnDevice(), Bytes{});
}

/// Before anything that is cached.
void TestEnginePool::givesReadyMemoryBackFirst()
{
    PoolRig rig;
    rig.settings.memoryReserve = kMiB * 4;
    rig.write("hat", kMiB * 8);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("hat")));
    QTRY_VERIFY(rig.isIdleAndReady(rig.heldInCache(), rig.heldOn(0)));
    rig.tell(kMiB); // 3 MiB are missing, and a quarter of the reserve
    QVERIFY(rig.waitFor([](const EngineSnapshot& now) {
        return now.systemMemory && now.systemMemory->givenBack >= kMiB * 4 && now.cache.ready == Bytes{}
        && now.devices.front().ready == Bytes{};
    }));
    rig.tell(kGiB * 8);
    QVERIFY(rig.heldOn(0) > Bytes{}); // on a device all stays
}

void TestEnginePool::givesBackWhatIsDropped()
{
    PoolRig rig{IdleWork::Off};
    for (const char* name : {"hat", "beret"})
        rig.write(name, kMiB * 8);
    VERIFY_RESULT(rig.scan());
    for (const char* name : {"hat", "beret"})
        VERIFY_RESULT(rig.call("model.post_model_cache", {{"model_id", rig.idOf(name)}}));
    VERIFY_RESULT(rig.call("model.delete_model_cache", {{"model_id", rig.idOf("hat")}}));
    QCOMPARE(rig.readyInCache(), Bytes{});
    VERIFY_RESULT(rig.call("model.delete_model_cache"));
    QCOMPARE(rig.readyInCache(), Bytes{});
    QCOMPARE(rig.heldInCache(), Bytes{});
}

void TestEnginePool::leavesNothing()
{
    const auto useOne = [] {
        PoolRig rig;
        rig.write("hat", kMiB * 8);
        QVERIFY(rig.scan().has_value());
        QVERIFY(rig.load(rig.idOf("hat")).has_value());
        QTRY_VERIFY(rig.isIdleAndReady(rig.heldInCache(), rig.heldOn(0)));
        QVERIFY(rig.unload(rig.idOf("hat")).has_value());
    };
    useOne(); // what libraries open once
    const auto before = currentResources();
    useOne();
    VERIFY_NOTHING_LEFT(before);
}

QTEST_GUILESS_MAIN(TestEnginePool)
#include "test_engine_pool.moc"
