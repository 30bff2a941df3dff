// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/operations/models/model_json.h"

#include <QTest>

using namespace weightroom::engine;

namespace {

ModelState state()
{
    auto record = std::make_shared<ModelRecord>();
    record->id = ModelId{"base-0123456789abcdef"};
    record->name = "base\x1b[2J\xff";
    record->path = "/models/base\x1b[2J\xff.safetensors";
    record->files = {{{}, {.size = Bytes{1000}}}};
    record->format = FileFormat::Safetensors;
    record->identified.kind = ModelKind::Checkpoint;
    record->identified.architecture = Architecture::Sdxl;
    record->identified.precision = Dtype::F16;
    record->identified.components = {{ComponentId{"unet"}, ComponentKind::Unet, {"unet."}, 3, Bytes{600}},
        {ComponentId{"vae"}, ComponentKind::Vae, {"vae."}, 2, Bytes{300}}};
    record->identified.evidence = {{"rule", "key\xff", "[320, 4, 3, 3]"}};
    record->identified.confidence = 0.5;
    return {.record = record, .cached = {}, .devices = {}};
}

ModelState::OnDevice on(const char* device, Residency residency)
{
    return {
        .device = DeviceId{device}, .residency = residency, .components = {ComponentId{"unet"}}, .size = Bytes{600}};
}

#define COMPARE_JSON(actual, expected) QVERIFY2((actual) == (expected), (actual).dump().c_str())

} // namespace

class TestModelJson : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void describesAModel();
    void writesAnyName();
    void tellsUnknownFromNothing();
    void tellsTheState();
    void tellsWhyAModelCannotBeUsed();
    void tellsWhatWasIdentified();
    void leavesNothingOutThatIsUnknown();
    void everyProblemHasASentence();
    void listsTheTensorsThatAreMissing();
    void addsUpADevice();
    void leavesOutWhatTheDriverDoesNotSay();
    void describesTheCache();
    void describesAScan();
};

void TestModelJson::describesAModel()
{
    const Json json = modelJson(state());
    QCOMPARE(json.at("model_id").get<std::string>(), std::string{"base-0123456789abcdef"});
    QCOMPARE(json.at("model_type").get<std::string>(), std::string{"checkpoint"});
    QCOMPARE(json.at("architecture").get<std::string>(), std::string{"sdxl"});
    QCOMPARE(json.at("size_bytes").get<std::uint64_t>(), 1000U);
    QCOMPARE(json.at("components").size(), 2U);
    QCOMPARE(json.at("components")[0].at("kind").get<std::string>(), std::string{"unet"});
    QCOMPARE(json.at("components")[1].at("tensor_count").get<int>(), 2);
    QCOMPARE(json.at("evidence")[0].at("shape").get<std::string>(), std::string{"[320, 4, 3, 3]"});
    QCOMPARE(json.at("confidence").get<double>(), 0.5);
}

void TestModelJson::writesAnyName()
{
    const std::string text = writeJson(modelJson(state()));
    QVERIFY(QString::fromStdString(text).toStdString() == text); // UTF-8 throughout
    QVERIFY(text.find('\x1b') == std::string::npos);
    const auto back = parseJson(text);
    QVERIFY(back.has_value());
    QCOMPARE(back->at("name").get<std::string>(), std::string{"base\x1b[2J\xef\xbf\xbd"});
}

void TestModelJson::tellsUnknownFromNothing()
{
    QVERIFY(modelJson(state()).at("variant").is_null());
    auto record = std::make_shared<ModelRecord>();
    record->identified.variant = "inpainting";
    const Json json = modelJson({.record = record, .cached = {}, .devices = {}});
    QCOMPARE(json.at("variant").get<std::string>(), std::string{"inpainting"});
    QCOMPARE(json.at("model_type").get<std::string>(), std::string{"unknown"});
    QVERIFY(!json.at("is_cached").get<bool>()); // nothing at all is not "all of it"
}

void TestModelJson::tellsTheState()
{
    ModelState model = state();
    QVERIFY(!modelJson(model).at("is_cached").get<bool>());
    QVERIFY(!modelJson(model).at("is_loaded").get<bool>());
    model.cached = {ComponentId{"vae"}};
    QVERIFY(!modelJson(model).at("is_cached").get<bool>()); // a part
    model.cached.push_back(ComponentId{"unet"});
    QVERIFY(modelJson(model).at("is_cached").get<bool>());
    model.devices = {on("HOST_0", Residency::Loading)};
    QVERIFY(!modelJson(model).at("is_loaded").get<bool>());
    QCOMPARE(modelJson(model).at("devices")[0].at("state").get<std::string>(), std::string{"loading"});
    model.devices.push_back(on("GPU_0", Residency::Loaded));
    const Json json = modelJson(model);
    QVERIFY(json.at("is_loaded").get<bool>());
    QCOMPARE(json.at("devices")[1].at("device_id").get<std::string>(), std::string{"GPU_0"});
    QCOMPARE(json.at("devices")[1].at("vram_bytes").get<std::uint64_t>(), 600U);
}

void TestModelJson::tellsWhyAModelCannotBeUsed()
{
    ModelState model = state();
    QVERIFY(modelJson(model).at("problems").empty());
    auto broken = std::make_shared<ModelRecord>(*model.record);
    broken->problem = Error{ErrorCode::InvalidFormat, "tensor 'x' overlaps", {}};
    model.record = broken;
    QCOMPARE(modelJson(model).at("problems")[0].at("code").get<std::string>(), std::string{"invalid_format"});
}

void TestModelJson::tellsWhatWasIdentified()
{
    auto record = std::make_shared<ModelRecord>();
    record->identified.kind = ModelKind::Lora;
    record->identified.variant = "kohya";
    record->identified.candidates = {Architecture::Flux, Architecture::Flux2};
    record->identified.baseVariant = "klein-4b";
    record->identified.prediction = PredictionType::VPrediction;
    record->identified.quantization = "nf4";
    record->identified.rank = 16;
    const Json json = modelJson({.record = record, .cached = {}, .devices = {}});
    COMPARE_JSON(json.at("architecture_candidates"), Json::array({"flux", "flux2"}));
    COMPARE_JSON(json.at("base_variant"), Json("klein-4b"));
    COMPARE_JSON(json.at("prediction_type"), Json("v_prediction"));
    COMPARE_JSON(json.at("quantization"), Json("nf4"));
    COMPARE_JSON(json.at("rank"), Json(16));
}

void TestModelJson::leavesNothingOutThatIsUnknown()
{
    const Json json = modelJson(state());
    for (const char* field : {"base_variant", "prediction_type", "quantization", "rank"})
        QVERIFY2(json.at(field).is_null(), field);
    COMPARE_JSON(json.at("architecture_candidates"), Json::array());
    COMPARE_JSON(json.at("missing_tensors"), (Json{{"count", 0}, {"names", Json::array()}}));
    COMPARE_JSON(json.at("extra_tensors"), (Json{{"count", 0}, {"names", Json::array()}}));
}

void TestModelJson::everyProblemHasASentence()
{
    for (int value = 1; value <= static_cast<int>(ModelProblem::MissingTensors); ++value) {
        const auto problem = static_cast<ModelProblem>(value);
        auto record = std::make_shared<ModelRecord>();
        record->identified.problems = {problem};
        const Json json = modelJson({.record = record, .cached = {}, .devices = {}}).at("problems")[0];
        COMPARE_JSON(json.at("code"), Json(toText(problem)));
        QVERIFY(json.at("message") != json.at("code"));
        QVERIFY(json.at("severity") == Json("info") || json.at("severity") == Json("warning"));
    }
}

void TestModelJson::listsTheTensorsThatAreMissing()
{
    ModelState model = state();
    auto record = std::make_shared<ModelRecord>(*model.record);
    record->problem = Error{ErrorCode::InvalidFormat, "tensor 'x' overlaps", {}};
    record->identified.problems = {ModelProblem::MissingTensors};
    record->identified.missing = {30, {"out.weight\xff"}};
    record->identified.extra = {1, {"more"}};
    model.record = record;
    const Json json = modelJson(model);
    COMPARE_JSON(json.at("missing_tensors").at("count"), Json(30));
    COMPARE_JSON(json.at("missing_tensors").at("names")[0], Json("out.weight\xef\xbf\xbd"));
    COMPARE_JSON(json.at("extra_tensors").at("names"), Json::array({"more"}));
    COMPARE_JSON(json.at("problems")[0].at("code"), Json("invalid_format")); // what matters more comes first
    COMPARE_JSON(json.at("problems")[1].at("code"), Json("missing-tensors"));
}

void TestModelJson::addsUpADevice()
{
    DeviceState device;
    device.description = {DeviceId{"HOST_0"}, DeviceKind::Host, "Host memory", {}, {}, Bytes{10'000}};
    device.memory.ours = {
        .capacity = Bytes{10'000}, .held = Bytes{4096}, .allocated = Bytes{1024}, .slabs = 1, .allocations = 2};
    device.owners = {{{ModelId{"m"}, ComponentId{"unet"}}, Bytes{600}, Bytes{600}},
        {{ModelId{"m"}, ComponentId{"vae"}}, Bytes{300}, Bytes{100}}};
    device.sharedBytes = Bytes{200};
    device.savedBytes = Bytes{400};
    device.loading = {{ModelId{"n"}, Bytes{100}}};
    device.overhead = Bytes{4096 - 1000};
    const Json json = deviceJson(device);
    QCOMPARE(json.at("loaded_bytes").get<std::uint64_t>(), 900U);
    QCOMPARE(json.at("free_bytes").get<std::uint64_t>(), 10'000U - 4096U);
    QCOMPARE(json.at("shared_bytes").get<std::uint64_t>(), 200U);
    QCOMPARE(json.at("saved_bytes").get<std::uint64_t>(), 400U);
    QCOMPARE(json.at("owners").size(), 2U);
    QCOMPARE(json.at("owners")[1].at("size_bytes").get<std::uint64_t>(), 300U);
    QCOMPARE(json.at("owners")[1].at("exclusive_bytes").get<std::uint64_t>(), 100U);
    QCOMPARE(json.at("kind").get<std::string>(), std::string{"host"});
    QVERIFY(!json.at("is_lost").get<bool>());
    device.memory.ours.held = Bytes{20'000}; // a capacity that was made smaller
    QCOMPARE(deviceJson(device).at("free_bytes").get<std::uint64_t>(), 0U);
    device.lost = Error{ErrorCode::DeviceLost, "ecc", {}};
    QVERIFY(deviceJson(device).at("is_lost").get<bool>());
}

void TestModelJson::leavesOutWhatTheDriverDoesNotSay()
{
    DeviceState device;
    QVERIFY(!deviceJson(device).contains("driver_total_bytes"));
    QVERIFY(!deviceJson(device).contains("driver_free_bytes"));
    device.memory.driverTotal = Bytes{5};
    device.memory.driverFree = Bytes{};
    QCOMPARE(deviceJson(device).at("driver_total_bytes").get<int>(), 5);
    QCOMPARE(deviceJson(device).at("driver_free_bytes").get<int>(), 0);
}

void TestModelJson::describesTheCache()
{
    CacheState cache;
    cache.memory.capacity = Bytes{100};
    cache.memory.held = Bytes{50};
    cache.hits = 3;
    cache.evictions = 2;
    const Json json = cacheJson(cache);
    QCOMPARE(json.at("budget_bytes").get<int>(), 100);
    QCOMPARE(json.at("held_bytes").get<int>(), 50);
    QCOMPARE(json.at("hits").get<int>(), 3);
    QCOMPARE(json.at("evictions").get<int>(), 2);
    QVERIFY(json.at("owners").is_array() && json.at("owners").empty());
}

void TestModelJson::describesAScan()
{
    ScanStatistics statistics;
    statistics.files = 7;
    statistics.finishedAt =
        Clock::Wall{std::chrono::sys_days{std::chrono::year{2026} / 11 / 23}} + std::chrono::hours{1};
    const Json json = scanJson(statistics);
    QCOMPARE(json.at("files").get<int>(), 7);
    QCOMPARE(json.at("finished_at").get<std::string>(), std::string{"2026-11-23T01:00:00Z"});
}

QTEST_APPLESS_MAIN(TestModelJson)
#include "test_model_json.moc"
