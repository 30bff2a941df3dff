// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/model_engine/engine/half_shared_model.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;
using weightroom::fake_cuda::Machine;

namespace {

constexpr std::uint64_t kElements = 100'000;

std::uint64_t number(const Json& object, const char* name) { return object.at(name).get<std::uint64_t>(); }

std::uint64_t sizeOf(const Json& contents)
{
    std::uint64_t sum = 0;
    for (const Json& content : contents)
        sum += number(content, "size_bytes");
    return sum;
}

/// A GPU (of the fake driver) and a host device.
struct ContentsRig : EngineRig {
    ContentsRig()
        : EngineRig({kMiB * 64})
    {
        settings.useCuda = true;
    }

    /// A model of one component, with weights in fp32.
    std::filesystem::path writeFloats(const std::string& name)
    {
        const std::string weights(kElements * 4, '\0'); // zeros: nothing is lost by converting them
        return folder.write("models/" + name + ".safetensors",
            SafetensorsBuilder().entry("weight", "F32", {kElements}, 0, weights.size()).data(weights).build());
    }
    [[nodiscard]] Result<Json> contents(const std::string& memory, Json fields = Json::object())
    {
        fields["device_id"] = memory;
        const auto answer = call("monitor.get_memory_contents", fields);
        if (!answer)
            return fail(answer.error());
        return answer->at("contents");
    }
};

} // namespace

/// What lies in a memory, through the engine's door.
class TestEngineMemoryContents : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { m_cuda = &weightroom::fake_cuda::fakeCuda(); }
    void init() { m_cuda->reset(Machine{}); }
    void cleanup() { m_cuda->endProcess(); }
    void listsTensorsAsTheyLieThere_data() { addDevices(); }
    void listsTensorsAsTheyLieThere();
    void needsNoFile();
    void listsWhatIsSharedOnce_data() { addDevices(); }
    void listsWhatIsSharedOnce();
    void addsUpToTheOwners();
    void listsEqualTensorsOfOneComponentOnce();
    void refusesWhatIsNotThere();

private:
    static void addDevices()
    {
        QTest::addColumn<QString>("device");
        QTest::newRow("host device") << "HOST_0";
        QTest::newRow("GPU") << "GPU_0";
    }
    weightroom::fake_cuda::Control* m_cuda = nullptr;
};

void TestEngineMemoryContents::listsTensorsAsTheyLieThere()
{
    QFETCH(QString, device);
    ContentsRig rig;
    rig.writeFloats("a");
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("a"), {{"device_id", device.toStdString()}, {"precision", "fp16"}}));
    const auto loaded = rig.contents(device.toStdString(), {{"model_id", rig.idOf("a")}});
    VERIFY_RESULT(loaded);
    QCOMPARE(loaded->size(), 1U);
    QCOMPARE(number(loaded->at(0), "size_bytes"), kElements * 2);
    QVERIFY(!loaded->at(0).at("is_shared").get<bool>());
    const Json& tensor = loaded->at(0).at("tensors").at(0);
    QVERIFY(tensor.at("name") == "weight" && tensor.at("dtype") == "fp16");
    QVERIFY(tensor.at("shape") == Json::array({kElements}));
    QVERIFY(tensor.at("model_id") == rig.idOf("a") && tensor.at("model_name") == "a");
    const auto cached = rig.contents("cache", {{"model_id", rig.idOf("a")}}); // it has what the file has
    VERIFY_RESULT(cached);
    QCOMPARE(number(cached->at(0), "size_bytes"), kElements * 4);
    QVERIFY(cached->at(0).at("tensors").at(0).at("dtype") == "fp32");
}

void TestEngineMemoryContents::needsNoFile()
{
    ContentsRig rig;
    const auto file = rig.writeFloats("a");
    VERIFY_RESULT(rig.scan());
    const std::string model = rig.idOf("a");
    VERIFY_RESULT(rig.load(model, {{"device_id", "HOST_0"}}));
    std::filesystem::remove(file);
    const auto contents = rig.contents("HOST_0", {{"model_id", model}});
    VERIFY_RESULT(contents);
    QCOMPARE(sizeOf(*contents), kElements * 4);
    VERIFY_RESULT(rig.scan()); // it is in no catalogue any more
    const auto unnamed = rig.contents("HOST_0", {{"model_id", model}});
    VERIFY_RESULT(unnamed);
    QCOMPARE(sizeOf(*unnamed), kElements * 4);
}

void TestEngineMemoryContents::listsWhatIsSharedOnce()
{
    QFETCH(QString, device);
    const std::string id = device.toStdString();
    ContentsRig rig;
    writeHalfShared(rig, "a");
    writeHalfShared(rig, "b");
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("a"), {{"device_id", id}}));
    VERIFY_RESULT(rig.load(rig.idOf("b"), {{"device_id", id}}));
    const auto shared = rig.contents(id, {{"sharing", "shared"}});
    VERIFY_RESULT(shared);
    QCOMPARE(shared->size(), 1U);
    QCOMPARE(number(shared->at(0), "size_bytes"), kCommonSize);
    std::set<std::string> names;
    for (const Json& tensor : shared->at(0).at("tensors"))
        names.insert(tensor.at("model_name").get<std::string>() + ": " + tensor.at("name").get<std::string>());
    QVERIFY(names == (std::set<std::string>{"a: a.common", "b: b.common"}));
    const auto own = rig.contents(id, {{"model_id", rig.idOf("a")}, {"sharing", "exclusive"}});
    VERIFY_RESULT(own);
    QCOMPARE(own->size(), 1U);
    QCOMPARE(number(own->at(0), "size_bytes"), kOwnSize);
    const auto both = rig.contents(id, {{"model_id", rig.idOf("a")}});
    VERIFY_RESULT(both);
    QCOMPARE(sizeOf(*both), kOwnSize + kCommonSize);
    const auto all = rig.contents(id);
    VERIFY_RESULT(all);
    QCOMPARE(sizeOf(*all), 2 * kOwnSize + kCommonSize);
}

void TestEngineMemoryContents::addsUpToTheOwners()
{
    ContentsRig rig;
    for (const char* name : {"a", "b", "c"})
        writeHalfShared(rig, name);
    VERIFY_RESULT(rig.scan());
    for (const char* name : {"a", "b", "c"})
        VERIFY_RESULT(rig.load(rig.idOf(name), {{"device_id", "HOST_0"}}));
    const EngineSnapshotPtr now = rig.engine().snapshot();
    const DeviceState& device = *std::ranges::find(
        now->devices, DeviceId{"HOST_0"}, [](const DeviceState& state) { return state.description.id; });
    QCOMPARE(device.owners.size(), 3U);
    for (const ComponentPlacement& owner : device.owners) {
        const auto own = rig.contents("HOST_0",
            {{"model_id", owner.key.model.text}, {"component_id", owner.key.component.text}, {"sharing", "exclusive"}});
        VERIFY_RESULT(own);
        QCOMPARE(sizeOf(*own), owner.exclusive.value);
    }
    const auto shared = rig.contents("HOST_0", {{"sharing", "shared"}});
    VERIFY_RESULT(shared);
    QCOMPARE(sizeOf(*shared), device.sharedBytes.value);
}

void TestEngineMemoryContents::listsEqualTensorsOfOneComponentOnce()
{
    ContentsRig rig;
    const std::string bytes = tensorPattern("same", kCommonSize);
    rig.folder.write("models/a.safetensors",
        SafetensorsBuilder()
            .entry("first", "U8", {kCommonSize}, 0, kCommonSize)
            .entry("second", "U8", {kCommonSize}, kCommonSize, 2 * kCommonSize)
            .data(bytes)
            .data(bytes)
            .build());
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("a"), {{"device_id", "HOST_0"}}));
    const auto contents = rig.contents("HOST_0", {{"sharing", "exclusive"}});
    VERIFY_RESULT(contents);
    QCOMPARE(contents->size(), 1U);
    QCOMPARE(contents->at(0).at("tensors").size(), 2U);
    const auto shared = rig.contents("HOST_0", {{"sharing", "shared"}});
    VERIFY_RESULT(shared);
    QVERIFY(shared->empty()); // by one component only
}

void TestEngineMemoryContents::refusesWhatIsNotThere()
{
    ContentsRig rig;
    rig.writeFloats("a");
    VERIFY_RESULT(rig.scan());
    const std::string model = rig.idOf("a");
    VERIFY_ERROR(rig.contents("GPU_7"), ErrorCode::DeviceNotFound);
    VERIFY_ERROR(rig.contents("HOST_0", {{"model_id", model}}), ErrorCode::NotLoaded);
    VERIFY_ERROR(rig.contents("cache", {{"model_id", model}}), ErrorCode::NotLoaded);
    VERIFY_ERROR(rig.contents("HOST_0", {{"component_id", "vae"}}), ErrorCode::MissingField);
    VERIFY_ERROR(rig.contents("HOST_0", {{"sharing", "partly"}}), ErrorCode::InvalidValue);
    VERIFY_ERROR(rig.call("monitor.get_memory_contents"), ErrorCode::MissingField);
    VERIFY_RESULT(rig.load(model, {{"device_id", "HOST_0"}}));
    VERIFY_ERROR(rig.contents("HOST_0", {{"model_id", model}, {"component_id", "no such one"}}), ErrorCode::NotLoaded);
    const auto nothing = rig.contents("GPU_0");
    VERIFY_RESULT(nothing);
    QVERIFY(nothing->empty());
}

QTEST_APPLESS_MAIN(TestEngineMemoryContents)
#include "test_engine_memory_contents.moc"
