// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/model_engine/server/line_client.h"
#include "tests/support/manual_clock.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <sys/mman.h>

using namespace weightroom::engine;
using namespace weightroom::test;
namespace fake_cuda = weightroom::fake_cuda;

namespace {

constexpr Bytes kHat = kMiB * 8;

/// A program that is connected to the engine.
class Borrower {
public:
    explicit Borrower(const SocketPlace& place)
        : client(place.socket())
    {
    }

    /// The answer, or the typed error; what comes before it is kept.
    Json call(const char* method, const Json& params = Json::object())
    {
        const Json id = ++m_lastId;
        if (!client.ask(id, method, params))
            return {};
        while (const auto message = client.next()) {
            if (!message->contains("id"))
                news.push_back(*message);
            else if (message->at("id") == id)
                return message->contains("result") ? message->at("result") : message->at("error").at("data");
        }
        return {};
    }
    /// The next notification of this method, kept or still to come; null when the engine has closed the connection.
    Json notified(const std::string& method)
    {
        while (true) {
            const auto found = std::ranges::find_if(news, [&](const Json& row) { return row.at("method") == method; });
            if (found != news.end()) {
                const Json params = found->at("params");
                news.erase(found);
                return params;
            }
            auto message = client.next();
            if (!message)
                return {};
            news.push_back(*std::move(message));
        }
    }
    /// Whether the bytes of a tensor, as they are in the memory that was handed over, are those of its file.
    static bool hasBytesOf(const std::string& name, const Json& tensors, const std::vector<UniqueFd>& slabs)
    {
        for (const Json& tensor : tensors.at("tensors")) {
            if (tensor.at("name") != name)
                continue;
            const auto slab = tensor.at("slab").get<std::size_t>();
            const auto length = tensors.at("slabs").at(slab).at("size_bytes").get<std::size_t>();
            void* const address = ::mmap(nullptr, length, PROT_READ, MAP_SHARED, slabs.at(slab).get(), 0);
            if (address == MAP_FAILED)
                return false;
            const std::string_view bytes{
                static_cast<const char*>(address) + tensor.at("offset_bytes").get<std::size_t>(),
                tensor.at("size_bytes").get<std::size_t>()};
            const bool isEqual = bytes == tensorPattern(name, kHat.value);
            ::munmap(address, length);
            return isEqual;
        }
        return false;
    }

    LineClient client;
    std::vector<Json> news;

private:
    int m_lastId = 0;
};

/// An engine that is served, with two models of which the first is loaded.
class LeaseRig : public EngineRig {
public:
    Result<> open()
    {
        writeModel("hat");
        writeModel("coat");
        if (auto served = engine().serve(ClaimedPlace::claim(place).value()); !served)
            return served;
        if (auto scanned = scan(); !scanned)
            return fail(scanned.error());
        auto loaded = load(idOf("hat"));
        return loaded ? Result<>{} : Result<>{fail(loaded.error())};
    }
    void writeModel(const std::string& name)
    {
        folder.write("models/" + name + ".safetensors",
            SafetensorsBuilder()
                .tensor(name + ".weight", "U8", {kHat.value})
                .tensor(name + ".empty", "F16", {0, 3})
                .build());
    }
    Json attach(Borrower& consumer, const std::string& name)
    {
        return consumer.call("model.post_model_attach", {{"model_id", idOf(name)}});
    }
    /// Waits until no lease is left.
    bool waitForNoLease()
    {
        return waitFor([](const EngineSnapshot& now) { return now.leases.empty(); });
    }
    std::ptrdiff_t jobsOf(const std::string& operation)
    {
        const auto jobs = engine().jobs();
        return std::ranges::count_if(
            jobs, [&](const JobSnapshotPtr& job) { return job->description.operation == operation; });
    }
    SocketPlace place{folder / "sockets"};
};

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
    void sharesWithTheConsumersOfADomain();
    void sharesNothingWhileItIsSwitchedOff();
    void tellsConsumersThatTheEngineEnds();
    void lendsTheMemoryOfAGpu();
    void leavesSharingAloneWhenItFailsAgainAndAgain();

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

void TestEngineLeases::sharesWithTheConsumersOfADomain()
{
    LeaseRig rig;
    VERIFY_RESULT(rig.open());
    Borrower comfy{rig.place};
    Borrower upscaler{rig.place};
    (void)comfy.call("sharing.post_consumer_register", {{"name", "ComfyUI"}, {"domains", {"inference"}}});
    (void)upscaler.call("sharing.post_consumer_register", {{"domains", {"inference", "postprocessing"}}});
    const auto shared =
        rig.call("model.post_model_share", {{"model_id", rig.idOf("hat")}, {"domains", {"inference", "processing"}}});
    VERIFY_RESULT(shared);
    QCOMPARE(shared->at("shared_domains").size(), 1U);
    QVERIFY(shared->at("shared_domains").at(0).at("domain") == "inference");
    QCOMPARE(shared->at("shared_domains").at(0).at("leases").size(), 2U);
    QCOMPARE(shared->at("failed_domains").size(), 1U);
    QVERIFY(shared->at("failed_domains").at(0).at("domain") == "processing");
    QVERIFY(shared->at("failed_domains").at(0).at("reason") == "no_consumers");
    QVERIFY(shared->at("performance_impact").at("bytes_not_duplicated") == 2 * kHat.value);
    QVERIFY(shared->at("performance_impact").at("load_seconds_saved") > 0.0);
    const Json offered = comfy.notified("sharing.lease_granted");
    QVERIFY(offered.at("domain") == "inference" && offered.at("consumer").get<std::string>().starts_with("ComfyUI"));
    const Json tensors = comfy.call("sharing.get_lease_tensors", {{"lease_id", offered.at("lease_id")}});
    (void)comfy.call(
        "server.post_slabs_send", {{"lease_id", offered.at("lease_id")}, {"count", tensors.at("slabs").size()}});
    QVERIFY(Borrower::hasBytesOf("hat.weight", tensors, comfy.client.takeDescriptors()));
    VERIFY_ERROR(rig.call("model.post_model_share", {{"model_id", rig.idOf("coat")}, {"domains", {"inference"}}}),
        ErrorCode::NotLoaded);
}

void TestEngineLeases::sharesNothingWhileItIsSwitchedOff()
{
    LeaseRig rig;
    VERIFY_RESULT(rig.open());
    Borrower consumer{rig.place};
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"share_with_processes", false}}));
    const Json refused = rig.attach(consumer, "hat");
    QVERIFY(refused.at("code") == "feature_off" && refused.at("feature") == "share_with_processes");
    VERIFY_ERROR(rig.call("model.post_model_share", {{"model_id", rig.idOf("hat")}, {"domains", {"inference"}}}),
        ErrorCode::FeatureOff);
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"share_with_processes", true}}));
    QVERIFY(rig.attach(consumer, "hat").contains("lease_id"));
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
    (void)consumer.call(
        "server.post_slabs_send", {{"lease_id", lease.at("lease_id")}, {"count", tensors.at("slabs").size()}});
    QVERIFY(Borrower::hasBytesOf("hat.weight", tensors, consumer.client.takeDescriptors()));
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

QTEST_APPLESS_MAIN(TestEngineLeases)
#include "test_engine_leases.moc"
