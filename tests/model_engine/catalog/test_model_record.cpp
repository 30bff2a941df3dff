// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/model_record.h"

#include <QTest>

#include <map>

using namespace weightroom::engine;

class TestModelRecord final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesOfKindsAreStable();
    void namesOfArchitecturesAreStable();
    void namesOfComponentKindsAreStable();
    void namesOfPredictionTypesAreStable();
    void namesOfProblemsAreStable();
    void refusesOtherTexts();
};

namespace {

QByteArray bytes(std::string_view text) { return {text.data(), static_cast<qsizetype>(text.size())}; }

} // namespace

void TestModelRecord::namesOfKindsAreStable()
{
    const std::vector<std::string_view> texts{"unknown", "checkpoint", "diffusion-model", "lora", "controlnet", "vae",
        "text-encoder", "t2i-adapter", "ip-adapter", "clip-vision", "textual-inversion", "upscaler", "hypernetwork",
        "motion-module"};
    for (std::size_t i = 0; i < texts.size(); ++i) {
        QCOMPARE(bytes(toText(static_cast<ModelKind>(i))), bytes(texts[i]));
        QVERIFY(modelKindFromText(texts[i]) == static_cast<ModelKind>(i));
    }
}

void TestModelRecord::namesOfArchitecturesAreStable()
{
    const std::map<Architecture, std::string_view> texts{{Architecture::Unknown, "unknown"}, {Architecture::Sd1, "sd1"},
        {Architecture::SdxlRefiner, "sdxl-refiner"}, {Architecture::Sd35, "sd3.5"}, {Architecture::Flux, "flux"},
        {Architecture::Flux2, "flux2"}, {Architecture::ZImage, "z-image"}, {Architecture::QwenImage, "qwen-image"},
        {Architecture::StableCascade, "stable-cascade"}, {Architecture::HunyuanVideo, "hunyuan-video"},
        {Architecture::ClipL, "clip-l"}, {Architecture::T5Xxl, "t5-xxl"}, {Architecture::Qwen25Vl, "qwen2.5-vl"},
        {Architecture::Esrgan, "esrgan"}};
    for (const auto& [architecture, text] : texts)
        QCOMPARE(bytes(toText(architecture)), bytes(text));
    for (int value = 0; value <= static_cast<int>(kLastArchitecture); ++value) {
        const auto architecture = static_cast<Architecture>(value);
        QVERIFY(architectureFromText(toText(architecture)) == architecture); // all texts differ
    }
}

void TestModelRecord::namesOfComponentKindsAreStable()
{
    const std::vector<std::string_view> texts{
        "other", "unet", "vae", "encoder", "lora", "controlnet", "embedding", "adapter", "upscaler"};
    for (std::size_t i = 0; i < texts.size(); ++i)
        QCOMPARE(bytes(toText(static_cast<ComponentKind>(i))), bytes(texts[i]));
}

void TestModelRecord::namesOfPredictionTypesAreStable()
{
    const std::vector<std::string_view> texts{"unknown", "epsilon", "v_prediction", "sample", "flow_prediction", "edm"};
    for (std::size_t i = 0; i < texts.size(); ++i)
        QCOMPARE(bytes(toText(static_cast<PredictionType>(i))), bytes(texts[i]));
}

void TestModelRecord::namesOfProblemsAreStable()
{
    const std::vector<std::string_view> texts{"none", "unknown-architecture", "llm", "video-model", "audio-model",
        "3d-model", "no-image-pipeline", "missing-tensors"};
    for (std::size_t i = 0; i < texts.size(); ++i)
        QCOMPARE(bytes(toText(static_cast<ModelProblem>(i))), bytes(texts[i]));
}

void TestModelRecord::refusesOtherTexts()
{
    for (const std::string_view text : {"", "Checkpoint", "checkpoint ", "SDXL", "sd15"}) {
        QVERIFY(!modelKindFromText(text));
        QVERIFY(!architectureFromText(text));
    }
}

QTEST_APPLESS_MAIN(TestModelRecord)
#include "test_model_record.moc"
