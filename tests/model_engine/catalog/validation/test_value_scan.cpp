// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/catalog/validation/value_scan.h"
#include "tests/support/little_endian.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

Q_DECLARE_METATYPE(Dtype)

namespace {

ValueCounts countsOf(Dtype dtype, const std::string& bytes)
{
    ValueScan scan{dtype};
    scan.take(std::as_bytes(std::span{bytes}));
    return scan.counts();
}

} // namespace

class TestValueScan : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void countsWhereverItStands_data();
    void countsWhereverItStands();
    void tellsNumbersFromOthers_data();
    void tellsNumbersFromOthers();
    void knowsZerosOfEitherSign_data();
    void knowsZerosOfEitherSign();
    void looksAtTheValuesOfBlocks();
    void addsUpOverBlocks();
    void knowsEveryTypeOfFiles();
};

void TestValueScan::countsWhereverItStands_data()
{
    QTest::addColumn<Dtype>("dtype");
    QTest::addColumn<quint64>("nan");
    QTest::addColumn<quint64>("infinity");
    QTest::addColumn<quint64>("number");
    const auto row = [](Dtype dtype, quint64 nan, quint64 infinity, quint64 number) {
        QTest::newRow(std::string{toText(dtype)}.c_str()) << dtype << nan << infinity << number;
    };
    row(Dtype::F32, 0xFFC00000, 0xFF800000, 0x7F7FFFFF);
    row(Dtype::F64, 0x7FF0000000000001, 0xFFF0000000000000, 0x7FEFFFFFFFFFFFFF);
    row(Dtype::F16, 0x7C01, 0xFC00, 0x7BFF);
    row(Dtype::Bf16, 0xFF81, 0x7F80, 0x7F7F);
    row(Dtype::F8E5M2, 0x7D, 0xFC, 0xFB);
    row(Dtype::F8E4M3, 0xFF, 0, 0x7E); // has no infinity
    row(Dtype::F8E4M3Fnuz, 0x80, 0, 0xFF);
    row(Dtype::F8E5M2Fnuz, 0x80, 0, 0x7F);
    row(Dtype::F8E8M0, 0xFF, 0, 0xFE);
}

/// At the first and last places of what is looked at as a whole, and in the rest behind it.
void TestValueScan::countsWhereverItStands()
{
    QFETCH(Dtype, dtype);
    QFETCH(quint64, nan);
    QFETCH(quint64, infinity);
    QFETCH(quint64, number);
    const std::size_t width = traitsOf(dtype).bitsPerBlock / 8;
    constexpr std::size_t kElements = 3000; // some whole chunks of any width, and a rest
    std::string numbers;
    for (std::size_t i = 0; i < kElements; ++i)
        numbers += littleEndian(number, width);
    QCOMPARE(countsOf(dtype, numbers).nan, 0U);
    QCOMPARE(countsOf(dtype, numbers).infinite, 0U);
    QVERIFY(!countsOf(dtype, numbers).isAllZero);
    for (const std::size_t place : {0UL, 1023UL / width, 1024UL / width, kElements - 1}) {
        std::string bytes = numbers;
        bytes.replace(place * width, width, littleEndian(nan, width));
        QCOMPARE(countsOf(dtype, bytes).nan, 1U);
        QCOMPARE(countsOf(dtype, bytes).infinite, 0U);
        if (infinity == 0)
            continue;
        bytes.replace(place * width, width, littleEndian(infinity, width));
        QCOMPARE(countsOf(dtype, bytes).nan, 0U);
        QCOMPARE(countsOf(dtype, bytes).infinite, 1U);
    }
}

void TestValueScan::tellsNumbersFromOthers_data()
{
    QTest::addColumn<Dtype>("dtype");
    QTest::addColumn<quint64>("nan");
    QTest::addColumn<quint64>("infinite");
    const auto row = [](Dtype dtype, quint64 nan, quint64 infinite) {
        QTest::newRow(std::string{toText(dtype)}.c_str()) << dtype << nan << infinite;
    };
    row(Dtype::F16, 2 * 1023, 2);
    row(Dtype::Bf16, 2 * 127, 2);
    row(Dtype::U16, 0, 0);
    row(Dtype::I16, 0, 0);
    row(Dtype::Bool, 0, 0);
}

/// All words of 16 bits: the numbers of each kind are known from the type's definition.
void TestValueScan::tellsNumbersFromOthers()
{
    QFETCH(Dtype, dtype);
    std::string bytes;
    for (std::uint32_t word = 0; word < 0x10000; ++word)
        bytes += littleEndian(word, 2);
    const ValueCounts counts = countsOf(dtype, bytes);
    QTEST(quint64{counts.nan}, "nan");
    QTEST(quint64{counts.infinite}, "infinite");
}

void TestValueScan::knowsZerosOfEitherSign_data()
{
    QTest::addColumn<Dtype>("dtype");
    QTest::addColumn<quint64>("zero");
    QTest::addColumn<bool>("isZero");
    const auto row = [](const char* name, Dtype dtype, quint64 word, bool isZero) {
        QTest::newRow(name) << dtype << word << isZero;
    };
    row("fp32", Dtype::F32, 0x80000000, true);
    row("fp64", Dtype::F64, 0x8000000000000000, true);
    row("fp16", Dtype::F16, 0x8000, true);
    row("bf16", Dtype::Bf16, 0x8000, true);
    row("fp16, smallest", Dtype::F16, 0x8001, false);
    row("e4m3", Dtype::F8E4M3, 0x80, true);
    row("e5m2", Dtype::F8E5M2, 0x80, true);
    row("e4m3fnuz", Dtype::F8E4M3Fnuz, 0x00, true);
    row("e8m0", Dtype::F8E8M0, 0x00, false); // 2 to the -127
    row("fp4", Dtype::F4, 0x88, true);
    row("fp4, smallest", Dtype::F4, 0x10, false);
    row("integer", Dtype::I32, 0x80000000, false);
    row("boolean", Dtype::Bool, 0, true);
}

void TestValueScan::knowsZerosOfEitherSign()
{
    QFETCH(Dtype, dtype);
    QFETCH(quint64, zero);
    const std::size_t width = std::max(8U, traitsOf(dtype).bitsPerBlock) / 8;
    for (const std::size_t elements : {1U, 7U, 2048U}) {
        std::string bytes;
        for (std::size_t i = 0; i < elements; ++i)
            bytes += littleEndian(zero, width);
        QTEST(countsOf(dtype, bytes).isAllZero, "isZero");
    }
    QVERIFY(countsOf(dtype, {}).isAllZero);
}

/// One block of Q8_0 whose scale is infinite, among 100 whose numbers are zero.
void TestValueScan::looksAtTheValuesOfBlocks()
{
    const std::string zeros = littleEndian(0x3C00, 2) + std::string(32, '\0');
    std::string bytes;
    for (int i = 0; i < 100; ++i)
        bytes += zeros;
    QVERIFY(countsOf(Dtype::Q8_0, bytes).isAllZero);
    bytes.replace(70 * zeros.size(), zeros.size(), littleEndian(0x7C00, 2) + "\x01\xFF" + std::string(30, '\0'));
    const ValueCounts counts = countsOf(Dtype::Q8_0, bytes);
    QCOMPARE(counts.infinite, 2U);
    QCOMPARE(counts.nan, 30U); // infinity times zero
    QVERIFY(!counts.isAllZero);
}

void TestValueScan::addsUpOverBlocks()
{
    ValueScan scan{Dtype::F16};
    const std::string zero(64, '\0');
    const std::string nan = littleEndian(0x7E00, 2);
    for (const std::string& bytes : {zero, nan, zero, nan})
        scan.take(std::as_bytes(std::span{bytes}));
    QCOMPARE(scan.counts().nan, 2U);
    QVERIFY(!scan.counts().isAllZero);
}

void TestValueScan::knowsEveryTypeOfFiles()
{
    for (const DtypeTraits& traits : dtypeTable()) {
        const bool isOfNoFile = traits.dtype == Dtype::Q8_1 || traits.dtype == Dtype::Q8K;
        QCOMPARE(ValueScan::knows(traits.dtype), !isOfNoFile);
    }
}

QTEST_APPLESS_MAIN(TestValueScan)
#include "test_value_scan.moc"
