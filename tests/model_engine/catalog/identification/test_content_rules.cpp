// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/blueprints/models.h"
#include "model_engine/catalog/identification.h"
#include "model_engine/catalog/identification/content_rules.h"
#include "tests/model_engine/catalog/cases/case_builders.h"
#include "tests/support/blueprint_index.h"

#include <QTest>

#include <algorithm>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

constexpr const char* kTensor = "decoder.conv_in.weight";

std::vector<std::byte> contentOf(unsigned char first) { return {std::byte{first}, std::byte{2}, std::byte{3}}; }

/// The structure leaves three bases open.
Identification openVae() { return identify(indexOf(sdxlVae(ModelSize::Small))); }

} // namespace

class TestContentRules final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void namesTheTensorThatDecides();
    void whereNothingIsOpenNothingDecides();
    void equalBytesDecide();
    void otherBytesLeaveItOpen();
    void digestsAreOfTheBytes();
};

void TestContentRules::namesTheTensorThatDecides()
{
    const TensorIndex bare = indexOf(sdxlVae(ModelSize::Small));
    QCOMPARE(decidingTensor(identify(bare), bare), std::optional<std::string>{kTensor});
    const TensorIndex prefixed = indexOf(at("first_stage_model.", sdxlVae(ModelSize::Small)));
    QCOMPARE(decidingTensor(identify(prefixed), prefixed),
        std::optional<std::string>{std::string{"first_stage_model."} + kTensor});
    const TensorIndex qwen = indexOf(vaeHeader("qwen_or_wan"));
    QCOMPARE(decidingTensor(identify(qwen), qwen), std::optional<std::string>{"decoder.conv1.weight"});
    const TensorIndex taesd = indexOf(vaeHeader("taesd"));
    QCOMPARE(decidingTensor(identify(taesd), taesd), std::optional<std::string>{"taesd_decoder.1.weight"});
}

void TestContentRules::whereNothingIsOpenNothingDecides()
{
    const TensorIndex svd = indexOf(vaeHeader("svd_diffusers"));
    QCOMPARE(decidingTensor(identify(svd), svd), std::nullopt);
    const TensorIndex unet = indexOf(ldmUnet(sd1Unet(), Dtype::F16));
    QCOMPARE(decidingTensor(identify(unet), unet), std::nullopt);
    QCOMPARE(decidingTensor(Identification{}, TensorIndex{}), std::nullopt);
}

void TestContentRules::equalBytesDecide()
{
    const std::vector<std::byte> content = contentOf(1);
    const std::array known{
        KnownContent{"flux_vae", Dtype::F16, digestOf(content), Architecture::Flux}, // not one of the candidates
        KnownContent{"sdxl_vae", Dtype::F16, digestOf(content), Architecture::Sdxl},
    };
    const Identification decided = decidedByContent(openVae(), kTensor, Dtype::F16, digestOf(content), known);
    QCOMPARE(decided.architecture, Architecture::Sdxl);
    QVERIFY(decided.candidates.empty());
    const Evidence& evidence = decided.evidence.back();
    QCOMPARE(evidence.rule, std::string{"content.sdxl_vae"});
    QCOMPARE(evidence.key, std::string{kTensor});
}

void TestContentRules::otherBytesLeaveItOpen()
{
    const std::array known{KnownContent{"sdxl_vae", Dtype::F16, digestOf(contentOf(1)), Architecture::Sdxl}};
    for (const auto& [dtype, content] : {std::pair{Dtype::F16, contentOf(2)}, std::pair{Dtype::Bf16, contentOf(1)}}) {
        const Identification open = decidedByContent(openVae(), kTensor, dtype, digestOf(content), known);
        QCOMPARE(open.architecture, Architecture::Unknown);
        QCOMPARE(open.candidates.size(), std::size_t{3});
        QCOMPARE(open.evidence.size(), openVae().evidence.size());
    }
    QCOMPARE(decidedByContent(openVae(), kTensor, Dtype::F16, {}, {}).architecture, Architecture::Unknown);
}

/// XXH3-128 of nothing, as its authors publish it, in the order in which it is written down.
void TestContentRules::digestsAreOfTheBytes()
{
    constexpr std::array<unsigned char, 16> kOfNothing{
        0x99, 0xaa, 0x06, 0xd3, 0x01, 0x47, 0x98, 0xd8, 0x60, 0x01, 0xc3, 0x24, 0x46, 0x8d, 0x49, 0x7f};
    const ContentDigest digest = digestOf({});
    QVERIFY(std::ranges::equal(
        digest, kOfNothing, [](std::byte a, unsigned char b) { return std::to_integer<unsigned char>(a) == b; }));
    QVERIFY(digestOf(contentOf(1)) != digestOf(contentOf(2)));
}

QTEST_APPLESS_MAIN(TestContentRules)
#include "test_content_rules.moc"
