// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/compatibility/model_needs.h"
#include "model_engine/catalog/identification.h"
#include "tests/model_engine/catalog/compatibility/identified.h"
#include "tests/model_engine/catalog/identification_cases.h"
#include "tests/support/blueprint_index.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;
using enum Architecture;
using ModelKind::Checkpoint;
using ModelKind::Controlnet;
using ModelKind::DiffusionModel;
using ModelKind::Lora;
using ModelKind::TextEncoder;
using ModelKind::Upscaler;
using ModelKind::Vae;

Q_DECLARE_METATYPE(Identification)

namespace {

Identification with(Identification model, std::vector<std::pair<const char*, ComponentKind>> components)
{
    for (const auto& [id, kind] : components)
        model.components.push_back({ComponentId{id}, kind, {}, 1, Bytes{1}});
    return model;
}

std::string textOf(const std::vector<ModelNeed>& needs)
{
    std::string text;
    for (const ModelNeed& need : needs) {
        text += (text.empty() ? "" : " ") + std::string{toText(need.kind)};
        for (const Architecture architecture : need.architectures)
            text += ":" + std::string{toText(architecture)};
        text += need.variant.empty() ? "" : "/" + need.variant;
        text += need.isOptional ? "?" : "";
    }
    return text;
}

} // namespace

class TestModelNeeds final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesWhatIsMissing_data();
    void namesWhatIsMissing();
    void wholeCheckpointsNeedNothing();
    void findsWhatFulfils_data();
    void findsWhatFulfils();
};

void TestModelNeeds::namesWhatIsMissing_data()
{
    QTest::addColumn<Identification>("model");
    QTest::addColumn<QString>("needs");
    QTest::newRow("ip-adapter") << identified(ModelKind::IpAdapter, Sdxl, "plus-vit-h")
                                << "checkpoint:sdxl clip-vision:clip-h";
    QTest::newRow("ip-adapter of an unknown width")
        << identified(ModelKind::IpAdapter, Sdxl, "plus") << "checkpoint:sdxl clip-vision";
    QTest::newRow("ip-adapter for faces alone") << identified(ModelKind::IpAdapter, Sd1, "faceid") << "checkpoint:sd1";
    QTest::newRow("flux alone") << with(identified(DiffusionModel, Flux), {{"unet_flux", ComponentKind::Unet}})
                                << "vae:flux text-encoder:clip-l text-encoder:t5-xxl";
    QTest::newRow("flux with its encoders") << with(identified(Checkpoint, Flux),
        {{"encoder_clip_l", ComponentKind::Encoder}, {"encoder_t5_xxl", ComponentKind::Encoder}})
                                            << "vae:flux";
    QTest::newRow("sd3 without t5") << with(identified(Checkpoint, Sd3),
        {{"vae_flux", ComponentKind::Vae}, {"encoder_clip_l", ComponentKind::Encoder},
            {"encoder_clip_g", ComponentKind::Encoder}})
                                    << "text-encoder:t5-xxl?";
    QTest::newRow("klein") << identified(DiffusionModel, Flux2, "klein-9b") << "vae:flux2 text-encoder:qwen3/8b";
    QTest::newRow("without a row") << identified(DiffusionModel, Kandinsky5) << "vae text-encoder";
    QTest::newRow("encoders not known") << identified(DiffusionModel, HunyuanDit) << "vae:sdxl text-encoder";
    QTest::newRow("lora") << loraFor(Flux2, "dev") << "checkpoint:flux2/dev";
    QTest::newRow("open lora") << open(Lora, {Sd1, Sd2}) << "checkpoint:sd1:sd2";
    QTest::newRow("controlnet") << identified(Controlnet, Sdxl) << "checkpoint:sdxl";
    QTest::newRow("vae") << identified(Vae, Sdxl) << "";
    QTest::newRow("upscaler") << identified(Upscaler, Esrgan) << "";
    QTest::newRow("unknown") << identified(ModelKind::Unknown, Architecture::Unknown) << "";
}

void TestModelNeeds::namesWhatIsMissing()
{
    QFETCH(Identification, model);
    QTEST(QString::fromStdString(textOf(missingNeedsOf(model))), "needs");
}

/// The ids of components are those of the identification: this holds the two together.
void TestModelNeeds::wholeCheckpointsNeedNothing()
{
    int whole = 0;
    for (const IdentificationCase& file : knownFiles()) {
        const Identification model = identify(indexOf(file.blueprint));
        const bool isWhole = model.kind == Checkpoint
            && std::ranges::none_of(model.evidence, [](const Evidence& row) { return row.rule == kAbsentPart; });
        if (!isWhole || (model.architecture != Sd1 && model.architecture != Sdxl && model.architecture != SdxlRefiner))
            continue;
        ++whole;
        QVERIFY2(missingNeedsOf(model).empty(), (file.name + ": " + textOf(missingNeedsOf(model))).c_str());
    }
    QVERIFY(whole >= 3);
}

void TestModelNeeds::findsWhatFulfils_data()
{
    QTest::addColumn<Identification>("candidate");
    QTest::addColumn<QString>("needs"); ///< the kinds of those that it fulfils
    QTest::newRow("the VAE") << identified(Vae, Flux) << "vae:flux";
    QTest::newRow("perhaps the VAE") << open(Vae, {Flux, Sd3}) << "vae:flux";
    QTest::newRow("another VAE") << identified(Vae, Sdxl) << "";
    QTest::newRow("one encoder") << identified(TextEncoder, ClipL) << "text-encoder:clip-l";
    QTest::newRow("the other encoder") << identified(TextEncoder, T5Xxl) << "text-encoder:t5-xxl";
    QTest::newRow("another encoder") << identified(TextEncoder, ClipG) << "";
    QTest::newRow("a LoRA") << identified(Lora, Flux) << "";
}

void TestModelNeeds::findsWhatFulfils()
{
    QFETCH(Identification, candidate);
    const Identification flux = identified(DiffusionModel, Flux);
    std::vector<ModelNeed> fulfilled;
    for (const ModelNeed& need : missingNeedsOf(flux)) {
        if (fulfils(candidate, need, flux))
            fulfilled.push_back(need);
    }
    QTEST(QString::fromStdString(textOf(fulfilled)), "needs");
    const Identification lora = identified(Lora, Flux);
    QVERIFY(fulfils(flux, missingNeedsOf(lora).front(), lora).has_value());
    QVERIFY(!fulfils(identified(Checkpoint, Sdxl), missingNeedsOf(lora).front(), lora));
    const Identification adapter = identified(ModelKind::IpAdapter, Sdxl, "plus-vit-h");
    const ModelNeed encoder = missingNeedsOf(adapter).back();
    QVERIFY(fulfils(identified(ModelKind::ClipVision, ClipH), encoder, adapter).has_value());
    QVERIFY(!fulfils(identified(ModelKind::ClipVision, ClipG), encoder, adapter));
}

QTEST_APPLESS_MAIN(TestModelNeeds)
#include "test_model_needs.moc"
