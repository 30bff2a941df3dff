// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/engine/engine_rig.h"
#include "tests/support/resource_check.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

std::uint64_t number(const Json& row, const char* field) { return row.at(field).get<std::uint64_t>(); }

} // namespace

/// One operation after another, through the engine's door only.
class TestEngine : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_before = currentResources(); }
    void cleanup() { VERIFY_NOTHING_LEFT(m_before); }
    void scansLoadsAndUnloads();
    void saysWhoHoldsTheBytes();
    void answersASecondLoadAsAlreadyThere();
    void cachesAndDropsTheCache();
    void loadsOntoTheDeviceThatIsNamed();
    void unloadsWhatIsNoLongerOnDisk();
    void unloadsWhatWasChangedOnDisk();
    void looksAtSingleFiles();
    void loadsAPipelineFolder();
    void refusesAPipelineOfWhichAShardIsMissing();
    void listsBrokenFilesAndRefusesThem();
    void answersWithTheTypesAskedFor();
    void refusesAModelThatDoesNotFit();
    void keepsSettings();
    void refusesSettingsThatCannotBeWritten();
    void refusesBadRequestsAtOnce_data();
    void refusesBadRequestsAtOnce();
    void refusesHostileIds_data();
    void refusesHostileIds();
    void writesASampleLibraryOnce();

private:
    ResourceUse m_before;
};

void TestEngine::scansLoadsAndUnloads()
{
    EngineRig rig;
    const auto file = rig.write("first", kMiB * 5);
    const auto scanned = rig.scan();
    VERIFY_RESULT(scanned);
    QCOMPARE(scanned->at("models").size(), 1U);
    const std::string id = scanned->at("models")[0].at("model_id").get<std::string>();
    QCOMPARE(scanned->at("models")[0].at("path").get<std::string>(), file.string());

    const auto loaded = rig.load(id, {{"verify", true}});
    VERIFY_RESULT(loaded);
    QCOMPARE(number(*loaded, "total_vram_bytes"), (kMiB * 5).value + 6);
    QCOMPARE(number(*loaded, "bytes_read"), (kMiB * 5).value + 6);
    QCOMPARE(loaded->at("is_verified").get<bool>(), true);
    QCOMPARE(loaded->at("device_id").get<std::string>(), std::string{"HOST_0"});
    const auto model = rig.call("model.get_model", {{"model_id", id}});
    VERIFY_RESULT(model);
    QVERIFY(model->at("is_loaded").get<bool>());
    QVERIFY(model->at("is_cached").get<bool>());

    const auto unloaded = rig.unload(id);
    VERIFY_RESULT(unloaded);
    QCOMPARE(number(unloaded->at("devices")[0], "freed_bytes"), (kMiB * 5).value + 6);
    QCOMPARE(number(unloaded->at("devices")[0], "held_after_bytes"), 0U);
    QCOMPARE(rig.heldOn(0), Bytes{});
    VERIFY_ERROR(rig.unload(id), ErrorCode::NotLoaded);
    QVERIFY(rig.heldInCache() > Bytes{});
    VERIFY_RESULT(rig.call("model.delete_model_cache"));
    QCOMPARE(rig.heldInCache(), Bytes{});
    QCOMPARE(rig.wrongSnapshot(), std::string{});
    QVERIFY(rig.snapshots() >= 6);
}

void TestEngine::saysWhoHoldsTheBytes()
{
    EngineRig rig{{kMiB * 32, kMiB * 8}};
    rig.write("first", kMiB * 3);
    rig.write("second", kMiB * 2);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("first")));
    VERIFY_RESULT(rig.load(rig.idOf("second")));
    VERIFY_RESULT(rig.load(rig.idOf("second"), {{"device_id", "HOST_1"}}));
    const auto status = rig.call("model.get_model_status", {{"model_id", rig.idOf("second")}});
    VERIFY_RESULT(status);
    QCOMPARE(status->at("model").at("devices").size(), 2U);
    for (const Json& device : status->at("devices")) {
        QCOMPARE(number(device, "loaded_bytes") + number(device, "loading_bytes") + number(device, "overhead_bytes"),
            number(device, "held_bytes"));
        QCOMPARE(number(device, "held_bytes") + number(device, "free_bytes"), number(device, "capacity_bytes"));
        std::uint64_t owned = 0;
        for (const Json& owner : device.at("owners"))
            owned += number(owner, "size_bytes");
        QCOMPARE(owned, number(device, "loaded_bytes"));
    }
    QCOMPARE(number(status->at("devices")[0], "loaded_bytes"), (kMiB * 5).value + 12);
    QCOMPARE(number(status->at("devices")[1], "loaded_bytes"), (kMiB * 2).value + 6);
    QCOMPARE(number(status->at("cache"), "hits"), 1U);
    VERIFY_RESULT(rig.unload(rig.idOf("second"))); // from both
    QCOMPARE(rig.heldOn(1), Bytes{});
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngine::answersASecondLoadAsAlreadyThere()
{
    EngineRig rig;
    rig.write("first", kMiB);
    VERIFY_RESULT(rig.scan());
    const std::string id = rig.idOf("first");
    VERIFY_RESULT(rig.load(id));
    const Bytes held = rig.heldOn(0);
    const auto again = rig.load(id);
    VERIFY_RESULT(again);
    QVERIFY(again->at("components").empty());
    QCOMPARE(again->at("already_loaded_component_ids").size(), 1U);
    QCOMPARE(number(*again, "bytes_read"), 0U);
    QCOMPARE(number(*again, "total_vram_bytes"), 0U);
    QCOMPARE(rig.heldOn(0), held);
}

void TestEngine::cachesAndDropsTheCache()
{
    EngineRig rig;
    rig.write("first", kMiB * 2);
    rig.write("second", kMiB);
    VERIFY_RESULT(rig.scan());
    const auto cached = rig.call("model.post_model_cache", {{"model_id", rig.idOf("first")}});
    VERIFY_RESULT(cached);
    QVERIFY(!cached->contains("device_id"));
    VERIFY_RESULT(rig.call("model.post_model_cache", {{"model_id", rig.idOf("second")}}));
    QCOMPARE(rig.heldOn(0), Bytes{});
    const auto loaded = rig.load(rig.idOf("first"));
    VERIFY_RESULT(loaded);
    QVERIFY(loaded->at("components")[0].at("was_cached").get<bool>());
    QCOMPARE(number(*loaded, "bytes_read"), 0U);
    const auto dropped = rig.call("model.delete_model_cache", {{"model_id", rig.idOf("first")}});
    VERIFY_RESULT(dropped);
    QCOMPARE(dropped->at("dropped_components").size(), 1U);
    QCOMPARE(number(*dropped, "freed_bytes"), (kMiB * 2).value + 6);
    QVERIFY(number(*dropped, "held_after_bytes") <= number(*dropped, "held_before_bytes"));
    QVERIFY(rig.heldOn(0) > Bytes{}); // what is loaded stays
    const auto everything = rig.call("model.delete_model_cache");
    VERIFY_RESULT(everything);
    QCOMPARE(number(*everything, "held_after_bytes"), 0U);
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngine::loadsOntoTheDeviceThatIsNamed()
{
    EngineRig rig{{kMiB * 4, kMiB * 4}};
    rig.write("first", kMiB);
    VERIFY_RESULT(rig.scan());
    const std::string id = rig.idOf("first");
    VERIFY_RESULT(rig.load(id, {{"device_id", "HOST_1"}}));
    QCOMPARE(rig.heldOn(0), Bytes{});
    QVERIFY(rig.heldOn(1) > Bytes{});
    VERIFY_ERROR(rig.load(id, {{"device_id", "HOST_2"}}), ErrorCode::DeviceNotFound);
    VERIFY_ERROR(rig.load(id, {{"device_id", "host_1"}}), ErrorCode::DeviceNotFound);
    VERIFY_ERROR(
        rig.call("model.post_model_unload", {{"model_id", id}, {"device_id", "HOST_0"}}), ErrorCode::NotLoaded);
    VERIFY_ERROR(
        rig.call("model.post_model_unload", {{"model_id", id}, {"device_id", "GPU_0"}}), ErrorCode::DeviceNotFound);
    VERIFY_ERROR(rig.load(id, {{"component_ids", {"unet"}}}), ErrorCode::ComponentNotFound);
    VERIFY_RESULT(rig.load(id, {{"component_ids", {"other_tensors"}}}));
}

void TestEngine::unloadsWhatIsNoLongerOnDisk()
{
    EngineRig rig;
    const auto file = rig.write("first", kMiB);
    VERIFY_RESULT(rig.scan());
    const std::string id = rig.idOf("first");
    VERIFY_RESULT(rig.load(id));
    std::filesystem::remove(file);
    VERIFY_ERROR(rig.call("model.post_model_cache", {{"model_id", id}}), ErrorCode::NotFound);
    VERIFY_RESULT(rig.scan());
    // It stays in sight, with the reason, for as long as something of it is in memory.
    const auto model = rig.call("model.get_model", {{"model_id", id}});
    VERIFY_RESULT(model);
    QCOMPARE(model->at("problems").front().at("code").get<std::string>(), std::string{"not_found"});
    VERIFY_ERROR(rig.load(id), ErrorCode::NotFound);
    QVERIFY(rig.heldOn(0) > Bytes{});
    VERIFY_RESULT(rig.unload(id));
    VERIFY_RESULT(rig.call("model.delete_model_cache", {{"model_id", id}}));
    QCOMPARE(rig.heldOn(0), Bytes{});
    QCOMPARE(rig.heldInCache(), Bytes{});
    QCOMPARE(rig.wrongSnapshot(), std::string{});
    VERIFY_RESULT(rig.scan());
    VERIFY_ERROR(rig.call("model.get_model", {{"model_id", id}}), ErrorCode::ModelNotFound);
}

void TestEngine::unloadsWhatWasChangedOnDisk()
{
    EngineRig rig;
    const auto file = rig.write("first", kMiB);
    VERIFY_RESULT(rig.scan());
    const std::string id = rig.idOf("first");
    VERIFY_RESULT(rig.load(id));
    const auto owned = [&rig] { return rig.engine().snapshot()->devices.front().ownedBytes(); };
    const Bytes before = owned();
    std::filesystem::remove(file);
    rig.write("first", kMiB);
    VERIFY_RESULT(rig.scan());
    QCOMPARE(rig.idOf("first"), id);
    // What is loaded is of the old file: a load reads the new one, and the old weights make room.
    const auto again = rig.load(id);
    VERIFY_RESULT(again);
    QVERIFY(number(*again, "bytes_read") > 0);
    QCOMPARE(owned(), before);
    VERIFY_RESULT(rig.unload(id));
    QCOMPARE(rig.heldOn(0), Bytes{});
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngine::looksAtSingleFiles()
{
    EngineRig rig;
    const auto file = rig.write("first", kMiB);
    rig.write("second", kMiB);
    auto oddlyNamed = file;
    oddlyNamed.replace_extension(".BLOB");
    std::filesystem::rename(file, oddlyNamed);
    const auto found = rig.call("model.get_available_models", {{"files", {oddlyNamed.string(), "/nowhere/x"}}});
    VERIFY_RESULT(found);
    QCOMPARE(found->at("models").size(), 1U);
    QCOMPARE(found->at("incompatible_models").size(), 1U);
    QVERIFY(!rig.engine().snapshot()->lastScan);
    VERIFY_RESULT(rig.load(found->at("models").front().at("model_id").get<std::string>()));
    VERIFY_ERROR(rig.call("model.get_available_models", {{"model_types", {"sdlx"}}}), ErrorCode::InvalidValue);
}

namespace {

/// A diffusers folder "pipe": a UNet in two shards with their index, and a VAE.
void writePipeline(const EngineRig& rig)
{
    const auto file = [](const char* tensor, std::uint64_t size) {
        return SafetensorsBuilder().tensor(tensor, "U8", {size}).build();
    };
    rig.folder.write("models/pipe/model_index.json",
        R"({"_class_name": "P", "unet": ["d", "UNet"], "vae": ["d", "Autoencoder"], "scheduler": ["d", "AScheduler"]})");
    rig.folder.write("models/pipe/unet/model-00001-of-00002.safetensors", file("a", 3 * kMiB.value));
    rig.folder.write("models/pipe/unet/model-00002-of-00002.safetensors", file("b", kMiB.value));
    rig.folder.write("models/pipe/vae/model.safetensors", file("a", 2 * kMiB.value));
}

} // namespace

void TestEngine::loadsAPipelineFolder()
{
    EngineRig rig;
    writePipeline(rig);
    const auto scanned = rig.scan();
    VERIFY_RESULT(scanned);
    QCOMPARE(scanned->at("models").size(), 1U);
    const Json& model = scanned->at("models").front();
    QCOMPARE(model.at("format").get<std::string>(), std::string{"diffusers"});
    QCOMPARE(model.at("path").get<std::string>(), (rig.folder / "models/pipe").string());
    QCOMPARE(model.at("components").size(), 2U);
    const std::string id = rig.idOf("pipe");
    const auto loaded = rig.load(id, {{"verify", true}});
    VERIFY_RESULT(loaded);
    QCOMPARE(number(*loaded, "bytes_read"), 6 * kMiB.value);
    QCOMPARE(rig.heldOn(0), kMiB * 6);
    const auto again = rig.scan();
    VERIFY_RESULT(again);
    QCOMPARE(number(again->at("scan_statistics"), "files_read"), 0U);
    VERIFY_RESULT(rig.unload(id));
    QCOMPARE(rig.heldOn(0), Bytes{});
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngine::refusesAPipelineOfWhichAShardIsMissing()
{
    EngineRig rig;
    writePipeline(rig);
    std::filesystem::remove(rig.folder / "models/pipe/unet/model-00001-of-00002.safetensors");
    VERIFY_RESULT(rig.scan());
    VERIFY_ERROR(rig.load(rig.idOf("pipe")), ErrorCode::ModelUnusable);
    // Back again, it can be used: that it was missing is no property of its bytes.
    writePipeline(rig);
    VERIFY_RESULT(rig.scan());
    VERIFY_RESULT(rig.load(rig.idOf("pipe")));
    // And gone after the scan: a clear error, and nothing is left behind.
    VERIFY_RESULT(rig.unload(rig.idOf("pipe")));
    VERIFY_RESULT(rig.call("model.delete_model_cache"));
    std::filesystem::remove(rig.folder / "models/pipe/vae/model.safetensors");
    VERIFY_ERROR(rig.load(rig.idOf("pipe")), ErrorCode::NotFound);
    QCOMPARE(rig.heldOn(0), Bytes{});
}

void TestEngine::listsBrokenFilesAndRefusesThem()
{
    EngineRig rig;
    rig.write("good", kMiB);
    rig.folder.write("models/broken.safetensors", "not a model");
    const auto scanned = rig.scan();
    VERIFY_RESULT(scanned);
    QCOMPARE(scanned->at("models").size(), 1U);
    QCOMPARE(scanned->at("incompatible_models").size(), 1U);
    QCOMPARE(scanned->at("incompatible_models")[0].at("problems").size(), 1U);
    const auto loaded = rig.load(rig.idOf("broken"));
    QVERIFY(!loaded);
    QCOMPARE(rig.heldOn(0), Bytes{});
    VERIFY_RESULT(rig.load(rig.idOf("good")));
}

void TestEngine::answersWithTheTypesAskedFor()
{
    EngineRig rig;
    rig.write("plain", kMiB);
    rig.folder.write("models/broken.safetensors", "not a model");
    rig.folder.write(
        "models/style.safetensors", SafetensorsBuilder().tensor("lora_unet_x.lora_down.weight", "F16", {4, 8}).build());
    const auto namesOf = [](const Json& models) {
        std::string names;
        for (const Json& model : models)
            names += std::filesystem::path{model.at("path").get<std::string>()}.stem().string() + " ";
        return names;
    };
    const auto found = rig.call("model.get_available_models", {{"model_types", {"lora"}}});
    VERIFY_RESULT(found);
    QCOMPARE(namesOf(found->at("models")), std::string{"style "});
    QCOMPARE(namesOf(found->at("incompatible_models")), std::string{"broken "}); // its type is not known (D7)
    QCOMPARE(rig.engine().snapshot()->models.size(), 3U); // the catalogue keeps all
}

void TestEngine::refusesAModelThatDoesNotFit()
{
    EngineRig rig{{kMiB * 4}};
    rig.write("large", kMiB * 5);
    VERIFY_RESULT(rig.scan());
    const auto loaded = rig.load(rig.idOf("large"));
    VERIFY_ERROR(loaded, ErrorCode::OutOfDeviceMemory);
    const ErrorContext& context = loaded.error().context;
    QCOMPARE(context.operation, std::string{"post_model_load"});
    QCOMPARE(context.modelId.text, rig.idOf("large"));
    QCOMPARE(context.deviceId.text, std::string{"HOST_0"});
    QVERIFY(*context.required >= kMiB * 5);
    QCOMPARE(*context.available, kMiB * 4);
    QCOMPARE(rig.heldOn(0), Bytes{});
    QCOMPARE(rig.heldInCache(), Bytes{});
    QCOMPARE(rig.wrongSnapshot(), std::string{});
}

void TestEngine::keepsSettings()
{
    EngineRig rig;
    const auto changed = rig.call(
        "settings.post_settings_update", {{"model_folders", {"/elsewhere"}}, {"cache_budget_bytes", (kMiB * 7).value}});
    VERIFY_RESULT(changed);
    QVERIFY(!changed->at("needs_restart").get<bool>());
    QVERIFY(changed->at("is_kept").get<bool>());
    QCOMPARE(rig.engine().snapshot()->cache.memory.capacity, kMiB * 7);
    QCOMPARE(rig.engine().snapshot()->folders.front().string(), std::string{"/elsewhere"});
    const auto later = rig.call("settings.post_settings_update", {{"host_device_bytes", {kMiB.value}}});
    VERIFY_RESULT(later);
    QVERIFY(later->at("needs_restart").get<bool>());
    for (const Json& door : {Json{{"rest_enabled", true}}, Json{{"rest_port", 9768}}}) {
        const auto opened = rig.call("settings.post_settings_update", door);
        VERIFY_RESULT(opened);
        QVERIFY(opened->at("needs_restart").get<bool>());
    }
    const auto now = rig.call("settings.get_settings");
    VERIFY_RESULT(now);
    QCOMPARE(number(*now, "cache_budget_bytes"), (kMiB * 7).value);
    rig.close();
    const auto kept = loadSettings(rig.folder / "settings.json", {});
    VERIFY_RESULT(kept);
    QVERIFY(kept->modelFolders == std::vector<std::filesystem::path>{"/elsewhere"});
    QCOMPARE(kept->cacheBudget, kMiB * 7);
    QVERIFY(kept->hostDevices == std::vector<Bytes>{kMiB});
    QVERIFY(kept->useCuda); // off for this run only: that is not kept
}

void TestEngine::refusesSettingsThatCannotBeWritten()
{
    EngineRig rig;
    std::filesystem::create_directory(rig.folder / "settings.json");
    const auto changed = rig.call("settings.post_settings_update", {{"cache_budget_bytes", (kMiB * 7).value}});
    QVERIFY(!changed);
    QCOMPARE(rig.engine().snapshot()->cache.memory.capacity, kMiB * 64); // what cannot be kept is not taken on
    QCOMPARE(number(*rig.call("settings.get_settings"), "cache_budget_bytes"), (kMiB * 64).value);
    const auto wrong = rig.call("settings.post_settings_update", {{"cache_budget_bytes", 5}});
    VERIFY_ERROR(wrong, ErrorCode::InvalidValue);
    QCOMPARE(wrong.error().context.field, std::string{"cache_budget_bytes"});
}

void TestEngine::refusesBadRequestsAtOnce_data()
{
    QTest::addColumn<std::string>("operation");
    QTest::addColumn<Json>("request");
    QTest::addColumn<ErrorCode>("expected");
    QTest::newRow("unknown") << std::string{"model.get_modell"} << Json::object() << ErrorCode::UnknownOperation;
    QTest::newRow("no family") << std::string{"get_model"} << Json::object() << ErrorCode::UnknownOperation;
    QTest::newRow("empty") << std::string{} << Json::object() << ErrorCode::UnknownOperation;
    QTest::newRow("a typo") << std::string{"model.get_model"} << Json{{"modelId", "x"}} << ErrorCode::UnknownField;
    QTest::newRow("missing") << std::string{"model.post_model_load"} << Json::object() << ErrorCode::MissingField;
    QTest::newRow("no object") << std::string{"model.get_model"} << Json::array() << ErrorCode::InvalidValue;
    QTest::newRow("a number") << std::string{"model.get_model"} << Json{{"model_id", 5}} << ErrorCode::InvalidValue;
}

void TestEngine::refusesBadRequestsAtOnce()
{
    QFETCH(std::string, operation);
    QFETCH(Json, request);
    QFETCH(ErrorCode, expected);
    EngineRig rig;
    int completions = 0;
    const JobId job = rig.engine().start(operation, request, [&](const Result<Json>& answer) {
        ++completions;
        VERIFY_ERROR(answer, expected);
    });
    QCOMPARE(completions, 1); // before start() returned, so the thread is this one
    QCOMPARE(job.number, 0U);
    QVERIFY(rig.engine().jobs().empty());
    VERIFY_ERROR(rig.call(operation, request), expected);
}

void TestEngine::refusesHostileIds_data()
{
    QTest::addColumn<std::string>("id");
    QTest::newRow("a path") << std::string{"/etc/passwd"};
    QTest::newRow("upwards") << std::string{"../../etc/passwd"};
    QTest::newRow("long") << std::string(10'240, 'x');
    QTest::newRow("escape codes") << std::string{"\x1b[2J"};
    QTest::newRow("not UTF-8") << std::string{"\xff\xfe"};
    QTest::newRow("markup") << std::string{"<img src='x'>"};
}

void TestEngine::refusesHostileIds()
{
    QFETCH(std::string, id);
    EngineRig rig;
    rig.write("first", kKiB);
    VERIFY_RESULT(rig.scan());
    for (const char* operation :
        {"model.get_model", "model.get_model_status", "model.post_model_load", "model.post_model_cache"}) {
        const auto answer = rig.call(operation, {{"model_id", id}});
        VERIFY_ERROR(answer, ErrorCode::ModelNotFound);
        QVERIFY(!writeJson(toJson(answer.error())).empty());
    }
    VERIFY_ERROR(rig.unload(id), ErrorCode::NotLoaded);
    const auto dropped = rig.call("model.delete_model_cache", {{"model_id", id}});
    VERIFY_RESULT(dropped);
    QVERIFY(dropped->at("dropped_components").empty());
}

void TestEngine::writesASampleLibraryOnce()
{
    EngineRig rig;
    const Json request{{"directory", (rig.folder / "models").string()}, {"model_types", {"lora"}}};
    const auto written = rig.call("library.post_sample_library", request);
    VERIFY_RESULT(written);
    QCOMPARE(written->at("files").size(), 1U);
    VERIFY_ERROR(rig.call("library.post_sample_library", request), ErrorCode::AlreadyExists);
    const auto found = rig.scan();
    VERIFY_RESULT(found);
    QCOMPARE(found->at("models").size(), 1U);
    QCOMPARE(found->at("models")[0].at("model_type").get<std::string>(), std::string{"lora"});
    VERIFY_RESULT(rig.load(found->at("models")[0].at("model_id").get<std::string>(), {{"verify", true}}));
}

QTEST_APPLESS_MAIN(TestEngine)
#include "test_engine.moc"
