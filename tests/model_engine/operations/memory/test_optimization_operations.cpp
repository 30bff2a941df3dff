// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;
using weightroom::fake_cuda::Machine;

namespace {

constexpr std::uint64_t kTensor = 1'000'001;
constexpr int kTensors = 6;

std::uint64_t number(const Json& object, const char* name) { return object.at(name).get<std::uint64_t>(); }

/// Models of six tensors, "big 0" and "big 1"; "kept 0" and "kept 1", of one tensor that is one of theirs; and "again
/// 0", the same once more. A host device and a GPU (of the fake driver).
struct OptimizationRig : EngineRig {
    OptimizationRig()
        : EngineRig({kMiB * 64})
    {
        settings.useCuda = true;
        for (const std::string number : {"0", "1"}) {
            writeTensors("big " + number, number, kTensors);
            writeTensors("kept " + number, number, 1);
        }
        writeTensors("again 0", "0", 1);
        isScanned = scan().has_value();
    }

    void writeTensors(const std::string& name, const std::string& family, int count)
    {
        SafetensorsBuilder builder;
        for (int i = 0; i < count; ++i) {
            const auto begin = static_cast<std::uint64_t>(i) * kTensor;
            builder.entry(name + std::to_string(i), "U8", {kTensor}, begin, begin + kTensor);
            builder.data(tensorPattern(family + std::to_string(i), kTensor));
        }
        folder.write("models/" + name + ".safetensors", builder.build());
    }

    /// Leaves one tensor of six in each of two slabs of the cache and of the device.
    [[nodiscard]] bool makeSparse(const std::string& device)
    {
        for (const char* name : {"big 0", "kept 0", "big 1", "kept 1"}) {
            if (!load(idOf(name), {{"device_id", device}}))
                return false;
        }
        for (const char* name : {"big 0", "big 1"}) {
            if (!unload(idOf(name)) || !call("model.delete_model_cache", {{"model_id", idOf(name)}}))
                return false;
        }
        return true;
    }
    [[nodiscard]] Result<Json> optimize(const Json& request = Json::object())
    {
        return call("model.post_model_optimize", request);
    }
    [[nodiscard]] static Json rowOf(const Json& answer, const std::string& kind, const std::string& memory)
    {
        for (const Json& row : answer.at("optimizations")) {
            if (row.at("kind") == kind && row.at("memory") == memory)
                return row;
        }
        return {};
    }
    [[nodiscard]] static std::string memoriesOf(const Json& answer)
    {
        std::string memories;
        for (const Json& row : answer.at("optimizations")) {
            if (row.at("kind") == "compaction")
                memories += (memories.empty() ? "" : " ") + row.at("memory").get<std::string>();
        }
        return memories;
    }

    bool isScanned = false;
};

} // namespace

class TestOptimizationOperations : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void init() { m_cuda->reset(Machine{}); }
    void cleanup() { m_cuda->endProcess(); }
    void bringsTogetherWhatLiesApart_data();
    void bringsTogetherWhatLiesApart();
    void worksWhereTheModelLies();
    void refusesWhatIsNotThere_data();
    void refusesWhatIsNotThere();
    void mergesFirst();
    void leavesAnEmptyMemoryAlone();
    void reportsALostDevice();
    void convertsWhatIsLoaded();

private:
    weightroom::fake_cuda::Control* m_cuda = nullptr;
};

void TestOptimizationOperations::initTestCase()
{
    // Once it is open, whoever opens "libcuda.so.1" gets this one: it has that name.
    m_cuda = &weightroom::fake_cuda::fakeCuda();
}

void TestOptimizationOperations::bringsTogetherWhatLiesApart_data()
{
    QTest::addColumn<QString>("device");
    QTest::newRow("host device") << "HOST_0";
    QTest::newRow("GPU") << "GPU_0";
}

void TestOptimizationOperations::bringsTogetherWhatLiesApart()
{
    QFETCH(const QString, device);
    const std::string id = device.toStdString();
    OptimizationRig rig;
    QVERIFY(rig.isScanned && rig.makeSparse(id));
    const auto answer = rig.optimize();
    VERIFY_RESULT(answer);
    QCOMPARE(rig.memoriesOf(*answer), std::string{"cache GPU_0 HOST_0"});
    std::uint64_t freed = 0;
    for (const std::string& memory : {std::string{"cache"}, id}) {
        const Json row = rig.rowOf(*answer, "compaction", memory);
        QVERIFY2(number(row, "tensors_moved") >= 2, row.dump().c_str());
        QVERIFY(number(row, "freed_bytes") >= 10 * kTensor - (4U << 20U));
        QCOMPARE(number(row, "predicted_freed_bytes"), number(row, "freed_bytes"));
        QCOMPARE(
            number(row.at("after"), "held_bytes"), number(row.at("before"), "held_bytes") - number(row, "freed_bytes"));
        QVERIFY(row.at("before").at("efficiency").get<double>() < 0.25);
        QVERIFY(row.at("after").at("efficiency").get<double>() > 0.4); // two steps of the GPU's 2 MiB at worst
        freed += number(row, "freed_bytes");
    }
    QCOMPARE(number(*answer, "freed_bytes"), freed);
    QVERIFY(answer->at("recommended_actions").empty());
    QVERIFY(rig.wrongSnapshot().empty());

    // What is read from the file again is found equal to what was moved, in RAM and, by reading back, on the device.
    const auto again = rig.load(rig.idOf("again 0"), {{"device_id", id}, {"verify", true}});
    VERIFY_RESULT(again);
    QCOMPARE(number(*again, "saved_bytes"), kTensor);
    QCOMPARE(number(*again, "shared_bytes"), kTensor);
    const auto second = rig.optimize();
    VERIFY_RESULT(second);
    QCOMPARE(number(*second, "freed_bytes"), 0U);
}

void TestOptimizationOperations::worksWhereTheModelLies()
{
    OptimizationRig rig;
    QVERIFY(rig.load(rig.idOf("kept 0"), {{"device_id", "HOST_0"}}));
    QVERIFY(rig.load(rig.idOf("kept 1"), {{"device_id", "GPU_0"}}));
    const auto memories = [&](const Json& request) {
        const auto answer = rig.optimize(request);
        return answer ? rig.memoriesOf(*answer) : describe(answer.error());
    };
    QCOMPARE(memories({{"model_id", rig.idOf("kept 0")}}), std::string{"cache HOST_0"});
    QCOMPARE(memories({{"model_id", rig.idOf("kept 1")}, {"device_id", "GPU_0"}}), std::string{"GPU_0"});
    QCOMPARE(memories({{"device_id", "HOST_0"}}), std::string{"HOST_0"});
    QVERIFY(rig.call("model.delete_model_cache"));
    QCOMPARE(memories({{"model_id", rig.idOf("kept 1")}}), std::string{"GPU_0"});
}

void TestOptimizationOperations::refusesWhatIsNotThere_data()
{
    QTest::addColumn<std::string>("model");
    QTest::addColumn<std::string>("device");
    QTest::addColumn<ErrorCode>("expected");
    QTest::newRow("no such model") << std::string{"nothing"} << std::string{} << ErrorCode::ModelNotFound;
    QTest::newRow("no such device") << std::string{} << std::string{"GPU_7"} << ErrorCode::DeviceNotFound;
    QTest::newRow("not loaded") << std::string{"kept 1"} << std::string{} << ErrorCode::NotLoaded;
    QTest::newRow("on another device") << std::string{"kept 0"} << std::string{"GPU_0"} << ErrorCode::NotLoaded;
}

void TestOptimizationOperations::refusesWhatIsNotThere()
{
    QFETCH(const std::string, model);
    QFETCH(const std::string, device);
    QFETCH(const ErrorCode, expected);
    OptimizationRig rig;
    VERIFY_RESULT(rig.load(rig.idOf("kept 0"), {{"device_id", "HOST_0"}}));
    Json request = Json::object();
    if (!model.empty())
        request["model_id"] = rig.idOf(model).empty() ? model : rig.idOf(model);
    if (!device.empty())
        request["device_id"] = device;
    VERIFY_ERROR(rig.optimize(request), expected);
}

void TestOptimizationOperations::mergesFirst()
{
    OptimizationRig rig;
    VERIFY_RESULT(rig.call("settings.post_settings_update", {{"share_contents", false}}));
    for (const char* name : {"big 0", "kept 0", "again 0"})
        VERIFY_RESULT(rig.load(rig.idOf(name), {{"device_id", "HOST_0"}}));
    const auto answer = rig.optimize();
    VERIFY_RESULT(answer);
    for (const char* memory : {"cache", "HOST_0"}) {
        const Json sharing = rig.rowOf(*answer, "sharing", memory);
        QCOMPARE(number(sharing, "tensors_merged"), 2U);
        QCOMPARE(number(sharing, "freed_bytes"), 2 * kTensor);
        QVERIFY(number(sharing.at("after"), "allocated_bytes") < number(sharing.at("before"), "allocated_bytes"));
    }
    const Json& actions = answer->at("recommended_actions");
    QCOMPARE(actions.size(), 2U);
    QCOMPARE(actions[0].at("action").get<std::string>(), std::string{"share_contents"});
    QCOMPARE(actions[0].at("memory").get<std::string>(), std::string{"cache"});
    QCOMPARE(number(actions[0], "bytes"), 2 * kTensor);
    QVERIFY(rig.wrongSnapshot().empty());
}

void TestOptimizationOperations::leavesAnEmptyMemoryAlone()
{
    OptimizationRig rig;
    const auto answer = rig.optimize({{"device_id", "GPU_0"}});
    VERIFY_RESULT(answer);
    QCOMPARE(number(*answer, "freed_bytes"), 0U);
    const Json row = rig.rowOf(*answer, "compaction", "GPU_0");
    QVERIFY(row.at("before").at("efficiency").is_null());
    QCOMPARE(number(row, "tensors_moved"), 0U);
}

void TestOptimizationOperations::reportsALostDevice()
{
    OptimizationRig rig;
    QVERIFY(rig.makeSparse("GPU_0"));
    constexpr int kIllegalAddress = 700;
    m_cuda->failCall("cuMemcpyDtoDAsync", 1, kIllegalAddress, weightroom::fake_cuda::Fault::Sticky);
    VERIFY_ERROR(rig.optimize({{"device_id", "GPU_0"}}), ErrorCode::DeviceLost);
    const auto others = rig.optimize(); // the cache and the host device are still there
    VERIFY_RESULT(others);
    QCOMPARE(rig.memoriesOf(*others), std::string{"cache HOST_0"});
    QCOMPARE(m_cuda->callsAfterFault(), 0U);
}

void TestOptimizationOperations::convertsWhatIsLoaded()
{
    OptimizationRig rig;
    constexpr std::uint64_t kElements = 500'000;
    rig.folder.write("models/floats.safetensors",
        SafetensorsBuilder()
            .entry("weight", "F32", {kElements}, 0, kElements * 4)
            .data(std::string(kElements * 4, '\0'))
            .build());
    VERIFY_RESULT(rig.scan());
    for (const char* name : {"floats", "kept 0"}) {
        VERIFY_RESULT(rig.load(
            rig.idOf(name), {{"device_id", "HOST_0"}, {"precision", "as_stored"}, {"keep_alive_seconds", 3600}}));
    }
    const auto expiry = [&] {
        const Json status = rig.call("model.get_model_status", {{"model_id", rig.idOf("floats")}}).value();
        return status.at("model").at("devices").at(0).at("expires_at");
    };
    const Json before = expiry();
    QVERIFY(before.is_string());
    const auto converted = rig.optimize({{"device_id", "HOST_0"}, {"precision", "fp16"}});
    VERIFY_RESULT(converted);
    const Json row = OptimizationRig::rowOf(*converted, "precision", "HOST_0");
    QVERIFY(row.at("model_id") == rig.idOf("floats")); // the other one has no numbers in fp32
    QCOMPARE(number(row, "freed_bytes"),
        alignUp(kElements * 4, kTensorAlignment) - alignUp(kElements * 2, kTensorAlignment));
    QCOMPARE(number(row.at("components").at(0), "loaded_bytes"), kElements * 2);
    QVERIFY(expiry() == before); // nobody has used it
    const auto again = rig.optimize({{"device_id", "HOST_0"}, {"precision", "fp16"}});
    VERIFY_RESULT(again);
    QVERIFY(OptimizationRig::rowOf(*again, "precision", "HOST_0").is_null());
    const auto asItIs = rig.optimize({{"device_id", "HOST_0"}});
    VERIFY_RESULT(asItIs);
    QVERIFY(OptimizationRig::rowOf(*asItIs, "precision", "HOST_0").is_null());
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

QTEST_APPLESS_MAIN(TestOptimizationOperations)
#include "test_optimization_operations.moc"
