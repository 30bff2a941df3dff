// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/loader/precision/precision_plan.h"
#include "model_engine/loader/precision/precision_preview.h"

#include <QTest>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <memory>
#include <sstream>

using namespace weightroom::engine;

namespace {

using Level = OptimizationLevel;
using Wanted = WantedPrecision;
using Why = KeptBecause;

constexpr std::uint64_t kRows = 64;

TensorEntry tensorOf(const std::string& name, Dtype dtype, const Shape& shape)
{
    const std::uint64_t elements = shape.elements().value_or(0);
    return {name, dtype, shape, {0, bytesOf(dtype, elements).value_or(Bytes{})}};
}

TensorEntry matrix(const std::string& name, Dtype dtype) { return tensorOf(name, dtype, Shape{kRows, 256}); }
TensorEntry vectorOf(const std::string& name, Dtype dtype) { return tensorOf(name, dtype, Shape{kRows}); }

struct Component {
    const char* id;
    ComponentKind kind;
};

constexpr Component kSdxl{"unet_sdxl", ComponentKind::Unet};
constexpr Component kFlux{"unet_flux", ComponentKind::Unet};
constexpr Component kWan{"unet_wan", ComponentKind::Unet};
constexpr Component kClip{"encoder_clip_l", ComponentKind::Encoder};
constexpr Component kT5{"encoder_t5_xxl", ComponentKind::Encoder};
constexpr Component kVae{"vae_kl_f8", ComponentKind::Vae};
constexpr Component kLora{"lora_sdxl", ComponentKind::Lora};
constexpr Component kControlnet{"controlnet_sdxl", ComponentKind::Controlnet};

/// A model that has more than this component.
Identification modelOf(const Component& component, Architecture architecture = Architecture::Unknown)
{
    Identification model;
    model.architecture = architecture;
    model.components.push_back({ComponentId{component.id}, component.kind, {""}, 0, {}});
    model.components.push_back({ComponentId{"other_tensors"}, ComponentKind::Other, {"x."}, 0, {}});
    return model;
}

PrecisionSubject subjectOf(const Component& component, std::span<const TensorEntry> tensors = {})
{
    const Identification model = modelOf(component);
    return precisionSubject(model, model.components.front(), tensors);
}

struct Case {
    const char* name;
    Component component;
    TensorEntry tensor;
    PrecisionRequest request;
    Dtype expected;
    Why why = Why::Converted;
};

constexpr PrecisionRequest kNone{Level::None, Wanted::ByLevel};
constexpr PrecisionRequest kBalanced{Level::Balanced, Wanted::ByLevel};
constexpr PrecisionRequest kAggressive{Level::Aggressive, Wanted::ByLevel};

constexpr PrecisionRequest asked(Wanted precision, Level level = Level::Balanced) { return {level, precision}; }

std::vector<Case> byLevel()
{
    const TensorEntry wide = matrix("middle_block.1.proj.weight", Dtype::F32);
    const TensorEntry half = matrix("middle_block.1.proj.weight", Dtype::F16);
    const TensorEntry attention = matrix("double_blocks.0.img_attn.qkv.weight", Dtype::F32);
    return {
        {"none", kSdxl, wide, kNone, Dtype::F32, Why::Asked},
        {"UNet", kSdxl, wide, kBalanced, Dtype::F16},
        {"UNet, fp64", kSdxl, matrix("a.weight", Dtype::F64), kBalanced, Dtype::F16},
        {"UNet, there already", kSdxl, half, kBalanced, Dtype::F16, Why::NarrowAlready},
        {"UNet, bf16", kSdxl, matrix("a.weight", Dtype::Bf16), kBalanced, Dtype::Bf16, Why::NarrowAlready},
        {"UNet, fp8 stays", kSdxl, matrix("a.weight", Dtype::F8E4M3), kBalanced, Dtype::F8E4M3, Why::NarrowAlready},
        {"UNet, bias", kSdxl, vectorOf("a.bias", Dtype::F32), kBalanced, Dtype::F16},
        {"UNet to fp8", kSdxl, half, kAggressive, Dtype::F8E4M3},
        {"UNet to fp8, bf16", kSdxl, matrix("a.weight", Dtype::Bf16), kAggressive, Dtype::F8E4M3},
        {"UNet, kernel", kSdxl, tensorOf("a.weight", Dtype::F32, Shape{320, 320, 3, 3}), kAggressive, Dtype::F8E4M3},
        {"UNet, fp8 there", kSdxl, matrix("a.weight", Dtype::F8E5M2), kAggressive, Dtype::F8E5M2, Why::NarrowAlready},
        {"Flux", kFlux, attention, kBalanced, Dtype::Bf16},
        {"Flux to fp8", kFlux, attention, kAggressive, Dtype::F8E4M3},
        {"CLIP", kClip, wide, kBalanced, Dtype::F16},
        {"CLIP, aggressive", kClip, wide, kAggressive, Dtype::F16},
        {"CLIP in a pipeline", {"encoder_clip_l_text_encoder", ComponentKind::Encoder}, wide, kBalanced, Dtype::F16},
        {"vision", {"encoder_clip_vision_h", ComponentKind::Encoder}, wide, kBalanced, Dtype::F16},
        {"T5", kT5, wide, kBalanced, Dtype::Bf16},
        {"T5 to fp8", kT5, half, kAggressive, Dtype::F8E4M3},
        {"Qwen", {"encoder_qwen2_5_vl", ComponentKind::Encoder}, wide, kBalanced, Dtype::Bf16},
        {"unknown encoder", {"encoder_foo", ComponentKind::Encoder}, wide, kBalanced, Dtype::F32, Why::ClassIsKept},
        {"VAE", kVae, wide, kBalanced, Dtype::Bf16},
        {"VAE, aggressive", kVae, wide, kAggressive, Dtype::Bf16},
        {"VAE in fp16 stays", kVae, half, kAggressive, Dtype::F16, Why::NarrowAlready},
        {"VAE of sound", {"vae_stable_audio", ComponentKind::Vae}, wide, kAggressive, Dtype::F32, Why::ClassIsKept},
        {"LoRA", kLora, wide, kAggressive, Dtype::F32, Why::ClassIsKept},
        {"ControlNet", kControlnet, wide, kAggressive, Dtype::F16},
        {"ControlNet of Flux", {"controlnet_flux", ComponentKind::Controlnet}, wide, kBalanced, Dtype::Bf16},
        {"upscaler", {"upscaler_esrgan", ComponentKind::Upscaler}, wide, kAggressive, Dtype::F32, Why::ClassIsKept},
        {"other", {"other_tensors", ComponentKind::Other}, wide, kAggressive, Dtype::F32, Why::ClassIsKept},
    };
}

std::vector<Case> leftAlone()
{
    return {
        {"integers", kClip, vectorOf("position_ids", Dtype::I64), kAggressive, Dtype::I64, Why::NotAFloat},
        {"packed", kFlux, matrix("a.weight", Dtype::U8), kAggressive, Dtype::U8, Why::NotAFloat},
        {"packed floats", kFlux, matrix("a.weight", Dtype::F4), asked(Wanted::Fp16), Dtype::F4, Why::NotAFloat},
        {"one number", kClip, tensorOf("logit_scale", Dtype::F32, Shape{}), kBalanced, Dtype::F32, Why::SingleNumber},
        {"alpha", kLora, tensorOf("a.alpha", Dtype::F32, Shape{1}), asked(Wanted::Bf16), Dtype::F32, Why::SingleNumber},
        {"no element", kSdxl, tensorOf("a", Dtype::F32, Shape{0, 4}), kBalanced, Dtype::F32, Why::SingleNumber},
        {"GGUF", kFlux, matrix("a.weight", Dtype::Q4K), kAggressive, Dtype::Q4K, Why::Quantized},
        {"scale", kFlux, vectorOf("a.weight_scale", Dtype::F32), asked(Wanted::Fp16), Dtype::F32, Why::Quantized},
        {"time embedding of Wan", kWan, matrix("time_embedding.0.weight", Dtype::F32), kAggressive, Dtype::F32,
            Why::Sensitive},
        {"table of Wan", kWan, tensorOf("blocks.0.modulation", Dtype::F32, Shape{1, 6, 5120}), kBalanced, Dtype::F32,
            Why::Sensitive},
        {"block of Wan", kWan, matrix("blocks.0.self_attn.q.weight", Dtype::F32), kBalanced, Dtype::Bf16},
    };
}

std::vector<Case> byName()
{
    const TensorEntry wide = matrix("a.weight", Dtype::F32);
    const TensorEntry half = matrix("a.weight", Dtype::F16);
    return {
        {"as stored", kSdxl, wide, asked(Wanted::AsStored, Level::Aggressive), Dtype::F32, Why::Asked},
        {"stands above the level", kSdxl, wide, asked(Wanted::Fp16, Level::None), Dtype::F16},
        {"wider", kSdxl, half, asked(Wanted::Fp32), Dtype::F32},
        {"another of 16 bits", kSdxl, half, asked(Wanted::Bf16), Dtype::Bf16},
        {"there already", kSdxl, half, asked(Wanted::Fp16), Dtype::F16, Why::HasIt},
        {"GGUF unpacked", kFlux, matrix("a.weight", Dtype::Q4K), asked(Wanted::Bf16), Dtype::Bf16},
        {"GGUF to fp8", kFlux, matrix("a.weight", Dtype::Q4K), asked(Wanted::Fp8E4m3fn), Dtype::F8E4M3},
        {"LoRA", kLora, wide, asked(Wanted::Fp16), Dtype::F16},
        {"VAE", kVae, wide, asked(Wanted::Fp16), Dtype::F16},
        {"fp8", kSdxl, half, asked(Wanted::Fp8E4m3fn), Dtype::F8E4M3},
        {"fp8, bias", kSdxl, vectorOf("a.bias", Dtype::F32), asked(Wanted::Fp8E4m3fn), Dtype::F16},
        {"fp8, bias of 16 bits", kSdxl, vectorOf("a.bias", Dtype::F16), asked(Wanted::Fp8E4m3fn), Dtype::F16,
            Why::NarrowAlready},
        {"fp8, CLIP", kClip, half, asked(Wanted::Fp8E4m3fn), Dtype::F8E4M3},
        {"fp8, VAE", kVae, wide, asked(Wanted::Fp8E4m3fn), Dtype::Bf16},
        {"fp8, LoRA", kLora, wide, asked(Wanted::Fp8E4m3fn), Dtype::F32, Why::ClassIsKept},
    };
}

std::vector<Case> allCases()
{
    std::vector<Case> cases = byLevel();
    for (auto more : {leftAlone(), byName()})
        std::ranges::move(more, std::back_inserter(cases));
    return cases;
}

std::string cellOf(const PrecisionRule& rule, Dtype type)
{
    if (type == Dtype::Unknown)
        return "as stored";
    if (type == Dtype::F8E4M3)
        return "matrices `fp8_e4m3fn`, the rest `" + std::string{toText(rule.balanced)} + "`";
    return "`" + std::string{toText(type)} + "`";
}

} // namespace

class TestPrecisionPlan : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void decides_data();
    void decides();
    void keepsWhatIsSensitiveAt16Bits_data();
    void keepsWhatIsSensitiveAt16Bits();
    void takesMatricesToFp8_data();
    void takesMatricesToFp8();
    void knowsWhereTensorsBelong();
    void leavesQuantizedComponentsAlone();
    void leavesGgufAloneUnlessAsked();
    void previewsAPlan();
    void everyWordIsReadAgain();
    void isWhatThePageSays();
};

void TestPrecisionPlan::decides_data()
{
    QTest::addColumn<std::size_t>("row");
    const auto cases = allCases();
    for (std::size_t row = 0; row < cases.size(); ++row)
        QTest::addRow("%s, %zu", cases[row].name, row) << row;
}

void TestPrecisionPlan::decides()
{
    QFETCH(std::size_t, row);
    const Case test = allCases().at(row);
    const PrecisionSubject subject = subjectOf(test.component);
    const PrecisionDecision decision = decidePrecision(test.request, subject, test.tensor);
    QCOMPARE(toText(decision.dtype), toText(test.expected));
    QCOMPARE(toText(decision.kept), toText(test.why));
    QCOMPARE(loadedDtype(test.request, subject, test.tensor), test.expected);
}

void TestPrecisionPlan::keepsWhatIsSensitiveAt16Bits_data()
{
    QTest::addColumn<QString>("name");
    for (const char* name : {"model.diffusion_model.time_embed.0.weight", "model.diffusion_model.label_emb.0.0.weight",
             "model.diffusion_model.input_blocks.0.0.weight", "model.diffusion_model.out.2.weight", "conv_in.weight",
             "time_embedding.linear_1.weight", "add_embedding.linear_1.weight", "img_in.weight", "txt_in.weight",
             "time_in.in_layer.weight", "guidance_in.out_layer.weight", "final_layer.linear.weight",
             "final_layer.adaLN_modulation.1.weight", "x_embedder.weight", "context_embedder.weight", "proj_out.weight",
             "t_embedder.mlp.0.weight", "cap_embedder.1.weight", "pos_embed", "patch_embedding.weight",
             "norm_out.linear.weight", "blocks.0.norm1.weight", "adaln_single.linear.weight",
             "net.blocks.0.adaln_modulation_mlp.1.weight", "shared.weight", "encoder.embed_tokens.weight",
             "blocks.0.modulation", "head.head.weight"})
        QTest::newRow(name) << QString::fromUtf8(name);
}

void TestPrecisionPlan::keepsWhatIsSensitiveAt16Bits()
{
    QFETCH(QString, name);
    const TensorEntry wide = matrix(name.toStdString(), Dtype::F32);
    QCOMPARE(loadedDtype(kAggressive, subjectOf(kFlux), wide), Dtype::Bf16);
    const TensorEntry half = matrix(name.toStdString(), Dtype::F16);
    QCOMPARE(loadedDtype(kAggressive, subjectOf(kFlux), half), Dtype::F16);
}

void TestPrecisionPlan::takesMatricesToFp8_data()
{
    QTest::addColumn<QString>("name");
    for (const char* name : {"model.diffusion_model.input_blocks.1.0.in_layers.2.weight",
             "model.diffusion_model.input_blocks.1.0.emb_layers.1.weight", "transformer_blocks.0.norm1.linear.weight",
             "double_blocks.0.img_mod.lin.weight", "single_blocks.0.modulation.lin.weight",
             "single_transformer_blocks.0.proj_out.weight", "down_blocks.0.attentions.0.proj_in.weight",
             "conditioner.embedders.1.model.transformer.resblocks.0.mlp.c_fc.weight",
             "encoder.block.0.layer.1.DenseReluDense.wo.weight"})
        QTest::newRow(name) << QString::fromUtf8(name);
}

void TestPrecisionPlan::takesMatricesToFp8()
{
    QFETCH(QString, name);
    QCOMPARE(loadedDtype(kAggressive, subjectOf(kFlux), matrix(name.toStdString(), Dtype::F16)), Dtype::F8E4M3);
    // A tensor with one long dimension is no matrix, whatever its name is.
    const TensorEntry table = tensorOf(name.toStdString(), Dtype::F32, Shape{1, 256, 1});
    QCOMPARE(loadedDtype(kAggressive, subjectOf(kFlux), table), Dtype::Bf16);
}

void TestPrecisionPlan::knowsWhereTensorsBelong()
{
    QCOMPARE(subjectOf({"unet_sd3_5", ComponentKind::Unet}).architecture, Architecture::Sd35);
    QCOMPARE(subjectOf({"unet_sdxl_refiner_unet", ComponentKind::Unet}).architecture, Architecture::SdxlRefiner);
    QCOMPARE(subjectOf({"unet_foo", ComponentKind::Unet}).precisionClass, PrecisionClass::Transformer);
    QCOMPARE(subjectOf({"", ComponentKind::Unet}).precisionClass, PrecisionClass::Transformer);
    // What is added to a model is named after something else: the model says which architecture it is for.
    const Component adapter{"ip_adapter_sdxl", ComponentKind::Adapter};
    const Identification model = modelOf(adapter, Architecture::Sdxl);
    QCOMPARE(precisionSubject(model, model.components.front(), {}).precisionClass, PrecisionClass::Addition);
    // An encoder never gets the architecture of the checkpoint that it lies in.
    const Identification checkpoint = modelOf({"encoder_foo", ComponentKind::Encoder}, Architecture::ClipL);
    QCOMPARE(precisionSubject(checkpoint, checkpoint.components.front(), {}).precisionClass, PrecisionClass::Kept);
}

void TestPrecisionPlan::leavesQuantizedComponentsAlone()
{
    const std::vector<TensorEntry> tensors{
        matrix("a.weight", Dtype::F8E4M3), vectorOf("a.scale_weight", Dtype::F32), vectorOf("norm.weight", Dtype::F32)};
    const PrecisionSubject subject = subjectOf(kFlux, tensors);
    QVERIFY(subject.isQuantized);
    for (const PrecisionRequest& request : {kBalanced, kAggressive, asked(Wanted::Fp16)}) {
        for (const TensorEntry& tensor : tensors) {
            const PrecisionDecision decision = decidePrecision(request, subject, tensor);
            QCOMPARE(decision.dtype, tensor.dtype);
            QCOMPARE(decision.kept, Why::Quantized);
        }
    }
    Identification alone = modelOf(kFlux);
    alone.components.pop_back();
    QVERIFY(!precisionSubject(alone, alone.components.front(), {}).isQuantized);
    alone.quantization = "nf4";
    QVERIFY(precisionSubject(alone, alone.components.front(), {}).isQuantized);
}

void TestPrecisionPlan::leavesGgufAloneUnlessAsked()
{
    const std::vector<TensorEntry> tensors{matrix("a.weight", Dtype::Q4K), matrix("img_in.weight", Dtype::F32)};
    const PrecisionSubject subject = subjectOf(kFlux, tensors);
    for (const TensorEntry& tensor : tensors) {
        QCOMPARE(decidePrecision(kAggressive, subject, tensor).kept, Why::Quantized);
        QCOMPARE(loadedDtype(asked(Wanted::Bf16), subject, tensor), Dtype::Bf16);
    }
}

void TestPrecisionPlan::previewsAPlan()
{
    auto record = std::make_shared<ModelRecord>();
    record->identified = modelOf(kSdxl);
    PlannedComponent unet;
    unet.record = record->identified.components.front();
    unet.tensors = {matrix("a.weight", Dtype::F32), matrix("b.weight", Dtype::F32), matrix("c.weight", Dtype::F16),
        vectorOf("a.bias", Dtype::F32), vectorOf("steps", Dtype::I64)};
    PlannedComponent other;
    other.record = record->identified.components.back();
    other.tensors = {vectorOf("betas", Dtype::F32)};
    const LoadPlan plan{.model = record, .batches = {{{unet}}, {{other}}}, .present = {}, .size = {}};
    constexpr std::uint64_t kElements = kRows * 256;

    const PrecisionPreview preview = precisionPreview(kAggressive, plan);
    QCOMPARE(preview.components.size(), 2U);
    const ComponentPrecision& first = preview.components.front();
    QCOMPARE(first.id, ComponentId{"unet_sdxl"});
    QCOMPARE(first.precisionClass, PrecisionClass::Unet);
    QCOMPARE(first.before, Bytes{kElements * (4 + 4 + 2) + kRows * (4 + 8)});
    QCOMPARE(first.after, Bytes{kElements * 3 + kRows * (2 + 8)});
    QCOMPARE(first.changes.size(), 3U);
    const auto isChange = [&](Dtype from, Dtype to, std::uint64_t tensors, std::uint64_t before, std::uint64_t after) {
        return std::ranges::any_of(first.changes, [&](const PrecisionChange& change) {
            return change.from == from && change.to == to && change.tensors == tensors && change.before == Bytes{before}
            && change.after == Bytes{after};
        });
    };
    QVERIFY(isChange(Dtype::F32, Dtype::F8E4M3, 2, kElements * 8, kElements * 2));
    QVERIFY(isChange(Dtype::F16, Dtype::F8E4M3, 1, kElements * 2, kElements));
    QVERIFY(isChange(Dtype::F32, Dtype::F16, 1, kRows * 4, kRows * 2));
    QCOMPARE(first.kept.size(), 1U);
    QCOMPARE(first.kept.front().reason, Why::NotAFloat);
    QCOMPARE(first.kept.front().tensors, 1U);
    QCOMPARE(first.kept.front().size, Bytes{kRows * 8});
    QCOMPARE(preview.components.back().after, Bytes{kRows * 4});
    QCOMPARE(preview.before, first.before + Bytes{kRows * 4});
    QCOMPARE(preview.after, first.after + Bytes{kRows * 4});

    const PrecisionPreview untouched = precisionPreview(kNone, plan);
    QCOMPARE(untouched.after, untouched.before);
    QVERIFY(untouched.components.front().changes.empty());
}

void TestPrecisionPlan::everyWordIsReadAgain()
{
    for (const Level level : {Level::None, Level::Balanced, Level::Aggressive})
        QCOMPARE(optimizationLevelFromText(toText(level)), std::optional{level});
    for (const Wanted wanted :
        {Wanted::ByLevel, Wanted::AsStored, Wanted::Fp32, Wanted::Fp16, Wanted::Bf16, Wanted::Fp8E4m3fn})
        QCOMPARE(wantedPrecisionFromText(toText(wanted)), std::optional{wanted});
    QVERIFY(!optimizationLevelFromText("Balanced") && !wantedPrecisionFromText("fp8"));
}

void TestPrecisionPlan::isWhatThePageSays()
{
    std::ifstream file{WEIGHTROOM_PRECISION_PAGE};
    std::stringstream page;
    page << file.rdbuf();
    for (const PrecisionRule& rule : precisionRules()) {
        const std::string row = "| " + std::string{rule.title} + " | " + cellOf(rule, rule.balanced) + " | "
            + cellOf(rule, rule.aggressive) + " |";
        QVERIFY2(page.str().find(row) != std::string::npos, row.c_str());
    }
    for (std::size_t i = 1; i <= static_cast<std::size_t>(kLastKeptBecause); ++i) {
        const std::string word = "`" + std::string{toText(static_cast<Why>(i))} + "`";
        QVERIFY2(page.str().find(word) != std::string::npos, word.c_str());
    }
}

QTEST_APPLESS_MAIN(TestPrecisionPlan)
#include "test_precision_plan.moc"
