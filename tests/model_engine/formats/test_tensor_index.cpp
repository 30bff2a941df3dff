// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/quoted_name.h"
#include "model_engine/formats/tensor_index.h"

#include "model_engine/core/utf8.h"

#include <QTest>

using namespace weightroom::engine;

namespace {

TensorIndex indexOf(const std::vector<std::string>& names)
{
    TensorIndex index;
    for (const std::string& name : names)
        index.tensors.push_back({name, Dtype::U8, Shape{1}, {}});
    return index;
}

} // namespace

class TestTensorIndex : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsByName();
    void findsTheFirstWithAPrefix();
    void listsInTheOrderOfNames();
    void emptyIndexHasNothing();
    void namesFormats();
    void givesTheShapeInTheOrderOfTheFormat();
    void namesTypesAsTheFormatDoes_data();
    void namesTypesAsTheFormatDoes();
    void sizesOfViewsAreThoseOfTheirElements();
    void cutsLongNamesBetweenCharacters_data();
    void cutsLongNamesBetweenCharacters();
};

void TestTensorIndex::findsByName()
{
    const TensorIndex index = indexOf({"b", "", "a.weight", "a"});
    const TensorLookup lookup{index};
    for (const TensorEntry& entry : index.tensors)
        QCOMPARE(lookup.find(entry.name), &entry);
    QVERIFY(lookup.contains(""));
    QCOMPARE(lookup.find("a."), nullptr);
    QCOMPARE(lookup.find("c"), nullptr);
}

void TestTensorIndex::findsTheFirstWithAPrefix()
{
    const TensorIndex index = indexOf({"unet.2", "unet.10", "vae", "unet"});
    const TensorLookup lookup{index};
    QCOMPARE(lookup.firstWithPrefix("unet."), &index.tensors[1]);
    QCOMPARE(lookup.firstWithPrefix("unet"), &index.tensors[3]);
    QCOMPARE(lookup.firstWithPrefix(""), &index.tensors[3]);
    QCOMPARE(lookup.firstWithPrefix("unet.3"), nullptr);
    QCOMPARE(lookup.firstWithPrefix("w"), nullptr);
}

void TestTensorIndex::listsInTheOrderOfNames()
{
    const TensorIndex index = indexOf({"b", "c", "a"});
    std::string order;
    const TensorLookup lookup{index};
    for (const TensorEntry* entry : lookup.byName())
        order += entry->name;
    QCOMPARE(order, std::string{"abc"});
}

void TestTensorIndex::emptyIndexHasNothing()
{
    const TensorIndex index;
    const TensorLookup lookup{index};
    QCOMPARE(lookup.find(""), nullptr);
    QCOMPARE(lookup.firstWithPrefix(""), nullptr);
    QVERIFY(lookup.byName().empty());
}

void TestTensorIndex::namesFormats()
{
    QCOMPARE(toText(FileFormat::Safetensors), std::string_view{"safetensors"});
    QCOMPARE(toText(FileFormat::Gguf), std::string_view{"gguf"});
    QCOMPARE(toText(FileFormat::TorchZip), std::string_view{"torch-zip"});
    QCOMPARE(toText(FileFormat::TorchLegacy), std::string_view{"torch-legacy"});
    QCOMPARE(toText(FileFormat::Unknown), std::string_view{"unknown"});
}

void TestTensorIndex::givesTheShapeInTheOrderOfTheFormat()
{
    const TensorEntry entry{"x", Dtype::F16, Shape{320, 4, 3, 2}, {}};
    QCOMPARE(fileShape(entry, FileFormat::Safetensors), (Shape{320, 4, 3, 2}));
    QCOMPARE(fileShape(entry, FileFormat::Gguf), (Shape{2, 3, 4, 320}));
    QCOMPARE(fileShape(TensorEntry{}, FileFormat::Gguf), Shape{});
}

void TestTensorIndex::namesTypesAsTheFormatDoes_data()
{
    QTest::addColumn<weightroom::engine::Dtype>("dtype");
    QTest::addColumn<QString>("safetensors");
    QTest::addColumn<QString>("gguf");
    QTest::newRow("half") << Dtype::F16 << "F16"
                          << "F16";
    QTest::newRow("bfloat16") << Dtype::Bf16 << "BF16"
                              << "BF16";
    QTest::newRow("blocks") << Dtype::Q4K << "q4_k"
                            << "Q4_K";
    QTest::newRow("fp8") << Dtype::F8E4M3 << "F8_E4M3"
                         << "fp8_e4m3";
    QTest::newRow("unknown") << Dtype::Unknown << "unknown"
                             << "unknown";
}

void TestTensorIndex::namesTypesAsTheFormatDoes()
{
    QFETCH(weightroom::engine::Dtype, dtype);
    QFETCH(QString, safetensors);
    QFETCH(QString, gguf);
    QCOMPARE(fileDtypeName(dtype, FileFormat::Safetensors), std::string_view{safetensors.toStdString()});
    QCOMPARE(fileDtypeName(dtype, FileFormat::Diffusers), fileDtypeName(dtype, FileFormat::Safetensors));
    QCOMPARE(fileDtypeName(dtype, FileFormat::Gguf), std::string_view{gguf.toStdString()});
    QCOMPARE(fileDtypeName(dtype, FileFormat::Unknown), toText(dtype));
    QCOMPARE(fileDtypeName(Dtype::Bf16, FileFormat::TorchZip), std::string_view{"bfloat16"});
    QCOMPARE(fileDtypeName(Dtype::F8E4M3, FileFormat::TorchLegacy), std::string_view{"float8_e4m3fn"});
    QCOMPARE(fileDtypeName(Dtype::Q4K, FileFormat::TorchZip), toText(Dtype::Q4K)); // torch has no such type
}

void TestTensorIndex::sizesOfViewsAreThoseOfTheirElements()
{
    const TensorEntry plain{"plain", Dtype::F32, Shape{2, 3}, {8, Bytes{24}}};
    QVERIFY(plain.isContiguous());
    QCOMPARE(contiguousSize(plain), Bytes{24});
    TensorEntry expanded{"expanded", Dtype::F16, Shape{5, 3}, {8, Bytes{6}}};
    expanded.strides = {0, 1};
    QVERIFY(!expanded.isContiguous());
    QCOMPARE(contiguousSize(expanded), Bytes{30});
}

void TestTensorIndex::cutsLongNamesBetweenCharacters_data()
{
    QTest::addColumn<QByteArray>("unit");
    QTest::newRow("one byte") << QByteArray{"n"};
    QTest::newRow("two bytes") << QByteArray{"\xc3\xa4"};
    QTest::newRow("three bytes") << QByteArray{"\xe2\x82\xac"};
    QTest::newRow("four bytes") << QByteArray{"\xf0\x9f\x98\x80"};
    QTest::newRow("not UTF-8") << QByteArray{"\xff"};
}

void TestTensorIndex::cutsLongNamesBetweenCharacters()
{
    QFETCH(QByteArray, unit);
    const std::string name = unit.repeated(1000).toStdString();
    const std::string cut = quotedName(name);
    QVERIFY(cut.size() < 200);
    QVERIFY(cut.starts_with("'" + unit.toStdString()));
    QVERIFY(cut.ends_with("…'"));
    QCOMPARE(isValidUtf8(cut), isValidUtf8(name));
    QCOMPARE(quotedName(unit.toStdString()), "'" + unit.toStdString() + "'");
}

QTEST_APPLESS_MAIN(TestTensorIndex)
#include "test_tensor_index.moc"
