// SPDX-License-Identifier: GPL-3.0-or-later
//
// "Does not match" and "matches but is broken" are different answers.
#include "model_engine/catalog/blueprints/models.h"
#include "model_engine/catalog/identification.h"
#include "tests/model_engine/catalog/cases/case_builders.h"
#include "tests/support/blueprint_index.h"

#include <QTest>

#include <algorithm>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

bool hasProblem(const Identification& identified, ModelProblem problem)
{
    return std::ranges::find(identified.problems, problem) != identified.problems.end();
}

Identification identifiedOf(const Blueprint& file) { return identify(indexOf(file)); }

/// A model with the blocks of one of its lists as they are after a bad merge.
struct Cut {
    const char* file; ///< of tests/data/headers
    const char* section;
    Architecture architecture;
    const char* removed; ///< prefix of the names
};

} // namespace

Q_DECLARE_METATYPE(Cut)

class TestCompleteness final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesWhatAKnownArchitectureLacks();
    void namesWhatItHasBesides();
    void whatIsOptionalIsNeitherMissingNorExtra();
    void marksOfQuantisationAreNotExtra();
    void copiesOfTheMovingAverageAreNotExtra();
    void everyPartOfACheckpointIsLookedAt();
    void listsAreBounded();
    void findsWhatABadMergeLeftOut_data();
    void findsWhatABadMergeLeftOut();
    void aFlavourHasItsOwnDepth();
    void numbersBeyondAnyModelAreNoBlocks();
    void checkpointsWithoutVaeOrEncodersAreWhole();
};

void TestCompleteness::namesWhatAKnownArchitectureLacks()
{
    const Identification whole = identifiedOf(sdxlCheckpoint(ModelSize::Small));
    QCOMPARE(whole.missing.count, std::uint64_t{0});
    QVERIFY(!hasProblem(whole, ModelProblem::MissingTensors));

    const Blueprint cut = without(sdxlCheckpoint(ModelSize::Small), "model.diffusion_model.out.2.");
    const Identification identified = identifiedOf(cut);
    QCOMPARE(identified.architecture, Architecture::Sdxl);
    QCOMPARE(identified.kind, ModelKind::Checkpoint);
    QVERIFY(hasProblem(identified, ModelProblem::MissingTensors));
    QCOMPARE(identified.missing.count, std::uint64_t{2});
    const std::vector<std::string> expected{"model.diffusion_model.out.2.weight", "model.diffusion_model.out.2.bias"};
    QVERIFY(std::ranges::is_permutation(identified.missing.names, expected));
}

void TestCompleteness::namesWhatItHasBesides()
{
    const Blueprint more = joined({sdxlVae(ModelSize::Small), tensors({{"decoder.z", {1}}, {"decoder.a", {1}}})});
    const Identification identified = identifiedOf(more);
    QCOMPARE(identified.kind, ModelKind::Vae);
    QCOMPARE(identified.extra.count, std::uint64_t{2});
    QCOMPARE(identified.extra.names, (std::vector<std::string>{"decoder.a", "decoder.z"}));
    QVERIFY(identified.problems.empty()); // too much is no harm
}

void TestCompleteness::whatIsOptionalIsNeitherMissingNorExtra()
{
    const Blueprint schnell = fluxSchnellModel(ModelSize::Small);
    const Blueprint dev = joined({schnell, tensors({{"guidance_in.in_layer.weight", {3072, 256}}})});
    for (const Blueprint& file : {schnell, dev, joined({sdxlVae(ModelSize::Small), tensors({{"loss.logvar", {}}})})}) {
        const Identification identified = identifiedOf(file);
        QCOMPARE(identified.missing.count, std::uint64_t{0});
        QCOMPARE(identified.extra.count, std::uint64_t{0});
    }
}

void TestCompleteness::marksOfQuantisationAreNotExtra()
{
    const Identification identified = identifiedOf(packedToNf4(clipLEncoder(ModelSize::Full)));
    QCOMPARE(identified.architecture, Architecture::ClipL);
    QCOMPARE(identified.missing.count, std::uint64_t{0});
    QCOMPARE(identified.extra.count, std::uint64_t{0});
}

void TestCompleteness::copiesOfTheMovingAverageAreNotExtra()
{
    const Blueprint file = joined({ldmUnet(sd1Unet(), Dtype::F16), tensors({{"model_ema.decay", {}}})});
    const Identification identified = identifiedOf(file);
    QCOMPARE(identified.extra.count, std::uint64_t{0});
    const auto copy = std::ranges::find(identified.components, std::string{"ema_copy"},
        [](const ComponentRecord& component) { return component.id.text; });
    QVERIFY(copy != identified.components.end());
    QCOMPARE(copy->kind, ComponentKind::Other);
    QCOMPARE(copy->tensorCount, std::uint64_t{1});
}

void TestCompleteness::everyPartOfACheckpointIsLookedAt()
{
    const Blueprint cut = without(without(sd1Checkpoint(ModelSize::Small), "first_stage_model.decoder.norm_out."),
        "cond_stage_model.transformer.text_model.final_layer_norm.");
    const Identification identified = identifiedOf(cut);
    QCOMPARE(identified.missing.count, std::uint64_t{4});
    QVERIFY(hasProblem(identified, ModelProblem::MissingTensors));
}

void TestCompleteness::listsAreBounded()
{
    const Blueprint cut = without(ldmUnet(sd1Unet(), Dtype::F16), "output_blocks.");
    const Identification identified = identifiedOf(cut);
    QVERIFY(identified.missing.count > 300);
    QCOMPARE(identified.missing.names.size(), kMostListedNames);
}

void TestCompleteness::findsWhatABadMergeLeftOut_data()
{
    QTest::addColumn<Cut>("cut");
    const auto row = [](const char* name, Cut cut) { QTest::newRow(name) << cut; };
    row("sd3, in the middle", {"transformers", "sd3_medium", Architecture::Sd3, "joint_blocks.7."});
    row("sd3.5 large, at the end", {"transformers", "sd3.5_large", Architecture::Sd35, "joint_blocks.37."});
    row("qwen image, at the end", {"transformers", "qwen_image", Architecture::QwenImage, "transformer_blocks.59."});
    row("z-image, a small list", {"transformers", "z_image", Architecture::ZImage, "noise_refiner.1."});
    row("chroma, at the end", {"transformers", "chroma", Architecture::Chroma, "single_blocks.37."});
    row("flux.2, the second list", {"transformers", "flux2_dev", Architecture::Flux2, "double_blocks.7."});
    row("wan 14b, at the end", {"video", "wan_14b", Architecture::Wan, "blocks.39."});
    row("t5 xl, in the middle", {"encoders", "t5_xl", Architecture::T5Xl, "encoder.block.12."});
    row("qwen 3, at the end", {"encoders", "qwen3_4b", Architecture::Qwen3, "model.layers.35."});
    row("clip vision, in the middle",
        {"encoders", "clip_vision_l", Architecture::ClipL, "vision_model.encoder.layers.4."});
}

void TestCompleteness::findsWhatABadMergeLeftOut()
{
    QFETCH(Cut, cut);
    const Blueprint whole = headerOf(cut.file, cut.section);
    QVERIFY(!hasProblem(identifiedOf(whole), ModelProblem::MissingTensors));
    const Identification identified = identifiedOf(without(whole, cut.removed));
    QCOMPARE(identified.architecture, cut.architecture);
    QVERIFY(hasProblem(identified, ModelProblem::MissingTensors));
    QCOMPARE(identified.missing.names, (std::vector<std::string>{cut.removed}));
}

void TestCompleteness::aFlavourHasItsOwnDepth()
{
    const Identification small = identifiedOf(video("wan_1.3b"));
    QCOMPARE(small.missing.count, std::uint64_t{0});
    Blueprint large = video("wan_14b");
    for (int block = 30; block < 40; ++block)
        large = without(std::move(large), "blocks." + std::to_string(block) + ".");
    QCOMPARE(identifiedOf(large).missing.count, std::uint64_t{10});
}

void TestCompleteness::numbersBeyondAnyModelAreNoBlocks()
{
    const Blueprint file = joined({transformer("sd3_medium"),
        tensors({{"joint_blocks.4294967295.x", {1}}, {"joint_blocks.1000000.x", {1}}, {"joint_blocks.-1.x", {1}}})});
    const Identification identified = identifiedOf(file);
    QCOMPARE(identified.architecture, Architecture::Sd3);
    QCOMPARE(identified.missing.count, std::uint64_t{0});
}

void TestCompleteness::checkpointsWithoutVaeOrEncodersAreWhole()
{
    const Blueprint unet = at("model.diffusion_model.", ldmUnet(sdxlUnet(), Dtype::F16));
    const Identification identified = identifiedOf(joined({unet, at("first_stage_model.", sdxlVae(ModelSize::Small))}));
    QVERIFY(identified.problems.empty());
    const auto noted = [&identified](std::string_view part) {
        return std::ranges::any_of(identified.evidence, [part](const Evidence& evidence) {
            return evidence.rule == kAbsentPart && evidence.key == part && evidence.shape == "absent";
        });
    };
    QVERIFY(noted("encoder"));
    QVERIFY(!noted("vae"));
}

QTEST_APPLESS_MAIN(TestCompleteness)
#include "test_completeness.moc"
