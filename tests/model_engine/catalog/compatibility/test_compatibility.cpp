// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/compatibility/base_needs.h"
#include "model_engine/catalog/compatibility/compatibility.h"
#include "model_engine/catalog/identification.h"
#include "tests/model_engine/catalog/compatibility/identified.h"
#include "tests/model_engine/catalog/identification_cases.h"
#include "tests/support/blueprint_index.h"

#include <QTest>

#include <algorithm>

using namespace weightroom::engine;
using namespace weightroom::test;
using enum Architecture;
using ModelKind::Checkpoint;
using ModelKind::ClipVision;
using ModelKind::Controlnet;
using ModelKind::DiffusionModel;
using ModelKind::Hypernetwork;
using ModelKind::IpAdapter;
using ModelKind::Lora;
using ModelKind::MotionModule;
using ModelKind::T2iAdapter;
using ModelKind::TextEncoder;
using ModelKind::TextualInversion;
using ModelKind::Upscaler;
using ModelKind::Vae;

Q_DECLARE_METATYPE(Identification)

class TestCompatibility final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void decides_data();
    void decides();
    void hasNothingToSayOfOtherPairs_data();
    void hasNothingToSayOfOtherPairs();
    void decidesAllKnownFilesInBothOrders();
    void everyPictureModelHasItsNeeds();
    void everyWordIsRead();
};

void TestCompatibility::decides_data()
{
    QTest::addColumn<Identification>("part");
    QTest::addColumn<Identification>("base");
    QTest::addColumn<QString>("verdict");
    const Identification sd1 = identified(Checkpoint, Sd1);
    const Identification sd2 = identified(Checkpoint, Sd2);
    const Identification sdxl = identified(Checkpoint, Sdxl);
    const Identification flux = identified(DiffusionModel, Flux, "dev");
    const Identification klein4 = identified(DiffusionModel, Flux2, "klein-4b");
    const Identification klein9 = identified(DiffusionModel, Flux2, "klein-9b");
    const Identification unknown = identified(Checkpoint, Unknown);

    QTest::newRow("lora, same") << identified(Lora, Sdxl) << sdxl << "compatible same_architecture";
    QTest::newRow("lora, other") << identified(Lora, Sdxl) << sd1 << "incompatible other_architecture";
    QTest::newRow("lora on an inpainting model")
        << identified(Lora, Sd1) << identified(Checkpoint, Sd1, "inpainting") << "compatible same_architecture";
    QTest::newRow("lora on a refiner") << identified(Lora, Sdxl) << identified(Checkpoint, SdxlRefiner)
                                       << "incompatible other_architecture";
    QTest::newRow("lora on a distilled model")
        << identified(Lora, Sdxl) << identified(Checkpoint, Sdxl, "ssd-1b") << "perhaps reduced_model";
    QTest::newRow("lora of a size") << loraFor(Flux2, "klein-4b") << klein4 << "compatible same_variant";
    QTest::newRow("lora of another size") << loraFor(Flux2, "klein-4b") << klein9 << "incompatible other_variant";
    QTest::newRow("lora of a size in a flavour")
        << loraFor(Flux2, "klein-4b") << identified(DiffusionModel, Flux2, "klein-4b-base")
        << "compatible same_variant";
    QTest::newRow("lora of a size, base of an unknown one")
        << loraFor(Flux2, "klein-4b") << identified(DiffusionModel, Flux2, "unknown-variant")
        << "perhaps variant_unknown";
    QTest::newRow("lora of an unknown size") << identified(Lora, Flux2) << klein9 << "perhaps variant_unknown";
    QTest::newRow("lora of sd3.5 large") << loraFor(Sd35, "large") << identified(DiffusionModel, Sd35, "medium")
                                         << "incompatible other_variant";
    QTest::newRow("lora of flux on chroma")
        << identified(Lora, Flux) << identified(DiffusionModel, Chroma) << "perhaps related_architecture";
    QTest::newRow("lora of chroma on flux") << identified(Lora, Chroma) << flux << "incompatible other_architecture";
    QTest::newRow("lora of few layers") << open(Lora, {Sd1, Sd2}) << sd1 << "perhaps among_candidates";
    QTest::newRow("lora of few layers, another base")
        << open(Lora, {Sd1, Sd2}) << sdxl << "incompatible not_among_candidates";
    QTest::newRow("lora that nothing tells of") << open(Lora, {}) << sdxl << "perhaps base_unknown";
    QTest::newRow("lora and an unknown model") << identified(Lora, Sdxl) << unknown << "perhaps base_unknown";

    for (const ModelKind kind : {Controlnet, T2iAdapter, IpAdapter, TextualInversion, Hypernetwork, MotionModule}) {
        const std::string word{toText(kind)};
        QTest::addRow("%s, same", word.c_str()) << identified(kind, Sd1) << sd1 << "compatible same_architecture";
        QTest::addRow("%s, other", word.c_str()) << identified(kind, Sd1) << sdxl << "incompatible other_architecture";
    }

    QTest::newRow("vae, decided") << identified(Vae, Sdxl, "kl-f8") << sdxl << "compatible same_latents";
    QTest::newRow("vae, decided for another") << identified(Vae, Sd1, "kl-f8") << sdxl << "incompatible other_latents";
    QTest::newRow("vae of sd1 for sd2") << identified(Vae, Sd1, "kl-f8") << sd2 << "compatible same_latents";
    QTest::newRow("vae, open") << open(Vae, {Sd1, Sd2, Sdxl}) << sdxl << "perhaps among_candidates";
    QTest::newRow("vae, other channels") << open(Vae, {Sd1, Sd2, Sdxl}) << flux << "incompatible other_latent_channels";
    QTest::newRow("vae of flux for z-image")
        << identified(Vae, Flux) << identified(DiffusionModel, ZImage) << "compatible same_latents";
    QTest::newRow("vae of flux or sd3") << open(Vae, {Flux, Sd3}) << identified(DiffusionModel, Sd35, "large")
                                        << "perhaps among_candidates";
    QTest::newRow("vae of flux for sd3") << identified(Vae, Flux) << identified(DiffusionModel, Sd3)
                                         << "incompatible other_latents";
    QTest::newRow("vae of qwen or wan for flux") << open(Vae, {QwenImage, Wan}) << flux << "incompatible other_latents";
    QTest::newRow("vae of wan 2.2") << identified(Vae, Wan, "2.2") << identified(DiffusionModel, Wan, "5b")
                                    << "compatible same_latents";
    QTest::newRow("vae of wan 2.2 for a larger one")
        << identified(Vae, Wan, "2.2") << identified(DiffusionModel, Wan, "14b")
        << "incompatible other_latent_channels";
    QTest::newRow("vae of wan 2.1 for 2.2")
        << open(Vae, {QwenImage, Wan}) << identified(DiffusionModel, Wan, "5b") << "incompatible other_latent_channels";
    QTest::newRow("half a vae") << identified(Vae, Sdxl, "taesd-decoder") << sdxl << "perhaps only_half";
    QTest::newRow("vae that nothing tells of") << open(Vae, {}) << sdxl << "perhaps base_unknown";
    QTest::newRow("vae for pixart of either kind")
        << identified(Vae, Sdxl) << identified(DiffusionModel, Pixart, "alpha-or-sigma") << "perhaps base_unknown";
    QTest::newRow("vae of flux for pixart of either kind")
        << identified(Vae, Flux) << identified(DiffusionModel, Pixart, "alpha-or-sigma")
        << "incompatible other_latent_channels";
    QTest::newRow("vae for a model without a row")
        << identified(Vae, Sdxl) << identified(DiffusionModel, Kandinsky5) << "perhaps base_unknown";

    const Identification vitH = identified(ClipVision, ClipH);
    const Identification bigG = identified(ClipVision, ClipG);
    const Identification siglip = identified(ClipVision, Siglip, "384");
    QTest::newRow("ip-adapter, its encoder")
        << identified(IpAdapter, Sd1, "vit-h") << vitH << "compatible same_features";
    QTest::newRow("ip-adapter, another encoder")
        << identified(IpAdapter, Sdxl, "vit-bigg") << vitH << "incompatible other_features";
    QTest::newRow("ip-adapter plus") << identified(IpAdapter, Sdxl, "plus-vit-h") << vitH << "compatible same_features";
    QTest::newRow("ip-adapter plus, another encoder")
        << identified(IpAdapter, Sdxl, "plus-vit-h") << bigG << "incompatible other_features";
    QTest::newRow("ip-adapter of xlabs") << identified(IpAdapter, Flux, "xlabs-vit-l")
                                         << identified(ClipVision, ClipL, "224") << "compatible same_features";
    QTest::newRow("redux") << identified(IpAdapter, Flux, "redux-siglip") << siglip << "compatible same_features";
    QTest::newRow("redux, another encoder")
        << identified(IpAdapter, Flux, "redux-siglip") << bigG << "incompatible other_features";
    QTest::newRow("ip-adapter of an unknown width")
        << identified(IpAdapter, Sd1, "plus") << vitH << "perhaps features_unknown";
    QTest::newRow("ip-adapter, unknown encoder")
        << identified(IpAdapter, Sd1, "vit-h") << identified(ClipVision, Unknown) << "perhaps features_unknown";
    QTest::newRow("ip-adapter for faces alone")
        << identified(IpAdapter, Sd1, "faceid") << vitH << "incompatible no_features";
    QTest::newRow("encoder, used") << identified(TextEncoder, T5Xxl) << flux << "compatible used_encoder";
    QTest::newRow("encoder, unused") << identified(TextEncoder, T5Xxl) << sdxl << "incompatible unused_encoder";
    QTest::newRow("encoder of the size") << identified(TextEncoder, Qwen3, "4b") << klein4 << "compatible used_encoder";
    QTest::newRow("encoder of another size")
        << identified(TextEncoder, Qwen3, "4b") << klein9 << "incompatible other_encoder_size";
    QTest::newRow("encoder without a size") << identified(TextEncoder, Qwen3) << klein9 << "compatible used_encoder";
    QTest::newRow("encoder that nothing tells of")
        << identified(TextEncoder, Unknown) << flux << "perhaps base_unknown";
    QTest::newRow("encoder for a model without a row")
        << identified(TextEncoder, ClipL) << identified(DiffusionModel, HunyuanDit) << "perhaps base_unknown";
}

void TestCompatibility::decides()
{
    QFETCH(Identification, part);
    QFETCH(Identification, base);
    QFETCH(QString, verdict);
    for (const auto& fit : {compatibilityOf(part, base), compatibilityOf(base, part)}) {
        QVERIFY(fit.has_value());
        const std::string text = std::string{toText(fit->verdict)} + " " + std::string{toText(fit->reason)};
        QCOMPARE(QString::fromStdString(text), verdict);
        QVERIFY(!fit->detail.empty());
    }
}

void TestCompatibility::hasNothingToSayOfOtherPairs_data()
{
    QTest::addColumn<Identification>("a");
    QTest::addColumn<Identification>("b");
    QTest::newRow("two bases") << identified(Checkpoint, Sdxl) << identified(DiffusionModel, Sdxl);
    QTest::newRow("two LoRAs") << identified(Lora, Sdxl) << identified(Lora, Sdxl);
    QTest::newRow("a LoRA and a VAE") << identified(Lora, Sdxl) << identified(Vae, Sdxl);
    QTest::newRow("an upscaler") << identified(Upscaler, Esrgan) << identified(Checkpoint, Sdxl);
    QTest::newRow("an encoder of pictures") << identified(ClipVision, ClipH) << identified(Checkpoint, Sdxl);
    QTest::newRow("something unknown") << identified(ModelKind::Unknown, Sdxl) << identified(Checkpoint, Sdxl);
}

void TestCompatibility::hasNothingToSayOfOtherPairs()
{
    QFETCH(Identification, a);
    QFETCH(Identification, b);
    QVERIFY(!compatibilityOf(a, b));
    QVERIFY(!compatibilityOf(b, a));
}

void TestCompatibility::decidesAllKnownFilesInBothOrders()
{
    std::vector<Identification> models;
    for (const IdentificationCase& file : knownFiles())
        models.push_back(identify(indexOf(file.blueprint)));
    std::size_t decided = 0;
    for (const Identification& a : models) {
        for (const Identification& b : models) {
            const auto fit = compatibilityOf(a, b);
            const auto back = compatibilityOf(b, a);
            QCOMPARE(fit.has_value(), back.has_value());
            if (!fit)
                continue;
            ++decided;
            QVERIFY(fit->verdict != Verdict::None && fit->reason != CompatibilityReason::None);
            QCOMPARE(fit->verdict, back->verdict);
            QCOMPARE(fit->detail, back->detail);
            const bool isSame = a.architecture == b.architecture && a.architecture != Architecture::Unknown;
            QVERIFY2(!isSame || a.baseVariant != b.baseVariant || fit->verdict != Verdict::Incompatible || a.kind == Vae
                    || b.kind == Vae,
                fit->detail.c_str());
        }
    }
    QVERIFY(decided > 1000);
}

/// Those that common tools run from single files.
void TestCompatibility::everyPictureModelHasItsNeeds()
{
    for (auto architecture = Sd1; architecture <= Anima;
         architecture = static_cast<Architecture>(static_cast<unsigned>(architecture) + 1)) {
        const BaseNeeds* needs = needsOf(identified(DiffusionModel, architecture));
        QVERIFY2(needs != nullptr && needs->variant.empty(), std::string{toText(architecture)}.c_str());
        QVERIFY2(needs->vae != Architecture::Unknown, std::string{toText(architecture)}.c_str());
    }
    QCOMPARE(latentChannelsOf(Sd1), 4U);
    QCOMPARE(latentChannelsOf(Sdxl), 4U);
    QCOMPARE(latentChannelsOf(Flux2), 32U);
    QCOMPARE(latentChannelsOf(Wan), 16U);
    QCOMPARE(latentChannelsOf(ClipL), 0U);
}

void TestCompatibility::everyWordIsRead()
{
    for (const Verdict verdict : {Verdict::Compatible, Verdict::Perhaps, Verdict::Incompatible})
        QCOMPARE(verdictFromText(toText(verdict)), std::optional{verdict});
    QVERIFY(!verdictFromText("maybe"));
}

QTEST_APPLESS_MAIN(TestCompatibility)
#include "test_compatibility.moc"
