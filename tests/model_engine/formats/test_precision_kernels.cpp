// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/precision/kernels.h"
#include "model_engine/formats/precision/number_bytes.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>
#include <random>
#include <vector>

using namespace weightroom::engine;

namespace {

constexpr std::array kPrecisions{Dtype::F32, Dtype::F16, Dtype::Bf16, Dtype::F8E4M3, Dtype::F8E5M2};
constexpr int kSeed = 20261126;

constexpr int kMostPlaces = 23; ///< of a fraction, which are all tried

using ByteVector = std::vector<std::byte>;

std::size_t widthOf(Dtype dtype) { return traitsOf(dtype).bitsPerBlock / 8; }

template <class Word>
ByteVector bytesOfWords(const std::vector<Word>& words)
{
    const auto bytes = std::as_bytes(std::span{words});
    return {bytes.begin(), bytes.end()};
}

/// All words of a type of 8 or 16 bits, in order.
ByteVector everyWord(Dtype dtype)
{
    if (widthOf(dtype) == 1) {
        std::vector<std::uint8_t> words(256);
        for (std::size_t i = 0; i < words.size(); ++i)
            words[i] = static_cast<std::uint8_t>(i);
        return bytesOfWords(words);
    }
    std::vector<std::uint16_t> words(65536);
    for (std::size_t i = 0; i < words.size(); ++i)
        words[i] = static_cast<std::uint16_t>(i);
    return bytesOfWords(words);
}

/// Numbers of all exponents and both signs: random fractions; the middles between two numbers of every smaller type,
/// whatever its last place is, and what lies right beside them; and the ends.
template <class Word, int exponentBits, int fractionBits>
std::vector<Word> numbersOfAllSizes()
{
    std::mt19937_64 generator{kSeed};
    const Word fractions = (Word{1} << fractionBits) - 1;
    std::vector<Word> words;
    constexpr int kPlaces = fractionBits <= kMostPlaces ? fractionBits : 4;
    for (Word head = 0; head < (Word{2} << exponentBits); ++head) {
        const auto add = [&](Word fraction) { words.push_back((head << fractionBits) | (fraction & fractions)); };
        for (const Word fraction : {Word{0}, Word{1}, fractions, static_cast<Word>(fractions - 1)})
            add(fraction);
        for (int i = 0; i < 16; ++i)
            add(static_cast<Word>(generator()));
        for (int i = 0; i < kPlaces; ++i) {
            // All of them where there are few; a different choice for each exponent where there are many.
            const int place = fractionBits == kPlaces ? i : static_cast<int>(generator() % fractionBits);
            const Word middle = Word{1} << place;
            const Word above = static_cast<Word>(generator()) & ~(middle | (middle - 1));
            for (const Word base : {above, Word(above ^ (middle << 1U)), Word{0}})
                for (const Word fraction : {base | middle, Word((base | middle) + 1), Word((base | middle) - 1)})
                    add(fraction);
        }
    }
    return words;
}

/// Of one size beside each other, and in random order.
template <class Word>
ByteVector bothOrders(std::vector<Word> words)
{
    std::vector<Word> mixed = words;
    std::ranges::shuffle(mixed, std::mt19937{kSeed});
    words.insert(words.end(), mixed.begin(), mixed.end());
    return bytesOfWords(words);
}

ByteVector numbersOf(Dtype dtype)
{
    if (dtype == Dtype::F64)
        return bothOrders(numbersOfAllSizes<std::uint64_t, 11, 52>());
    if (dtype == Dtype::F32)
        return bothOrders(numbersOfAllSizes<std::uint32_t, 8, 23>());
    return everyWord(dtype);
}

/// No number, as one element of a type.
ByteVector nanOf(Dtype dtype)
{
    if (dtype == Dtype::F64)
        return bytesOfWords(std::vector<double>{std::nan("")});
    ByteVector nan(widthOf(dtype));
    PrecisionLoss none;
    const ByteVector wide = bytesOfWords(std::vector<float>{std::nanf("")});
    if (!convertElementsBy(plainKernels(), Dtype::F32, wide, dtype, nan, none))
        nan.clear();
    return nan;
}

struct Converted {
    ByteVector bytes;
    PrecisionLoss loss;
};

Converted convertBy(const PrecisionKernels& kernels, Dtype from, std::span<const std::byte> in, Dtype to)
{
    Converted converted{ByteVector(in.size() / widthOf(from) * widthOf(to)), {}};
    if (!convertElementsBy(kernels, from, in, to, converted.bytes, converted.loss))
        converted.bytes.clear();
    return converted;
}

bool isSame(const PrecisionLoss& actual, const PrecisionLoss& expected)
{
    return actual.elements == expected.elements && actual.overflowed == expected.overflowed
        && std::bit_cast<std::uint64_t>(actual.largestError) == std::bit_cast<std::uint64_t>(expected.largestError)
        && std::abs(actual.errorSum - expected.errorSum) <= kSumTolerance * expected.errorSum;
}

/// Which number differs, or nothing.
QByteArray difference(Dtype from, const ByteVector& in, Dtype to, const Converted& actual, const Converted& expected)
{
    if (actual.bytes.empty() != in.empty())
        return "the conversion failed";
    const auto [wrong, right] = std::ranges::mismatch(actual.bytes, expected.bytes);
    if (wrong != actual.bytes.end()) {
        const auto index = static_cast<std::size_t>(wrong - actual.bytes.begin()) / widthOf(to);
        const auto* const number = reinterpret_cast<const char*>(in.data()) + index * widthOf(from);
        return "number " + QByteArray::number(static_cast<quint64>(index)) + ", bytes "
            + QByteArray{number, static_cast<int>(widthOf(from))}.toHex();
    }
    if (isSame(actual.loss, expected.loss))
        return {};
    return "overflowed " + QByteArray::number(static_cast<quint64>(actual.loss.overflowed)) + " for "
        + QByteArray::number(static_cast<quint64>(expected.loss.overflowed)) + ", largest "
        + QByteArray::number(actual.loss.largestError) + " for " + QByteArray::number(expected.loss.largestError)
        + ", sum " + QByteArray::number(actual.loss.errorSum, 'g', 17) + " for "
        + QByteArray::number(expected.loss.errorSum, 'g', 17);
}

} // namespace

/// The fast kernels against the plain ones, which test_precision.cpp holds against the definitions of the types, and
/// tests/differential against torch.
class TestPrecisionKernels : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void giveTheSameBits_data();
    void giveTheSameBits();
    void giveTheSameBitsWhereEveryGroupHasSomethingSpecial_data();
    void giveTheSameBitsWhereEveryGroupHasSomethingSpecial();
    void takeAnyLengthAtAnyAddress_data();
    void takeAnyLengthAtAnyAddress();
    void stayInTheirPlace();
    void areChosenByTheProcessor();
};

void TestPrecisionKernels::giveTheSameBits_data()
{
    QTest::addColumn<Dtype>("from");
    QTest::addColumn<Dtype>("to");
    for (const Dtype from : {Dtype::F64, Dtype::F32, Dtype::F16, Dtype::Bf16, Dtype::F8E4M3, Dtype::F8E5M2}) {
        for (const Dtype to : kPrecisions) {
            // Of fp64 only the way to fp32 has kernels of its own.
            if (from != Dtype::F64 || to == Dtype::F32)
                QTest::addRow("%s to %s", toText(from).data(), toText(to).data()) << from << to;
        }
    }
}

void TestPrecisionKernels::giveTheSameBits()
{
    QFETCH(Dtype, from);
    QFETCH(Dtype, to);
    if (avx2Kernels() == nullptr)
        QSKIP("this processor has only the plain ones");
    const ByteVector in = numbersOf(from);
    const Converted expected = convertBy(plainKernels(), from, in, to);
    const Converted actual = convertBy(*avx2Kernels(), from, in, to);
    const QByteArray wrong = difference(from, in, to, actual, expected);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
}

void TestPrecisionKernels::giveTheSameBitsWhereEveryGroupHasSomethingSpecial_data() { giveTheSameBits_data(); }

/// Every 29th number is none, so that no group of 32 is without one.
void TestPrecisionKernels::giveTheSameBitsWhereEveryGroupHasSomethingSpecial()
{
    QFETCH(Dtype, from);
    QFETCH(Dtype, to);
    if (avx2Kernels() == nullptr)
        QSKIP("this processor has only the plain ones");
    const ByteVector all = numbersOf(from);
    ByteVector in{all.begin() + static_cast<std::ptrdiff_t>(all.size() / 4 * 3), all.end()};
    const ByteVector special = nanOf(from);
    for (std::size_t at = 0; at + special.size() <= in.size(); at += 29 * special.size())
        std::ranges::copy(special, in.begin() + static_cast<std::ptrdiff_t>(at));
    const Converted expected = convertBy(plainKernels(), from, in, to);
    const QByteArray wrong = difference(from, in, to, convertBy(*avx2Kernels(), from, in, to), expected);
    QVERIFY2(wrong.isEmpty(), wrong.constData());
}

void TestPrecisionKernels::takeAnyLengthAtAnyAddress_data() { giveTheSameBits_data(); }

void TestPrecisionKernels::takeAnyLengthAtAnyAddress()
{
    QFETCH(Dtype, from);
    QFETCH(Dtype, to);
    if (avx2Kernels() == nullptr)
        QSKIP("this processor has only the plain ones");
    constexpr std::size_t kMost = 100;
    std::mt19937 generator{kSeed};
    ByteVector in((kMost + 1) * widthOf(from));
    std::ranges::generate(in, [&generator] { return static_cast<std::byte>(generator()); });
    for (std::size_t count = 0; count <= kMost; ++count) {
        const auto some = std::span{in}.subspan(count % widthOf(from), count * widthOf(from));
        const Converted expected = convertBy(plainKernels(), from, some, to);
        // Between bytes that must stay as they are, at an odd address.
        ByteVector room(1 + expected.bytes.size() + 64, std::byte{0x5A});
        PrecisionLoss loss;
        const auto out = std::span{room}.subspan(1, expected.bytes.size());
        VERIFY_RESULT(convertElementsBy(*avx2Kernels(), from, some, to, out, loss));
        QVERIFY(std::ranges::equal(out, expected.bytes));
        QVERIFY(isSame(loss, expected.loss));
        QCOMPARE(std::to_integer<int>(room.front()), 0x5A);
        QCOMPARE(std::ranges::count(std::span{room}.last(64), std::byte{0x5A}), 64);
    }
}

/// Of numbers that are there already as the type has them nothing is lost, on any kernels.
void TestPrecisionKernels::stayInTheirPlace()
{
    for (const PrecisionKernels* kernels : {&plainKernels(), &bestKernels()}) {
        for (const Dtype dtype : {Dtype::F16, Dtype::Bf16, Dtype::F8E4M3, Dtype::F8E5M2}) {
            const ByteVector words = everyWord(dtype);
            const ByteVector numbers = convertBy(*kernels, dtype, words, Dtype::F32).bytes;
            const Converted back = convertBy(*kernels, Dtype::F32, numbers, dtype);
            QCOMPARE(back.loss.largestError, 0.0);
            QCOMPARE(back.loss.errorSum, 0.0);
            QCOMPARE(back.loss.elements, static_cast<std::uint64_t>(words.size() / widthOf(dtype)));
        }
    }
}

void TestPrecisionKernels::areChosenByTheProcessor()
{
    QCOMPARE(&bestKernels(), avx2Kernels() == nullptr ? &plainKernels() : avx2Kernels());
    QCOMPARE(plainKernels().name, std::string_view{"plain"});
    for (const Dtype dtype : kPrecisions) {
        QVERIFY(floatEncoderOf(bestKernels(), dtype) != nullptr);
        QVERIFY(doubleEncoderOf(bestKernels(), dtype) != nullptr);
        QVERIFY(decoderOf(bestKernels(), dtype) != nullptr);
    }
    QVERIFY(floatEncoderOf(bestKernels(), Dtype::I8) == nullptr);
    QVERIFY(decoderOf(bestKernels(), Dtype::Q4K) == nullptr);
}

QTEST_APPLESS_MAIN(TestPrecisionKernels)
#include "test_precision_kernels.moc"
