// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/gguf/gguf_dequantize.h"

#include "model_engine/formats/gguf/block_bytes.h"
#include "model_engine/formats/gguf/block_decoders.h"

#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>

using namespace weightroom;
using engine::Dtype;
using engine::ErrorCode;

namespace {

/// Bytes of a block from `at` on; those that are not named are 0.
struct Patch {
    std::size_t at;
    std::vector<unsigned> bytes;
};

/// Values of a block from `first` to `last`; a later run stands above an earlier one.
struct Run {
    std::size_t first;
    std::size_t last;
    float value;
};

struct Case {
    Dtype dtype;
    std::vector<Patch> patches;
    std::vector<Run> runs;
};

// Halves: 0.5 = 0x3800, 1 = 0x3C00, 2 = 0x4000, 4 = 0x4400, -1 = 0xBC00.

/// Blocks whose values were computed by hand from the description of each type: what most of the block holds, and
/// numbers at the first and the last places of every part of it.
std::vector<Case> handMadeBlocks()
{
    return {
        {Dtype::F32, {{0, {0x00, 0x00, 0xC0, 0xBF}}}, {{0, 0, -1.5F}}},
        {Dtype::F16, {{0, {0x00, 0xBC}}}, {{0, 0, -1.0F}}},
        {Dtype::Bf16, {{0, {0x49, 0x40}}}, {{0, 0, 3.140625F}}},
        {Dtype::Q4_0, {{0, {0x00, 0x3C}}, {2, {0x9F}}}, {{0, 31, -8}, {0, 0, 7}, {16, 16, 1}}},
        {Dtype::Q4_1, {{0, {0x00, 0x38, 0x00, 0x40}}, {4, {0x21}}, {19, {0xF0}}},
            {{0, 31, 2}, {0, 0, 2.5F}, {16, 16, 3}, {31, 31, 9.5F}}},
        {Dtype::Q5_0, {{0, {0x00, 0x3C}}, {2, {0x01, 0x00, 0x00, 0x80}}, {6, {0x43}}},
            {{0, 31, -16}, {0, 0, 3}, {16, 16, -12}, {31, 31, 0}}},
        {Dtype::Q5_1, {{0, {0x00, 0x40, 0x00, 0xBC}}, {4, {0x00, 0x00, 0x02, 0x00}}, {9, {0x05}}},
            {{0, 31, -1}, {1, 1, 9}, {17, 17, 31}}},
        {Dtype::Q8_0, {{0, {0x00, 0x38}}, {2, {0x80}}, {33, {0x7F}}}, {{0, 31, 0}, {0, 0, -64}, {31, 31, 63.5F}}},
        {Dtype::Q2K, {{0, {0x21}}, {15, {0x03}}, {16, {0x03}}, {79, {0x80}}, {80, {0x00, 0x3C, 0x00, 0x38}}},
            {{0, 255, 0}, {0, 15, -1}, {0, 0, 2}, {255, 255, 6}}},
        {Dtype::Q3K,
            {{0, {0x01}}, {31, {0x80}}, {32, {0x03}}, {95, {0x40}}, {96, {0x01}}, {103, {0x20}},
                {104, {0x02, 0x00, 0x00, 0x80}}, {108, {0x00, 0x3C}}},
            {{0, 255, 128}, {0, 15, -4}, {0, 0, 3}, {240, 255, -8}, {255, 255, 2}}},
        {Dtype::Q4K,
            {{0, {0x00, 0x3C, 0x00, 0x3C}}, {4, {0x42}}, {8, {0x83}}, {12, {0x51}}, {16, {0x5A}}, {80, {0x01}}},
            {{0, 255, 0}, {0, 31, -3}, {0, 0, 17}, {128, 159, -37}, {128, 128, -20}}},
        {Dtype::Q5K,
            {{0, {0x00, 0x3C, 0x00, 0x3C}}, {4, {0x42}}, {8, {0x83}}, {12, {0x51}}, {16, {0x11}}, {48, {0x5A}},
                {112, {0x01}}},
            {{0, 255, 0}, {0, 31, -3}, {0, 0, 49}, {128, 159, -37}, {128, 128, 252}}},
        {Dtype::Q6K,
            {{0, {0x0F}}, {127, {0x10}}, {128, {0x03}}, {191, {0x40}}, {192, {0x02}}, {207, {0xFF}},
                {208, {0x00, 0x38}}},
            {{0, 255, 0}, {0, 15, -32}, {0, 0, 31}, {240, 255, 16}, {255, 255, 7.5F}}},
        {Dtype::Iq4Nl, {{0, {0x00, 0x3C}}, {2, {0xF0}}, {17, {0x08}}}, {{0, 31, -127}, {16, 16, 113}, {15, 15, 1}}},
        {Dtype::Iq4Xs, {{0, {0x00, 0x3C, 0x02, 0xC0}}, {4, {0x01}}, {7, {0xF0}}, {135, {0x80}}},
            {{0, 255, 4064}, {0, 31, -127}, {224, 255, -3937}, {255, 255, 31}}},
        {Dtype::Mxfp4, {{0, {128}}, {1, {0x72}}, {16, {0xF0}}}, {{0, 31, 0}, {0, 0, 2}, {16, 16, 12}, {31, 31, -12}}},
        {Dtype::Mxfp4, {{0, {0}}, {1, {0x02}}}, {{0, 31, 0}, {0, 0, 0x1p-127F}}},
        {Dtype::Nvfp4, {{0, {0x38, 0x01, 0x7F, 0x7E}}, {4, {0x02}}, {12, {0x70}}, {20, {0x77}}, {35, {0x90}}},
            {{0, 63, 0}, {0, 0, 1}, {24, 24, 12.0F / 1024}, {63, 63, -224}}},
        {Dtype::Tq1_0, {{0, {0xCF}}, {32, {0xCF}}, {48, {0xCF}}, {52, {0x00, 0x40}}},
            {{0, 255, -2}, {0, 0, 2}, {32, 32, 0}, {96, 96, 2}, {128, 128, 0}, {160, 160, 2}, {176, 176, 0},
                {208, 208, 2}, {224, 224, 0}, {240, 240, 2}, {244, 244, 0}, {252, 252, 2}}},
        {Dtype::Tq2_0, {{0, {0xE4}}, {63, {0x80}}, {64, {0x00, 0x3C}}},
            {{0, 255, -1}, {32, 32, 0}, {64, 64, 1}, {96, 96, 2}, {255, 255, 1}}},
    };
}

/// The same for the types with a codebook; entry 0 has the smallest value eight or four times.
std::vector<Case> handMadeCodebookBlocks()
{
    return {
        {Dtype::Iq2Xxs, {{0, {0x00, 0x44}}, {6, {0x01, 0x00, 0x00, 0xF0}}, {61, {0xFF}}, {65, {0x08}}},
            {{0, 255, 4}, {0, 31, 124}, {0, 0, -124}, {7, 7, -124}, {249, 249, 12.5F}, {252, 252, 12.5F},
                {253, 253, 21.5F}, {254, 255, -21.5F}}},
        {Dtype::Iq2Xs, {{0, {0x00, 0x44}}, {2, {0xFF, 0x03}}, {64, {0x01}}, {66, {0x01}}, {73, {0xF0}}},
            {{0, 255, 4}, {0, 7, 64.5F}, {0, 0, -64.5F}, {7, 7, -64.5F}, {8, 15, 12}, {240, 255, 124},
                {248, 248, 666.5F}}},
        {Dtype::Iq2S,
            {{0, {0x00, 0x44}}, {2, {0xFF}}, {33, {0x01}}, {34, {0x82}}, {65, {0x01}}, {66, {0x03}}, {74, {0x01}},
                {81, {0xF0}}},
            {{0, 255, 4}, {0, 7, 64.5F}, {1, 1, -64.5F}, {7, 7, -64.5F}, {8, 15, 12}, {240, 255, 124},
                {248, 248, -666.5F}}},
        {Dtype::Iq3Xxs, {{0, {0x00, 0x44}}, {65, {0xFF}}, {66, {0x01, 0x00, 0x00, 0x10}}, {97, {0x08}}},
            {{0, 255, 4}, {0, 31, 12}, {0, 0, -12}, {7, 7, -12}, {253, 253, 28}, {254, 254, -52}, {255, 255, -62}}},
        {Dtype::Iq3S,
            {{0, {0x00, 0x38}}, {3, {0xFF}}, {66, {0x02}}, {74, {0x41}}, {105, {0x80}}, {106, {0x02}}, {109, {0xF0}}},
            {{0, 255, 0.5F}, {0, 31, 2.5F}, {0, 0, -2.5F}, {6, 6, -37.5F}, {7, 7, 37.5F}, {224, 255, 15.5F},
                {255, 255, -15.5F}}},
        {Dtype::Iq1S, {{0, {0x00, 0x40}}, {2, {0xFF}}, {33, {0x01}}, {34, {0x07, 0xB0}}},
            {{0, 255, -1.75F}, {0, 7, 12.25F}, {8, 31, -15.75F}, {248, 248, 2.25F}}},
        {Dtype::Iq1M, {{0, {0xFF}}, {32, {0x0F}}, {47, {0x80}}, {48, {0x03}}, {54, {0x00, 0x42}}},
            {{0, 255, -1.75F}, {0, 7, 12.25F}, {8, 15, -12.25F}, {240, 247, -5.25F}, {248, 255, -6.75F}}},
    };
}

std::vector<Case> allBlocks()
{
    std::vector<Case> cases = handMadeBlocks();
    for (Case& more : handMadeCodebookBlocks())
        cases.push_back(std::move(more));
    return cases;
}

std::vector<std::byte> bytesOf(const Case& block)
{
    std::vector<std::byte> bytes(engine::traitsOf(block.dtype).bitsPerBlock / 8);
    for (const Patch& patch : block.patches) {
        for (std::size_t i = 0; i < patch.bytes.size(); ++i)
            bytes.at(patch.at + i) = static_cast<std::byte>(patch.bytes[i]);
    }
    return bytes;
}

std::vector<float> valuesOf(const Case& block)
{
    std::vector<float> values(engine::traitsOf(block.dtype).elementsPerBlock);
    for (const Run& run : block.runs)
        std::fill(
            values.begin() + static_cast<int>(run.first), values.begin() + static_cast<int>(run.last) + 1, run.value);
    return values;
}

/// Where the values differ, or nothing.
std::string difference(const std::vector<float>& actual, const std::vector<float>& expected)
{
    for (std::size_t i = 0; i < expected.size(); ++i) {
        if (actual.at(i) != expected[i])
            return "value " + std::to_string(i) + " is " + std::to_string(actual[i]) + ", expected "
                + std::to_string(expected[i]);
    }
    return {};
}

} // namespace

/// Against blocks computed by hand; tests/differential compares all types and numbers with gguf-py.
class TestGgufDequantize : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void computesHandMadeBlocks_data();
    void computesHandMadeBlocks();
    void computesBlockAfterBlock();
    void knowsEveryTypeThatFilesHold();
    void refusesOtherTypes_data();
    void refusesOtherTypes();
    void refusesWrongSizes();
    void nothingIsNothing();
    void isTheSameOnEveryProcessor_data();
    void isTheSameOnEveryProcessor();
    void convertsEveryHalf();
};

void TestGgufDequantize::computesHandMadeBlocks_data()
{
    QTest::addColumn<std::size_t>("row");
    const auto cases = allBlocks();
    for (std::size_t row = 0; row < cases.size(); ++row)
        QTest::addRow("%s %zu", engine::traitsOf(cases[row].dtype).ggufName.data(), row) << row;
}

void TestGgufDequantize::computesHandMadeBlocks()
{
    QFETCH(std::size_t, row);
    const Case block = allBlocks().at(row);
    const std::vector<float> expected = valuesOf(block);
    std::vector<float> actual(expected.size(), std::numeric_limits<float>::quiet_NaN());
    VERIFY_RESULT(engine::dequantize(block.dtype, bytesOf(block), actual));
    const std::string wrong = difference(actual, expected);
    QVERIFY2(wrong.empty(), wrong.c_str());
}

void TestGgufDequantize::computesBlockAfterBlock()
{
    for (const Case& block : allBlocks()) {
        // An empty block, the block, an empty block: no value may depend on its neighbours.
        const std::vector<std::byte> bytes = bytesOf(block);
        const std::vector<float> expected = valuesOf(block);
        std::vector<std::byte> three(bytes.size() * 3);
        std::ranges::copy(bytes, three.begin() + static_cast<std::ptrdiff_t>(bytes.size()));
        std::vector<float> values(expected.size() * 3);
        VERIFY_RESULT(engine::dequantize(block.dtype, three, values));
        const auto middle = values.begin() + static_cast<std::ptrdiff_t>(expected.size());
        QVERIFY(std::equal(expected.begin(), expected.end(), middle));
        QVERIFY(std::equal(values.begin(), middle, values.end() - static_cast<std::ptrdiff_t>(expected.size())));
    }
}

void TestGgufDequantize::knowsEveryTypeThatFilesHold()
{
    std::set<Dtype> tried;
    for (const Case& block : allBlocks())
        tried.insert(block.dtype);
    for (const engine::DtypeTraits& traits : engine::dtypeTable()) {
        const bool isBlockType =
            traits.elementsPerBlock > 1 && traits.dtype != Dtype::Q8_1 && traits.dtype != Dtype::Q8K;
        const bool isFloat = traits.dtype == Dtype::F32 || traits.dtype == Dtype::F16 || traits.dtype == Dtype::Bf16;
        QCOMPARE(engine::canDequantize(traits.dtype), isBlockType || isFloat);
        QCOMPARE(tried.contains(traits.dtype), isBlockType || isFloat);
    }
}

void TestGgufDequantize::refusesOtherTypes_data()
{
    QTest::addColumn<engine::Dtype>("dtype");
    for (const Dtype dtype :
        {Dtype::Unknown, Dtype::Bool, Dtype::I8, Dtype::F64, Dtype::F8E4M3, Dtype::Q8_1, Dtype::Q8K})
        QTest::addRow("%s", engine::traitsOf(dtype).name.data()) << dtype;
}

void TestGgufDequantize::refusesOtherTypes()
{
    QFETCH(engine::Dtype, dtype);
    const auto done = engine::dequantize(dtype, {}, {});
    VERIFY_ERROR(done, ErrorCode::Unsupported);
    QVERIFY(done.error().detail.find(engine::toText(dtype)) != std::string::npos);
}

void TestGgufDequantize::refusesWrongSizes()
{
    std::vector<std::byte> bytes(200);
    std::vector<float> values(100);
    const std::span room{values};
    const std::span data{bytes};
    VERIFY_RESULT(engine::dequantize(Dtype::Q4_0, data.first(36), room.first(64)));
    for (const auto& [size, count] : {std::pair<std::size_t, std::size_t>{36, 63}, {36, 65}, {36, 32}, {36, 96},
             {35, 64}, {37, 64}, {18, 64}, {0, 32}, {18, 0}}) {
        values.assign(values.size(), 7.0F);
        const auto done = engine::dequantize(Dtype::Q4_0, data.first(size), room.first(count));
        VERIFY_ERROR(done, ErrorCode::InvalidValue);
        QVERIFY(done.error().detail.find(std::to_string(count)) != std::string::npos);
        QCOMPARE(std::ranges::count(values, 7.0F), static_cast<std::ptrdiff_t>(values.size()));
    }
}

void TestGgufDequantize::nothingIsNothing() { VERIFY_RESULT(engine::dequantize(Dtype::Q4K, {}, {})); }

void TestGgufDequantize::isTheSameOnEveryProcessor_data()
{
    QTest::addColumn<std::size_t>("row");
    const auto rows = engine::avx2Decoders();
    if (rows.empty())
        QSKIP("this processor has only the plain decoders");
    for (std::size_t row = 0; row < rows.size(); ++row)
        QTest::addRow("%s", engine::traitsOf(rows[row].dtype).ggufName.data()) << row;
}

/// Random blocks: every bit of them, scales that are no numbers included.
void TestGgufDequantize::isTheSameOnEveryProcessor()
{
    QFETCH(std::size_t, row);
    const engine::BlockDecoderRow& fast = engine::avx2Decoders()[row];
    engine::BlockDecoder plain = nullptr;
    for (const auto& family : {engine::plainDecoders(), engine::superBlockDecoders()}) {
        for (const engine::BlockDecoderRow& candidate : family)
            plain = candidate.dtype == fast.dtype ? candidate.decode : plain;
    }
    QVERIFY(plain != nullptr);
    const engine::DtypeTraits& traits = engine::traitsOf(fast.dtype);
    std::vector<std::byte> bytes(traits.bitsPerBlock / 8);
    std::vector<float> actual(traits.elementsPerBlock);
    std::vector<float> expected(traits.elementsPerBlock);
    std::mt19937 generator{20261126};
    const auto isSame = [](float a, float b) {
        return (std::isnan(a) && std::isnan(b)) || std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b);
    };
    for (int i = 0; i < 500; ++i) {
        std::ranges::generate(bytes, [&generator] { return static_cast<std::byte>(generator()); });
        fast.decode(engine::BlockBytes{bytes}, actual);
        plain(engine::BlockBytes{bytes}, expected);
        QVERIFY(std::ranges::equal(actual, expected, isSame));
    }
}

/// All 65536, against arithmetic that does not look at bits.
void TestGgufDequantize::convertsEveryHalf()
{
    for (std::uint32_t bits = 0; bits <= 0xFFFFU; ++bits) {
        const int exponent = static_cast<int>((bits >> 10U) & 31U);
        const auto fraction = static_cast<double>(bits & 1023U);
        const double magnitude = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
        const double expected = bits < 0x8000U ? magnitude : -magnitude;
        const float actual = engine::fromHalf(static_cast<std::uint16_t>(bits));
        QCOMPARE(std::signbit(actual), bits >= 0x8000U);
        if (exponent < 31)
            QVERIFY(static_cast<double>(actual) == expected);
        else
            QVERIFY(fraction == 0 ? std::isinf(actual) : std::isnan(actual));
    }
}

QTEST_APPLESS_MAIN(TestGgufDequantize)
#include "test_gguf_dequantize.moc"
