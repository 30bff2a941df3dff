// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/cache/direct_placing.h"
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

class PreviewRig : public EngineRig {
public:
    using EngineRig::EngineRig;

    [[nodiscard]] Result<Json> preview(const std::string& name, Json fields = Json::object())
    {
        fields["model_id"] = idOf(name);
        return call("model.get_model_load_preview", fields);
    }
    [[nodiscard]] Bytes allocatedOnDevice() { return engine().snapshot()->devices.at(0).memory.ours.allocated; }
    [[nodiscard]] Bytes allocatedInCache() { return engine().snapshot()->cache.memory.allocated; }
};

std::uint64_t number(const Json& answer, const char* part, const char* field)
{
    return answer.at(part).at(field).get<std::uint64_t>();
}

} // namespace

/// What is said of a load before it is begun is what it does.
class TestEngineLoadPreview : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void foretellsTheBytes();
    void takesNothing();
    void countsWhatIsThere();
    void saysWhatDoesNotFit();
    void saysWhatWouldHaveToGo();
    void foretellsTheTimeOnceItHasLoaded();
    void previewsTheCacheAlone();
    void refusesWhatCannotBeLoaded();
};

void TestEngineLoadPreview::foretellsTheBytes()
{
    PreviewRig rig;
    rig.write("hat", kMiB * 8 + Bytes{100});
    VERIFY_RESULT(rig.scan());
    const auto preview = rig.preview("hat");
    VERIFY_RESULT(preview);
    QVERIFY(preview->at("device").at("fits").get<bool>() && preview->at("cache").at("fits").get<bool>());
    VERIFY_RESULT(rig.load(rig.idOf("hat")));
    QCOMPARE(number(*preview, "device", "needed_bytes"), rig.allocatedOnDevice().value);
    QCOMPARE(number(*preview, "cache", "needed_bytes"), rig.allocatedInCache().value);
    QCOMPARE(preview->at("bytes_to_read").get<std::uint64_t>(), kMiB.value * 8 + 106U);
    QCOMPARE(preview->at("bytes_to_copy").get<std::uint64_t>(), kMiB.value * 8 + 106U);
    QCOMPARE(preview->at("components").at(0).at("is_cached").get<bool>(), false);
}

void TestEngineLoadPreview::takesNothing()
{
    PreviewRig rig;
    rig.write("hat", kMiB * 8);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.preview("hat"));
    QCOMPARE(rig.heldOn(0), Bytes{});
    QCOMPARE(rig.heldInCache(), Bytes{});
}

void TestEngineLoadPreview::countsWhatIsThere()
{
    PreviewRig rig;
    const auto file = rig.write("hat", kMiB * 8);
    std::filesystem::copy_file(file, rig.folder / "models/copy.safetensors");
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("hat")));
    const auto again = rig.preview("hat");
    VERIFY_RESULT(again);
    QVERIFY(again->at("components").empty()); // loaded already
    QCOMPARE(again->at("already_loaded_component_ids").size(), std::size_t{1});
    // Nobody has read the copy yet: that its bytes are the same is not known.
    const auto copy = rig.preview("copy");
    VERIFY_RESULT(copy);
    QVERIFY(number(*copy, "device", "needed_bytes") > kMiB.value * 8);
    VERIFY_RESULT(rig.call("model.post_model_cache", {{"model_id", rig.idOf("copy")}}));
    const auto known = rig.preview("copy");
    VERIFY_RESULT(known);
    QCOMPARE(number(*known, "device", "needed_bytes"), std::uint64_t{0});
    QCOMPARE(number(*known, "cache", "needed_bytes"), std::uint64_t{0});
    QCOMPARE(known->at("components").at(0).at("is_cached").get<bool>(), true);
}

void TestEngineLoadPreview::saysWhatDoesNotFit()
{
    PreviewRig rig{{kMiB * 6}};
    rig.settings.cacheBudget = kMiB * 4;
    rig.write("hat", kMiB * 8);
    VERIFY_RESULT(rig.scan());
    const auto preview = rig.preview("hat");
    VERIFY_RESULT(preview);
    QVERIFY(!preview->at("device").at("fits").get<bool>());
    QCOMPARE(number(*preview, "device", "missing_bytes"), kMiB.value * 2 + 256);
    QVERIFY(!preview->at("cache").at("fits").get<bool>());
}

void TestEngineLoadPreview::saysWhatWouldHaveToGo()
{
    PreviewRig rig;
    rig.settings.cacheBudget = kMiB * 12;
    rig.write("hat", kMiB * 8);
    rig.write("cap", kMiB * 8);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.call("model.post_model_cache", {{"model_id", rig.idOf("hat")}}));
    const auto preview = rig.preview("cap", {{"device_id", "cache"}});
    VERIFY_RESULT(preview);
    QVERIFY(preview->at("cache").at("fits").get<bool>());
    // Each of the two has one large tensor, which takes a block more (direct_placing.h), and a small one of 256 bytes.
    QCOMPARE(number(*preview, "cache", "evicted_bytes"), kMiB.value * 4 + 2 * (kDirectAlignment + 256));
    const Json& wouldGo = preview->at("cache").at("would_evict");
    QCOMPARE(wouldGo.size(), std::size_t{1});
    QCOMPARE(wouldGo.at(0).at("model_id").get<std::string>(), rig.idOf("hat"));
    QCOMPARE(wouldGo.at(0).at("component_id").get<std::string>(), std::string{"other_tensors"});
    QCOMPARE(wouldGo.at(0).at("bytes").get<std::uint64_t>(), kMiB.value * 8 + 6);
    QCOMPARE(rig.engine().snapshot()->cache.evictions, std::uint64_t{0});
    // What is cached of the model itself is copied from, and has no need to go.
    const auto again = rig.preview("hat");
    VERIFY_RESULT(again);
    QVERIFY(again->at("cache").at("would_evict").empty());
}

void TestEngineLoadPreview::foretellsTheTimeOnceItHasLoaded()
{
    PreviewRig rig{{kMiB * 256}};
    rig.settings.cacheBudget = kMiB * 512;
    rig.write("hat", kMiB * 80);
    rig.write("cap", kMiB * 80);
    VERIFY_RESULT(rig.scan());
    const auto before = rig.preview("cap");
    VERIFY_RESULT(before);
    QVERIFY(before->at("predicted_time").at("total_seconds").is_null());
    VERIFY_RESULT(rig.load(rig.idOf("hat")));
    const auto after = rig.preview("cap");
    VERIFY_RESULT(after);
    const Json& time = after->at("predicted_time");
    QVERIFY(time.at("copy_seconds").get<double>() > 0);
    // Both files were just written: they lie in the page cache, unless the machine is short of memory.
    if (time.at("disk_seconds").is_null())
        QSKIP("the files were not read from one place");
    QVERIFY(time.at("total_seconds").get<double>() > 0);
    QVERIFY(time.at("total_seconds").get<double>() >= time.at("copy_seconds").get<double>());
}

void TestEngineLoadPreview::previewsTheCacheAlone()
{
    PreviewRig rig;
    rig.write("hat", kMiB);
    VERIFY_RESULT(rig.scan());
    const auto preview = rig.preview("hat", {{"device_id", "cache"}});
    VERIFY_RESULT(preview);
    QVERIFY(preview->at("device").is_null());
    QCOMPARE(preview->at("bytes_to_copy").get<std::uint64_t>(), std::uint64_t{0});
}

void TestEngineLoadPreview::refusesWhatCannotBeLoaded()
{
    PreviewRig rig;
    rig.write("hat", kMiB);
    rig.folder.write("models/broken.safetensors", "<html>");
    VERIFY_RESULT(rig.scan());
    VERIFY_ERROR(rig.call("model.get_model_load_preview", {{"model_id", "none"}}), ErrorCode::ModelNotFound);
    VERIFY_ERROR(rig.preview("hat", {{"device_id", "GPU_9"}}), ErrorCode::DeviceNotFound);
    VERIFY_ERROR(rig.preview("hat", {{"component_ids", {"none"}}}), ErrorCode::ComponentNotFound);
    QVERIFY(!rig.preview("broken"));
    std::filesystem::remove(rig.folder / "models/hat.safetensors");
    VERIFY_ERROR(rig.preview("hat"), ErrorCode::NotFound);
}

QTEST_GUILESS_MAIN(TestEngineLoadPreview)
#include "test_engine_load_preview.moc"
