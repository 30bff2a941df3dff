// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/fake_cuda/fake_cuda_control.h"
#include "tests/model_engine/engine/half_shared_model.h"
#include "tests/support/failing_reads.h"
#include "tests/support/file_time.h"
#include "tests/support/manual_clock.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;
using namespace std::chrono_literals;
using weightroom::fake_cuda::Fault;
using weightroom::fake_cuda::Machine;

namespace {

constexpr int kNotSupported = 801; ///< a CUresult after which the device is still usable
constexpr std::uint64_t kElements = 100'000;

std::uint64_t number(const Json& object, const char* name) { return object.at(name).get<std::uint64_t>(); }

/// An engine with a host device and a GPU (of the fake driver), on the test's clock.
class FlagRig : public EngineRig {
public:
    FlagRig()
        : EngineRig({kMiB * 64})
    {
        settings.useCuda = true;
        clock = m_clock;
    }
    ~FlagRig() { close(); }

    [[nodiscard]] Result<Json> setFlag(const std::string& name, bool value)
    {
        return call("settings.post_feature_flag_update", {{"name", name}, {"value", value}});
    }
    [[nodiscard]] Json flag(const std::string& name)
    {
        const Json answer = call("settings.get_feature_flags").value();
        for (const Json& row : answer.at("flags")) {
            if (row.at("name") == name)
                return row;
        }
        return {};
    }
    [[nodiscard]] std::string stateOf(const std::string& name) { return flag(name).at("state").get<std::string>(); }
    void passPause(const std::string& name)
    {
        m_clock->advance(std::chrono::seconds{flag(name).at("falls_back_after").at("pause_seconds").get<int>()});
    }

    /// Reads a model into the cache that is neither there nor in the page cache; how its bytes came in.
    [[nodiscard]] Json readFrom(const std::string& name)
    {
        dropFromPageCache(folder / "models" / (name + ".safetensors"));
        const auto dropped = call("model.delete_model_cache");
        const auto cached = call("model.post_model_cache", {{"model_id", idOf(name)}});
        return dropped && cached ? cached->at("read_from") : Json{{"failed", failureOf(cached)}};
    }
    [[nodiscard]] Result<Json> loadOnGpu(const std::string& name, Json fields = Json::object())
    {
        fields["device_id"] = "GPU_0";
        return load(idOf(name), fields);
    }

    /// A model of one component, with weights in fp32.
    void writeFloats(const std::string& name)
    {
        const std::string weights(kElements * 4, '\0'); // zeros: nothing is lost by converting them
        folder.write("models/" + name + ".safetensors",
            SafetensorsBuilder().entry("weight", "F32", {kElements}, 0, weights.size()).data(weights).build());
    }

private:
    std::shared_ptr<ManualClock> m_clock = std::make_shared<ManualClock>();
};

} // namespace

/// That each feature flag changes the path that it names, at run time, and what happens to a path that fails.
class TestEngineFlags : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase() { m_cuda = &weightroom::fake_cuda::fakeCuda(); }
    void init() { m_cuda->reset(Machine{}); }
    void cleanup() { m_cuda->endProcess(); }
    void readsThroughThePageCacheWithoutDirectIo();
    void fallsBackWhereDirectReadsFail();
    void aBrokenDiskIsNotTheFaultOfDirectIo();
    void holdsWhatItReadsWithoutSharing();
    void fallsBackWhereSharingFails();
    void loadsAsStoredWithoutConversion();
    void refusesAConversionThatIsNamed_data();
    void refusesAConversionThatIsNamed();
    void fallsBackWhereConvertedBytesAreWrong();

private:
    weightroom::fake_cuda::Control* m_cuda = nullptr;
};

void TestEngineFlags::readsThroughThePageCacheWithoutDirectIo()
{
    FlagRig rig;
    rig.write("a", kMiB * 8);
    VERIFY_RESULT(rig.scan());
    if (number(rig.readFrom("a"), "disk_direct_bytes") == 0)
        QSKIP("the file system of the temporary folder has no O_DIRECT");
    VERIFY_RESULT(rig.setFlag("direct_io", false));
    Json from = rig.readFrom("a");
    QCOMPARE(number(from, "disk_direct_bytes"), 0U);
    QVERIFY(number(from, "disk_buffered_bytes") > 0);
    VERIFY_RESULT(rig.setFlag("direct_io", true));
    from = rig.readFrom("a");
    QVERIFY(number(from, "disk_direct_bytes") > 0);
    QVERIFY(rig.engine().snapshot()->fallenBack.empty());
}

void TestEngineFlags::fallsBackWhereDirectReadsFail()
{
    FlagRig rig;
    rig.write("a", kMiB * 40);
    VERIFY_RESULT(rig.scan());
    if (number(rig.readFrom("a"), "disk_direct_bytes") == 0)
        QSKIP("the file system of the temporary folder has no O_DIRECT");
    {
        const ReadFaults faults{FailingReads::PastThePageCache};
        QCOMPARE(number(rig.readFrom("a"), "disk_direct_bytes"), 0U); // the load itself succeeds
        const std::uint64_t failed = ReadFaults::failed();
        QVERIFY(failed >= 3);
        QVERIFY(rig.waitFor([](const EngineSnapshot& now) { return now.fallenBack.size() == 1; }));
        const Json flag = rig.flag("direct_io");
        QCOMPARE(flag.at("state").get<std::string>(), std::string{"fallen_back"});
        QVERIFY(flag.at("configured").get<bool>() && !flag.at("effective").get<bool>());
        QCOMPARE(flag.at("failures").get<int>(), 3);
        QCOMPARE(flag.at("reason").at("code").get<std::string>(), std::string{"io_error"});
        QVERIFY(flag.at("reason").at("path").get<std::string>().ends_with("a.safetensors"));
        QCOMPARE(flag.at("retry_at").get<std::string>(), std::string{"2026-01-01T00:10:00Z"});
        QCOMPARE(number(rig.readFrom("a"), "disk_direct_bytes"), 0U);
        QCOMPARE(ReadFaults::failed(), failed); // nobody has tried

        rig.passPause("direct_io");
        QCOMPARE(rig.stateOf("direct_io"), std::string{"trying_again"});
        QCOMPARE(number(rig.readFrom("a"), "disk_direct_bytes"), 0U);
        QVERIFY(ReadFaults::failed() > failed);
        QCOMPARE(rig.stateOf("direct_io"), std::string{"fallen_back"});
    }
    rig.passPause("direct_io");
    QVERIFY(number(rig.readFrom("a"), "disk_direct_bytes") > 0);
    QCOMPARE(rig.stateOf("direct_io"), std::string{"on"});
    QVERIFY(rig.waitFor([](const EngineSnapshot& now) { return now.fallenBack.empty(); }));

    const ReadFaults faults{FailingReads::PastThePageCache};
    static_cast<void>(rig.readFrom("a"));
    QCOMPARE(rig.stateOf("direct_io"), std::string{"fallen_back"});
    VERIFY_RESULT(rig.setFlag("direct_io", true)); // it was on: somebody wants it tried
    QCOMPARE(rig.stateOf("direct_io"), std::string{"on"});
    QVERIFY(rig.engine().snapshot()->fallenBack.empty());
}

void TestEngineFlags::aBrokenDiskIsNotTheFaultOfDirectIo()
{
    FlagRig rig;
    rig.write("a", kMiB * 8);
    VERIFY_RESULT(rig.scan());
    const ReadFaults faults{FailingReads::All};
    for (int i = 0; i < 4; ++i)
        VERIFY_ERROR(rig.call("model.post_model_cache", {{"model_id", rig.idOf("a")}}), ErrorCode::IoError);
    QCOMPARE(rig.flag("direct_io").at("failures").get<int>(), 0);
}

void TestEngineFlags::holdsWhatItReadsWithoutSharing()
{
    FlagRig rig;
    for (const char* name : {"a", "b", "c"})
        writeHalfShared(rig, name);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.loadOnGpu("a"));
    VERIFY_RESULT(rig.setFlag("share_contents", false));
    const auto alone = rig.loadOnGpu("b");
    VERIFY_RESULT(alone);
    QCOMPARE(number(*alone, "saved_bytes"), 0U);
    QCOMPARE(number(*alone, "bytes_copied"), kOwnSize + kCommonSize);
    VERIFY_RESULT(rig.setFlag("share_contents", true));
    const auto shared = rig.loadOnGpu("c");
    VERIFY_RESULT(shared);
    QCOMPARE(number(*shared, "saved_bytes"), kCommonSize);
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

/// The GPU's bytes must be read back to be compared where those in RAM have gone meanwhile.
void TestEngineFlags::fallsBackWhereSharingFails()
{
    FlagRig rig;
    for (const char* name : {"a", "b", "c"})
        writeHalfShared(rig, name);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.loadOnGpu("a"));
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(rig.stateOf("share_contents"), std::string{"on"});
        VERIFY_RESULT(rig.call("model.delete_model_cache"));
        m_cuda->failCall("cuMemcpyDtoHAsync", 1, kNotSupported, Fault::Once);
        const auto failed = rig.loadOnGpu("b");
        QVERIFY(!failed);
        QVERIFY(failed.error().context.feature == Feature::ShareContents);
    }
    QCOMPARE(rig.stateOf("share_contents"), std::string{"fallen_back"});
    QVERIFY(rig.waitFor([](const EngineSnapshot& now) { return now.fallenBack.size() == 1; }));
    m_cuda->failCall("cuMemcpyDtoHAsync", 1, kNotSupported, Fault::Once); // nothing is read back
    const auto alone = rig.loadOnGpu("b");
    VERIFY_RESULT(alone);
    QCOMPARE(number(*alone, "saved_bytes"), 0U);
    m_cuda->reset(Machine{});
    rig.passPause("share_contents");
    VERIFY_RESULT(rig.call("model.delete_model_cache"));
    const auto shared = rig.loadOnGpu("c");
    VERIFY_RESULT(shared);
    QCOMPARE(number(*shared, "saved_bytes"), kCommonSize);
    QCOMPARE(rig.stateOf("share_contents"), std::string{"on"});
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngineFlags::loadsAsStoredWithoutConversion()
{
    FlagRig rig;
    rig.writeFloats("a");
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(
        rig.call("model.post_model_config_update", {{"model_id", rig.idOf("a")}, {"preferred_precision", "bf16"}}));
    const auto vramOf = [&](const Json& fields) -> std::uint64_t {
        const auto loaded = rig.loadOnGpu("a", fields);
        (void)rig.unload(rig.idOf("a"));
        return loaded ? number(*loaded, "total_vram_bytes") : 0;
    };
    QCOMPARE(vramOf(Json::object()), kElements * 2);
    VERIFY_RESULT(rig.setFlag("precision_conversion", false));
    for (const Json& fields :
        {Json::object(), Json{{"precision", "as_stored"}}, Json{{"precision", "by_level"}},
            Json{{"optimization_level", "none"}}, Json{{"optimization_level", "balanced"}, {"precision", "as_stored"}}})
        QCOMPARE(vramOf(fields), kElements * 4);
    VERIFY_RESULT(rig.setFlag("precision_conversion", true));
    QCOMPARE(vramOf(Json::object()), kElements * 2);
}

void TestEngineFlags::refusesAConversionThatIsNamed_data()
{
    QTest::addColumn<QByteArray>("fields");
    QTest::newRow("precision") << QByteArrayLiteral(R"({"precision": "fp16"})");
    QTest::newRow("precision and no level")
        << QByteArrayLiteral(R"({"precision": "bf16", "optimization_level": "none"})");
    QTest::newRow("level") << QByteArrayLiteral(R"({"optimization_level": "balanced"})");
    QTest::newRow("by level") << QByteArrayLiteral(R"({"precision": "by_level", "optimization_level": "aggressive"})");
}

void TestEngineFlags::refusesAConversionThatIsNamed()
{
    QFETCH(QByteArray, fields);
    FlagRig rig;
    rig.writeFloats("a");
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.loadOnGpu("a", {{"precision", "as_stored"}}));
    VERIFY_RESULT(rig.setFlag("precision_conversion", false));
    Json request = parseJson(fields.toStdString()).value();
    request["model_id"] = rig.idOf("a");
    request["device_id"] = "GPU_0";
    for (const char* operation :
        {"model.post_model_load", "model.get_model_load_preview", "model.post_model_optimize"}) {
        const auto refused = rig.call(operation, request);
        VERIFY_ERROR(refused, ErrorCode::FeatureOff);
        QVERIFY(refused.error().context.feature == Feature::PrecisionConversion);
        QVERIFY(refused.error().detail.find("precision_conversion") != std::string::npos);
    }
    VERIFY_RESULT(rig.loadOnGpu("a")); // what is there stays
}

void TestEngineFlags::fallsBackWhereConvertedBytesAreWrong()
{
    FlagRig rig;
    rig.writeFloats("a");
    VERIFY_RESULT(rig.scan());
    const Json converted{{"precision", "fp16"}, {"verify", true}};
    for (int i = 0; i < 4; ++i) { // as it is stored, it would be no fault of the conversion
        m_cuda->corruptNextUpload();
        VERIFY_ERROR(rig.loadOnGpu("a", {{"precision", "as_stored"}, {"verify", true}}), ErrorCode::VerificationFailed);
    }
    for (int i = 0; i < 3; ++i) {
        QCOMPARE(rig.stateOf("precision_conversion"), std::string{"on"});
        m_cuda->corruptNextUpload();
        VERIFY_ERROR(rig.loadOnGpu("a", converted), ErrorCode::VerificationFailed);
    }
    QCOMPARE(rig.stateOf("precision_conversion"), std::string{"fallen_back"});
    const auto refused = rig.loadOnGpu("a", converted);
    VERIFY_ERROR(refused, ErrorCode::FeatureOff);
    QVERIFY(refused.error().detail.find("differs on the device") != std::string::npos); // why it is off
    const auto stored = rig.loadOnGpu("a");
    VERIFY_RESULT(stored);
    QCOMPARE(number(*stored, "total_vram_bytes"), kElements * 4);
    rig.passPause("precision_conversion");
    const auto again = rig.loadOnGpu("a", converted);
    VERIFY_RESULT(again);
    QCOMPARE(number(*again, "total_vram_bytes"), kElements * 2);
    QCOMPARE(rig.stateOf("precision_conversion"), std::string{"on"});
}

QTEST_APPLESS_MAIN(TestEngineFlags)
#include "test_engine_flags.moc"
