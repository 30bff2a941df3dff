// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification/lora/lora_identification.h"
#include "model_engine/catalog/identification/lora/lora_layers.h"
#include "model_engine/catalog/identification/lora/lora_rules.h"

#include <QTest>

using namespace weightroom::engine;

namespace {

struct Part {
    const char* name;
    Shape shape;
};

TensorIndex indexOfParts(const std::vector<Part>& parts)
{
    TensorIndex index;
    for (const Part& part : parts)
        index.tensors.push_back({part.name, Dtype::F16, part.shape, {8, Bytes{2}}});
    return index;
}

/// The layer of a file that has one.
struct Widths {
    std::optional<std::uint64_t> in;
    std::optional<std::uint64_t> out;
    std::optional<std::uint64_t> rank;

    friend bool operator==(const Widths&, const Widths&) = default;
};

std::optional<Widths> widthsOf(const std::vector<Part>& parts)
{
    const TensorIndex index = indexOfParts(parts);
    const HeaderView header{index};
    for (const TensorEntry& entry : index.tensors) {
        const LoraTensor tensor = loraTensorOf(entry.name);
        if (isLoraLayer(tensor, entry))
            return Widths{
                inputOf(header, tensor, entry), outputOf(header, tensor, entry), rankOf(header, tensor, entry)};
    }
    return std::nullopt;
}

} // namespace

class TestLoraLayers final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void takesNamesApart_data();
    void takesNamesApart();
    void namesOfOthersAreNone_data();
    void namesOfOthersAreNone();
    void readsTheWidthsOfEveryDialect();
    void halvesThatAreMissingTellNothing();
    void productsThatWrapTellNothing();
    void everyPrefixIsTakenOff();
    void everyNameOfAFamilyIsKnown();
};

void TestLoraLayers::takesNamesApart_data()
{
    QTest::addColumn<QString>("name");
    QTest::addColumn<QString>("layer");
    QTest::addColumn<QString>("dialect");
    QTest::addColumn<LoraRole>("role");
    const auto row = [](const char* name, const char* layer, const char* dialect, LoraRole role) {
        QTest::newRow(name) << QString::fromLatin1(name) << QString::fromLatin1(layer) << QString::fromLatin1(dialect)
                            << role;
    };
    using enum LoraRole;
    row("lora_unet_x.lora_down.weight", "lora_unet_x", "kohya", Layer);
    row("lora_unet_x.lora_up.weight", "lora_unet_x", "kohya", Companion);
    row("lora_unet_x.lora_mid.weight", "lora_unet_x", "kohya", Companion);
    row("lora_unet_x.alpha", "lora_unet_x", "", Companion);
    row("a.b.lora_A.weight", "a.b", "peft", Layer);
    row("a.b.lora_B.weight", "a.b", "peft", Companion);
    row("a.b.lora_A.default.weight", "a.b", "peft", Layer);
    row("a.b.lora_A", "a.b", "peft", Layer);
    row("a.b.lora_magnitude_vector", "a.b", "", Magnitude);
    row("a.b.dora_scale", "a.b", "", Magnitude);
    row("a.processor.to_q_lora.down.weight", "a.processor.to_q", "diffusers", Layer);
    row("a.to_q.lora.down.weight", "a.to_q", "diffusers", Layer);
    row("a.q_proj.lora_linear_layer.down.weight", "a.q_proj", "diffusers", Layer);
    row("a.q_proj.lora_linear_layer.up.weight", "a.q_proj", "diffusers", Companion);
    row("double_blocks.0.processor.qkv_lora1.down.weight", "double_blocks.0.processor.qkv_lora1", "xlabs", Layer);
    row("double_blocks.0.processor.proj_lora2.up.weight", "double_blocks.0.processor.proj_lora2", "xlabs", Companion);
    row("x.hada_w1_b", "x", "loha", Layer);
    row("x.hada_w1_a", "x", "loha", Companion);
    row("x.hada_t1", "x", "loha", Companion);
    row("x.lokr_w1", "x", "lokr", Layer);
    row("x.lokr_w1_b", "x", "lokr", Layer);
    row("x.lokr_w2_a", "x", "lokr", Companion);
    row("x.a1.weight", "x", "glora", Layer);
    row("x.b2.weight", "x", "glora", Companion);
    row("x.bm.weight", "x", "glora", Companion);
    row("x.oft_blocks", "x", "oft", Layer);
    row("x.oft_diag", "x", "oft", Layer);
    row("x.rescale", "x", "oft", Companion);
    row("x.on_input", "x", "ia3", Layer);
    row("x.diff", "x", "full", Layer);
    row("x.diff_b", "x", "full", Companion);
    row("x.set_weight", "x", "full", Layer);
    row("x.w_norm", "x", "full", Layer);
    row("x.b_norm", "x", "full", Companion);
    row("x.reshape_weight", "x", "full", Companion);
}

void TestLoraLayers::takesNamesApart()
{
    QFETCH(QString, name);
    const std::string text = name.toStdString();
    const LoraTensor tensor = loraTensorOf(text);
    QTEST(QString::fromStdString(std::string{tensor.layer}), "layer");
    QTEST(QString::fromStdString(std::string{toText(tensor.dialect)}), "dialect");
    QTEST(tensor.role, "role");
}

void TestLoraLayers::namesOfOthersAreNone_data()
{
    QTest::addColumn<QString>("name");
    for (const char* name : {"", ".", "..", "weight", ".weight", "x.weight", "up.0.block.0.weight", "x.down.weight",
             "x.a1", "x.lora_down", "x.hada_w1_b.weight", "x.diff.weight", "x.default.weight", "alphabet",
             "x.lora_down.weight.x", "down_blocks.0.up.weight"})
        QTest::newRow(name) << QString::fromLatin1(name);
}

void TestLoraLayers::namesOfOthersAreNone()
{
    QFETCH(QString, name);
    const std::string text = name.toStdString();
    QCOMPARE(loraTensorOf(text).role, LoraRole::None);
}

void TestLoraLayers::readsTheWidthsOfEveryDialect()
{
    const Widths plain{768, 320, 8};
    QVERIFY(widthsOf({{"x.lora_down.weight", {8, 768}}, {"x.lora_up.weight", {320, 8}}}) == plain);
    QVERIFY(widthsOf({{"x.lora_down.weight", {8, 768, 3, 3}}, {"x.lora_up.weight", {320, 8, 1, 1}}}) == plain);
    QVERIFY(widthsOf({{"x.lora_A.default.weight", {8, 768}}, {"x.lora_B.default.weight", {320, 8}}}) == plain);
    QVERIFY(widthsOf({{"x_lora.down.weight", {8, 768}}, {"x_lora.up.weight", {320, 8}}}) == plain);
    QVERIFY(widthsOf({{"x.hada_w1_a", {320, 8}}, {"x.hada_w1_b", {8, 768}}}) == plain);
    QVERIFY(widthsOf({{"x.lokr_w1", {8, 16}}, {"x.lokr_w2_a", {40, 4}}, {"x.lokr_w2_b", {4, 48}}})
        == (Widths{768, 320, 4}));
    QVERIFY(widthsOf({{"x.lokr_w1", {8, 16}}, {"x.lokr_w2", {40, 48}}}) == (Widths{768, 320, {}}));
    QVERIFY(widthsOf({{"x.lokr_w1_a", {8, 2}}, {"x.lokr_w1_b", {2, 16}}, {"x.lokr_w2", {40, 48}}})
        == (Widths{768, 320, {}}));
    QVERIFY(widthsOf({{"x.a1.weight", {8, 768}}}) == (Widths{768, {}, 8}));
    QVERIFY(widthsOf({{"x.a1.weight", {768, 8}}}) == (Widths{768, {}, 8}));
    QVERIFY(widthsOf({{"x.diff", {320, 768}}}) == (Widths{768, 320, {}}));
    QVERIFY(widthsOf({{"x.oft_blocks", {4, 80, 80}}}) == (Widths{}));
    QVERIFY(widthsOf({{"x.on_input", {}}}) == (Widths{}));
}

void TestLoraLayers::halvesThatAreMissingTellNothing()
{
    QVERIFY(widthsOf({{"x.lora_down.weight", {8, 768}}}) == (Widths{768, {}, 8}));
    QVERIFY(widthsOf({{"x.lokr_w1", {8, 16}}}) == (Widths{}));
    QVERIFY(widthsOf({{"x.hada_w1_b", {8, 768}}}) == (Widths{768, {}, 8}));
    QVERIFY(widthsOf({{"x.lora_up.weight", {320, 8}}}) == std::nullopt);
}

void TestLoraLayers::productsThatWrapTellNothing()
{
    const std::uint64_t huge = std::uint64_t{1} << 63U;
    QVERIFY(widthsOf({{"x.lokr_w1", {huge, huge}}, {"x.lokr_w2", {huge, huge}}}) == (Widths{}));
}

/// What is told of a layer must not depend on the trainer's prefix: but for those that name another target.
void TestLoraLayers::everyPrefixIsTakenOff()
{
    for (const LoraPrefix& prefix : loraPrefixes()) {
        if (prefix.target != LoraTarget::Any)
            continue;
        const std::string name = std::string{prefix.text} + "joint_blocks_0_x_block_attn_qkv.lora_down.weight";
        const TensorIndex index = indexOfParts({{name.c_str(), {8, 2432}}});
        const auto identified = identifyLora(HeaderView{index});
        QVERIFY2(identified.has_value(), name.c_str());
        QVERIFY2(identified->architecture == Architecture::Sd35, name.c_str());
    }
    // Prefixes stand in front of each other.
    const TensorIndex index =
        indexOfParts({{"base_model.model.diffusion_model.joint_blocks.0.x_block.attn.qkv.lora_A.weight", {8, 2432}}});
    QVERIFY(identifyLora(HeaderView{index})->architecture == Architecture::Sd35);
}

/// The layers of each family are told apart only by how their names begin.
void TestLoraLayers::everyNameOfAFamilyIsKnown()
{
    for (const LoraFamilyName& family : loraFamilyNames()) {
        QVERIFY(family.family != LoraFamily::Any && family.family != LoraFamily::Other);
        const auto shadows = std::ranges::find_if(loraFamilyNames(), [&](const LoraFamilyName& other) {
            return &other < &family && family.beginning.starts_with(other.beginning);
        });
        QVERIFY2(shadows == loraFamilyNames().end(), std::string{family.beginning}.c_str());
    }
}

QTEST_APPLESS_MAIN(TestLoraLayers)
#include "test_lora_layers.moc"
