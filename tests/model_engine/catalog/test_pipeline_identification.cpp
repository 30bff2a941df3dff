// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/blueprints/models.h"
#include "model_engine/catalog/identification.h"
#include "model_engine/catalog/pipeline_identification.h"
#include "tests/support/blueprint_index.h"

#include <QTest>

#include <algorithm>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// The index that readModelFiles() gives for folders of these blueprints.
TensorIndex pipelineOf(const std::vector<std::pair<std::string, Blueprint>>& parts)
{
    TensorIndex whole;
    whole.format = FileFormat::Diffusers;
    for (std::uint32_t i = 0; i < parts.size(); ++i) {
        for (TensorEntry entry : indexOf(parts[i].second).tensors) {
            entry.name.insert(0, parts[i].first);
            entry.file = i;
            whole.tensors.push_back(std::move(entry));
        }
    }
    return whole;
}

std::string idsOf(const Identification& identified)
{
    std::string ids;
    for (const ComponentRecord& component : identified.components)
        ids += component.id.text + " ";
    return ids;
}

/// Of a safety checker.
const Blueprint kUnknown{
    {"concept_embeds", Dtype::F16, {17, 768}, {}}, {"concept_embeds_weights", Dtype::F16, {17}, {}}};

bool hasEvidence(const Identification& identified, std::string_view rule, std::string_view key)
{
    return std::ranges::any_of(
        identified.evidence, [&](const Evidence& evidence) { return evidence.rule == rule && evidence.key == key; });
}

} // namespace

class TestPipelineIdentification : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theDiffusionModelDecides();
    void everyTensorIsInOneComponent();
    void keepsTheNameOfAnUnknownFolder();
    void tellsTwoOfOneKindApart();
    void withoutADiffusionModelItIsUnknown();
    void whatIsMissingIsToldOfAllParts();
    void anotherFolderHasTheVae();
};

void TestPipelineIdentification::theDiffusionModelDecides()
{
    const Blueprint flux = fluxSchnellModel(ModelSize::Small);
    const auto alone = identify(indexOf(flux));
    const auto whole = identifyPipeline(pipelineOf({{"text_encoder/", clipLEncoder(ModelSize::Small)},
        {"transformer/", flux}, {"vae/", sdxlVae(ModelSize::Small)}}));
    QCOMPARE(whole.kind, ModelKind::Checkpoint);
    QCOMPARE(whole.architecture, Architecture::Flux);
    QCOMPARE(whole.variant, alone.variant);
    QCOMPARE(whole.confidence, alone.confidence);
    QCOMPARE(idsOf(whole), std::string{"unet_flux vae_kl_f8 encoder_clip_l "});
    QVERIFY(!whole.evidence.empty());
    for (const Evidence& evidence : whole.evidence)
        QVERIFY2(evidence.key.find('/') != std::string::npos, evidence.key.c_str());
}

void TestPipelineIdentification::everyTensorIsInOneComponent()
{
    const TensorIndex index = pipelineOf({{"text_encoder/", clipLEncoder(ModelSize::Small)},
        {"transformer/", fluxSchnellModel(ModelSize::Small)}, {"safety_checker/", kUnknown}});
    const auto whole = identifyPipeline(index);
    std::map<ComponentId, std::uint64_t> counts;
    for (const TensorEntry& entry : index.tensors) {
        const ComponentRecord* component = componentOf(whole, entry.name);
        QVERIFY2(component != nullptr, entry.name.c_str());
        ++counts[component->id];
    }
    std::uint64_t sum = 0;
    for (const ComponentRecord& component : whole.components) {
        QCOMPARE(counts[component.id], component.tensorCount);
        sum += component.tensorCount;
    }
    QCOMPARE(sum, std::uint64_t{index.tensors.size()});
    QCOMPARE(whole.tensorCount, sum);
}

void TestPipelineIdentification::keepsTheNameOfAnUnknownFolder()
{
    const auto whole = identifyPipeline(
        pipelineOf({{"safety_checker/", kUnknown}, {"transformer/", fluxSchnellModel(ModelSize::Small)}}));
    QCOMPARE(idsOf(whole), std::string{"unet_flux safety_checker "});
}

void TestPipelineIdentification::tellsTwoOfOneKindApart()
{
    const Blueprint encoder = clipLEncoder(ModelSize::Small);
    const auto whole = identifyPipeline(pipelineOf({{"text_encoder/", encoder}, {"text_encoder_2/", encoder}}));
    QCOMPARE(idsOf(whole), std::string{"encoder_clip_l encoder_clip_l_text_encoder_2 "});
}

void TestPipelineIdentification::withoutADiffusionModelItIsUnknown()
{
    const auto whole = identifyPipeline(pipelineOf({{"vae/", sdxlVae(ModelSize::Small)}, {"x/", kUnknown}}));
    QCOMPARE(whole.kind, ModelKind::Unknown);
    QCOMPARE(whole.problems, std::vector{ModelProblem::UnknownArchitecture});
    QCOMPARE(idsOf(whole), std::string{"vae_kl_f8 x "});
    QVERIFY(identifyPipeline(TensorIndex{}).components.empty());
}

void TestPipelineIdentification::whatIsMissingIsToldOfAllParts()
{
    Blueprint cut = sdxlVae(ModelSize::Small);
    std::erase_if(cut, [](const TensorBlueprint& tensor) { return tensor.name == "decoder.conv_out.bias"; });
    cut.push_back({"decoder.more", Dtype::F16, {1}, {}});
    const auto whole =
        identifyPipeline(pipelineOf({{"transformer/", fluxSchnellModel(ModelSize::Small)}, {"vae/", cut}}));
    QCOMPARE(whole.missing.count, std::uint64_t{1});
    QCOMPARE(whole.missing.names, std::vector<std::string>{"vae/decoder.conv_out.bias"});
    QCOMPARE(whole.extra.names, std::vector<std::string>{"vae/decoder.more"});
    QCOMPARE(whole.problems, std::vector{ModelProblem::MissingTensors});
    QCOMPARE(whole.prediction, PredictionType::Flow);
}

void TestPipelineIdentification::anotherFolderHasTheVae()
{
    const auto whole = identifyPipeline(
        pipelineOf({{"transformer/", fluxSchnellModel(ModelSize::Small)}, {"vae/", sdxlVae(ModelSize::Small)}}));
    QVERIFY(!hasEvidence(whole, kAbsentPart, "vae"));
    QVERIFY(hasEvidence(whole, kAbsentPart, "encoder"));
    QVERIFY(!hasEvidence(whole, kAbsentPart, "transformer/vae"));
}

QTEST_APPLESS_MAIN(TestPipelineIdentification)
#include "test_pipeline_identification.moc"
