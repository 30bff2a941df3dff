// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/core/bytes.h"

#include <QTest>

using namespace weightroom::engine;

namespace {

constexpr std::uint64_t kMost = std::numeric_limits<std::uint64_t>::max();

} // namespace

static_assert(checkedAdd(kMost, 0) == kMost);
static_assert(!checkedAdd(kMost, 1));
static_assert(!checkedAdd(1, kMost));
static_assert(!checkedAdd(kMost, kMost));
static_assert(checkedAdd(kMost - 7, 7) == kMost);
static_assert(checkedMultiply(0, kMost) == 0U);
static_assert(checkedMultiply(kMost, 0) == 0U);
static_assert(checkedMultiply(kMost, 1) == kMost);
static_assert(!checkedMultiply(kMost, 2));
static_assert(!checkedMultiply(1ULL << 32U, 1ULL << 32U));
static_assert(checkedMultiply(1ULL << 32U, (1ULL << 32U) - 1) == (kMost - ((1ULL << 32U) - 1)));
static_assert(alignUp(0, 8) == 0 && alignUp(1, 8) == 8 && alignUp(8, 8) == 8 && alignUp(9, 4096) == 4096);
static_assert(alignDown(0, 8) == 0 && alignDown(7, 8) == 0 && alignDown(8, 8) == 8 && alignDown(4097, 4096) == 4096);
static_assert(kKiB * 1024 == kMiB && kMiB * 1024 == kGiB);
static_assert(Bytes{3} + Bytes{4} == Bytes{7} && Bytes{4} - Bytes{3} == Bytes{1} && Bytes{3} < Bytes{4});

class TestBytes : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void checkedSumsAgreeWithWideOnes();
    void writesUnits_data();
    void writesUnits();
    void writesExactNumbers();
};

/// Around every power of two, where a wrong comparison is off by one.
void TestBytes::checkedSumsAgreeWithWideOnes()
{
    __extension__ using Wide = unsigned __int128;
    std::vector<std::uint64_t> numbers{0, kMost};
    for (unsigned bit = 0; bit < 64; ++bit)
        for (const std::uint64_t offset : {kMost, std::uint64_t{0}, std::uint64_t{1}})
            numbers.push_back((1ULL << bit) + offset);
    for (const std::uint64_t a : numbers) {
        for (const std::uint64_t b : numbers) {
            const Wide sum = Wide{a} + b;
            const Wide product = Wide{a} * b;
            QCOMPARE(checkedAdd(a, b), sum > kMost ? std::nullopt : std::optional{static_cast<std::uint64_t>(sum)});
            QCOMPARE(checkedMultiply(a, b),
                product > kMost ? std::nullopt : std::optional{static_cast<std::uint64_t>(product)});
        }
    }
}

void TestBytes::writesUnits_data()
{
    QTest::addColumn<quint64>("value");
    QTest::addColumn<std::string>("text");
    QTest::newRow("none") << quint64{0} << std::string{"0 B"};
    QTest::newRow("bytes") << quint64{312} << std::string{"312 B"};
    QTest::newRow("last byte") << quint64{1023} << std::string{"1023 B"};
    QTest::newRow("first KiB") << quint64{1024} << std::string{"1.00 KiB"};
    QTest::newRow("MiB") << quint64{3 * 512 * 1024} << std::string{"1.50 MiB"};
    QTest::newRow("SDXL") << quint64{6'938'078'334} << std::string{"6.46 GiB"};
    QTest::newRow("TiB") << (quint64{1} << 40U) << std::string{"1.00 TiB"};
    QTest::newRow("most") << quint64{kMost} << std::string{"16777216.00 TiB"};
}

void TestBytes::writesUnits()
{
    QFETCH(quint64, value);
    QFETCH(std::string, text);
    QCOMPARE(toText(Bytes{value}), text);
}

void TestBytes::writesExactNumbers()
{
    QCOMPARE(toExactText(Bytes{0}), std::string{"0 bytes"});
    QCOMPARE(toExactText(Bytes{1}), std::string{"1 byte"});
    QCOMPARE(toExactText(Bytes{kMost}), std::string{"18446744073709551615 bytes"});
}

QTEST_APPLESS_MAIN(TestBytes)
#include "test_bytes.moc"
