// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/plan/load_plan.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <memory>

using namespace weightroom::engine;

namespace {

using Kind = ComponentKind;

struct Part {
    const char* id;
    Kind kind;
    std::vector<std::uint64_t> sizes; ///< of its tensors, in bytes
};

TensorIndex indexOf(const std::vector<Part>& parts)
{
    TensorIndex index;
    index.format = FileFormat::Safetensors;
    std::uint64_t begin = 8;
    for (const Part& part : parts) {
        for (const std::uint64_t size : part.sizes) {
            const std::string name = std::string{part.id} + ".weight_" + std::to_string(begin);
            index.tensors.push_back({name, Dtype::U8, Shape{}, {begin, Bytes{size}}});
            begin += size;
        }
    }
    return index;
}

std::shared_ptr<ModelRecord> recordOf(const std::vector<Part>& parts)
{
    auto record = std::make_shared<ModelRecord>();
    record->id = ModelId{"model"};
    record->path = "/models/model.safetensors";
    record->files = {{record->path, {}}};
    for (const Part& part : parts) {
        ComponentRecord component{ComponentId{part.id}, part.kind, {std::string{part.id} + "."}, part.sizes.size(), {}};
        for (const std::uint64_t size : part.sizes)
            component.size += Bytes{size};
        record->identified.components.push_back(std::move(component));
    }
    return record;
}

/// "encoder unet | lora": the components of the batches.
std::string batchesOf(const LoadPlan& plan)
{
    std::string text;
    for (const PlannedBatch& batch : plan.batches) {
        text += text.empty() ? "" : " |";
        for (const PlannedComponent& component : batch.components)
            text += (text.empty() ? "" : " ") + component.record.id.text;
    }
    return text;
}

const std::vector<Part> kCheckpoint{
    {"unet", Kind::Unet, {1000, 1, 256}}, {"vae", Kind::Vae, {300}}, {"encoder", Kind::Encoder, {0, 5}}};

const std::vector<Part> kFloats{{"unet", Kind::Unet, {64, 4096}}};

/// kFloats, as tensors of fp32.
TensorIndex floatIndex()
{
    TensorIndex index = indexOf(kFloats);
    for (TensorEntry& tensor : index.tensors) {
        tensor.dtype = Dtype::F32;
        tensor.shape = Shape{tensor.range.size.value / 4};
    }
    return index;
}

} // namespace

class TestLoadPlan : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void addsUp();
    void keepsTheNamesOfTheFiles();
    void ordersBatches_data();
    void ordersBatches();
    void takesOnlyWhatIsWanted();
    void leavesOutWhatIsThere();
    void plansNothingWhenAllIsThere();
    void choosesTheTypesOfTensors();
    void loadsAgainWhatIsThereInAnotherType();
    void refusesUnknownComponents();
    void refusesUnusableModels();
    void noticesThatTheFileChanged_data();
    void noticesThatTheFileChanged();
};

void TestLoadPlan::keepsTheNamesOfTheFiles()
{
    // A pipeline: the index puts the folder of the component in front of every name.
    const std::vector<Part> parts{{"unet", Kind::Unet, {8}}, {"vae", Kind::Vae, {9}}};
    TensorIndex index = indexOf(parts);
    const auto record = recordOf(parts);
    record->files = {{"/models/p/unet/x", {}, "unet."}, {"/models/p/vae/x", {}, "vae."}};
    index.tensors[1].file = 1;
    const auto plan = planLoad(record, index, {});
    VERIFY_RESULT(plan);
    QCOMPARE(plan->batches.front().components[0].tensors[0].name, std::string{"weight_8"});
    QCOMPARE(plan->batches.front().components[1].tensors[0].name, std::string{"weight_16"});
}

void TestLoadPlan::addsUp()
{
    const auto plan = planLoad(recordOf(kCheckpoint), indexOf(kCheckpoint), {});
    VERIFY_RESULT(plan);
    QCOMPARE(plan->componentCount(), 3U);
    QCOMPARE(plan->size, Bytes{1000 + 1 + 256 + 300 + 0 + 5});
    const PlannedComponent& unet = plan->batches.front().components.at(1);
    QCOMPARE(unet.record.id.text, std::string{"unet"});
    QCOMPARE(unet.size, Bytes{1257});
    QCOMPARE(unet.tensors.size(), 3U);
    QVERIFY(unet.tensors[0].range.begin < unet.tensors[1].range.begin);
}

void TestLoadPlan::ordersBatches_data()
{
    QTest::addColumn<std::vector<Part>>("parts");
    QTest::addColumn<std::string>("batches");
    const auto part = [](const char* id, Kind kind) { return Part{id, kind, {10}}; };
    const Part unet = part("unet", Kind::Unet);
    const Part encoder = part("encoder", Kind::Encoder);
    const Part lora = part("lora", Kind::Lora);
    const Part controlnet = part("controlnet", Kind::Controlnet);
    const Part embedding = part("embedding", Kind::Embedding);
    QTest::newRow("a checkpoint") << std::vector<Part>{unet, part("vae", Kind::Vae), encoder}
                                  << std::string{"encoder unet vae"};
    QTest::newRow("two encoders keep their order") << std::vector<Part>{part("encoder_b", Kind::Encoder), unet,
        part("encoder_a", Kind::Encoder)} << std::string{"encoder_a encoder_b unet"};
    QTest::newRow("a LoRA waits for both")
        << std::vector<Part>{lora, unet, encoder} << std::string{"encoder unet | lora"};
    QTest::newRow("a LoRA waits for one") << std::vector<Part>{lora, encoder} << std::string{"encoder | lora"};
    QTest::newRow("a LoRA alone") << std::vector<Part>{lora} << std::string{"lora"};
    QTest::newRow("a ControlNet waits for the UNet only")
        << std::vector<Part>{controlnet, unet} << std::string{"unet | controlnet"};
    QTest::newRow("a ControlNet does not wait for encoders")
        << std::vector<Part>{controlnet, encoder} << std::string{"encoder controlnet"};
    QTest::newRow("all that waits is one batch") << std::vector<Part>{embedding, lora, controlnet, unet, encoder}
                                                 << std::string{"encoder unet | controlnet lora embedding"};
    QTest::newRow("others come last") << std::vector<Part>{part("other", Kind::Other), unet}
                                      << std::string{"unet other"};
}

void TestLoadPlan::ordersBatches()
{
    QFETCH(std::vector<Part>, parts);
    QFETCH(std::string, batches);
    const auto plan = planLoad(recordOf(parts), indexOf(parts), {});
    VERIFY_RESULT(plan);
    QCOMPARE(batchesOf(*plan), batches);
}

void TestLoadPlan::takesOnlyWhatIsWanted()
{
    const auto plan =
        planLoad(recordOf(kCheckpoint), indexOf(kCheckpoint), {.wanted = {ComponentId{"vae"}, ComponentId{"encoder"}}});
    VERIFY_RESULT(plan);
    QCOMPARE(batchesOf(*plan), std::string{"encoder vae"});
    QCOMPARE(plan->size, Bytes{305});
}

void TestLoadPlan::leavesOutWhatIsThere()
{
    const PresentComponents present{{ComponentId{"unet"}, {Dtype::U8, Dtype::U8, Dtype::U8}}};
    const auto rest = planLoad(recordOf(kCheckpoint), indexOf(kCheckpoint), {.present = present});
    VERIFY_RESULT(rest);
    QCOMPARE(batchesOf(*rest), std::string{"encoder vae"});
    QVERIFY(rest->present == std::set<ComponentId>{ComponentId{"unet"}});
    const auto none =
        planLoad(recordOf(kCheckpoint), indexOf(kCheckpoint), {.wanted = {ComponentId{"unet"}}, .present = present});
    VERIFY_RESULT(none);
    QCOMPARE(none->componentCount(), 0U);
}

void TestLoadPlan::plansNothingWhenAllIsThere()
{
    const auto plan = planLoad(recordOf(kCheckpoint), indexOf(kCheckpoint),
        {.present = {{ComponentId{"unet"}, {Dtype::U8, Dtype::U8, Dtype::U8}}, {ComponentId{"vae"}, {Dtype::U8}},
             {ComponentId{"encoder"}, {Dtype::U8, Dtype::U8}}, {ComponentId{"of another time"}, {Dtype::F16}}}});
    VERIFY_RESULT(plan);
    QVERIFY(plan->batches.empty());
    QCOMPARE(plan->size, Bytes{});
}

void TestLoadPlan::choosesTheTypesOfTensors()
{
    const auto stored = planLoad(recordOf(kFloats), floatIndex(), {});
    VERIFY_RESULT(stored);
    QVERIFY((stored->batches[0].components[0].loadedTypes == std::vector{Dtype::F32, Dtype::F32}));
    const auto halved = planLoad(recordOf(kFloats), floatIndex(), {.precision = {.precision = WantedPrecision::Fp16}});
    VERIFY_RESULT(halved);
    QVERIFY((halved->batches[0].components[0].loadedTypes == std::vector{Dtype::F16, Dtype::F16}));
    QCOMPARE(halved->size, stored->size); // what is read is the same
}

void TestLoadPlan::loadsAgainWhatIsThereInAnotherType()
{
    const ComponentId unet{"unet"};
    const PrecisionRequest half{.precision = WantedPrecision::Fp16};
    const PresentComponents asStored{{unet, {Dtype::F32, Dtype::F32}}};
    const PresentComponents asHalf{{unet, {Dtype::F16, Dtype::F16}}};
    const auto again = planLoad(recordOf(kFloats), floatIndex(), {.present = asStored, .precision = half});
    VERIFY_RESULT(again);
    QCOMPARE(again->componentCount(), 1U);
    QVERIFY(again->present.empty());
    const auto there = planLoad(recordOf(kFloats), floatIndex(), {.present = asHalf, .precision = half});
    VERIFY_RESULT(there);
    QCOMPARE(there->componentCount(), 0U);
    QVERIFY(there->present == std::set<ComponentId>{unet});
}

void TestLoadPlan::refusesUnknownComponents()
{
    for (const char* id : {"une", "unet.", "UNET", "", "../vae"}) {
        const auto plan =
            planLoad(recordOf(kCheckpoint), indexOf(kCheckpoint), {.wanted = {ComponentId{"vae"}, ComponentId{id}}});
        VERIFY_ERROR(plan, ErrorCode::ComponentNotFound);
        QCOMPARE(plan.error().context.componentId.text, std::string{id});
        QCOMPARE(plan.error().context.modelId.text, std::string{"model"});
    }
}

void TestLoadPlan::refusesUnusableModels()
{
    const auto record = recordOf(kCheckpoint);
    record->problem = Error{ErrorCode::InvalidFormat, "tensor 'x' overlaps", {}};
    const auto plan = planLoad(record, indexOf(kCheckpoint), {});
    VERIFY_ERROR(plan, ErrorCode::ModelUnusable);
    QVERIFY(plan.error().detail.find("tensor 'x' overlaps") != std::string::npos);
}

void TestLoadPlan::noticesThatTheFileChanged_data()
{
    QTest::addColumn<std::vector<Part>>("now");
    QTest::newRow("a tensor less") << std::vector<Part>{
        {"unet", Kind::Unet, {1000, 257}}, kCheckpoint[1], kCheckpoint[2]};
    QTest::newRow("a byte more") << std::vector<Part>{kCheckpoint[0], {"vae", Kind::Vae, {301}}, kCheckpoint[2]};
    QTest::newRow("a component less") << std::vector<Part>{kCheckpoint[0], kCheckpoint[1]};
    QTest::newRow("nothing") << std::vector<Part>{};
}

void TestLoadPlan::noticesThatTheFileChanged()
{
    QFETCH(std::vector<Part>, now);
    const auto plan = planLoad(recordOf(kCheckpoint), indexOf(now), {});
    VERIFY_ERROR(plan, ErrorCode::FileChanged);
    QCOMPARE(plan.error().context.path, std::string{"/models/model.safetensors"});
}

QTEST_APPLESS_MAIN(TestLoadPlan)
#include "test_load_plan.moc"
