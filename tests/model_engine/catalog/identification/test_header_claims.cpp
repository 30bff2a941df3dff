// SPDX-License-Identifier: GPL-3.0-or-later
//
// What a file says about itself: the marks of what it predicts, and the fields of its header.
#include "model_engine/catalog/blueprints/models.h"
#include "model_engine/catalog/identification.h"
#include "model_engine/catalog/identification/metadata_rules.h"
#include "model_engine/catalog/identification/prediction.h"
#include "tests/model_engine/catalog/cases/case_builders.h"
#include "tests/support/blueprint_index.h"

#include <QTest>

#include <algorithm>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

Identification withField(const Blueprint& file, std::string_view field, std::string_view value)
{
    TensorIndex index = indexOf(file);
    index.metadata[std::string{field}] = value;
    return identify(index);
}

bool hasEvidence(const Identification& identified, std::string_view rule)
{
    return std::ranges::find(identified.evidence, rule, &Evidence::rule) != identified.evidence.end();
}

Blueprint sd2() { return ldmUnet(sd2Unet(), Dtype::F16); }
Blueprint sdxl() { return ldmUnet(sdxlUnet(), Dtype::F16); }

/// Its base is open.
Blueprint anyLora() { return loraLayer("lora_unet_x", 777, 640); }

} // namespace

class TestHeaderClaims final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyMarkDecidesWhatIsPredicted();
    void withoutAMarkTheEvidenceSaysSo();
    void aScheduleWithoutSignalAtItsEndIsNoted();
    void marksCountOnlyWhereTheyAreUsed();
    void everyFieldFillsInWhatIsOpen();
    void fieldsDoNotOverrideTheStructure();
    void aVaeIsOnlyWhatItsStructureAllows();
    void fieldsTellWhatIsPredicted();
    void valuesThatNoRowKnowsSayNothing();
    void theArchitectureOfGgufIsEvidence();
};

void TestHeaderClaims::everyMarkDecidesWhatIsPredicted()
{
    for (const PredictionMark& mark : predictionMarks()) {
        const Identification identified = identify(indexOf(joined({sdxl(), tensors({{std::string{mark.key}, {}}})})));
        QVERIFY2(identified.prediction == mark.prediction, mark.rule.data());
        QVERIFY2(hasEvidence(identified, mark.rule), mark.rule.data());
        QVERIFY(!hasEvidence(identified, "prediction.usual"));
    }
}

void TestHeaderClaims::withoutAMarkTheEvidenceSaysSo()
{
    const Identification identified = identify(indexOf(sdxl()));
    QCOMPARE(identified.prediction, PredictionType::Epsilon);
    QVERIFY(hasEvidence(identified, "prediction.usual"));
    // Nothing tells SD 2.0 from SD 2.1: no default.
    QCOMPARE(identify(indexOf(sd2())).prediction, PredictionType::Unknown);
}

void TestHeaderClaims::aScheduleWithoutSignalAtItsEndIsNoted()
{
    const Identification identified = identify(indexOf(joined({sdxl(), tensors({{"ztsnr", {}}})})));
    QVERIFY(hasEvidence(identified, "prediction.zero_snr"));
    QCOMPARE(identified.prediction, PredictionType::Epsilon);
}

void TestHeaderClaims::marksCountOnlyWhereTheyAreUsed()
{
    const Blueprint flux = joined({fluxSchnellModel(ModelSize::Small), tensors({{"v_pred", {}}})});
    QCOMPARE(identify(indexOf(flux)).prediction, PredictionType::Flow);
}

void TestHeaderClaims::everyFieldFillsInWhatIsOpen()
{
    for (const MetadataRule& rule : metadataRules()) {
        if (rule.architecture == Architecture::Unknown)
            continue;
        const Identification identified =
            withField(anyLora(), rule.field, std::string{rule.beginning} + "/lora"); // nothing more exact follows
        QVERIFY2(identified.architecture == rule.architecture, std::string{rule.beginning}.c_str());
        QVERIFY(hasEvidence(identified, "metadata.architecture"));
        QVERIFY(identified.confidence < 1);
    }
}

void TestHeaderClaims::fieldsDoNotOverrideTheStructure()
{
    const Identification identified = withField(sdxl(), "modelspec.architecture", "stable-diffusion-v1");
    QCOMPARE(identified.architecture, Architecture::Sdxl);
    QVERIFY(!hasEvidence(identified, "metadata.architecture"));
    const Blueprint lora = loraLayer("lora_unet_joint_blocks_0_x_block_attn_qkv", 2432, 2432);
    QCOMPARE(withField(lora, "ss_base_model_version", "sdxl_base_v1-0").architecture, Architecture::Sd35);
}

void TestHeaderClaims::aVaeIsOnlyWhatItsStructureAllows()
{
    const Blueprint vae = sdxlVae(ModelSize::Small);
    const Identification claimed = withField(vae, "modelspec.architecture", "stable-diffusion-xl-v1-base/vae");
    QCOMPARE(claimed.architecture, Architecture::Sdxl);
    QVERIFY(claimed.candidates.empty());
    const Identification impossible = withField(vae, "modelspec.architecture", "flux-1-dev/vae");
    QCOMPARE(impossible.architecture, Architecture::Unknown);
    QCOMPARE(impossible.candidates.size(), std::size_t{3});
}

void TestHeaderClaims::fieldsTellWhatIsPredicted()
{
    QCOMPARE(withField(sdxl(), "modelspec.prediction_type", "v").prediction, PredictionType::VPrediction);
    QCOMPARE(withField(sd2(), "modelspec.prediction_type", "epsilon").prediction, PredictionType::Epsilon);
    const Identification sd21 = withField(sd2(), "modelspec.architecture", "stable-diffusion-v2-768-v");
    QCOMPARE(sd21.prediction, PredictionType::VPrediction);
    QVERIFY(hasEvidence(sd21, "metadata.prediction"));
    // Said of another architecture than the file is.
    QCOMPARE(
        withField(sdxl(), "modelspec.architecture", "stable-diffusion-v2-768-v").prediction, PredictionType::Epsilon);
    // A LoRA predicts nothing.
    QCOMPARE(withField(anyLora(), "modelspec.prediction_type", "v").prediction, PredictionType::Unknown);
}

void TestHeaderClaims::valuesThatNoRowKnowsSayNothing()
{
    for (const char* value : {"", "none", "stable-diffusion", "\xff\xfe"}) {
        const Identification identified = withField(anyLora(), "modelspec.architecture", value);
        QCOMPARE(identified.architecture, Architecture::Unknown);
    }
}

void TestHeaderClaims::theArchitectureOfGgufIsEvidence()
{
    const std::string longValue(1000, 'q');
    const Identification identified = withField(anyLora(), "general.architecture", longValue);
    const auto claim = std::ranges::find(identified.evidence, std::string_view{"gguf.architecture"}, &Evidence::rule);
    QVERIFY(claim != identified.evidence.end());
    QCOMPARE(claim->key, std::string{"general.architecture"});
    QCOMPARE(claim->shape, std::string(64, 'q')); // bounded
}

QTEST_APPLESS_MAIN(TestHeaderClaims)
#include "test_header_claims.moc"
