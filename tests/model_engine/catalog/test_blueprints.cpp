// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/blueprints/flux.h"
#include "model_engine/catalog/blueprints/ldm.h"
#include "model_engine/catalog/blueprints/models.h"
#include "model_engine/catalog/blueprints/text_encoders.h"

#include <QTest>

#include <algorithm>
#include <map>
#include <set>

using namespace weightroom::engine;

namespace {

const TensorBlueprint* find(const Blueprint& blueprint, std::string_view name)
{
    const auto found = std::ranges::find(blueprint, name, &TensorBlueprint::name);
    return found == blueprint.end() ? nullptr : &*found;
}

Blueprint withoutIntegers(Blueprint blueprint)
{
    std::erase_if(blueprint, [](const TensorBlueprint& tensor) { return tensor.dtype == Dtype::I64; });
    return blueprint;
}

using Maker = Blueprint (*)(ModelSize);
const std::map<std::string, Maker> kModels{
    {"sd1 checkpoint", sd1Checkpoint},
    {"sdxl checkpoint", sdxlCheckpoint},
    {"flux schnell", fluxSchnellModel},
    {"sdxl lora", sdxlLora},
    {"sd1 controlnet", sd1Controlnet},
    {"sdxl vae", sdxlVae},
    {"clip-l", clipLEncoder},
};

} // namespace

Q_DECLARE_METATYPE(Blueprint)
Q_DECLARE_METATYPE(Maker)

class TestBlueprints final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void hasThePublishedParameters_data();
    void hasThePublishedParameters();
    void hasTheNamesOfTheRealFiles_data();
    void hasTheNamesOfTheRealFiles();
    void sdxlCheckpointHasItsRealSize();
    void kohyaTrainsAsManyLayersAsItSays();
    void modelsAreSound_data();
    void modelsAreSound();
    void shrinkingKeepsNamesRanksAndInputs_data();
    void shrinkingKeepsNamesRanksAndInputs();
    void smallLibraryIsSmall();
    void equalPartsHaveEqualOrigins();
};

// The numbers are those that the authors' own modules count, not ours.
void TestBlueprints::hasThePublishedParameters_data()
{
    QTest::addColumn<Blueprint>("blueprint");
    QTest::addColumn<quint64>("parameters");
    QTest::addColumn<quint64>("tensors");
    const Dtype type = Dtype::F16;
    QTest::newRow("sd1 unet") << ldmUnet(sd1Unet(), type) << quint64{859'520'964} << quint64{686};
    QTest::newRow("sd2 unet") << ldmUnet(sd2Unet(), type) << quint64{865'910'724} << quint64{686};
    QTest::newRow("sdxl unet") << ldmUnet(sdxlUnet(), type) << quint64{2'567'463'684} << quint64{1680};
    QTest::newRow("sd1 controlnet") << ldmControlnet(sd1Unet(), type) << quint64{361'279'120} << quint64{340};
    QTest::newRow("kl-f8 vae") << autoencoder(Autoencoder::KlF8, type) << quint64{83'653'863} << quint64{248};
    QTest::newRow("flux vae") << autoencoder(Autoencoder::Flux, type) << quint64{83'819'683} << quint64{244};
    QTest::newRow("clip-l") << withoutIntegers(transformersClip(kClipL, type)) << quint64{123'060'480} << quint64{196};
    QTest::newRow("clip-g") << openClip(kClipG, type) << quint64{694'659'840 + 1} << quint64{390}; // and logit_scale
    QTest::newRow("t5 xxl") << t5Xxl(type) << quint64{4'762'310'656} << quint64{219};
    QTest::newRow("flux dev") << fluxTransformer(FluxRelease::Dev, type) << quint64{11'901'408'320} << quint64{780};
    QTest::newRow("flux schnell") << fluxTransformer(FluxRelease::Schnell, type) << quint64{11'891'178'560}
                                  << quint64{776};
}

void TestBlueprints::hasThePublishedParameters()
{
    QFETCH(Blueprint, blueprint);
    QFETCH(quint64, parameters);
    QFETCH(quint64, tensors);
    QCOMPARE(quint64{parametersOf(blueprint)}, parameters);
    QCOMPARE(quint64{blueprint.size()}, tensors);
}

// One row per naming scheme: tensors in the depth of each part, which a wrong count of blocks would miss.
void TestBlueprints::hasTheNamesOfTheRealFiles_data()
{
    QTest::addColumn<Maker>("model");
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("shape");
    const auto row = [](const char* model, const char* name, const char* shape) {
        QTest::newRow(name) << kModels.at(model) << QString::fromLatin1(name) << QString::fromLatin1(shape);
    };
    row("sd1 checkpoint", "model.diffusion_model.input_blocks.1.1.proj_in.weight", "[320, 320, 1, 1]");
    row("sd1 checkpoint", "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias", "[320]");
    row("sd1 checkpoint", "model.diffusion_model.output_blocks.2.1.conv.weight", "[1280, 1280, 3, 3]");
    row("sd1 checkpoint", "cond_stage_model.transformer.text_model.embeddings.position_ids", "[1, 77]");
    row("sd1 checkpoint", "first_stage_model.decoder.up.1.block.0.nin_shortcut.weight", "[256, 512, 1, 1]");
    row("sd1 checkpoint", "alphas_cumprod", "[1000]");
    row("sdxl checkpoint", "model.diffusion_model.label_emb.0.0.weight", "[1280, 2816]");
    row("sdxl checkpoint", "model.diffusion_model.input_blocks.8.1.transformer_blocks.9.attn2.to_k.weight",
        "[1280, 2048]");
    row("sdxl checkpoint", "model.diffusion_model.output_blocks.5.2.conv.weight", "[640, 640, 3, 3]");
    row("sdxl checkpoint", "model.diffusion_model.output_blocks.8.0.skip_connection.weight", "[320, 640, 1, 1]");
    row("sdxl checkpoint", "conditioner.embedders.0.transformer.text_model.encoder.layers.11.mlp.fc2.weight",
        "[768, 3072]");
    row("sdxl checkpoint", "conditioner.embedders.1.model.transformer.resblocks.31.attn.in_proj_weight",
        "[3840, 1280]");
    row("sdxl checkpoint", "conditioner.embedders.1.model.logit_scale", "[]");
    row("flux schnell", "double_blocks.18.txt_mlp.2.weight", "[3072, 12288]");
    row("flux schnell", "single_blocks.37.linear1.weight", "[21504, 3072]");
    row("sdxl lora", "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k.lora_down.weight", "[32, 2048]");
    row("sdxl lora", "lora_unet_middle_block_1_proj_out.lora_up.weight", "[1280, 32]");
    row("sdxl lora", "lora_te2_text_model_encoder_layers_31_self_attn_q_proj.alpha", "[]");
    row("sd1 controlnet", "control_model.zero_convs.11.0.weight", "[1280, 1280, 1, 1]");
    row("sd1 controlnet", "control_model.input_hint_block.14.weight", "[320, 256, 3, 3]");
    row("sdxl vae", "encoder.conv_out.weight", "[8, 512, 3, 3]");
    row("clip-l", "text_model.embeddings.token_embedding.weight", "[49408, 768]");
}

void TestBlueprints::hasTheNamesOfTheRealFiles()
{
    QFETCH(Maker, model);
    QFETCH(QString, name);
    QFETCH(QString, shape);
    const Blueprint blueprint = model(ModelSize::Full);
    const TensorBlueprint* tensor = find(blueprint, name.toStdString());
    QVERIFY(tensor != nullptr);
    QCOMPARE(QString::fromStdString(toText(tensor->shape)), shape);
}

void TestBlueprints::sdxlCheckpointHasItsRealSize()
{
    const Blueprint checkpoint = sdxlCheckpoint(ModelSize::Full);
    QCOMPARE(checkpoint.size(), std::size_t{2515});
    // sd_xl_base_1.0 in half precision: 6.94 GB
    const double gigabytes = static_cast<double>(bytesOf(checkpoint).value) / 1e9;
    QVERIFY2(gigabytes > 6.93 && gigabytes < 6.95, std::to_string(gigabytes).c_str());
}

void TestBlueprints::kohyaTrainsAsManyLayersAsItSays()
{
    // "create LoRA for U-Net: 722 modules, Text Encoder 1: 72 modules, Text Encoder 2: 192 modules"
    std::map<std::string, int> layers;
    for (const TensorBlueprint& tensor : sdxlLora(ModelSize::Full)) {
        if (tensor.name.ends_with(".lora_up.weight"))
            ++layers[tensor.name.substr(0, 8)];
    }
    QCOMPARE(layers.size(), std::size_t{3});
    QCOMPARE(layers["lora_une"], 722);
    QCOMPARE(layers["lora_te1"], 72);
    QCOMPARE(layers["lora_te2"], 192);
}

void TestBlueprints::modelsAreSound_data()
{
    QTest::addColumn<Maker>("model");
    for (const auto& [name, maker] : kModels)
        QTest::newRow(name.c_str()) << maker;
}

void TestBlueprints::modelsAreSound()
{
    QFETCH(Maker, model);
    std::set<std::string> names;
    for (const TensorBlueprint& tensor : model(ModelSize::Full)) {
        QVERIFY2(names.insert(tensor.name).second, tensor.name.c_str());
        QVERIFY(!tensor.origin.empty());
        QVERIFY(tensor.shape.elements().value() > 0);
    }
}

void TestBlueprints::shrinkingKeepsNamesRanksAndInputs_data() { modelsAreSound_data(); }

void TestBlueprints::shrinkingKeepsNamesRanksAndInputs()
{
    QFETCH(Maker, model);
    const Blueprint full = model(ModelSize::Full);
    const Blueprint shrunken = shrunk(full, 300);
    QCOMPARE(shrunken.size(), full.size());
    for (std::size_t i = 0; i < full.size(); ++i) {
        QCOMPARE(shrunken[i].name, full[i].name);
        QCOMPARE(shrunken[i].dtype, full[i].dtype);
        QCOMPARE(shrunken[i].shape.rank(), full[i].shape.rank());
        for (std::size_t dimension = 1; dimension < full[i].shape.rank(); ++dimension)
            QCOMPARE(shrunken[i].shape.at(dimension), full[i].shape.at(dimension));
        QVERIFY(shrunken[i].shape.elements().value() > 0);
        if (full[i].shape.elements().value() <= kKeptElements)
            QCOMPARE(shrunken[i].shape, full[i].shape);
    }
}

void TestBlueprints::smallLibraryIsSmall()
{
    Bytes total;
    for (const auto& [name, maker] : kModels) {
        const Bytes size = bytesOf(maker(ModelSize::Small));
        QVERIFY2(size >= Bytes{3'000'000} && size < Bytes{31'000'000}, (name + ": " + toText(size)).c_str());
        total += size;
    }
    QVERIFY2(total < Bytes{120'000'000}, toText(total).c_str());
}

void TestBlueprints::equalPartsHaveEqualOrigins()
{
    for (const ModelSize size : {ModelSize::Small, ModelSize::Full}) {
        const Blueprint checkpoint = sdxlCheckpoint(size);
        for (const TensorBlueprint& tensor : sdxlVae(size)) {
            const TensorBlueprint* same = find(checkpoint, "first_stage_model." + tensor.name);
            QVERIFY2(same != nullptr, tensor.name.c_str());
            QCOMPARE(same->origin, tensor.origin);
            QCOMPARE(same->shape, tensor.shape);
        }
        const Blueprint sd1 = sd1Checkpoint(size);
        const TensorBlueprint* other = find(sd1, "first_stage_model.decoder.conv_in.weight");
        QVERIFY(other->origin != find(checkpoint, other->name)->origin);
    }
}

QTEST_APPLESS_MAIN(TestBlueprints)
#include "test_blueprints.moc"
