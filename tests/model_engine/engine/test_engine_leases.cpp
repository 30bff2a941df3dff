// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/model_engine/engine/lease_rig.h"
#include "tests/support/manual_clock.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <filesystem>
#include <unistd.h>

using namespace weightroom::engine;
using namespace weightroom::test;
namespace fake_cuda = weightroom::fake_cuda;

namespace {

/// The same with a GPU of the fake driver, and nothing else.
class GpuLeaseRig : public LeaseRig {
public:
    GpuLeaseRig()
    {
        fake_cuda::fakeCuda().reset({});
        settings.useCuda = true;
        settings.hostDevices = {};
    }
    ~GpuLeaseRig()
    {
        close();
        fake_cuda::fakeCuda().endProcess();
    }
    GpuLeaseRig(const GpuLeaseRig&) = delete;
    GpuLeaseRig& operator=(const GpuLeaseRig&) = delete;
};

} // namespace

/// Other programs that use what is loaded.
class TestEngineLeases : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void handsTheMemoryToAConsumer();
    void refusesWhatIsNotLoaded();
    void lendsNothingToWhoIsNotConnected();
    void keepsTheLeasesOfOthersApart();
    void refusesToUnloadWhatIsLeased();
    void tellsTheTruthWhenItIsForced();
    void takesBackWhatWasOnlyOffered();
    void givesBackTheLeasesOfAClientThatIsGone();
    void doesNotMoveWhatIsLeased();
    void keepsWhatIsLeasedBeyondItsTime();
    void takesOffersBackWhenTheModelIsDeleted();
    void lendsFromTheDeviceThatHasAll();
    void tellsConsumersThatTheEngineEnds();
    void lendsTheMemoryOfAGpu();
    void takesNothingForGrantedThatAConsumerCanWrite();
    void tellsWhoHasLeasesOnALostGpu();
    void leavesSharingAloneWhenItFailsAgainAndAgain();
    void saysWhichDeviceCannotBeShared();

private:
    ResourceUse m_before;
};

void TestEngineLeases::handsTheMemoryToAConsumer()
{
    LeaseRig rig;
    VERIFY_RESULT(rig.open());
    Borrower consumer{rig.place};
    const Json lease = rig.attach(consumer, "hat");
    QVERIFY2(lease.contains("lease_id"), writeJson(lease).c_str());
    QVERIFY(lease.at("stage") == "offered" && lease.at("device_id") == "HOST_0");
    QVERIFY(lease.at("size_bytes") == kHat.value);
    const Json tensors = consumer.call("sharing.get_lease_tensors", {{"lease_id", lease.at("lease_id")}});
    QCOMPARE(tensors.at("tensors").size(), 2U);
    const std::size_t count = tensors.at("slabs").size();
    const Json sent = consumer.call("server.post_slabs_send", {{"lease_id", lease.at("lease_id")}, {"count", count}});
    QVERIFY2(sent.value("count", 0U) == count, writeJson(sent).c_str());
    const auto slabs = consumer.client.takeDescriptors();
    QCOMPARE(slabs.size(), count);
    QVERIFY(tensors.at("device_uuid").is_null());
    QVERIFY(Borrower::hasBytesOf("hat.weight", tensors, slabs));
    for (const Json& tensor : tensors.at("tensors")) {
        if (tensor.at("name") == "hat.empty")
            QVERIFY(tensor.at("slab").is_null() && tensor.at("shape") == Json({0, 3}));
    }
    // Who looks sees it.
    const auto seen = rig.call("sharing.get_leases");
    VERIFY_RESULT(seen);
    QCOMPARE(seen->at("leases").size(), 1U);
    QVERIFY(seen->at("leases").at(0).at("stage") == "attached");
    QVERIFY(seen->at("consumers").at(0).at("process_id") == ::getpid());
    // And the memory comes only once.
    const Json again = consumer.call("server.post_slabs_send", {{"lease_id", lease.at("lease_id")}});
    QVERIFY(again.at("code") == "invalid_value" && again.at("field") == "first_slab");
    const Json returned = consumer.call("sharing.post_lease_return", {{"lease_id", lease.at("lease_id")}});
    QVERIFY2(returned.value("freed_bytes", -1) == 0, writeJson(returned).c_str());
    QVERIFY(rig.engine().snapshot()->leases.empty());
}

void TestEngineLeases::refusesWhatIsNotLoaded()
{
    LeaseRig rig;
    VERIFY_RESULT(rig.open());
    Borrower consumer{rig.place};
    QVERIFY(rig.attach(consumer, "coat").at("code") == "not_loaded");
    const Json hat{{"model_id", rig.idOf("hat")}};
    Json fields = hat;
    fields["component_ids"] = {"no_such"};
    QVERIFY(consumer.call("model.post_model_attach", fields).at("code") == "not_loaded");
    fields = hat;
    fields["device_id"] = "GPU_7";
    QVERIFY(consumer.call("model.post_model_attach", fields).at("code") == "device_not_found");
    QVERIFY(rig.engine().snapshot()->leases.empty());
    for (const char* method : {"sharing.get_lease_tensors", "sharing.post_lease_return", "server.post_slabs_send"})
        QVERIFY(consumer.call(method, {{"lease_id", 9}}).at("code") == "lease_not_found");
}

void TestEngineLeases::lendsNothingToWhoIsNotConnected()
{
    LeaseRig rig;
    VERIFY_RESULT(rig.open());
    VERIFY_ERROR(rig.call("model.post_model_attach", {{"model_id", rig.idOf("hat")}}), ErrorCode::Unsupported);
    VERIFY_ERROR(rig.call("sharing.post_consumer_register", {{"domains", Json::array()}}), ErrorCode::Unsupported);
}

void TestEngineLeases::keepsTheLeasesOfOthersApart()
{
    LeaseRig rig;
    VERIFY_RESULT(rig.open());
    Borrower owner{rig.place};
    Borrower other{rig.place};
    const Json lease{{"lease_id", rig.attach(owner, "hat").at("lease_id")}};
    for (const char* method : {"sharing.get_lease_tensors", "sharing.post_lease_return", "server.post_slabs_send"})
        QVERIFY(other.call(method, lease).at("code") == "lease_not_found");
    QVERIFY(other.client.takeDescriptors().empty());
    QCOMPARE(rig.engine().snapshot()->leases.size(), 1U);
}

void TestEngineLeases::refusesToUnloadWhatIsLeased()
{
    LeaseRig rig;
    VERIFY_RESULT(rig.open());
    Borrower consumer{rig.place};
    (void)consumer.call("sharing.post_consumer_register", {{"name", "ComfyUI"}, {"domains", Json::array()}});
    const Json lease = rig.attach(consumer, "hat");
    const auto refused = rig.unload(rig.idOf("hat"));
    VERIFY_ERROR(refused, ErrorCode::LeaseHeld);
    QCOMPARE(refused.error().context.holder, "ComfyUI (process " + std::to_string(::getpid()) + ")");
    QVERIFY(rig.engine().snapshot()->models.front().record);
    const auto deleted = rig.call("model.delete_model", {{"model_id", rig.idOf("hat")}});
    VERIFY_ERROR(deleted, ErrorCode::ModelInUse);
    (void)consumer.call("sharing.post_lease_return", {{"lease_id", lease.at("lease_id")}});
    VERIFY_RESULT(rig.unload(rig.idOf("hat")));
    QCOMPARE(rig.heldOn(0), Bytes{});
}

void TestEngineLeases::tellsTheTruthWhenItIsForced()
{
    LeaseRig rig;
    VERIFY_RESULT(rig.open());
    Borrower consumer{rig.place};
    const Json lease = rig.attach(consumer, "hat");
    const Json tensors = consumer.call("sharing.get_lease_tensors", {{"lease_id", lease.at("lease_id")}});
    (void)consumer.call(
        "server.post_slabs_send", {{"lease_id", lease.at("lease_id")}, {"count", tensors.at("slabs").size()}});
    const auto slabs = consumer.client.takeDescriptors();
    const Bytes held = rig.heldOn(0);
    const auto forced = rig.call("model.post_model_unload", {{"model_id", rig.idOf("hat")}, {"force", true}});
    VERIFY_RESULT(forced);
    const Json& row = forced->at("devices").at(0);
    QVERIFY2(row.at("freed_bytes") == 0 && row.at("leased_bytes") == kHat.value, writeJson(row).c_str());
    QVERIFY(row.at("leases").at(0).at("lease_id") == lease.at("lease_id"));
    QCOMPARE(rig.heldOn(0), held);
    QVERIFY(rig.engine().snapshot()->devices.front().owners.at(0).isOnlyLeased);
    QVERIFY(Borrower::hasBytesOf("hat.weight", tensors, slabs));
    // What comes meanwhile lies elsewhere.
    VERIFY_RESULT(rig.load(rig.idOf("coat")));
    QVERIFY(Borrower::hasBytesOf("hat.weight", tensors, slabs));
    const Json returned = consumer.call("sharing.post_lease_return", {{"lease_id", lease.at("lease_id")}});
    QVERIFY2(returned.at("freed_bytes") == kHat.value, writeJson(returned).c_str());
    VERIFY_RESULT(rig.unload(rig.idOf("coat")));
    QCOMPARE(rig.heldOn(0), Bytes{});
}

void TestEngineLeases::takesBackWhatWasOnlyOffered()
{
    LeaseRig rig;
    VERIFY_RESULT(rig.open());
    Borrower consumer{rig.place};
    const Json lease = rig.attach(consumer, "hat");
    const auto forced = rig.call("model.post_model_unload", {{"model_id", rig.idOf("hat")}, {"force", true}});
    VERIFY_RESULT(forced);
    QVERIFY(forced->at("devices").at(0).at("freed_bytes") == kHat.value);
    QVERIFY(forced->at("devices").at(0).at("leases").empty());
    QCOMPARE(rig.heldOn(0), Bytes{});
    const Json told = consumer.notified("sharing.lease_ended");
    QVERIFY(told.at("lease_id") == lease.at("lease_id") && told.at("reason") == "taken_back");
    QVERIFY(
        consumer.call("server.post_slabs_send", {{"lease_id", lease.at("lease_id")}}).at("code") == "lease_not_found");
}

void TestEngineLeases::givesBackTheLeasesOfAClientThatIsGone()
{
    LeaseRig rig;
    VERIFY_RESULT(rig.open());
    {
        Borrower consumer{rig.place};
        const Json lease = rig.attach(consumer, "hat");
        (void)consumer.call("server.post_slabs_send", {{"lease_id", lease.at("lease_id")}});
        VERIFY_RESULT(rig.call("model.post_model_unload", {{"model_id", rig.idOf("hat")}, {"force", true}}));
        QVERIFY(rig.heldOn(0) >= kHat);
        consumer.client.hangUp();
    }
    QVERIFY(rig.waitForNoLease());
    QVERIFY(rig.waitFor([](const EngineSnapshot& now) { return now.devices.front().memory.ours.held == Bytes{}; }));
    QVERIFY(rig.engine().snapshot()->consumers.empty());
}

void TestEngineLeases::doesNotMoveWhatIsLeased()
{
    LeaseRig rig;
    VERIFY_RESULT(rig.open());
    VERIFY_RESULT(rig.load(rig.idOf("coat")));
    Borrower consumer{rig.place};
    const Json lease = rig.attach(consumer, "coat");
    const Json before = consumer.call("sharing.get_lease_tensors", {{"lease_id", lease.at("lease_id")}});
    VERIFY_RESULT(rig.unload(rig.idOf("hat")));
    VERIFY_RESULT(rig.call("model.post_model_optimize", {{"device_id", "HOST_0"}}));
    (void)consumer.call(
        "server.post_slabs_send", {{"lease_id", lease.at("lease_id")}, {"count", before.at("slabs").size()}});
    QVERIFY(Borrower::hasBytesOf("coat.weight", before, consumer.client.takeDescriptors()));
    QVERIFY(consumer.call("sharing.get_lease_tensors", {{"lease_id", lease.at("lease_id")}}) == before);
}

void TestEngineLeases::keepsWhatIsLeasedBeyondItsTime()
{
    LeaseRig rig;
    const auto clock = std::make_shared<ManualClock>();
    rig.clock = clock;
    rig.memoryWatching = MemoryWatching{.pressure = std::nullopt, .look = std::chrono::milliseconds{1}};
    VERIFY_RESULT(rig.open());
    VERIFY_RESULT(rig.load(rig.idOf("hat"), {{"keep_alive_seconds", 60}}));
    Borrower consumer{rig.place};
    const Json lease = rig.attach(consumer, "hat");
    clock->advance(std::chrono::seconds{61});
    // The unloads of a look are started together: when the other model has gone, so has the look.
    VERIFY_RESULT(rig.load(rig.idOf("coat"), {{"keep_alive_seconds", 0}}));
    QVERIFY(rig.waitFor([](const EngineSnapshot& now) { return now.devices.front().owners.size() == 1; }));
    QCOMPARE(rig.jobsOf("post_model_unload"), 1);
    (void)consumer.call("sharing.post_lease_return", {{"lease_id", lease.at("lease_id")}});
    QVERIFY(rig.waitFor([](const EngineSnapshot& now) { return now.devices.front().owners.empty(); }));
}

void TestEngineLeases::takesOffersBackWhenTheModelIsDeleted()
{
    LeaseRig rig;
    qputenv("XDG_DATA_HOME", (rig.folder / "home").c_str()); // where the trash is
    VERIFY_RESULT(rig.open());
    Borrower consumer{rig.place};
    QVERIFY(rig.attach(consumer, "hat").contains("lease_id"));
    VERIFY_RESULT(rig.call("model.delete_model", {{"model_id", rig.idOf("hat")}, {"when_in_memory", "release"}}));
    QVERIFY(consumer.notified("sharing.lease_ended").at("reason") == "taken_back");
    QVERIFY(rig.engine().snapshot()->leases.empty());
    QCOMPARE(rig.heldOn(0), Bytes{});
}

void TestEngineLeases::lendsFromTheDeviceThatHasAll()
{
    LeaseRig rig;
    rig.settings.hostDevices = {kMiB * 32, kMiB * 32};
    VERIFY_RESULT(rig.open());
    VERIFY_RESULT(rig.load(rig.idOf("coat"), {{"device_id", "HOST_1"}}));
    Borrower consumer{rig.place};
    QVERIFY(rig.attach(consumer, "hat").at("device_id") == "HOST_0");
    QVERIFY(rig.attach(consumer, "coat").at("device_id") == "HOST_1");
    const Json refused =
        consumer.call("model.post_model_attach", {{"model_id", rig.idOf("coat")}, {"device_id", "HOST_0"}});
    QVERIFY(refused.at("code") == "not_loaded");
}

void TestEngineLeases::tellsConsumersThatTheEngineEnds()
{
    LeaseRig rig;
    VERIFY_RESULT(rig.open());
    Borrower consumer{rig.place};
    QVERIFY(rig.attach(consumer, "hat").contains("lease_id"));
    rig.engine().stopServing();
    QVERIFY(consumer.notified("sharing.leases_ended").at("reason") == "engine_ends");
}

/// By the fake driver, whose memory is a file: what CUDA makes of a descriptor only CUDA can say.
void TestEngineLeases::lendsTheMemoryOfAGpu()
{
    GpuLeaseRig rig;
    VERIFY_RESULT(rig.open());
    Borrower consumer{rig.place};
    const Json lease = rig.attach(consumer, "hat");
    QVERIFY2(lease.contains("lease_id") && lease.at("device_id") == "GPU_0", writeJson(lease).c_str());
    const Json tensors = consumer.call("sharing.get_lease_tensors", {{"lease_id", lease.at("lease_id")}});
    // By which a process finds it that numbers its GPUs otherwise.
    QVERIFY(tensors.at("device_uuid") == "GPU-a0a0a0a0-a0a0-a0a0-a0a0-a0a0a0a0a0a0");
    QVERIFY(consumer.call("model.get_model_status").at("devices")[0].at("uuid") == tensors.at("device_uuid"));
    (void)consumer.call(
        "server.post_slabs_send", {{"lease_id", lease.at("lease_id")}, {"count", tensors.at("slabs").size()}});
    QVERIFY(Borrower::hasBytesOf("hat.weight", tensors, consumer.client.takeDescriptors()));
}

void TestEngineLeases::takesNothingForGrantedThatAConsumerCanWrite()
{
    GpuLeaseRig rig;
    VERIFY_RESULT(rig.open());
    std::filesystem::copy_file(rig.folder / "models/hat.safetensors", rig.folder / "models/twin.safetensors");
    VERIFY_RESULT(rig.scan());
    Borrower consumer{rig.place};
    const Json lease = rig.attach(consumer, "hat");
    const Json tensors = consumer.call("sharing.get_lease_tensors", {{"lease_id", lease.at("lease_id")}});
    (void)consumer.call(
        "server.post_slabs_send", {{"lease_id", lease.at("lease_id")}, {"count", tensors.at("slabs").size()}});
    const auto slabs = consumer.client.takeDescriptors();
    QVERIFY(Borrower::hasBytesOf("hat.weight", tensors, slabs));
    QVERIFY(Borrower::writeInto("hat.weight", tensors, slabs));
    QVERIFY(!Borrower::hasBytesOf("hat.weight", tensors, slabs));
    // The other model, of the same bytes, gets those of its file.
    VERIFY_RESULT(rig.load(rig.idOf("twin"), {{"verify", true}}));
    VERIFY_RESULT(rig.call("model.post_model_unload", {{"model_id", rig.idOf("hat")}, {"force", true}}));
    VERIFY_RESULT(rig.load(rig.idOf("hat"), {{"verify", true}}));
}

void TestEngineLeases::tellsWhoHasLeasesOnALostGpu()
{
    GpuLeaseRig rig;
    rig.settings.hostDevices = {kMiB * 32};
    VERIFY_RESULT(rig.open());
    VERIFY_RESULT(rig.load(rig.idOf("hat"), {{"device_id", "HOST_0"}}));
    Borrower consumer{rig.place};
    const Json onGpu = rig.attach(consumer, "hat");
    const Json inRam =
        consumer.call("model.post_model_attach", {{"model_id", rig.idOf("hat")}, {"device_id", "HOST_0"}});
    QVERIFY(onGpu.at("device_id") == "GPU_0" && inRam.at("device_id") == "HOST_0");
    constexpr int kIllegalAddress = 700; // CUDA_ERROR_ILLEGAL_ADDRESS
    fake_cuda::fakeCuda().failCall("cuMemcpyHtoDAsync", 1, kIllegalAddress, fake_cuda::Fault::Sticky);
    VERIFY_ERROR(rig.load(rig.idOf("coat"), {{"device_id", "GPU_0"}}), ErrorCode::DeviceLost);
    const Json lost = consumer.notified("sharing.lease_lost");
    QVERIFY(lost.at("lease_id") == onGpu.at("lease_id") && lost.at("device_id") == "GPU_0"
        && lost.at("reason") == "device_lost");
    // Once, and nothing of the lease in RAM: what is returned after that is answered before any other news.
    (void)consumer.call("sharing.post_lease_return", {{"lease_id", inRam.at("lease_id")}});
    (void)consumer.call("sharing.post_lease_return", {{"lease_id", onGpu.at("lease_id")}});
    QVERIFY(std::ranges::none_of(
        consumer.news, [](const Json& news) { return news.at("method") == "sharing.lease_lost"; }));
    QVERIFY(rig.waitForNoLease());
    rig.close();
    QCOMPARE(fake_cuda::fakeCuda().callsAfterFault(), 0U);
}

void TestEngineLeases::leavesSharingAloneWhenItFailsAgainAndAgain()
{
    GpuLeaseRig rig;
    VERIFY_RESULT(rig.open());
    Borrower consumer{rig.place};
    constexpr int kNotPermitted = 800; // CUDA_ERROR_NOT_PERMITTED
    for (int failure = 0; failure < 3; ++failure) {
        fake_cuda::fakeCuda().failCall("cuMemExportToShareableHandle", 1, kNotPermitted, fake_cuda::Fault::Once);
        const Json refused = rig.attach(consumer, "hat");
        QVERIFY2(refused.at("code") == "device_error" && refused.at("feature") == "share_with_processes",
            writeJson(refused).c_str());
    }
    QVERIFY(rig.attach(consumer, "hat").at("code") == "feature_off");
    QVERIFY(rig.waitFor([](const EngineSnapshot& now) { return now.fallenBack.size() == 1; }));
    QVERIFY(rig.engine().snapshot()->leases.empty());
}

void TestEngineLeases::saysWhichDeviceCannotBeShared()
{
    GpuLeaseRig rig;
    fake_cuda::fakeCuda().reset({.isExportable = 0});
    VERIFY_RESULT(rig.open());
    Borrower consumer{rig.place};
    for (int i = 0; i < 4; ++i) {
        const Json refused = rig.attach(consumer, "hat");
        QVERIFY2(refused.at("code") == "unsupported" && refused.at("device_id") == "GPU_0", writeJson(refused).c_str());
    }
    QVERIFY(rig.engine().snapshot()->fallenBack.empty());
}

QTEST_APPLESS_MAIN(TestEngineLeases)
#include "test_engine_leases.moc"
