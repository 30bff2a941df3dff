// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/tensor_conversion.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

constexpr Bytes kBlock = TensorConversion::kSmallestBlock;

std::uint64_t bytesFor(Dtype dtype, std::uint64_t elements) { return bytesOf(dtype, elements).value_or(Bytes{}).value; }

/// Bytes that are numbers in every type: no exponent is the largest.
std::vector<std::byte> storedNumbers(std::uint64_t size)
{
    std::mt19937 generator{20261126};
    std::vector<std::byte> bytes(size);
    std::ranges::generate(bytes, [&generator] { return static_cast<std::byte>(generator() & 0x3FU); });
    return bytes;
}

struct Whole {
    std::vector<std::byte> bytes;
    PrecisionLoss loss;
    std::string problem;
};

Whole convertByBlocks(const TensorConversion& conversion, const std::vector<std::byte>& stored, unsigned others)
{
    HelperThreads helpers{others};
    Whole whole{std::vector<std::byte>(conversion.size().value), {}, {}};
    for (std::uint64_t i = 0; i < conversion.blockCount(); ++i) {
        const TensorConversion::Block block = conversion.block(i);
        const auto done =
            conversion.convert(block, std::span{stored}.subspan(block.storedBegin, block.storedSize.value),
                std::span{whole.bytes}.subspan(block.begin, block.size.value), helpers, whole.loss);
        if (!done)
            whole.problem += describe(done.error());
    }
    return whole;
}

} // namespace

class TestTensorConversion : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cutsWithoutGaps_data();
    void cutsWithoutGaps();
    void givesWhatOneCallGives_data();
    void givesWhatOneCallGives();
    void refusesWhatCannotBe_data();
    void refusesWhatCannotBe();
    void refusesOtherSizes();
};

void TestTensorConversion::cutsWithoutGaps_data()
{
    QTest::addColumn<Dtype>("from");
    QTest::addColumn<Dtype>("to");
    QTest::addColumn<quint64>("elements");
    QTest::addColumn<quint64>("blockSize");
    QTest::addColumn<quint64>("blocks");
    const auto row = [](const char* name, Dtype from, Dtype to, quint64 elements, quint64 blockSize, quint64 blocks) {
        QTest::newRow(name) << from << to << elements << blockSize << blocks;
    };
    row("nothing", Dtype::F32, Dtype::F16, 0, kBlock.value, 0);
    row("one", Dtype::F32, Dtype::F16, 1, kBlock.value, 1);
    row("just full", Dtype::F32, Dtype::F16, 32768, kBlock.value, 1);
    row("one more", Dtype::F32, Dtype::F16, 32769, kBlock.value, 2);
    row("fp8", Dtype::F32, Dtype::F8E4M3, 65536 * 3, kBlock.value, 3);
    row("wider", Dtype::F16, Dtype::F32, 16384 * 2 + 5, kBlock.value, 3);
    row("blocks of GGUF", Dtype::Q4K, Dtype::F16, 256 * 1000, kBlock.value, 8);
    row("smaller than may be", Dtype::F32, Dtype::F16, 32769, 1, 2);
    row("no multiple", Dtype::F32, Dtype::F16, 36864 * 2, 77777, 2);
    row("the usual size", Dtype::F32, Dtype::F16, quint64{1} << 23U, TensorConversion::kBlockSize.value, 2);
}

void TestTensorConversion::cutsWithoutGaps()
{
    QFETCH(Dtype, from);
    QFETCH(Dtype, to);
    QFETCH(quint64, elements);
    QFETCH(quint64, blockSize);
    QFETCH(quint64, blocks);
    const auto conversion = TensorConversion::plan(from, to, elements, Bytes{blockSize});
    VERIFY_RESULT(conversion);
    QCOMPARE(quint64{conversion->blockCount()}, blocks);
    std::uint64_t stored = 0;
    std::uint64_t converted = 0;
    for (std::uint64_t i = 0; i < conversion->blockCount(); ++i) {
        const TensorConversion::Block block = conversion->block(i);
        QCOMPARE(block.storedBegin, stored);
        QCOMPARE(block.begin, converted);
        QVERIFY(block.size.value > 0 && block.size <= std::max(Bytes{blockSize}, kBlock));
        stored += block.storedSize.value;
        converted += block.size.value;
    }
    QCOMPARE(Bytes{stored}, conversion->storedSize());
    QCOMPARE(Bytes{converted}, conversion->size());
    QCOMPARE(stored, bytesFor(from, elements));
    QCOMPARE(converted, bytesFor(to, elements));
}

void TestTensorConversion::givesWhatOneCallGives_data()
{
    QTest::addColumn<Dtype>("from");
    QTest::addColumn<Dtype>("to");
    for (const Dtype from : {Dtype::F32, Dtype::F16, Dtype::Q4K}) {
        for (const Dtype to : {Dtype::F32, Dtype::F8E4M3})
            QTest::addRow("%s to %s", toText(from).data(), toText(to).data()) << from << to;
    }
}

/// Blocks that are large enough for several threads, and a last one that is not.
void TestTensorConversion::givesWhatOneCallGives()
{
    QFETCH(Dtype, from);
    QFETCH(Dtype, to);
    constexpr std::uint64_t kElements = 256 * 4097;
    const std::vector<std::byte> stored = storedNumbers(bytesFor(from, kElements));
    Whole expected{std::vector<std::byte>(bytesFor(to, kElements)), {}, {}};
    VERIFY_RESULT(convertElements(from, stored, to, expected.bytes, expected.loss));
    const auto conversion = TensorConversion::plan(from, to, kElements, Bytes{std::uint64_t{3} << 20U});
    VERIFY_RESULT(conversion);
    for (const unsigned others : {0U, 2U, 1000U}) {
        const Whole actual = convertByBlocks(*conversion, stored, others);
        QCOMPARE(actual.problem, std::string{});
        QVERIFY(actual.bytes == expected.bytes);
        QCOMPARE(actual.loss.elements, kElements);
        QCOMPARE(actual.loss.overflowed, expected.loss.overflowed);
        QCOMPARE(actual.loss.largestError, expected.loss.largestError);
        QVERIFY(std::abs(actual.loss.errorSum - expected.loss.errorSum) <= expected.loss.errorSum * 1e-6);
    }
}

void TestTensorConversion::refusesWhatCannotBe_data()
{
    QTest::addColumn<Dtype>("from");
    QTest::addColumn<Dtype>("to");
    QTest::addColumn<quint64>("elements");
    QTest::addColumn<ErrorCode>("expected");
    QTest::newRow("integers") << Dtype::I32 << Dtype::F16 << quint64{4} << ErrorCode::Unsupported;
    QTest::newRow("to fp64") << Dtype::F32 << Dtype::F64 << quint64{4} << ErrorCode::Unsupported;
    QTest::newRow("to GGUF") << Dtype::F32 << Dtype::Q4K << quint64{256} << ErrorCode::Unsupported;
    QTest::newRow("half a block") << Dtype::Q4K << Dtype::F16 << quint64{128} << ErrorCode::InvalidValue;
    QTest::newRow("too many to count") << Dtype::F8E4M3 << Dtype::F32 << (quint64{1} << 63U) << ErrorCode::InvalidValue;
    QTest::newRow("more than all") << Dtype::F32 << Dtype::F16 << std::numeric_limits<quint64>::max()
                                   << ErrorCode::InvalidValue;
}

void TestTensorConversion::refusesWhatCannotBe()
{
    QFETCH(Dtype, from);
    QFETCH(Dtype, to);
    QFETCH(quint64, elements);
    QFETCH(ErrorCode, expected);
    VERIFY_ERROR(TensorConversion::plan(from, to, elements), expected);
}

void TestTensorConversion::refusesOtherSizes()
{
    const auto conversion = TensorConversion::plan(Dtype::F32, Dtype::F16, 100, kBlock);
    VERIFY_RESULT(conversion);
    const std::vector<std::byte> stored = storedNumbers(500);
    std::vector<std::byte> room(300);
    HelperThreads helpers{0};
    PrecisionLoss loss;
    for (const auto& [size, space] : {std::pair<std::size_t, std::size_t>{396, 200}, {404, 200}, {400, 198}, {0, 0}}) {
        VERIFY_ERROR(conversion->convert(conversion->block(0), std::span{stored}.first(size),
                         std::span{room}.first(space), helpers, loss),
            ErrorCode::InvalidValue);
    }
    QCOMPARE(loss.elements, 0U);
}

QTEST_APPLESS_MAIN(TestTensorConversion)
#include "test_tensor_conversion.moc"
