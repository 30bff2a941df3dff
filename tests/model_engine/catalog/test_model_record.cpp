// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/model_record.h"

#include <QTest>

using namespace weightroom::engine;

class TestModelRecord final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesOfKindsAreStable();
    void namesOfArchitecturesAreStable();
    void namesOfComponentKindsAreStable();
    void refusesOtherTexts();
};

namespace {

QByteArray bytes(std::string_view text) { return {text.data(), static_cast<qsizetype>(text.size())}; }

} // namespace

void TestModelRecord::namesOfKindsAreStable()
{
    const std::vector<std::string_view> texts{
        "unknown", "checkpoint", "diffusion-model", "lora", "controlnet", "vae", "text-encoder"};
    for (std::size_t i = 0; i < texts.size(); ++i) {
        QCOMPARE(bytes(toText(static_cast<ModelKind>(i))), bytes(texts[i]));
        QVERIFY(modelKindFromText(texts[i]) == static_cast<ModelKind>(i));
    }
}

void TestModelRecord::namesOfArchitecturesAreStable()
{
    const std::vector<std::string_view> texts{
        "unknown", "sd1", "sd2", "sdxl", "sdxl-refiner", "flux", "clip-l", "clip-g", "t5-xxl"};
    for (std::size_t i = 0; i < texts.size(); ++i) {
        QCOMPARE(bytes(toText(static_cast<Architecture>(i))), bytes(texts[i]));
        QVERIFY(architectureFromText(texts[i]) == static_cast<Architecture>(i));
    }
}

void TestModelRecord::namesOfComponentKindsAreStable()
{
    const std::vector<std::string_view> texts{"other", "unet", "vae", "encoder", "lora", "controlnet", "embedding"};
    for (std::size_t i = 0; i < texts.size(); ++i)
        QCOMPARE(bytes(toText(static_cast<ComponentKind>(i))), bytes(texts[i]));
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
