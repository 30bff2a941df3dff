// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/conversion/diffusers/part_renaming.h"

#include "model_engine/catalog/blueprints/ldm.h"
#include "model_engine/catalog/blueprints/text_encoders.h"
#include "tests/support/blueprint_index.h"
#include "tests/support/verify_result.h"

#include <QCryptographicHash>
#include <QTest>

#include <algorithm>
#include <map>

using namespace weightroom::engine;
using namespace weightroom::test;

Q_DECLARE_METATYPE(PartKind)

namespace {

/// Names and shapes, as "name [1, 2]".
using Lines = std::vector<std::string>;

std::vector<PartTensor> tensorsOf(const TensorIndex& index)
{
    std::vector<PartTensor> tensors;
    for (const TensorEntry& entry : index.tensors)
        tensors.push_back({entry.name, &entry});
    return tensors;
}

/// What a file of these tensors would be read as.
TensorIndex indexOf(const std::vector<OutputTensor>& tensors)
{
    Blueprint blueprint;
    for (const OutputTensor& tensor : tensors)
        blueprint.push_back({tensor.description.name, tensor.description.dtype, tensor.description.shape, {}});
    return weightroom::test::indexOf(blueprint);
}

Result<RenamedPart> rename(PartKind kind, const TensorIndex& index, Naming to)
{
    return renamePart(kind, tensorsOf(index), to, std::nullopt);
}

Lines linesOf(const TensorIndex& index, const std::vector<std::string>& without = {})
{
    Lines lines;
    for (const TensorEntry& entry : index.tensors) {
        if (std::ranges::find(without, entry.name) == without.end())
            lines.push_back(entry.name + " " + toText(entry.shape));
    }
    std::ranges::sort(lines);
    return lines;
}

std::string digestOf(const Lines& lines)
{
    std::string text;
    for (const std::string& line : lines)
        text += line + "\n";
    return QCryptographicHash::hash(QByteArray::fromStdString(text), QCryptographicHash::Sha256).toHex().toStdString();
}

/// One tensor, under its other name; empty: it has none.
std::string otherName(PartKind kind, std::string_view name, Naming to, Shape shape = {6, 4})
{
    const TensorIndex index = weightroom::test::indexOf({{std::string{name}, Dtype::F16, std::move(shape), {}}});
    const auto part = rename(kind, index, to);
    return part && !part->tensors.empty() ? part->tensors.front().description.name : std::string{};
}

} // namespace

/// The names and shapes of diffusers and transformers against these libraries themselves (diffusers 0.42 and
/// transformers 5.24): the digests are those of the sorted lines of their modules' state_dict(), built with the
/// configurations that the pipeline gets.
class TestPartRenaming : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void givesTheNamesOfDiffusers_data();
    void givesTheNamesOfDiffusers();
    void goesBackAgain_data();
    void goesBackAgain();
    void cutsAndJoinsAttention();
    void turnsTheProjection();
    void readsOlderAndNewerNames_data();
    void readsOlderAndNewerNames();
    void leavesBehindWhatNobodyNeeds();
    void refusesOtherNames_data();
    void refusesOtherNames();
    void refusesWhatCannotBeJoined();
};

void TestPartRenaming::givesTheNamesOfDiffusers_data()
{
    QTest::addColumn<PartKind>("kind");
    QTest::addColumn<TensorIndex>("index");
    QTest::addColumn<std::vector<std::string>>("without"); // not in the library's module
    QTest::addColumn<std::string>("digest");
    const auto row = [](const char* name, PartKind kind, const Blueprint& blueprint,
                         const std::vector<std::string>& without, const char* digest) {
        QTest::newRow(name) << kind << weightroom::test::indexOf(blueprint) << without << std::string{digest};
    };
    row("unet of sd1", PartKind::Unet, ldmUnet(sd1Unet(), Dtype::F16), {},
        "77ebc1df4e20916ac2e4cf489483e15661fccfe020d57eb554ab4671224d5de1");
    row("unet of sd2", PartKind::Unet, ldmUnet(sd2Unet(), Dtype::F16), {},
        "e1b6b20265b7d9d1d5860597d83fb88d34c545a8f97990087deb27c14c3a378e");
    row("unet of sdxl", PartKind::Unet, ldmUnet(sdxlUnet(), Dtype::F16), {},
        "93a876608bc1ee82195e34e1eb1667784c548cc1af6deaf04d79692e6d36926f");
    row("vae", PartKind::Vae, autoencoder(Autoencoder::KlF8, Dtype::F16), {},
        "5a0ba4e758a914142de788cfdc978a9e45274c037ef49e4aeac28723907be7c6");
    row("clip-l", PartKind::Clip, transformersClip(kClipL, Dtype::F16), {"text_model.embeddings.position_ids"},
        "2d6bd75085bd03af52a7719c719d4a51a986392b52812388305320cfb0500046");
    row("clip-h", PartKind::OpenClip, openClip(kOpenClipH, Dtype::F16), {"text_projection.weight", "logit_scale"},
        "42ac16b3f9ae2999257e196151188497597d171289bb09e9131f49e737ed6f79");
    row("clip-g", PartKind::OpenClip, openClip(kClipG, Dtype::F16), {"logit_scale"},
        "02cca0fa2d2af3b0af8f927b0cbb7c74b12486d02e3ff2bb155dc64a58578112");
}

void TestPartRenaming::givesTheNamesOfDiffusers()
{
    QFETCH(PartKind, kind);
    QFETCH(TensorIndex, index);
    QFETCH(std::vector<std::string>, without);
    QFETCH(std::string, digest);
    const auto part = rename(kind, index, Naming::Diffusers);
    VERIFY_RESULT(part);
    QVERIFY(part->dropped.empty());
    QCOMPARE(digestOf(linesOf(indexOf(part->tensors), without)), digest);
}

void TestPartRenaming::goesBackAgain_data() { givesTheNamesOfDiffusers_data(); }

void TestPartRenaming::goesBackAgain()
{
    QFETCH(PartKind, kind);
    QFETCH(TensorIndex, index);
    const auto part = rename(kind, index, Naming::Diffusers);
    VERIFY_RESULT(part);
    const TensorIndex there = indexOf(part->tensors);
    const auto back = rename(kind, there, Naming::SingleFile);
    VERIFY_RESULT(back);
    QVERIFY(linesOf(indexOf(back->tensors)) == linesOf(index));
}

void TestPartRenaming::cutsAndJoinsAttention()
{
    const TensorIndex index =
        weightroom::test::indexOf({{"transformer.resblocks.7.attn.in_proj_weight", Dtype::F16, {6, 4}, {}},
            {"transformer.resblocks.7.attn.in_proj_bias", Dtype::F16, {6}, {}}});
    const auto part = rename(PartKind::OpenClip, index, Naming::Diffusers);
    VERIFY_RESULT(part);
    const std::string layer = "text_model.encoder.layers.7.self_attn.";
    const Lines expected{layer + "k_proj.bias [2]", layer + "k_proj.weight [2, 4]", layer + "q_proj.bias [2]",
        layer + "q_proj.weight [2, 4]", layer + "v_proj.bias [2]", layer + "v_proj.weight [2, 4]"};
    const TensorIndex cut = indexOf(part->tensors);
    QVERIFY(linesOf(cut) == expected);
    QCOMPARE(part->tensors[1].description.name, layer + "k_proj.weight");
    QCOMPARE(part->tensors[1].parts.front().range, (ByteRange{index.tensors[0].range.begin + 16, Bytes{16}}));
    const auto back = rename(PartKind::OpenClip, cut, Naming::SingleFile);
    VERIFY_RESULT(back);
    QCOMPARE(back->tensors.size(), 2U);
    QCOMPARE(back->tensors.front().parts.size(), 3U);
    QCOMPARE(back->tensors.front().parts[2].name, layer + "v_proj.weight");
}

void TestPartRenaming::turnsTheProjection()
{
    const TensorIndex index = weightroom::test::indexOf({{"text_projection", Dtype::F16, {3, 2}, {}}});
    const auto part = rename(PartKind::OpenClip, index, Naming::Diffusers);
    VERIFY_RESULT(part);
    QCOMPARE(part->tensors.front().description.name, std::string{"text_projection.weight"});
    QCOMPARE(part->tensors.front().description.shape, Shape({2, 3}));
    QVERIFY(part->tensors.front().parts.front().strides == (std::vector<std::uint64_t>{1, 2}));
}

void TestPartRenaming::readsOlderAndNewerNames_data()
{
    QTest::addColumn<PartKind>("kind");
    QTest::addColumn<std::string>("name");
    QTest::addColumn<std::string>("expected");
    const auto row = [](PartKind kind, const char* name, const char* expected) {
        QTest::newRow(name) << kind << std::string{name} << std::string{expected};
    };
    row(PartKind::Vae, "encoder.mid_block.attentions.0.query.weight", "encoder.mid.attn_1.q.weight");
    row(PartKind::Vae, "decoder.mid_block.attentions.0.proj_attn.bias", "decoder.mid.attn_1.proj_out.bias");
    row(PartKind::Clip, "encoder.layers.3.mlp.fc1.weight", "text_model.encoder.layers.3.mlp.fc1.weight");
    row(PartKind::OpenClip, "embeddings.token_embedding.weight", "token_embedding.weight");
    row(PartKind::OpenClip, "final_layer_norm.bias", "ln_final.bias");
}

void TestPartRenaming::readsOlderAndNewerNames()
{
    QFETCH(PartKind, kind);
    QFETCH(std::string, name);
    QFETCH(std::string, expected);
    QCOMPARE(otherName(kind, name, Naming::SingleFile), expected);
}

void TestPartRenaming::leavesBehindWhatNobodyNeeds()
{
    const TensorIndex index = weightroom::test::indexOf({{"loss.logvar", Dtype::F32, {}, {}},
        {"quant_conv.bias", Dtype::F16, {8}, {}}, {"model_ema.decay", Dtype::F32, {}, {}}});
    const auto part = rename(PartKind::Vae, index, Naming::Diffusers);
    VERIFY_RESULT(part);
    QCOMPARE(part->dropped.size(), 2U);
    QCOMPARE(part->tensors.size(), 1U);
}

void TestPartRenaming::refusesOtherNames_data()
{
    QTest::addColumn<PartKind>("kind");
    QTest::addColumn<std::string>("name");
    QTest::addColumn<bool>("toDiffusers");
    const auto row = [](PartKind kind, bool toDiffusers, const char* name) {
        QTest::newRow(name) << kind << std::string{name} << toDiffusers;
    };
    for (const char* name : {"", "input_blocks", "input_blocks.", "input_blocks.0.1.x", "input_blocks.01.0.op.weight",
             "input_blocks.1.0", "input_blocks.1.0.in_layers.1.weight", "input_blocks.1.2.x", "input_blocks.3.0.x",
             "input_blocks.3.1.op.weight", "input_blocks.4294967297.0.op.weight", "input_blocks.-1.0.op.weight",
             "middle_block.3.in_layers.0.weight", "output_blocks.2.3.conv.weight", "output_blocks.1.1", "out.1.weight",
             "time_embed.0x", "control_model.x"})
        row(PartKind::Unet, true, name);
    for (const char* name : {"down_blocks.0.resnets.2.norm1.weight", "down_blocks.0.resnets.0.norm3.weight",
             "up_blocks.0.resnets.3.norm1.weight", "up_blocks.0.x", "down_blocks.0.downsamplers.1.conv.weight",
             "mid_block.resnets.2.norm1.weight", "mid_block.attentions.1.norm.weight",
             "class_embedding.linear_1.weight"})
        row(PartKind::Unet, false, name);
    for (const char* name : {"encoder.mid.block_3.norm1.weight", "encoder.mid.attn_1.norm2.weight",
             "decoder.up.9.block.0.norm1.weight", "encoder.up.0.upsample.conv.bias"})
        row(PartKind::Vae, true, name);
    for (const char* name : {"transformer.resblocks.0.attn.in_proj", "transformer.resblocks.x.ln_1.weight",
             "transformer.resblocks.0.ln_3.weight", "ln_final2.weight"})
        row(PartKind::OpenClip, true, name);
    row(PartKind::OpenClip, false, "text_model.encoder.layers.0.self_attn.o_proj.weight");
}

void TestPartRenaming::refusesOtherNames()
{
    QFETCH(PartKind, kind);
    QFETCH(std::string, name);
    QFETCH(bool, toDiffusers);
    const TensorIndex index = weightroom::test::indexOf({{name, Dtype::F16, {6, 4}, {}}});
    const auto refused = rename(kind, index, toDiffusers ? Naming::Diffusers : Naming::SingleFile);
    VERIFY_ERROR(refused, ErrorCode::Unsupported);
    QVERIFY(refused.error().detail.find(name) != std::string::npos);
}

void TestPartRenaming::refusesWhatCannotBeJoined()
{
    const std::string layer = "text_model.encoder.layers.0.self_attn.";
    const auto refuses = [](const Blueprint& blueprint, Naming to) {
        return rename(PartKind::OpenClip, weightroom::test::indexOf(blueprint), to);
    };
    VERIFY_ERROR(refuses({{layer + "q_proj.bias", Dtype::F16, {2}, {}}, {layer + "k_proj.bias", Dtype::F16, {2}, {}}},
                     Naming::SingleFile),
        ErrorCode::Unsupported);
    VERIFY_ERROR(refuses({{layer + "v_proj.bias", Dtype::F16, {2}, {}}}, Naming::SingleFile), ErrorCode::Unsupported);
    VERIFY_ERROR(refuses({{layer + "q_proj.bias", Dtype::F16, {2}, {}}, {layer + "k_proj.bias", Dtype::F16, {2}, {}},
                             {layer + "v_proj.bias", Dtype::F32, {2}, {}}},
                     Naming::SingleFile),
        ErrorCode::Unsupported);
    VERIFY_ERROR(refuses({{layer + "q_proj.bias", Dtype::F16, {}, {}}, {layer + "k_proj.bias", Dtype::F16, {}, {}},
                             {layer + "v_proj.bias", Dtype::F16, {}, {}}},
                     Naming::SingleFile),
        ErrorCode::Unsupported);
    const char* joined = "transformer.resblocks.0.attn.in_proj_bias";
    VERIFY_ERROR(refuses({{joined, Dtype::F16, {4}, {}}}, Naming::Diffusers), ErrorCode::Unsupported);
    VERIFY_ERROR(refuses({{joined, Dtype::F16, {}, {}}}, Naming::Diffusers), ErrorCode::Unsupported);
    VERIFY_ERROR(refuses({{"text_projection", Dtype::F16, {4}, {}}}, Naming::Diffusers), ErrorCode::Unsupported);
    VERIFY_ERROR(refuses({{"text_projection", Dtype::F4, {4, 2}, {}}}, Naming::Diffusers), ErrorCode::Unsupported);
}

QTEST_APPLESS_MAIN(TestPartRenaming)
#include "test_part_renaming.moc"
