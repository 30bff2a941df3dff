// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;
using weightroom::fake_cuda::Machine;

namespace {

constexpr std::uint64_t kElements = 100'000;

/// A model that is known as a LoRA is kept as it is stored; a VAE is not. Both are asked for by name here.
struct PrecisionRig : EngineRig {
    PrecisionRig()
        : EngineRig({kMiB * 64})
    {
        settings.useCuda = true;
    }

    /// A model of one component, with weights in fp32.
    void writeFloats(const std::string& name)
    {
        const std::string weights(kElements * 4, '\0'); // zeros: nothing is lost by converting them
        folder.write("models/" + name + ".safetensors",
            SafetensorsBuilder().entry("weight", "F32", {kElements}, 0, weights.size()).data(weights).build());
    }
    [[nodiscard]] Result<Json> loadAs(const std::string& name, const std::string& device, Json fields)
    {
        fields["device_id"] = device;
        fields["verify"] = true;
        return load(idOf(name), fields);
    }
    [[nodiscard]] std::uint64_t loadedOn(const std::string& device)
    {
        const Json status = call("model.get_model_status").value();
        for (const Json& row : status.at("devices")) {
            if (row.at("device_id") == device)
                return row.at("loaded_bytes").get<std::uint64_t>();
        }
        return 0;
    }
};

std::uint64_t number(const Json& object, const char* name) { return object.at(name).get<std::uint64_t>(); }

} // namespace

/// Precision through the engine's door: who decides, what the answers say, what is previewed.
class TestEnginePrecision : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { m_cuda = &weightroom::fake_cuda::fakeCuda(); }
    void init() { m_cuda->reset(Machine{}); }
    void cleanup() { m_cuda->endProcess(); }
    void convertsOnEveryKindOfDevice_data();
    void convertsOnEveryKindOfDevice();
    void decidesByWhoIsClosest();
    void foretellsWhatItConverts();
    void replacesWhatIsThereInAnotherType();
    void refusesWordsThatItDoesNotKnow();

private:
    weightroom::fake_cuda::Control* m_cuda = nullptr;
};

void TestEnginePrecision::convertsOnEveryKindOfDevice_data()
{
    QTest::addColumn<QString>("device");
    QTest::newRow("host device") << "HOST_0";
    QTest::newRow("GPU") << "GPU_0";
}

void TestEnginePrecision::convertsOnEveryKindOfDevice()
{
    QFETCH(QString, device);
    PrecisionRig rig;
    rig.writeFloats("a");
    VERIFY_RESULT(rig.scan());
    const auto answer = rig.loadAs("a", device.toStdString(), {{"precision", "fp16"}});
    VERIFY_RESULT(answer);
    QCOMPARE(number(*answer, "total_vram_bytes"), kElements * 2);
    QCOMPARE(number(*answer, "bytes_copied"), kElements * 2);
    QCOMPARE(number(*answer, "bytes_read"), kElements * 4);
    QCOMPARE(rig.loadedOn(device.toStdString()), kElements * 2);
    QVERIFY(answer->at("optimization_applied") == Json::array({"precision"}));
    QVERIFY(answer->at("precision") == "fp16");
    QVERIFY(answer->at("loading_time").at("convert_seconds").get<double>() > 0);
    const Json& component = answer->at("components").at(0);
    QCOMPARE(number(component, "vram_bytes"), kElements * 2);
    QCOMPARE(number(component, "size_bytes"), kElements * 4);
    const Json& conversion = component.at("conversion");
    QCOMPARE(number(conversion, "tensor_count"), 1U);
    QCOMPARE(number(conversion, "size_bytes"), kElements * 4);
    QCOMPARE(number(conversion, "loaded_bytes"), kElements * 2);
    QCOMPARE(conversion.at("largest_error").get<double>(), 0.0);
    QCOMPARE(number(conversion, "overflow_count"), 0U);
}

/// A precision that is named, a level that is named, the model's own precision, the level of the settings.
void TestEnginePrecision::decidesByWhoIsClosest()
{
    PrecisionRig rig;
    rig.writeFloats("a");
    VERIFY_RESULT(rig.scan());
    const auto vramAs = [&](const Json& fields) -> std::uint64_t {
        const auto answer = rig.loadAs("a", "HOST_0", fields);
        if (!answer)
            return 0;
        const std::uint64_t bytes = rig.loadedOn("HOST_0");
        (void)rig.unload(rig.idOf("a"));
        return bytes;
    };
    // Nobody says anything, and the rules keep what they do not know.
    QCOMPARE(vramAs(Json::object()), kElements * 4);
    VERIFY_RESULT(
        rig.call("model.post_model_config_update", {{"model_id", rig.idOf("a")}, {"preferred_precision", "bf16"}}));
    QCOMPARE(vramAs(Json::object()), kElements * 2);
    QCOMPARE(vramAs({{"optimization_level", "none"}}), kElements * 4);
    QCOMPARE(vramAs({{"precision", "as_stored"}}), kElements * 4);
    QCOMPARE(vramAs({{"optimization_level", "none"}, {"precision", "fp16"}}), kElements * 2);
    const auto config = rig.call("model.get_model_config", {{"model_id", rig.idOf("a")}});
    VERIFY_RESULT(config);
    QVERIFY(config->at("preferred_precision") == "bf16");
}

void TestEnginePrecision::foretellsWhatItConverts()
{
    PrecisionRig rig;
    rig.writeFloats("a");
    VERIFY_RESULT(rig.scan());
    const Json fields{{"model_id", rig.idOf("a")}, {"device_id", "HOST_0"}, {"precision", "fp16"}};
    for (const bool isCached : {false, true}) {
        if (isCached)
            VERIFY_RESULT(rig.call("model.post_model_cache", {{"model_id", rig.idOf("a")}}));
        const auto preview = rig.call("model.get_model_load_preview", fields);
        VERIFY_RESULT(preview);
        QCOMPARE(number(*preview, "bytes_to_copy"), kElements * 2);
        QCOMPARE(number(preview->at("device"), "needed_bytes"), alignUp(kElements * 2, kTensorAlignment));
        const Json& precision = preview->at("precision");
        QCOMPARE(number(precision, "size_bytes"), kElements * 4);
        QCOMPARE(number(precision, "loaded_bytes"), kElements * 2);
        const Json& change = precision.at("components").at(0).at("changes").at(0);
        QVERIFY(change.at("from") == "fp32" && change.at("to") == "fp16");
        QCOMPARE(number(change, "tensor_count"), 1U);
    }
    VERIFY_RESULT(rig.loadAs("a", "HOST_0", {{"precision", "fp16"}}));
    const auto there = rig.call("model.get_model_load_preview", fields);
    VERIFY_RESULT(there);
    QCOMPARE(there->at("already_loaded_component_ids").size(), 1U);
    QCOMPARE(number(*there, "bytes_to_copy"), 0U);
}

void TestEnginePrecision::replacesWhatIsThereInAnotherType()
{
    PrecisionRig rig;
    rig.writeFloats("a");
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.loadAs("a", "HOST_0", {{"precision", "as_stored"}}));
    QCOMPARE(rig.loadedOn("HOST_0"), kElements * 4);
    const auto again = rig.loadAs("a", "HOST_0", {{"precision", "fp16"}});
    VERIFY_RESULT(again);
    QVERIFY(again->at("already_loaded_component_ids").empty());
    QCOMPARE(number(*again, "bytes_read"), 0U);
    QCOMPARE(rig.loadedOn("HOST_0"), kElements * 2);
    const auto same = rig.loadAs("a", "HOST_0", {{"precision", "fp16"}});
    VERIFY_RESULT(same);
    QCOMPARE(same->at("already_loaded_component_ids").size(), 1U);
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEnginePrecision::refusesWordsThatItDoesNotKnow()
{
    PrecisionRig rig;
    rig.writeFloats("a");
    VERIFY_RESULT(rig.scan());
    VERIFY_ERROR(rig.loadAs("a", "HOST_0", {{"precision", "fp4"}}), ErrorCode::InvalidValue);
    VERIFY_ERROR(rig.loadAs("a", "HOST_0", {{"optimization_level", "most"}}), ErrorCode::InvalidValue);
    VERIFY_ERROR(rig.call("settings.post_settings_update", {{"optimization_level", "most"}}), ErrorCode::InvalidValue);
    VERIFY_ERROR(
        rig.call("model.post_model_config_update", {{"model_id", rig.idOf("a")}, {"preferred_precision", "half"}}),
        ErrorCode::InvalidValue);
    QCOMPARE(rig.loadedOn("HOST_0"), 0U);
}

QTEST_GUILESS_MAIN(TestEnginePrecision)
#include "test_engine_precision.moc"
