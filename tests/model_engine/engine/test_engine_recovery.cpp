// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/model_engine/engine/recovery_rig.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;
using weightroom::fake_cuda::Fault;
using weightroom::fake_cuda::Live;
using weightroom::fake_cuda::Machine;

namespace {

constexpr int kOutOfMemory = 2; // a CUresult

/// With a GPU too, of the fake driver.
struct GpuRig : RecoveryRig {
    explicit GpuRig(Bytes hostDevice = kMiB * 64)
        : RecoveryRig(hostDevice)
    {
        settings.useCuda = true;
    }
};

} // namespace

/// What a load does by itself after a memory was full, before it is tried once more (E3, C7).
class TestEngineRecovery : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { m_cuda = &weightroom::fake_cuda::fakeCuda(); }
    void init() { m_cuda->reset(Machine{}); }
    void cleanup() { m_cuda->endProcess(); }
    void triesAgainWhatADriverRefusedOnce_data();
    void triesAgainWhatADriverRefusedOnce();
    void triesOnlyOnceMore();
    void compactsADeviceThatIsFull_data();
    void compactsADeviceThatIsFull();
    void compactsTheCache();
    void leavesLoadedModelsAlone();
    void lowersThePrecisionWhereThatIsAllowed_data();
    void lowersThePrecisionWhereThatIsAllowed();
    void leavesNothingWhenItIsCancelled_data();
    void leavesNothingWhenItIsCancelled();

private:
    weightroom::fake_cuda::Control* m_cuda = nullptr;
};

void TestEngineRecovery::triesAgainWhatADriverRefusedOnce_data()
{
    QTest::addColumn<QByteArray>("function");
    for (const char* function :
        {"cuMemAddressReserve", "cuMemCreate", "cuMemMap", "cuMemSetAccess", "cuMemcpyHtoDAsync"})
        QTest::newRow(function) << QByteArray{function};
}

void TestEngineRecovery::triesAgainWhatADriverRefusedOnce()
{
    QFETCH(QByteArray, function);
    {
        GpuRig rig;
        rig.write("first", kMiB * 3);
        VERIFY_RESULT(rig.scan());
        m_cuda->failCall(function.toStdString(), 1, kOutOfMemory, Fault::Once);
        const auto loaded = rig.load(rig.idOf("first"), {{"device_id", "GPU_0"}, {"verify", true}});
        QCOMPARE(recoveredBy(loaded), std::string{"try_again"});
        const Json& failure = loaded->at("recovery").at("failed_with");
        QCOMPARE(failure.at("code").get<std::string>(), std::string{"out_of_device_memory"});
        QCOMPARE(failure.at("device_id").get<std::string>(), std::string{"GPU_0"});
        QVERIFY(!failure.contains("tried"));
        QCOMPARE(rig.wrongSnapshot(), std::string{});
    }
    QVERIFY(m_cuda->live() == Live{});
}

void TestEngineRecovery::triesOnlyOnceMore()
{
    GpuRig rig;
    rig.write("first", kMiB * 3);
    VERIFY_RESULT(rig.scan());
    const Live before = m_cuda->live();
    const std::uint64_t created = m_cuda->calls("cuMemCreate");
    for (int attempt = 0; attempt < 2; ++attempt)
        m_cuda->failCall("cuMemCreate", 1, kOutOfMemory, Fault::Once); // the next that no fault before has met
    const auto failed = rig.load(rig.idOf("first"), {{"device_id", "GPU_0"}});
    VERIFY_ERROR(failed, ErrorCode::OutOfDeviceMemory);
    QCOMPARE(triedBefore(failed), std::string{"try_again"});
    QCOMPARE(failed.error().context.modelId.text, rig.idOf("first"));
    QVERIFY(failed.error().context.required && failed.error().context.available);
    QCOMPARE(m_cuda->calls("cuMemCreate"), created + 2);
    QVERIFY(m_cuda->live() == before);
    QCOMPARE(rig.heldByDevice("GPU_0"), Bytes{});
    QCOMPARE(rig.heldInCache(), Bytes{});
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineRecovery::compactsADeviceThatIsFull_data()
{
    QTest::addColumn<QString>("device");
    QTest::newRow("host device") << "HOST_0";
    QTest::newRow("GPU") << "GPU_0";
}

void TestEngineRecovery::compactsADeviceThatIsFull()
{
    QFETCH(const QString, device);
    const std::string id = device.toStdString();
    GpuRig rig{kMiB * 17};
    rig.writeSparse();
    rig.write("wanted", kMiB * 10);
    VERIFY_RESULT(rig.scan());
    QVERIFY(rig.makeSparse("model.post_model_load", {{"device_id", id}}));
    const Machine machine;
    const std::size_t used = m_cuda->live().memory;
    m_cuda->reset({.memory = machine.memory, .foreignUse = machine.memory - used - (kMiB * 5).value});
    const Bytes held = rig.heldByDevice(id);
    const auto loaded = rig.load(rig.idOf("wanted"), {{"device_id", id}, {"verify", true}});
    QCOMPARE(recoveredBy(loaded), std::string{"compact_memory try_again"});
    const std::uint64_t freed = freedBy(*loaded, "compact_memory");
    QVERIFY(freed >= 10 * kTensor - (kMiB * 4).value && freed <= held.value);
    const Json& failure = loaded->at("recovery").at("failed_with");
    QVERIFY(number(failure, "required_bytes") >= (kMiB * 10).value);
    QVERIFY(number(failure, "available_bytes") < number(failure, "required_bytes"));
    for (const char* kept : {"kept 0", "kept 1"}) // still there, and right
        QCOMPARE(rig.load(rig.idOf(kept), {{"device_id", id}})->at("already_loaded_component_ids").size(), 1U);
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineRecovery::compactsTheCache()
{
    RecoveryRig rig;
    rig.settings.cacheBudget = kMiB * 17;
    rig.writeSparse();
    rig.write("wanted", kMiB * 10);
    VERIFY_RESULT(rig.scan());
    for (const char* name : {"kept 0", "kept 1"}) // else they would be evicted
        VERIFY_RESULT(rig.call("model.post_model_config_update", {{"model_id", rig.idOf(name)}, {"is_pinned", true}}));
    QVERIFY(rig.makeSparse("model.post_model_cache", Json::object()));
    const auto cached = rig.cache("wanted");
    QCOMPARE(recoveredBy(cached), std::string{"compact_memory try_again"});
    QVERIFY(freedBy(*cached, "compact_memory") >= 10 * kTensor - (kMiB * 4).value);
    QCOMPARE(
        cached->at("recovery").at("failed_with").at("code").get<std::string>(), std::string{"out_of_cache_budget"});
    QCOMPARE(rig.engine().snapshot()->cache.owners.size(), 3U);
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineRecovery::leavesLoadedModelsAlone()
{
    RecoveryRig rig{kMiB * 16};
    rig.write("loaded", kMiB * 12);
    rig.write("wanted", kMiB * 8);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("loaded"), {{"device_id", "HOST_0"}}));
    const auto failed = rig.load(rig.idOf("wanted"), {{"device_id", "HOST_0"}});
    VERIFY_ERROR(failed, ErrorCode::OutOfDeviceMemory);
    QCOMPARE(triedBefore(failed), std::string{});
    QVERIFY(failed.error().context.required > failed.error().context.available);
    QVERIFY(rig.heldByDevice("HOST_0") >= kMiB * 12);
    QVERIFY(rig.engine().snapshot()->cache.ownedBytes() >= kMiB * 12); // nothing was evicted for nothing
}

void TestEngineRecovery::lowersThePrecisionWhereThatIsAllowed_data()
{
    QTest::addColumn<QByteArray>("fields");
    QTest::addColumn<QByteArray>("level");
    QTest::addColumn<bool>("isAllowed");
    QTest::newRow("by the settings") << QByteArray{"{}"} << QByteArray{"aggressive"} << true;
    QTest::newRow("by the request") << QByteArray{R"({"precision": "fp32", "optimization_level": "aggressive"})"}
                                    << QByteArray{"balanced"} << true;
    QTest::newRow("not by this level") << QByteArray{"{}"} << QByteArray{"balanced"} << false;
    QTest::newRow("not when it is named")
        << QByteArray{R"({"precision": "fp32"})"} << QByteArray{"aggressive"} << false;
}

void TestEngineRecovery::lowersThePrecisionWhereThatIsAllowed()
{
    QFETCH(QByteArray, fields);
    QFETCH(QByteArray, level);
    QFETCH(bool, isAllowed);
    constexpr std::uint64_t kHalfs = 1'500'000;
    RecoveryRig rig{kMiB * 4}; // 3 MB in fp16, 6 MB in fp32
    const std::string weights(kHalfs * 2, '\0');
    rig.folder.write("models/a.safetensors",
        SafetensorsBuilder().entry("weight", "F16", {kHalfs}, 0, weights.size()).data(weights).build());
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"optimization_level", level.toStdString()}}));
    VERIFY_RESULT(
        rig.call("model.post_model_config_update", {{"model_id", rig.idOf("a")}, {"preferred_precision", "fp32"}}));
    const auto loaded = rig.load(rig.idOf("a"), parseJson(fields.toStdString()).value());
    if (!isAllowed) {
        VERIFY_ERROR(loaded, ErrorCode::OutOfDeviceMemory);
        QCOMPARE(triedBefore(loaded), std::string{});
        return;
    }
    QCOMPARE(recoveredBy(loaded), std::string{"lower_precision try_again"});
    QVERIFY(freedBy(*loaded, "lower_precision") >= kHalfs * 2);
    QCOMPARE(number(*loaded, "total_vram_bytes"), kHalfs * 2);
    QCOMPARE(loaded->at("precision").get<std::string>(), std::string{"by_level"});
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineRecovery::leavesNothingWhenItIsCancelled_data()
{
    QTest::addColumn<JobPhase>("phase");
    QTest::newRow("before anything helps") << JobPhase::Recovering;
    QTest::newRow("in the second attempt") << JobPhase::Copying;
}

void TestEngineRecovery::leavesNothingWhenItIsCancelled()
{
    QFETCH(JobPhase, phase);
    GpuRig rig;
    rig.write("first", kMiB * 3);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("first"), {{"device_id", "GPU_0"}})); // libraries open what they keep
    VERIFY_RESULT(rig.unload(rig.idOf("first")));
    VERIFY_RESULT(rig.call("model.delete_model_cache"));
    const Live before = m_cuda->live();
    const ResourceUse resources = currentResources();
    std::stop_source stop;
    bool isRecovering = false;
    rig.onJob = [&](const JobSnapshot& job) {
        isRecovering = isRecovering || job.phase == JobPhase::Recovering;
        if (isRecovering && job.phase == phase)
            stop.request_stop();
    };
    m_cuda->failCall("cuMemCreate", 1, kOutOfMemory, Fault::Once);
    const auto cancelled = rig.engine().call(
        "model.post_model_load", {{"model_id", rig.idOf("first")}, {"device_id", "GPU_0"}}, stop.get_token());
    VERIFY_ERROR(cancelled, ErrorCode::Cancelled);
    QVERIFY(cancelled.error().context.tried.empty());
    VERIFY_RESULT(rig.call("model.delete_model_cache")); // a slab of the second attempt was kept ready, and pinned
    QVERIFY(m_cuda->live() == before);
    QCOMPARE(rig.heldByDevice("GPU_0"), Bytes{});
    QCOMPARE(rig.heldInCache(), Bytes{});
    VERIFY_NOTHING_LEFT(resources);
    QVERIFY(!rig.engine().snapshot()->models.front().isLoading());
    rig.onJob = {};
    VERIFY_RESULT(rig.load(rig.idOf("first"), {{"device_id", "GPU_0"}, {"verify", true}}));
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

QTEST_APPLESS_MAIN(TestEngineRecovery)
#include "test_engine_recovery.moc"
