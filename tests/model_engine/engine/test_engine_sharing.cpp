// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/model_engine/engine/half_shared_model.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <random>

using namespace weightroom::engine;
using namespace weightroom::test;
using weightroom::fake_cuda::Live;
using weightroom::fake_cuda::Machine;

namespace {

std::uint64_t number(const Json& object, const char* name) { return object.at(name).get<std::uint64_t>(); }

/// Models that share bytes, a GPU (of the fake driver) and a host device.
struct SharingRig : EngineRig {
    SharingRig()
        : EngineRig({kMiB * 64})
    {
        settings.useCuda = true;
    }

    void write(const std::string& name) { writeHalfShared(*this, name); }
    [[nodiscard]] Json status() { return call("model.get_model_status").value(); }
    [[nodiscard]] Json deviceRow(const std::string& id)
    {
        const Json now = status();
        for (const Json& row : now.at("devices")) {
            if (row.at("device_id") == id)
                return row;
        }
        return {};
    }
    /// What is loaded of these models on `device`, read back by loading the rest of them with verification.
    [[nodiscard]] Result<Json> loadOn(const std::string& name, const std::string& device)
    {
        return load(idOf(name), {{"device_id", device}, {"verify", true}});
    }
};

} // namespace

/// Equal bytes once in RAM and once on each device, through the engine's door.
class TestEngineSharing : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init() { m_cuda->reset(Machine{}); }
    void cleanup() { m_cuda->endProcess(); }
    void holdsEqualBytesOnce_data() { addDevices(); }
    void holdsEqualBytesOnce();
    void saysWhatAnUnloadKeeps_data() { addDevices(); }
    void saysWhatAnUnloadKeeps();
    void saysWhatDroppingFromTheCacheKeeps();
    void fitsWhereTheSumWouldNot();
    void evictsThroughSharedBytes();
    void mergesWhatWasLoadedApart_data() { addDevices(); }
    void mergesWhatWasLoadedApart();
    void mergesOnOneDeviceOnly();
    void refusesToMergeWhereThereIsNothing();
    void addsUpWhateverIsDone();

private:
    static void addDevices()
    {
        QTest::addColumn<QString>("device");
        QTest::newRow("host device") << "HOST_0";
        QTest::newRow("GPU") << "GPU_0";
    }
    weightroom::fake_cuda::Control* m_cuda = nullptr;
};

void TestEngineSharing::initTestCase()
{
    // Once it is open, whoever opens "libcuda.so.1" gets this one: it has that name.
    m_cuda = &weightroom::fake_cuda::fakeCuda();
}

void TestEngineSharing::holdsEqualBytesOnce()
{
    QFETCH(QString, device);
    const std::string id = device.toStdString();
    SharingRig rig;
    for (const char* name : {"a", "b", "c"})
        rig.write(name);
    VERIFY_RESULT(rig.scan());
    const auto a = rig.loadOn("a", id);
    VERIFY_RESULT(a);
    QCOMPARE(number(*a, "total_vram_bytes"), kOwnSize + kCommonSize);
    QCOMPARE(number(*a, "shared_bytes"), 0U);
    QCOMPARE(number(*a, "saved_bytes"), 0U);
    QVERIFY(a->at("optimization_applied") == Json::array());
    const auto cached = rig.call("model.post_model_cache", {{"model_id", rig.idOf("b")}});
    VERIFY_RESULT(cached);
    QCOMPARE(number(*cached, "shared_bytes"), kCommonSize);
    QCOMPARE(number(*cached, "saved_bytes"), kCommonSize);
    const auto b = rig.loadOn("b", id);
    VERIFY_RESULT(b);
    QCOMPARE(number(*b, "total_vram_bytes"), kOwnSize + kCommonSize);
    QCOMPARE(number(*b, "bytes_copied"), kOwnSize);
    QCOMPARE(number(*b, "shared_bytes"), kCommonSize);
    QCOMPARE(number(*b, "saved_bytes"), kCommonSize);
    QCOMPARE(number(*b, "bytes_read"), 0U);
    QVERIFY(b->at("optimization_applied") == Json::array({"sharing"}));
    const auto c = rig.loadOn("c", id); // cold
    VERIFY_RESULT(c);
    QCOMPARE(number(*c, "saved_bytes"), kCommonSize);
    QCOMPARE(number(*c, "cache_saved_bytes"), kCommonSize);
    QVERIFY(c->at("loading_time").at("sharing_seconds").get<double>() >= 0);

    const Json cache = rig.status().at("cache");
    for (const Json& memory : std::vector<Json>{rig.deviceRow(id), cache}) {
        QCOMPARE(number(memory, "shared_bytes"), kCommonSize);
        QCOMPARE(number(memory, "saved_bytes"), 2 * kCommonSize);
        QCOMPARE(memory.at("owners").size(), 3U);
        for (const Json& owner : memory.at("owners")) {
            QCOMPARE(number(owner, "size_bytes"), kOwnSize + kCommonSize);
            QCOMPARE(number(owner, "exclusive_bytes"), kOwnSize);
        }
    }
    QCOMPARE(number(rig.deviceRow(id), "loaded_bytes"), 3 * kOwnSize + kCommonSize);
    QCOMPARE(number(rig.status().at("cache"), "cached_bytes"), 3 * kOwnSize + kCommonSize);
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineSharing::saysWhatAnUnloadKeeps()
{
    QFETCH(QString, device);
    const std::string id = device.toStdString();
    SharingRig rig;
    rig.write("a");
    rig.write("b");
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.loadOn("a", id));
    VERIFY_RESULT(rig.loadOn("b", id));
    const auto first = rig.unload(rig.idOf("a"));
    VERIFY_RESULT(first);
    const Json& row = first->at("devices").at(0);
    QCOMPARE(number(row, "freed_bytes"), kOwnSize);
    QCOMPARE(number(row, "kept_bytes"), kCommonSize);
    QCOMPARE(row.at("kept_by").size(), 1U);
    QCOMPARE(row.at("kept_by").at(0).at("model_id").get<std::string>(), rig.idOf("b"));
    QVERIFY(!row.at("kept_by").at(0).at("component_id").get<std::string>().empty());
    QCOMPARE(number(row.at("kept_by").at(0), "shared_bytes"), kCommonSize);
    const auto second = rig.unload(rig.idOf("b"));
    VERIFY_RESULT(second);
    QCOMPARE(number(second->at("devices").at(0), "freed_bytes"), kOwnSize + kCommonSize);
    QCOMPARE(number(second->at("devices").at(0), "kept_bytes"), 0U);
    QVERIFY(second->at("devices").at(0).at("kept_by").empty());
    QCOMPARE(number(rig.deviceRow(id), "held_bytes"), 0U);
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineSharing::saysWhatDroppingFromTheCacheKeeps()
{
    SharingRig rig;
    rig.write("a");
    rig.write("b");
    VERIFY_RESULT(rig.scan());
    for (const char* name : {"a", "b"})
        VERIFY_RESULT(rig.call("model.post_model_cache", {{"model_id", rig.idOf(name)}}));
    const auto first = rig.call("model.delete_model_cache", {{"model_id", rig.idOf("a")}});
    VERIFY_RESULT(first);
    QCOMPARE(number(*first, "freed_bytes"), kOwnSize);
    QCOMPARE(number(*first, "kept_bytes"), kCommonSize);
    QCOMPARE(first->at("kept_by").at(0).at("model_id").get<std::string>(), rig.idOf("b"));
    const auto all = rig.call("model.delete_model_cache");
    VERIFY_RESULT(all);
    QCOMPARE(number(*all, "freed_bytes"), kOwnSize + kCommonSize);
    QCOMPARE(rig.heldInCache(), Bytes{});
}

void TestEngineSharing::fitsWhereTheSumWouldNot()
{
    SharingRig rig;
    rig.settings.hostDevices = {Bytes{2 * kOwnSize + kCommonSize} + kKiB * 512};
    for (const char* name : {"a", "b"})
        rig.write(name);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.call("model.post_model_cache", {{"model_id", rig.idOf("b")}}));
    VERIFY_RESULT(rig.loadOn("a", "HOST_0"));
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"share_contents", false}}));
    VERIFY_ERROR(rig.loadOn("b", "HOST_0"), ErrorCode::OutOfDeviceMemory);
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"share_contents", true}}));
    VERIFY_RESULT(rig.loadOn("b", "HOST_0"));
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineSharing::evictsThroughSharedBytes()
{
    // Twins that share all but a few bytes: evicting one of them gives nothing back, evicting both does.
    SharingRig rig;
    rig.settings.cacheBudget = kMiB * 6;
    const std::string twin = SafetensorsBuilder().tensor("same.weight", "U8", {4'000'000}).build();
    rig.folder.write("models/twin1.safetensors", twin);
    rig.folder.write("models/twin2.safetensors", twin);
    EngineRig& plain = rig;
    plain.write("large", kMiB * 5);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.call("model.post_model_cache", {{"model_id", rig.idOf("twin1")}}));
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"cache_budget_bytes", (kMiB * 9).value}}));
    VERIFY_RESULT(rig.call("model.post_model_cache", {{"model_id", rig.idOf("twin2")}}));
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"cache_budget_bytes", (kMiB * 6).value}}));
    const auto cached = rig.call("model.post_model_cache", {{"model_id", rig.idOf("large")}});
    VERIFY_RESULT(cached);
    QCOMPARE(number(*cached, "evicted_cache_bytes"), 4'000'000U);
    QCOMPARE(rig.status().at("cache").at("owners").size(), 1U);
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineSharing::mergesWhatWasLoadedApart()
{
    QFETCH(QString, device);
    const std::string id = device.toStdString();
    SharingRig rig;
    rig.settings.shareContents = false;
    for (const char* name : {"a", "b", "c"})
        rig.write(name);
    VERIFY_RESULT(rig.scan());
    for (const char* name : {"a", "b", "c"})
        VERIFY_RESULT(rig.loadOn(name, id));
    QCOMPARE(number(rig.deviceRow(id), "saved_bytes"), 0U);
    const auto merged = rig.call("worker.optimize_component_sharing");
    VERIFY_RESULT(merged);
    QCOMPARE(number(*merged, "tensors_merged"), 4U);
    QCOMPARE(number(*merged, "freed_bytes"), 4 * kCommonSize);
    std::vector<Json> rows{merged->at("cache")};
    for (const Json& row : merged->at("devices")) {
        if (row.at("device_id") == id)
            rows.push_back(row);
        else
            QCOMPARE(number(row, "tensors_merged"), 0U);
    }
    QCOMPARE(rows.size(), 2U);
    for (const Json& row : rows) {
        QCOMPARE(number(row, "tensors_merged"), 2U);
        QCOMPARE(number(row.at("before"), "held_bytes"), 3 * (kOwnSize + kCommonSize));
        QCOMPARE(number(row.at("before"), "saved_bytes"), 0U);
        QCOMPARE(number(row.at("after"), "held_bytes"), 3 * kOwnSize + kCommonSize);
        QCOMPARE(number(row.at("after"), "shared_bytes"), kCommonSize);
        QCOMPARE(number(row.at("after"), "saved_bytes"), 2 * kCommonSize);
    }
    QCOMPARE(number(rig.deviceRow(id), "saved_bytes"), 2 * kCommonSize);
    const auto again = rig.call("worker.optimize_component_sharing");
    VERIFY_RESULT(again);
    QCOMPARE(number(*again, "tensors_merged"), 0U);
    // The bytes are right still: what is read back is compared with the cache, and the cache with the file.
    VERIFY_RESULT(rig.unload(rig.idOf("a")));
    const auto loaded = rig.loadOn("a", id);
    VERIFY_RESULT(loaded);
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineSharing::mergesOnOneDeviceOnly()
{
    SharingRig rig;
    rig.settings.shareContents = false;
    for (const char* name : {"a", "b"})
        rig.write(name);
    VERIFY_RESULT(rig.scan());
    for (const char* name : {"a", "b"})
        VERIFY_RESULT(rig.loadOn(name, "HOST_0"));
    const auto merged = rig.call("worker.optimize_component_sharing", {{"device_id", "HOST_0"}});
    VERIFY_RESULT(merged);
    QVERIFY(merged->at("cache").is_null());
    QCOMPARE(merged->at("devices").size(), 1U);
    QCOMPARE(number(*merged, "tensors_merged"), 1U);
    QCOMPARE(number(rig.status().at("cache"), "saved_bytes"), 0U);
}

void TestEngineSharing::refusesToMergeWhereThereIsNothing()
{
    SharingRig rig;
    VERIFY_ERROR(rig.call("worker.optimize_component_sharing", {{"device_id", "GPU_9"}}), ErrorCode::DeviceNotFound);
    const auto nothing = rig.call("worker.optimize_component_sharing");
    VERIFY_RESULT(nothing);
    QCOMPARE(number(*nothing, "tensors_merged"), 0U);
    QCOMPARE(number(nothing->at("cache").at("before"), "held_bytes"), 0U);
}

/// Random loads, unloads, drops and merges, with and without sharing: every snapshot adds up (the rig looks), every
/// load is verified, and at the end everything is given back.
void TestEngineSharing::addsUpWhateverIsDone()
{
    const std::vector<std::string> names{"a", "b", "c", "d"};
    const Live before = m_cuda->live();
    for (unsigned seed = 1; seed <= 3; ++seed) {
        SharingRig rig;
        rig.settings.cacheBudget = kMiB * 7; // not enough for all: some are evicted
        for (const std::string& name : names)
            rig.write(name);
        VERIFY_RESULT(rig.scan());
        std::mt19937 random{seed};
        const auto any = [&] { return names[random() % names.size()]; };
        for (int step = 0; step < 60; ++step) {
            const char* device = random() % 2 == 0 ? "HOST_0" : "GPU_0";
            switch (random() % 8) {
            case 0:
            case 1:
            case 2:
            case 3:
                VERIFY_RESULT(rig.loadOn(any(), device));
                break;
            case 4:
                (void)rig.unload(rig.idOf(any())).has_value(); // perhaps it is not loaded
                break;
            case 5:
                VERIFY_RESULT(rig.call("model.delete_model_cache", {{"model_id", rig.idOf(any())}}));
                break;
            case 6:
                VERIFY_RESULT(rig.call("settings.post_settings_update", {{"share_contents", random() % 4 != 0}}));
                break;
            default:
                VERIFY_RESULT(rig.call("worker.optimize_component_sharing"));
            }
        }
        QCOMPARE(rig.wrongSnapshot(), std::string{});
        for (const std::string& name : names)
            (void)rig.unload(rig.idOf(name)).has_value();
        VERIFY_RESULT(rig.call("model.delete_model_cache"));
        QCOMPARE(rig.heldOn(0) + rig.heldOn(1) + rig.heldInCache(), Bytes{});
        QCOMPARE(rig.wrongSnapshot(), std::string{});
    }
    QVERIFY(m_cuda->live() == before);
}

QTEST_APPLESS_MAIN(TestEngineSharing)
#include "test_engine_sharing.moc"
