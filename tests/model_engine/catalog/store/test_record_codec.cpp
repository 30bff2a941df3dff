// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/store/record_codec.h"

#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;

namespace {

ModelRecord fullRecord()
{
    ModelRecord record;
    record.id = {"m-1"};
    record.name = "repository/m";
    record.placement = {LibraryLayout::ComfyUi, {ModelKind::Lora}, "models/loras"};
    record.format = FileFormat::Safetensors;
    Identification& identified = record.identified;
    identified.kind = ModelKind::Lora;
    identified.architecture = Architecture::Sdxl;
    identified.variant = "kohya";
    identified.candidates = {Architecture::Sd1, Architecture::Sdxl};
    identified.baseVariant = "klein-4b";
    identified.prediction = PredictionType::VPrediction;
    identified.precision = Dtype::F16;
    identified.quantization = "nf4";
    identified.rank = 32;
    identified.components = {{{"lora_sdxl"}, ComponentKind::Lora, {"lora_unet_", ""}, 7, Bytes{0xFFFF'FFFF'FFFF'FFFF}}};
    identified.tensorCount = 7;
    identified.parameters = 1'000'000'000'000;
    identified.confidence = 0.875;
    identified.evidence = {{"rule", "key \xFF", "[1, 2]"}};
    identified.problems = {ModelProblem::MissingTensors};
    identified.missing = {3, {"a", "b"}};
    identified.extra = {1, {"c"}};
    record.problem = Error{ErrorCode::FileTruncated, "ends at 9",
        {.path = "/m/\xC0", .required = Bytes{10}, .available = Bytes{9}, .memoryType = "x", .systemCode = -5}};
    record.variants = {{"unet", {{"model.fp16.safetensors", "fp16"}, {"model.safetensors", ""}}, 1}};
    record.index = ModelIndex{"/m/model_index.json", {1, 2, Bytes{3}, -4, 5},
        {{"unet", "UNet2DConditionModel", true}, {"scheduler", "DDIMScheduler", false}},
        Error{ErrorCode::InvalidJson, "no object"}};
    return record;
}

std::span<const std::byte> bytesOf(const std::vector<std::uint8_t>& encoded)
{
    return std::as_bytes(std::span{encoded});
}

} // namespace

class TestRecordCodec : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void givesBackAllFields();
    void givesBackAnEmptyRecord();
    void refusesWhatItDidNotWrite();
    void survivesAnyDamage();
};

/// Both directions walk through the same list of fields: equal bytes after a round trip show that each field came back,
/// the fields below that the list has them.
void TestRecordCodec::givesBackAllFields()
{
    const ModelRecord before = fullRecord();
    const auto encoded = encodeRecord(before);
    ModelRecord after;
    VERIFY_RESULT(decodeRecord(bytesOf(encoded), after));
    QVERIFY(encodeRecord(after) == encoded);

    QCOMPARE(after.name, before.name);
    QVERIFY(after.placement == before.placement);
    QCOMPARE(after.format, before.format);
    const Identification& identified = after.identified;
    QCOMPARE(identified.kind, ModelKind::Lora);
    QCOMPARE(identified.architecture, Architecture::Sdxl);
    QCOMPARE(identified.variant, std::string{"kohya"});
    QVERIFY(identified.candidates == before.identified.candidates);
    QCOMPARE(identified.baseVariant, std::string{"klein-4b"});
    QCOMPARE(identified.prediction, PredictionType::VPrediction);
    QCOMPARE(identified.precision, Dtype::F16);
    QCOMPARE(identified.quantization, std::string{"nf4"});
    QVERIFY(identified.rank == std::optional<std::uint64_t>{32});
    QCOMPARE(identified.components.size(), std::size_t{1});
    const ComponentRecord& component = identified.components.front();
    QVERIFY(component.id == before.identified.components.front().id);
    QCOMPARE(component.kind, ComponentKind::Lora);
    QVERIFY(component.prefixes == before.identified.components.front().prefixes);
    QCOMPARE(component.tensorCount, 7U);
    QCOMPARE(component.size, Bytes{0xFFFF'FFFF'FFFF'FFFF});
    QCOMPARE(identified.tensorCount, 7U);
    QCOMPARE(identified.parameters, 1'000'000'000'000U);
    QCOMPARE(identified.confidence, 0.875);
    QCOMPARE(identified.evidence.front().key, std::string{"key \xFF"});
    QCOMPARE(identified.evidence.front().shape, std::string{"[1, 2]"});
    QCOMPARE(identified.problems, std::vector{ModelProblem::MissingTensors});
    QCOMPARE(identified.missing.count, 3U);
    QVERIFY(identified.missing.names == before.identified.missing.names);
    QVERIFY(identified.extra.names == before.identified.extra.names);
    QCOMPARE(after.problem->code, ErrorCode::FileTruncated);
    QCOMPARE(after.problem->detail, std::string{"ends at 9"});
    QCOMPARE(after.problem->context.path, std::string{"/m/\xC0"});
    QVERIFY(after.problem->context.required == Bytes{10});
    QVERIFY(after.problem->context.available == Bytes{9});
    QVERIFY(after.problem->context.systemCode == -5);
    QVERIFY(after.index->path == before.index->path);
    QVERIFY(after.index->identity == before.index->identity);
    QCOMPARE(after.index->components.size(), std::size_t{2});
    QVERIFY(after.variants == before.variants);
    QCOMPARE(after.index->components[1].className, std::string{"DDIMScheduler"});
    QVERIFY(!after.index->components[1].hasWeights);
    QCOMPARE(after.index->problem->code, ErrorCode::InvalidJson);
}

void TestRecordCodec::givesBackAnEmptyRecord()
{
    const auto encoded = encodeRecord({});
    ModelRecord after = fullRecord();
    VERIFY_RESULT(decodeRecord(bytesOf(encoded), after));
    QVERIFY(encodeRecord(after) == encoded);
    QVERIFY(!after.problem);
    QVERIFY(!after.index);
}

void TestRecordCodec::refusesWhatItDidNotWrite()
{
    ModelRecord record;
    VERIFY_ERROR(decodeRecord({}, record), ErrorCode::InvalidFormat);
    const std::vector<std::uint8_t> number{1};
    VERIFY_ERROR(decodeRecord(bytesOf(number), record), ErrorCode::InvalidFormat);
    const std::vector<std::uint8_t> emptyObject{0xA0};
    VERIFY_ERROR(decodeRecord(bytesOf(emptyObject), record), ErrorCode::InvalidFormat);
}

void TestRecordCodec::survivesAnyDamage()
{
    const auto good = encodeRecord(fullRecord());
    for (std::size_t length = 0; length < good.size(); ++length) {
        ModelRecord record;
        VERIFY_ERROR(decodeRecord(bytesOf(good).first(length), record), ErrorCode::InvalidFormat);
    }
    for (std::size_t at = 0; at < good.size(); ++at) {
        auto damaged = good;
        damaged[at] ^= 0x5A;
        ModelRecord record;
        const auto decoded = decodeRecord(bytesOf(damaged), record); // whichever it is: no crash, no exception
        if (!decoded)
            QCOMPARE(decoded.error().code, ErrorCode::InvalidFormat);
    }
}

QTEST_APPLESS_MAIN(TestRecordCodec)
#include "test_record_codec.moc"
