// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/precision.h"
#include "tests/support/little_endian.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <random>

using namespace weightroom::engine;
using namespace weightroom::test;

Q_DECLARE_METATYPE(Dtype)

namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();
constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

std::span<const std::byte> bytesOfText(const std::string& text) { return std::as_bytes(std::span{text}); }

/// One number in another type; of a word in, and a word out.
std::uint64_t converted(Dtype from, std::uint64_t word, Dtype to, PrecisionLoss* loss = nullptr)
{
    const std::string in = littleEndian(word, traitsOf(from).bitsPerBlock / 8);
    std::vector<std::byte> out(traitsOf(to).bitsPerBlock / 8);
    PrecisionLoss own;
    if (!convertElements(from, bytesOfText(in), to, out, loss == nullptr ? own : *loss))
        return ~std::uint64_t{0};
    std::uint64_t result = 0;
    for (std::size_t i = out.size(); i-- > 0;)
        result = result << 8U | std::to_integer<std::uint64_t>(out[i]);
    return result;
}

std::uint64_t fromFloat(float number, Dtype to, PrecisionLoss* loss = nullptr)
{
    return converted(Dtype::F32, std::bit_cast<std::uint32_t>(number), to, loss);
}

float toFloat(Dtype from, std::uint64_t word)
{
    return std::bit_cast<float>(static_cast<std::uint32_t>(converted(from, word, Dtype::F32)));
}

/// The value of a word, straight from the definition of its type. Infinity and NaN are not told apart here.
double valueByDefinition(std::uint64_t word, int exponentBits, int fractionBits, int bias)
{
    const std::uint64_t fraction = word & ((1U << fractionBits) - 1U);
    const auto exponent = static_cast<int>((word >> fractionBits) & ((1U << exponentBits) - 1U));
    const bool isNegative = (word >> (exponentBits + fractionBits)) != 0;
    const double significand = static_cast<double>(fraction) + (exponent == 0 ? 0 : std::exp2(fractionBits));
    const double value = significand * std::exp2(std::max(exponent, 1) - bias - fractionBits);
    return isNegative ? -value : value;
}

struct Definition {
    Dtype dtype;
    int exponentBits;
    int fractionBits;
    int bias;
    double largest;
};

constexpr std::array kDefinitions{
    Definition{Dtype::F16, 5, 10, 15, 65504},
    Definition{Dtype::Bf16, 8, 7, 127, 0x1.FEp127},
    Definition{Dtype::F8E4M3, 4, 3, 7, 448},
    Definition{Dtype::F8E5M2, 5, 2, 15, 57344},
};

/// All finite numbers of a type that are not negative, with their words.
std::map<double, std::uint64_t> numbersOf(const Definition& type)
{
    std::map<double, std::uint64_t> numbers;
    const std::uint64_t sign = std::uint64_t{1} << (type.exponentBits + type.fractionBits);
    for (std::uint64_t word = 0; word < sign; ++word) {
        const double value = valueByDefinition(word, type.exponentBits, type.fractionBits, type.bias);
        if (value <= type.largest)
            numbers.emplace(value, word);
    }
    return numbers;
}

/// The nearest number's word, of two the even one; found by looking.
std::uint64_t nearestWord(const std::map<double, std::uint64_t>& numbers, double value)
{
    const auto above = numbers.lower_bound(value);
    if (above == numbers.end())
        return numbers.rbegin()->second;
    if (above == numbers.begin() || above->first == value)
        return above->second;
    const auto below = std::prev(above);
    const double toAbove = above->first - value;
    const double toBelow = value - below->first;
    if (toAbove == toBelow)
        return above->second % 2 == 0 ? above->second : below->second;
    return toAbove < toBelow ? above->second : below->second;
}

} // namespace

class TestPrecision : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsEveryWord_data();
    void readsEveryWord();
    void readsFnuzTypes_data();
    void readsFnuzTypes();
    void roundsToNearest_data();
    void roundsToNearest();
    void roundsFp64Once_data();
    void roundsFp64Once();
    void tellsWhatIsBeyond_data();
    void tellsWhatIsBeyond();
    void keepsNaN_data();
    void keepsNaN();
    void measuresTheError();
    void computesQuantisedBlocks();
    void converts100000AtOnce();
    void refusesWhatDoesNotFit();
    void knowsItsTypes();
};

void TestPrecision::readsEveryWord_data()
{
    QTest::addColumn<int>("definition");
    for (std::size_t i = 0; i < kDefinitions.size(); ++i)
        QTest::newRow(std::string{toText(kDefinitions[i].dtype)}.c_str()) << static_cast<int>(i);
}

/// And writes it again: a number that a type has is never changed.
void TestPrecision::readsEveryWord()
{
    QFETCH(int, definition);
    const Definition& type = kDefinitions[static_cast<std::size_t>(definition)];
    const std::uint64_t words = std::uint64_t{2} << (type.exponentBits + type.fractionBits);
    std::uint64_t special = 0;
    for (std::uint64_t word = 0; word < words; ++word) {
        const double expected = valueByDefinition(word, type.exponentBits, type.fractionBits, type.bias);
        const float value = toFloat(type.dtype, word);
        if (std::abs(expected) > type.largest) {
            ++special;
            QVERIFY(std::isnan(value) || std::isinf(value));
            continue;
        }
        QCOMPARE(static_cast<double>(value), expected);
        QCOMPARE(std::signbit(value), std::signbit(expected));
        QCOMPARE(fromFloat(value, type.dtype), word);
    }
    const bool hasInfinity = type.dtype != Dtype::F8E4M3;
    QCOMPARE(special, std::uint64_t{2} << (hasInfinity ? type.fractionBits : 0));
    if (hasInfinity) {
        const std::uint64_t infinity = ((std::uint64_t{1} << type.exponentBits) - 1) << type.fractionBits;
        QCOMPARE(toFloat(type.dtype, infinity), kInfinity);
    }
}

void TestPrecision::readsFnuzTypes_data()
{
    QTest::addColumn<Dtype>("dtype");
    QTest::addColumn<int>("fractionBits");
    QTest::addColumn<int>("bias");
    QTest::newRow("e4m3") << Dtype::F8E4M3Fnuz << 3 << 8;
    QTest::newRow("e5m2") << Dtype::F8E5M2Fnuz << 2 << 16;
}

void TestPrecision::readsFnuzTypes()
{
    QFETCH(Dtype, dtype);
    QFETCH(int, fractionBits);
    QFETCH(int, bias);
    for (std::uint64_t word = 0; word < 256; ++word) {
        const float value = toFloat(dtype, word);
        if (word == 0x80)
            QVERIFY(std::isnan(value));
        else
            QCOMPARE(static_cast<double>(value), valueByDefinition(word, 7 - fractionBits, fractionBits, bias));
    }
}

void TestPrecision::roundsToNearest_data() { readsEveryWord_data(); }

/// Each number, the middle between it and the next, and what lies right beside these; and random numbers.
void TestPrecision::roundsToNearest()
{
    QFETCH(int, definition);
    const Definition& type = kDefinitions[static_cast<std::size_t>(definition)];
    const auto numbers = numbersOf(type);
    const auto check = [&](float value) {
        return static_cast<double>(value) > type.largest || fromFloat(value, type.dtype) == nearestWord(numbers, value);
    };
    for (auto number = numbers.begin(); std::next(number) != numbers.end(); ++number) {
        const auto middle = static_cast<float>((number->first + std::next(number)->first) / 2);
        QVERIFY2(check(middle), QByteArray::number(middle));
        QVERIFY2(check(std::nextafter(middle, 0.0F)), QByteArray::number(middle));
        QVERIFY2(check(std::nextafter(middle, kInfinity)), QByteArray::number(middle));
    }
    std::mt19937 generator{20261125};
    for (int i = 0; i < 20'000; ++i) {
        const auto value = std::bit_cast<float>(static_cast<std::uint32_t>(generator()) & 0x7FFFFFFFU);
        QVERIFY2(std::isnan(value) || check(value), QByteArray::number(value));
    }
}

void TestPrecision::roundsFp64Once_data() { readsEveryWord_data(); }

/// Right above the middle between two numbers, by less than fp32 can tell: by way of fp32 it would be a tie.
void TestPrecision::roundsFp64Once()
{
    QFETCH(int, definition);
    const Definition& type = kDefinitions[static_cast<std::size_t>(definition)];
    const auto numbers = numbersOf(type);
    for (const float around : {1.0F, 1.25F, 0.01F, 100.0F}) {
        auto number = numbers.lower_bound(around);
        for (int i = 0; i < 4; ++i, ++number) {
            const double middle = (number->first + std::next(number)->first) / 2;
            for (const double value : {middle, std::nextafter(middle, 0.0), std::nextafter(middle, 1e9)}) {
                const std::uint64_t word = converted(Dtype::F64, std::bit_cast<std::uint64_t>(value), type.dtype);
                QCOMPARE(word, nearestWord(numbers, value));
            }
        }
    }
}

void TestPrecision::tellsWhatIsBeyond_data()
{
    QTest::addColumn<Dtype>("from");
    QTest::addColumn<quint64>("word");
    QTest::addColumn<Dtype>("to");
    QTest::addColumn<quint64>("expected");
    QTest::addColumn<bool>("isOverflow");
    const auto row = [](const char* name, float value, Dtype to, quint64 expected, bool isOverflow) {
        QTest::newRow(name) << Dtype::F32 << quint64{std::bit_cast<std::uint32_t>(value)} << to << expected
                            << isOverflow;
    };
    row("fp16, the last that rounds down", std::nextafter(65520.0F, 0.0F), Dtype::F16, 0x7BFF, false);
    row("fp16, the middle", 65520.0F, Dtype::F16, 0x7C00, true);
    row("fp16, large", -1e30F, Dtype::F16, 0xFC00, true);
    row("fp16, infinity", -kInfinity, Dtype::F16, 0xFC00, false);
    row("bf16", std::numeric_limits<float>::max(), Dtype::Bf16, 0x7F80, true);
    row("bf16, infinity", kInfinity, Dtype::Bf16, 0x7F80, false);
    row("e4m3, the middle", 464.0F, Dtype::F8E4M3, 0x7E, false); // ties to even
    row("e4m3, right above", std::nextafter(464.0F, 1e9F), Dtype::F8E4M3, 0x7E, true);
    row("e4m3, large", -1e30F, Dtype::F8E4M3, 0xFE, true);
    row("e4m3, infinity", kInfinity, Dtype::F8E4M3, 0x7E, true);
    row("e5m2, right below the middle", std::nextafter(61440.0F, 0.0F), Dtype::F8E5M2, 0x7B, false);
    row("e5m2, the middle", 61440.0F, Dtype::F8E5M2, 0x7B, true);
    row("e5m2, infinity", -kInfinity, Dtype::F8E5M2, 0xFB, true);
    const auto wide = [](const char* name, double value, Dtype to, quint64 expected, bool isOverflow) {
        QTest::newRow(name) << Dtype::F64 << quint64{std::bit_cast<std::uint64_t>(value)} << to << expected
                            << isOverflow;
    };
    wide("fp64 to fp32", 1e300, Dtype::F32, 0x7F800000, true);
    wide("fp64 to fp32, infinity", -double{kInfinity}, Dtype::F32, 0xFF800000, false);
    wide("fp64 to fp16", -1e300, Dtype::F16, 0xFC00, true);
    wide("fp64 to bf16, infinity", double{kInfinity}, Dtype::Bf16, 0x7F80, false);
    wide("fp64 to e4m3", 1e300, Dtype::F8E4M3, 0x7E, true);
}

void TestPrecision::tellsWhatIsBeyond()
{
    QFETCH(Dtype, from);
    QFETCH(quint64, word);
    QFETCH(Dtype, to);
    QFETCH(quint64, expected);
    QFETCH(bool, isOverflow);
    PrecisionLoss loss;
    QCOMPARE(quint64{converted(from, word, to, &loss)}, expected);
    QCOMPARE(loss.overflowed, isOverflow ? 1U : 0U);
    QVERIFY(std::isfinite(loss.largestError) && std::isfinite(loss.errorSum));
}

void TestPrecision::keepsNaN_data() { readsEveryWord_data(); }

void TestPrecision::keepsNaN()
{
    QFETCH(int, definition);
    const Dtype dtype = kDefinitions[static_cast<std::size_t>(definition)].dtype;
    for (const std::uint32_t bits : {0x7FC00000U, 0xFFC00000U, 0x7F800001U, 0x7FFFFFFFU}) {
        PrecisionLoss loss;
        QVERIFY(std::isnan(toFloat(dtype, converted(Dtype::F32, bits, dtype, &loss))));
        QCOMPARE(loss.overflowed, 0U);
        QCOMPARE(loss.errorSum, 0.0);
    }
    const std::uint64_t nan = std::bit_cast<std::uint64_t>(static_cast<double>(kNan));
    QVERIFY(std::isnan(toFloat(dtype, converted(Dtype::F64, nan, dtype))));
}

void TestPrecision::measuresTheError()
{
    PrecisionLoss loss;
    fromFloat(1.0F, Dtype::F8E4M3, &loss);
    fromFloat(-17.0F, Dtype::F8E4M3, &loss); // 16
    fromFloat(0.25F + 0x1p-7F, Dtype::F8E4M3, &loss); // 0.25
    fromFloat(1000.0F, Dtype::F8E4M3, &loss); // an overflow is counted, not measured
    QCOMPARE(loss.elements, 4U);
    QCOMPARE(loss.overflowed, 1U);
    QCOMPARE(loss.largestError, 1.0);
    QCOMPARE(loss.errorSum, 1.0 + 0x1p-7);
    QCOMPARE(loss.meanError(), (1.0 + 0x1p-7) / 4);
    QCOMPARE(PrecisionLoss{}.meanError(), 0.0);
    PrecisionLoss wide;
    converted(Dtype::F64, std::bit_cast<std::uint64_t>(1.0 + 0x1p-40), Dtype::F32, &wide);
    QCOMPARE(wide.largestError, 0x1p-40);
}

void TestPrecision::computesQuantisedBlocks()
{
    std::string block = littleEndian(0x3800, 2); // 0.5
    for (int i = 0; i < 32; ++i)
        block.push_back(static_cast<char>(i - 16));
    std::vector<std::byte> out(64);
    PrecisionLoss loss;
    VERIFY_RESULT(convertElements(Dtype::Q8_0, bytesOfText(block), Dtype::F16, out, loss));
    QCOMPARE(loss.elements, 32U);
    QCOMPARE(loss.largestError, 0.0);
    QCOMPARE(std::to_integer<int>(out[1]), 0xC8); // -8
    QCOMPARE(std::to_integer<int>(out[63]), 0x47); // 7.5
}

/// More than are on their way at once, and no multiple of it.
void TestPrecision::converts100000AtOnce()
{
    std::string in;
    for (int i = 0; i < 100'000; ++i)
        in += littleEndian(std::bit_cast<std::uint32_t>(static_cast<float>(i % 2000)), 4);
    std::vector<std::byte> out(200'000);
    PrecisionLoss loss;
    VERIFY_RESULT(convertElements(Dtype::F32, bytesOfText(in), Dtype::F16, out, loss));
    QCOMPARE(loss.elements, 100'000U);
    QCOMPARE(loss.errorSum, 0.0);
    for (std::size_t i = 0; i < 100'000; ++i) {
        const std::uint64_t word =
            std::to_integer<std::uint64_t>(out[2 * i]) | std::to_integer<std::uint64_t>(out[2 * i + 1]) << 8U;
        QCOMPARE(toFloat(Dtype::F16, word), static_cast<float>(i % 2000));
    }
}

void TestPrecision::refusesWhatDoesNotFit()
{
    const std::string in(64, '\0');
    std::vector<std::byte> out(64);
    PrecisionLoss loss;
    const auto convert = [&](Dtype from, std::size_t bytesIn, Dtype to, std::size_t bytesOut) {
        return convertElements(from, bytesOfText(in).first(bytesIn), to, std::span{out}.first(bytesOut), loss);
    };
    VERIFY_ERROR(convert(Dtype::F32, 64, Dtype::F64, 64), ErrorCode::Unsupported);
    VERIFY_ERROR(convert(Dtype::I32, 64, Dtype::F32, 64), ErrorCode::Unsupported);
    VERIFY_ERROR(convert(Dtype::F4, 8, Dtype::F32, 64), ErrorCode::Unsupported);
    VERIFY_ERROR(convert(Dtype::Q8_1, 36, Dtype::F16, 64), ErrorCode::Unsupported);
    VERIFY_ERROR(convert(Dtype::F32, 60, Dtype::F16, 32), ErrorCode::InvalidValue);
    VERIFY_ERROR(convert(Dtype::F32, 64, Dtype::F16, 33), ErrorCode::InvalidValue);
    VERIFY_ERROR(convert(Dtype::Q8_0, 34, Dtype::F16, 62), ErrorCode::InvalidValue);
    QCOMPARE(loss.elements, 0U);
    VERIFY_RESULT(convert(Dtype::F32, 0, Dtype::F16, 0));
}

void TestPrecision::knowsItsTypes()
{
    QVERIFY(isPrecision(Dtype::F8E5M2) && !isPrecision(Dtype::F64) && !isPrecision(Dtype::F8E4M3Fnuz));
    QVERIFY(hasNumbers(Dtype::F64) && hasNumbers(Dtype::Q4K) && hasNumbers(Dtype::F8E5M2Fnuz));
    for (const Dtype dtype : {Dtype::C64, Dtype::F4, Dtype::F6E2M3, Dtype::F8E8M0, Dtype::I8, Dtype::Q8K})
        QVERIFY(!hasNumbers(dtype));
}

QTEST_APPLESS_MAIN(TestPrecision)
#include "test_precision.moc"
