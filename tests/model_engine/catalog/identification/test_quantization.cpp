// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/identification/quantization.h"

#include <QTest>

using namespace weightroom::engine;

namespace {

TensorIndex indexOfNames(const std::vector<std::string>& names)
{
    TensorIndex index;
    for (const std::string& name : names)
        index.tensors.push_back({name, Dtype::U8, {1}, {8, Bytes{1}}});
    return index;
}

using Names = std::vector<std::string>;

} // namespace

Q_DECLARE_METATYPE(Names)

class TestQuantization final : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void tellsTheScheme_data();
    void tellsTheScheme();
    void readsTheMarkOfTheHeader();
    void namesOfWeightsAreNoMarks();
};

void TestQuantization::tellsTheScheme_data()
{
    QTest::addColumn<Names>("names");
    QTest::addColumn<QString>("scheme");
    const auto row = [](const char* scheme, Names names) {
        QTest::addRow("%s: %s", scheme, names.back().c_str()) << std::move(names) << QString::fromLatin1(scheme);
    };
    row("", {"x.weight", "x.bias"});
    row("", {"x.weight", "x.weight.absmax"}); // says only that something is packed
    row("nf4", {"x.weight", "x.weight.absmax", "x.weight.quant_state.bitsandbytes__nf4"});
    row("fp4", {"x.weight", "x.weight.quant_map", "x.weight.quant_state.bitsandbytes__fp4"});
    row("bnb_int8", {"x.weight", "x.weight_format", "x.SCB"});
    row("fp8_scaled", {"x.weight", "x.scale_weight"});
    row("fp8_scaled", {"x.weight", "x.scale_input", "scaled_fp8"});
    row("fp8_scaled", {"x.weight", "x.input_scale", "x.weight_scale"});
    row("comfy_mixed", {"x.weight", "x.weight_scale", "x.comfy_quant"});
    row("svdquant", {"x.qweight", "x.wscales"});
    row("svdquant", {"x.qweight", "x.wtscale"});
    row("gptq", {"x.qweight", "x.qzeros"});
    row("sdnq", {"x.weight", "x.scale", "x.zero_point"});
}

void TestQuantization::tellsTheScheme()
{
    QFETCH(Names, names);
    QTEST(QString::fromStdString(quantizationOf(indexOfNames(names).tensors)), "scheme");
}

void TestQuantization::readsTheMarkOfTheHeader()
{
    const HeaderMetadata mark{{"_quantization_metadata", "{}"}};
    for (const char* lesser : {"", "fp8_scaled", "sdnq"})
        QCOMPARE(quantizationOf(lesser, mark), std::string{"comfy_mixed"});
    QCOMPARE(quantizationOf("nf4", mark), std::string{"nf4"}); // tells more
    QCOMPARE(quantizationOf("fp8_scaled", {}), std::string{"fp8_scaled"});
}

void TestQuantization::namesOfWeightsAreNoMarks()
{
    for (const char* name : {"", "weight", "x.weight", "x.bias", "absmax.weight", "x.absmax.y", "x.scale", "x.SCBs"})
        QVERIFY2(!isQuantizationMark(name), name);
    for (const char* name : {"x.weight.absmax", "x.weight.nested_absmax", "x.weight.nested_quant_map", "x.input_scale",
             "x.pre_quant_scale", "x.weight_scale_2", "scaled_fp8", "SCB"})
        QVERIFY2(isQuantizationMark(name), name);
}

QTEST_APPLESS_MAIN(TestQuantization)
#include "test_quantization.moc"
