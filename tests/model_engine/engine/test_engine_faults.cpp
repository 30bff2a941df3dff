// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;
using weightroom::fake_cuda::Control;
using weightroom::fake_cuda::Fault;
using weightroom::fake_cuda::Live;
using weightroom::fake_cuda::Machine;

namespace {

// CUresult values, as cuda.h has them.
constexpr int kOutOfMemory = 2;
constexpr int kLaunchFailed = 719;

/// An engine with the fake GPU, GPU_0, and a host device, HOST_0.
struct GpuRig : EngineRig {
    GpuRig()
    {
        settings.useCuda = true;
        write("first", kMiB * 3);
        write("second", kMiB * 2);
    }
};

} // namespace

/// Faults of a GPU, through the engine's door only.
class TestEngineFaults : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init() { m_cuda->reset(Machine{}); }
    void cleanup() { m_cuda->endProcess(); }
    void loadsOntoAGpuAndGivesAllBack();
    void leavesNothingWhateverAllocationFails();
    void goesOnAfterAFailedCopy();
    void goesOnWithoutALostGpu();
    void detectsWrongBytes();

private:
    /// A load is tried once more.
    void failTwice(const char* function)
    {
        for (int attempt = 0; attempt < 2; ++attempt)
            m_cuda->failCall(function, 1, kOutOfMemory, Fault::Once); // the next that no fault before has met
    }

    /// What the driver has given out, but for the stream of the copies: it stays until the GPU rests.
    [[nodiscard]] Live lying() const
    {
        Live live = m_cuda->live();
        live.streams = 0;
        live.events = 0;
        return live;
    }

    Control* m_cuda = nullptr;
};

void TestEngineFaults::initTestCase()
{
    // Once it is open, whoever opens "libcuda.so.1" gets this one: it has that name.
    m_cuda = &weightroom::fake_cuda::fakeCuda();
}

void TestEngineFaults::loadsOntoAGpuAndGivesAllBack()
{
    {
        GpuRig rig;
        VERIFY_RESULT(rig.scan());
        QCOMPARE(rig.engine().snapshot()->devices.size(), 2U);
        const Live before = lying();
        const auto loaded = rig.load(rig.idOf("first"), {{"verify", true}});
        VERIFY_RESULT(loaded);
        QCOMPARE(loaded->at("device_id").get<std::string>(), std::string{"GPU_0"});
        QVERIFY(m_cuda->live().memory >= (kMiB * 3).value);
        QVERIFY(m_cuda->live().registrations > 0); // the cache's slab is pinned
        VERIFY_RESULT(rig.unload(rig.idOf("first")));
        QCOMPARE(m_cuda->live().memory, before.memory);
        VERIFY_RESULT(rig.call("model.delete_model_cache"));
        QVERIFY(lying() == before);
        VERIFY_RESULT(rig.load(rig.idOf("second"))); // left loaded
        QCOMPARE(rig.wrongSnapshot(), std::string{});
    }
    QVERIFY(m_cuda->live() == Live{});
}

void TestEngineFaults::leavesNothingWhateverAllocationFails()
{
    for (const char* function : {"cuMemCreate", "cuMemMap", "cuMemSetAccess", "cuMemAddressReserve"}) {
        GpuRig rig;
        VERIFY_RESULT(rig.scan());
        const Live before = lying();
        failTwice(function);
        const auto failed = rig.load(rig.idOf("first"));
        QVERIFY2(!failed, function);
        QCOMPARE(failed.error().code, ErrorCode::OutOfDeviceMemory);
        QVERIFY2(lying() == before, function);
        QCOMPARE(rig.heldOn(0), Bytes{});
        QCOMPARE(rig.heldInCache(), Bytes{});
        VERIFY_RESULT(rig.load(rig.idOf("first"), {{"verify", true}}));
        QCOMPARE(rig.wrongSnapshot(), std::string{});
    }
    QVERIFY(m_cuda->live() == Live{});
}

void TestEngineFaults::goesOnAfterAFailedCopy()
{
    GpuRig rig;
    VERIFY_RESULT(rig.scan());
    const Live before = lying();
    failTwice("cuMemcpyHtoDAsync");
    QVERIFY(!rig.load(rig.idOf("first")));
    QCOMPARE(m_cuda->live().memory, before.memory);
    VERIFY_RESULT(rig.call("model.delete_model_cache")); // the cache's slab was ready, and pinned, for the next load
    QVERIFY(lying() == before);
    QVERIFY(!rig.engine().snapshot()->devices.front().lost);
    VERIFY_RESULT(rig.load(rig.idOf("first"), {{"verify", true}}));
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineFaults::goesOnWithoutALostGpu()
{
    GpuRig rig;
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("second")));
    m_cuda->failCall("cuMemcpyHtoDAsync", 1, kLaunchFailed, Fault::Sticky);
    const auto failed = rig.load(rig.idOf("first"), {{"device_id", "GPU_0"}});
    VERIFY_ERROR(failed, ErrorCode::DeviceLost);
    QVERIFY(rig.engine().snapshot()->devices.front().lost);
    VERIFY_ERROR(rig.load(rig.idOf("first"), {{"device_id", "GPU_0"}}), ErrorCode::DeviceLost);
    // The rest goes on: the host device is the first that can be used, and the cache works.
    const auto loaded = rig.load(rig.idOf("first"), {{"verify", true}});
    VERIFY_RESULT(loaded);
    QCOMPARE(loaded->at("device_id").get<std::string>(), std::string{"HOST_0"});
    VERIFY_RESULT(rig.unload(rig.idOf("first")));
    VERIFY_RESULT(rig.unload(rig.idOf("second"))); // what was on the GPU leaves the list
    VERIFY_RESULT(rig.call("model.delete_model_cache"));
    QVERIFY(rig.engine().snapshot()->devices.front().owners.empty());
    const auto status = rig.call("model.get_model_status");
    VERIFY_RESULT(status);
    QVERIFY(status->at("devices")[0].at("is_lost").get<bool>());
    rig.close();
    QCOMPARE(m_cuda->callsAfterFault(), 0U);
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineFaults::detectsWrongBytes()
{
    GpuRig rig;
    VERIFY_RESULT(rig.scan());
    const Live before = lying();
    m_cuda->corruptNextUpload();
    VERIFY_ERROR(rig.load(rig.idOf("first"), {{"verify", true}}), ErrorCode::VerificationFailed);
    QCOMPARE(m_cuda->live().memory, before.memory);
    VERIFY_RESULT(rig.call("model.delete_model_cache")); // as above
    QVERIFY(lying() == before);
    QVERIFY(!rig.engine().snapshot()->models.front().isLoaded());
    VERIFY_RESULT(rig.load(rig.idOf("first"), {{"verify", true}}));
}

QTEST_APPLESS_MAIN(TestEngineFaults)
#include "test_engine_faults.moc"
