// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/dtype.h"

#include "tests/support/verify_result.h"

#include <QTest>

#include <set>

using namespace weightroom::engine;

class TestDtype : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyRowIsItsOwn();
    void safetensorsNamesRoundTrip();
    void knowsTheTypesOfSafetensors_data();
    void knowsTheTypesOfSafetensors();
    void ggufTypesRoundTrip();
    void knowsTheBlocksOfGguf_data();
    void knowsTheBlocksOfGguf();
    void countsBytes_data();
    void countsBytes();
    void refusesUnknownNames();
    void valuesOutsideTheEnumerationAreUnknown();
};

void TestDtype::everyRowIsItsOwn()
{
    std::set<std::string_view> names;
    for (const DtypeTraits& traits : dtypeTable()) {
        QVERIFY2(names.insert(traits.name).second, traits.name.data());
        QCOMPARE(&traitsOf(traits.dtype), &traits);
        QCOMPARE(toText(traits.dtype), traits.name);
        QVERIFY(traits.elementsPerBlock > 0);
        QCOMPARE(traits.bitsPerBlock > 0, traits.dtype != Dtype::Unknown);
    }
}

void TestDtype::safetensorsNamesRoundTrip()
{
    std::size_t found = 0;
    for (const DtypeTraits& traits : dtypeTable()) {
        if (traits.safetensorsName.empty())
            continue;
        QCOMPARE(dtypeFromSafetensors(traits.safetensorsName), std::optional{traits.dtype});
        QCOMPARE(traits.elementsPerBlock, 1U);
        ++found;
    }
    QCOMPARE(found, std::size_t{22});
}

/// Names and bits as the reference library 0.8.0 has them.
void TestDtype::knowsTheTypesOfSafetensors_data()
{
    QTest::addColumn<quint32>("bits");
    for (const char* name : {"BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"})
        QTest::newRow(name) << quint32{8};
    for (const char* name : {"I16", "U16", "F16", "BF16"})
        QTest::newRow(name) << quint32{16};
    for (const char* name : {"I32", "U32", "F32"})
        QTest::newRow(name) << quint32{32};
    for (const char* name : {"I64", "U64", "F64", "C64"})
        QTest::newRow(name) << quint32{64};
    for (const char* name : {"F6_E2M3", "F6_E3M2"})
        QTest::newRow(name) << quint32{6};
    QTest::newRow("F4") << quint32{4};
}

void TestDtype::knowsTheTypesOfSafetensors()
{
    QFETCH(quint32, bits);
    const auto dtype = dtypeFromSafetensors(QTest::currentDataTag());
    QVERIFY(dtype);
    QCOMPARE(traitsOf(*dtype).bitsPerBlock, bits);
}

void TestDtype::ggufTypesRoundTrip()
{
    std::set<std::uint32_t> numbers;
    for (const DtypeTraits& traits : dtypeTable()) {
        QCOMPARE(traits.ggufName.empty(), !traits.ggufType);
        if (!traits.ggufType)
            continue;
        QVERIFY(numbers.insert(*traits.ggufType).second);
        QCOMPARE(dtypeFromGguf(*traits.ggufType), std::optional{traits.dtype});
    }
    // Numbers that ggml has given up: 4, 5 (old Q4), 31 to 33 (repacked Q4), 36 to 38 (repacked IQ4).
    for (const std::uint32_t number : {4U, 5U, 31U, 32U, 33U, 36U, 37U, 38U, 41U, 0xFFFFFFFFU})
        QCOMPARE(dtypeFromGguf(number), std::nullopt);
}

/// As gguf-py's table of sizes has them: name, elements and bytes per block.
void TestDtype::knowsTheBlocksOfGguf_data()
{
    QTest::addColumn<quint32>("type");
    QTest::addColumn<quint64>("elements");
    QTest::addColumn<quint64>("bytes");
    const auto row = [](const char* name, quint32 type, quint64 elements, quint64 bytes) {
        QTest::newRow(name) << type << elements << bytes;
    };
    row("F32", 0, 1, 4);
    row("F16", 1, 1, 2);
    row("Q4_0", 2, 32, 2 + 16);
    row("Q4_1", 3, 32, 2 + 2 + 16);
    row("Q5_0", 6, 32, 2 + 4 + 16);
    row("Q5_1", 7, 32, 2 + 2 + 4 + 16);
    row("Q8_0", 8, 32, 2 + 32);
    row("Q2_K", 10, 256, 2 + 2 + 256 / 16 + 256 / 4);
    row("Q3_K", 11, 256, 2 + 256 / 4 + 256 / 8 + 12);
    row("Q4_K", 12, 256, 2 + 2 + 256 / 2 + 12);
    row("Q5_K", 13, 256, 2 + 2 + 256 / 2 + 256 / 8 + 12);
    row("Q6_K", 14, 256, 2 + 256 / 2 + 256 / 4 + 256 / 16);
    row("Q8_K", 15, 256, 4 + 256 + 256 / 8);
    row("IQ2_XXS", 16, 256, 2 + 256 / 4);
    row("IQ2_XS", 17, 256, 2 + 256 / 4 + 256 / 32);
    row("IQ3_XXS", 18, 256, 2 + 256 / 4 + 256 / 8);
    row("IQ1_S", 19, 256, 2 + 256 / 8 + 256 / 16);
    row("IQ4_NL", 20, 32, 2 + 16);
    row("IQ3_S", 21, 256, 2 + 256 / 4 + 256 / 8 + 256 / 32 + 4);
    row("IQ2_S", 22, 256, 2 + 256 / 4 + 256 / 16);
    row("IQ4_XS", 23, 256, 2 + 2 + 256 / 2 + 256 / 64);
    row("IQ1_M", 29, 256, 256 / 8 + 256 / 16 + 256 / 32);
    row("BF16", 30, 1, 2);
    row("TQ1_0", 34, 256, 2 + 4 * 13);
    row("TQ2_0", 35, 256, 2 + 64);
    row("MXFP4", 39, 32, 1 + 16);
    row("NVFP4", 40, 64, 4 + 32);
    row("I8", 24, 1, 1);
    row("I16", 25, 1, 2);
    row("I32", 26, 1, 4);
    row("I64", 27, 1, 8);
    row("F64", 28, 1, 8);
}

void TestDtype::knowsTheBlocksOfGguf()
{
    QFETCH(quint32, type);
    QFETCH(quint64, elements);
    QFETCH(quint64, bytes);
    const auto dtype = dtypeFromGguf(type);
    QVERIFY(dtype);
    QCOMPARE(traitsOf(*dtype).ggufName, std::string_view{QTest::currentDataTag()});
    QCOMPARE(bytesOf(*dtype, elements), std::optional{Bytes{bytes}});
    QCOMPARE(bytesOf(*dtype, 3 * elements), std::optional{Bytes{3 * bytes}});
    if (elements > 1)
        QCOMPARE(bytesOf(*dtype, elements + 1), std::nullopt);
}

void TestDtype::countsBytes_data()
{
    constexpr quint64 kHalf = 1ULL << 63U;
    QTest::addColumn<weightroom::engine::Dtype>("dtype");
    QTest::addColumn<quint64>("elements");
    QTest::addColumn<std::optional<Bytes>>("bytes");
    QTest::newRow("none") << Dtype::F32 << quint64{0} << std::optional{Bytes{0}};
    QTest::newRow("fp16") << Dtype::F16 << quint64{7} << std::optional{Bytes{14}};
    QTest::newRow("two fp4") << Dtype::F4 << quint64{2} << std::optional{Bytes{1}};
    QTest::newRow("three fp4") << Dtype::F4 << quint64{3} << std::optional<Bytes>{};
    QTest::newRow("four fp6") << Dtype::F6E2M3 << quint64{4} << std::optional{Bytes{3}};
    QTest::newRow("six fp6") << Dtype::F6E2M3 << quint64{6} << std::optional<Bytes>{};
    QTest::newRow("bits overflow") << Dtype::U8 << kHalf << std::optional<Bytes>{};
    QTest::newRow("most u8") << Dtype::U8 << (1ULL << 61U) - 1 << std::optional{Bytes{(1ULL << 61U) - 1}};
    QTest::newRow("one more u8") << Dtype::U8 << (1ULL << 61U) << std::optional<Bytes>{};
    QTest::newRow("wraps to 64") << Dtype::F64 << (1ULL << 58U) + 1 << std::optional<Bytes>{};
    QTest::newRow("unknown type") << Dtype::Unknown << quint64{1} << std::optional<Bytes>{};
}

void TestDtype::countsBytes()
{
    QFETCH(weightroom::engine::Dtype, dtype);
    QFETCH(quint64, elements);
    QFETCH(std::optional<Bytes>, bytes);
    QCOMPARE(bytesOf(dtype, elements), bytes);
}

void TestDtype::refusesUnknownNames()
{
    for (const char* name : {"", "f16", "F16 ", "FLOAT", "F3", "BF", "Q4_0"})
        QCOMPARE(dtypeFromSafetensors(name), std::nullopt);
}

void TestDtype::valuesOutsideTheEnumerationAreUnknown()
{
    QCOMPARE(toText(static_cast<Dtype>(255)), std::string_view{"unknown"});
    QCOMPARE(bytesOf(static_cast<Dtype>(255), 1), std::nullopt);
}

QTEST_APPLESS_MAIN(TestDtype)
#include "test_dtype.moc"
