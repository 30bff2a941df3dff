// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/gguf/gguf_reader.h"

#include "model_engine/formats/checked_cursor.h"

#include "tests/support/gguf_builder.h"
#include "tests/support/index_property.h"
#include "tests/support/memory_source.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <bit>
#include <sys/resource.h>

using namespace weightroom;
using engine::Bytes;
using engine::Dtype;
using engine::ErrorCode;
using engine::Shape;
using test::GgufBuilder;
using test::ggufList;
using test::ggufText;
using test::littleEndian;
using test::MemorySource;
using test::smallGguf;
namespace ggml = test::ggml;
namespace gguf = test::gguf;

namespace {

constexpr std::size_t kEmptyText = 8; ///< bytes of a text without characters: its length

/// A header whose reading takes several blocks.
std::string longHeaderFile()
{
    GgufBuilder builder;
    for (int i = 0; i < 4000; ++i)
        builder.tensor("blk." + std::to_string(i) + "." + std::string(80, 'n'), ggml::kI8, {1});
    return builder.build();
}

/// A file of any size, whose bytes behind the header are zeros. Remembers how far it was read.
class SparseSource final : public engine::ByteSource {
public:
    SparseSource(std::string header, Bytes size)
        : m_header(std::move(header))
        , m_size(size)
    {
    }
    [[nodiscard]] Bytes size() const override { return m_size; }
    [[nodiscard]] const std::filesystem::path& path() const override { return m_path; }
    [[nodiscard]] engine::Result<> readAt(std::uint64_t offset, std::span<std::byte> destination) const override
    {
        std::ranges::fill(destination, std::byte{0});
        const std::string_view rest = std::string_view{m_header}.substr(std::min<std::size_t>(offset, m_header.size()));
        std::ranges::copy(std::as_bytes(std::span{rest.substr(0, destination.size())}), destination.begin());
        m_readTo = std::max(m_readTo, offset + destination.size());
        return {};
    }
    [[nodiscard]] std::uint64_t readTo() const { return m_readTo; }

private:
    std::string m_header;
    Bytes m_size;
    std::filesystem::path m_path{"sparse.gguf"};
    mutable std::uint64_t m_readTo = 0;
};

qint64 peakMemoryKiB()
{
    rusage use{};
    ::getrusage(RUSAGE_SELF, &use);
    return use.ru_maxrss;
}

} // namespace

/// The rules that a table of files does not show; the table itself is test_format_reader's.
class TestGgufReader : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsNamesTypesShapesAndPlaces();
    void headerEndsWhereTheDataBegin();
    void readsSingleValues_data();
    void readsSingleValues();
    void readsLists_data();
    void readsLists();
    void restoresOriginalShapes();
    void readsEveryDtype_data();
    void readsEveryDtype();
    void refusesEveryTruncation();
    void truncationNamesBothSizes();
    void truncationOfTheDataNamesTheTensor();
    void failsCleanlyAtEveryRead();
    void refusesAnotherMark();
    void readsOnlyTheHeader();
    void skipsLongListsUnread();
    void readsAHundredThousandTensors();
    void readsAVocabulary();
    void readsAHeaderAtTheLimit();
    void refusesClaimsWithoutTakingMemory();
    void errorsStayShort();
};

void TestGgufReader::readsNamesTypesShapesAndPlaces()
{
    const std::string content = smallGguf().build();
    const auto index = engine::readGguf(MemorySource{content});
    VERIFY_RESULT(index);
    const std::uint64_t data = index->headerSize.value;
    QCOMPARE(index->format, engine::FileFormat::Gguf);
    QCOMPARE(index->dataSize, Bytes{108 + 12 + 0 + 8});
    QCOMPARE(index->tensors.size(), std::size_t{4});

    const engine::TensorEntry& weight = index->tensors[0];
    const engine::TensorEntry& bias = index->tensors[1];
    const engine::TensorEntry& empty = index->tensors[2];
    const engine::TensorEntry& scale = index->tensors[3];
    QCOMPARE(weight.name, std::string{"first.weight"});
    QCOMPARE(weight.dtype, Dtype::Q4_0);
    QCOMPARE(weight.shape, (Shape{3, 64})); // the file has 64, 3
    QCOMPARE(weight.range, (engine::ByteRange{data, Bytes{108}}));
    QCOMPARE(bias.dtype, Dtype::F32);
    QCOMPARE(bias.range, (engine::ByteRange{data + 128, Bytes{12}}));
    QCOMPARE(empty.shape, (Shape{0, 4}));
    QCOMPARE(empty.range, (engine::ByteRange{data + 160, Bytes{0}}));
    QCOMPARE(scale.shape, Shape{});
    QCOMPARE(scale.range, (engine::ByteRange{data + 160, Bytes{8}}));
    for (const engine::TensorEntry& entry : index->tensors)
        QCOMPARE(content.substr(entry.range.begin, entry.range.size.value),
            test::tensorPattern(entry.name, entry.range.size.value));
}

void TestGgufReader::headerEndsWhereTheDataBegin()
{
    const auto headerSize = [](const std::string& content) {
        const auto index = engine::readGguf(MemorySource{content});
        return index ? index->headerSize.value : 0;
    };
    const std::uint64_t unpadded = smallGguf().header().size();
    QCOMPARE(headerSize(smallGguf().build()), (unpadded + 31) / 32 * 32);
    QCOMPARE(headerSize(GgufBuilder().alignment(256).tensor("a", ggml::kI8, {1}).build()), std::uint64_t{256});
    QCOMPARE(headerSize(GgufBuilder().header()), std::uint64_t{24});
    QCOMPARE(headerSize(GgufBuilder().build()), std::uint64_t{32});
}

void TestGgufReader::readsSingleValues_data()
{
    QTest::addColumn<std::string>("typeAndValue");
    QTest::addColumn<std::string>("text");
    const auto row = [](const char* name, std::uint32_t type, std::uint64_t bits, std::size_t size, const char* text) {
        QTest::newRow(name) << littleEndian(type, 4) + littleEndian(bits, size) << std::string{text};
    };
    row("u8", gguf::kU8, 255, 1, "255");
    row("i8", gguf::kI8, 0x80, 1, "-128");
    row("i8 above zero", gguf::kI8, 0x7F, 1, "127");
    row("u16", gguf::kU16, 65535, 2, "65535");
    row("i16", gguf::kI16, 0xFFFF, 2, "-1");
    row("u32", gguf::kU32, 0xFFFFFFFF, 4, "4294967295");
    row("i32", gguf::kI32, 0x80000000, 4, "-2147483648");
    row("u64", gguf::kU64, ~0ULL, 8, "18446744073709551615");
    row("i64", gguf::kI64, 1ULL << 63U, 8, "-9223372036854775808");
    row("true", gguf::kBool, 1, 1, "true");
    row("false", gguf::kBool, 0, 1, "false");
    row("f32", gguf::kF32, std::bit_cast<std::uint32_t>(0.1F), 4, "0.1");
    row("f32 whole", gguf::kF32, std::bit_cast<std::uint32_t>(3.0F), 4, "3");
    row("f32 smallest", gguf::kF32, 1, 4, "1e-45");
    row("f32 infinite", gguf::kF32, 0xFF800000, 4, "-inf");
    row("f64", gguf::kF64, std::bit_cast<std::uint64_t>(0.1), 8, "0.1");
    row("f64 longest", gguf::kF64, std::bit_cast<std::uint64_t>(-2.2250738585072014e-308), 8,
        "-2.2250738585072014e-308");
    const auto text = [](const char* name, std::string_view value, std::string_view shown) {
        QTest::newRow(name) << littleEndian(gguf::kText, 4) + ggufText(value) << std::string{shown};
    };
    text("text", "flux", "flux");
    text("empty text", "", "");
    text("text with quotes", "\"a\"\n", "\"a\"\n");
    text("text with NUL", std::string_view{"a\0b", 3}, std::string_view{"a\0b", 3});
    text("text that is not UTF-8", "caf\xe9!", "caf\xef\xbf\xbd!");
}

void TestGgufReader::readsSingleValues()
{
    QFETCH(std::string, typeAndValue);
    QFETCH(std::string, text);
    const std::string content = GgufBuilder().text("before", "b").pair("key", typeAndValue).text("z", "y").build();
    const auto index = engine::readGguf(MemorySource{content});
    VERIFY_RESULT(index);
    const std::map<std::string, std::string, std::less<>> expected{{"before", "b"}, {"key", text}, {"z", "y"}};
    QVERIFY(index->metadata == expected);
}

void TestGgufReader::readsLists_data()
{
    QTest::addColumn<std::string>("list");
    QTest::addColumn<std::string>("text");
    QTest::newRow("numbers") << ggufList(gguf::kI8, 3, "\x01\x02\xff") << std::string{"[1, 2, -1]"};
    QTest::newRow("one") << ggufList(gguf::kU8, 1, "\x07") << std::string{"[7]"};
    QTest::newRow("none") << ggufList(gguf::kF64, 0, "") << std::string{"[]"};
    QTest::newRow("booleans") << ggufList(gguf::kBool, 2, std::string{"\0\1", 2}) << std::string{"[false, true]"};
    QTest::newRow("texts") << ggufList(gguf::kText, 3, ggufText("") + ggufText("a\"b") + ggufText("\n"))
                           << std::string{R"(["", "a\"b", "\n"])"};
    QTest::newRow("text not UTF-8") << ggufList(gguf::kText, 1, ggufText("\xff")) << std::string{"[\"\xef\xbf\xbd\"]"};
    QTest::newRow("sixteen") << ggufList(gguf::kU8, 16, std::string(16, '\1'))
                             << std::string{"[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"};
    QTest::newRow("seventeen") << ggufList(gguf::kU8, 17, std::string(17, '\1')) << std::string{"[17 values]"};
    QTest::newRow("seventeen texts") << ggufList(gguf::kText, 17, std::string(17 * kEmptyText, '\0'))
                                     << std::string{"[17 values]"};
    QTest::newRow("seventeen booleans") << ggufList(gguf::kBool, 17, std::string(17, '\1'))
                                        << std::string{"[17 values]"};
}

void TestGgufReader::readsLists()
{
    QFETCH(std::string, list);
    QFETCH(std::string, text);
    const std::string content = GgufBuilder().pair("key", list).text("z", "y").build();
    const auto index = engine::readGguf(MemorySource{content});
    VERIFY_RESULT(index);
    QCOMPARE(index->metadata.at("key"), text);
    QCOMPARE(index->metadata.at("z"), std::string{"y"});
}

void TestGgufReader::restoresOriginalShapes()
{
    const std::string shape = littleEndian(2, 4) + littleEndian(8, 4) + littleEndian(4, 4) + littleEndian(8, 4);
    const std::string content = GgufBuilder()
                                    .pair("comfy.gguf.orig_shape.conv.weight", ggufList(gguf::kI32, 4, shape))
                                    .tensor("conv.weight", ggml::kQ4K, {256, 2})
                                    .tensor("other.weight", ggml::kQ4K, {256, 2})
                                    .build();
    const auto index = engine::readGguf(MemorySource{content});
    VERIFY_RESULT(index);
    QCOMPARE(index->tensors.at(0).shape, (Shape{2, 8, 4, 8}));
    QCOMPARE(index->tensors.at(1).shape, (Shape{2, 256}));
    QCOMPARE(index->tensors.at(0).range.size, Bytes{288});
    QCOMPARE(engine::fileShape(index->tensors.at(0), index->format), (Shape{8, 4, 8, 2}));
    QCOMPARE(index->metadata.at("comfy.gguf.orig_shape.conv.weight"), std::string{"[2, 8, 4, 8]"});
}

void TestGgufReader::readsEveryDtype_data()
{
    QTest::addColumn<engine::Dtype>("dtype");
    for (const engine::DtypeTraits& traits : engine::dtypeTable()) {
        if (traits.ggufType)
            QTest::addRow("%s", traits.ggufName.data()) << traits.dtype;
    }
}

void TestGgufReader::readsEveryDtype()
{
    QFETCH(engine::Dtype, dtype);
    const engine::DtypeTraits& traits = engine::traitsOf(dtype);
    const std::size_t size = std::size_t{6} * traits.bitsPerBlock / 8;
    const std::string content = GgufBuilder()
                                    .info("x", traits.ggufType.value(), {traits.elementsPerBlock * 3ULL, 2}, 0)
                                    .data(std::string(size, 'd'))
                                    .build();
    const auto index = engine::readGguf(MemorySource{content});
    VERIFY_RESULT(index);
    QCOMPARE(index->tensors.at(0).dtype, dtype);
    QCOMPARE(index->tensors.at(0).shape, (Shape{2, traits.elementsPerBlock * 3ULL}));
    QCOMPARE(index->dataSize, Bytes{size});
    VERIFY_ERROR(engine::readGguf(MemorySource{content.substr(0, index->headerSize.value + size - 1)}),
        ErrorCode::FileTruncated);
}

/// At every byte of the header, and at every byte of the data.
void TestGgufReader::refusesEveryTruncation()
{
    const std::string content = smallGguf().buildUnpadded();
    for (std::size_t size = 0; size < content.size(); ++size)
        VERIFY_ERROR(engine::readGguf(MemorySource{content.substr(0, size)}), ErrorCode::FileTruncated);
    VERIFY_RESULT(engine::readGguf(MemorySource{content}));
}

void TestGgufReader::truncationNamesBothSizes()
{
    const std::string content = smallGguf().buildUnpadded();
    const std::size_t header = smallGguf().header().size();
    for (std::size_t size = 0; size < content.size(); ++size) {
        const auto index = engine::readGguf(MemorySource{content.substr(0, size)});
        QVERIFY(!index);
        QCOMPARE(index.error().context.available, std::optional{Bytes{size}});
        // In the header it is not known yet how long the file should be.
        const Bytes required = index.error().context.required.value();
        QVERIFY(
            size < header ? required > Bytes{size} && required <= Bytes{header} : required == Bytes{content.size()});
    }
}

void TestGgufReader::truncationOfTheDataNamesTheTensor()
{
    const std::string content = smallGguf().buildUnpadded();
    const auto whole = engine::readGguf(MemorySource{content});
    VERIFY_RESULT(whole);
    for (std::uint64_t size = whole->headerSize.value; size < content.size(); ++size) {
        const auto cut =
            std::ranges::find_if(whole->tensors, [size](const auto& entry) { return entry.range.end() > size; });
        const auto index = engine::readGguf(MemorySource{content.substr(0, size)});
        QVERIFY(!index);
        QVERIFY2(index.error().detail.find("'" + cut->name + "'") != std::string::npos, index.error().detail.c_str());
    }
}

void TestGgufReader::failsCleanlyAtEveryRead()
{
    const std::string content = longHeaderFile();
    const MemorySource good{content};
    VERIFY_RESULT(engine::readGguf(good));
    QVERIFY(good.reads() > 2);
    for (std::size_t reads = 0; reads < good.reads(); ++reads)
        VERIFY_ERROR(engine::readGguf(MemorySource(content, reads)), ErrorCode::IoError);
}

void TestGgufReader::refusesAnotherMark()
{
    for (const char* mark : {"GGML", "gguf", "FUGG", "GGUE"}) {
        const auto index = engine::readGguf(MemorySource{mark + GgufBuilder().build().substr(4)});
        VERIFY_ERROR(index, ErrorCode::InvalidFormat);
        QVERIFY(index.error().detail.find("GGUF") != std::string::npos);
    }
}

void TestGgufReader::readsOnlyTheHeader()
{
    const std::uint64_t size = 1ULL << 60U;
    const std::string header = GgufBuilder().info("big", ggml::kI8, {size}, 0).build();
    const auto index = engine::readGguf(SparseSource(header, Bytes{header.size() + size}));
    VERIFY_RESULT(index);
    QCOMPARE(index->tensors.at(0).range.size, Bytes{size});
    VERIFY_ERROR(engine::readGguf(SparseSource(header, Bytes{header.size() + size - 1})), ErrorCode::FileTruncated);
}

void TestGgufReader::skipsLongListsUnread()
{
    constexpr std::size_t kSize = 10'000'000;
    const std::string content = GgufBuilder()
                                    .pair("bytes", ggufList(gguf::kU8, kSize, std::string(kSize, 'x')))
                                    .tensor("a", ggml::kI8, {1})
                                    .build();
    const MemorySource source{content};
    const auto index = engine::readGguf(source);
    VERIFY_RESULT(index);
    QCOMPARE(index->metadata.at("bytes"), std::string{"[10000000 values]"});
    QCOMPARE(source.reads(), std::size_t{2});
}

void TestGgufReader::readsAHundredThousandTensors()
{
    constexpr int kTensors = 100'000;
    GgufBuilder builder;
    for (int i = 0; i < kTensors; ++i)
        builder.tensor("blk." + std::to_string(i) + ".weight", ggml::kF16, {2, 1});
    const MemorySource source{builder.build()};
    const auto index = engine::readGguf(source);
    VERIFY_RESULT(index);
    QCOMPARE(index->tensors.size(), std::size_t{kTensors});
    QCOMPARE(test::brokenPromise(*index, source.size()), std::string{});
    // Quadratic work, as in the reference, would take minutes, and the time that a test has would be over.
}

/// As large as those of language models: 200,000 texts.
void TestGgufReader::readsAVocabulary()
{
    constexpr int kTokens = 200'000;
    std::string tokens;
    for (int i = 0; i < kTokens; ++i)
        tokens += ggufText("token" + std::to_string(i));
    const std::string list = ggufList(gguf::kText, kTokens, tokens);
    const std::string content = GgufBuilder().pair("tokenizer.ggml.tokens", list).tensor("a", ggml::kI8, {1}).build();
    const auto index = engine::readGguf(MemorySource{content});
    VERIFY_RESULT(index);
    QCOMPARE(index->metadata.at("tokenizer.ggml.tokens"), std::string{"[200000 values]"});
    QCOMPARE(index->tensors.at(0).name, std::string{"a"});
}

void TestGgufReader::readsAHeaderAtTheLimit()
{
    const auto withList = [](std::uint64_t count) {
        const std::string header = GgufBuilder().pair("k", ggufList(gguf::kU8, count, "")).header();
        return SparseSource{header, Bytes{header.size() + count}};
    };
    const std::uint64_t most = engine::kMaxGgufHeader.value - withList(0).size().value;
    const auto index = engine::readGguf(withList(most));
    VERIFY_RESULT(index);
    QCOMPARE(index->headerSize, engine::kMaxGgufHeader);
    VERIFY_ERROR(engine::readGguf(withList(most + 1)), ErrorCode::HeaderTooLarge);
}

/// Files that would really have the bytes that they claim.
void TestGgufReader::refusesClaimsWithoutTakingMemory()
{
    const Bytes size{1ULL << 50U};
    const qint64 before = peakMemoryKiB();
    const std::string longText =
        GgufBuilder().pair("k", littleEndian(gguf::kText, 4) + littleEndian(1ULL << 40U, 8)).header();
    VERIFY_ERROR(engine::readGguf(SparseSource(longText, size)), ErrorCode::HeaderTooLarge);
    const std::string longList = GgufBuilder().pair("k", ggufList(gguf::kU64, 1ULL << 40U, "")).header();
    VERIFY_ERROR(engine::readGguf(SparseSource(longList, size)), ErrorCode::HeaderTooLarge);
    const std::string many = GgufBuilder().claim(1ULL << 40U, 0).header();
    VERIFY_ERROR(engine::readGguf(SparseSource(many, size)), ErrorCode::HeaderTooLarge);
    const std::string cut = GgufBuilder().claim(1'000'000, 1'000'000).header();
    VERIFY_ERROR(engine::readGguf(MemorySource{cut}), ErrorCode::FileTruncated);
    QVERIFY(peakMemoryKiB() - before < 16'384);
}

void TestGgufReader::errorsStayShort()
{
    const std::string name(65'535, 'n');
    for (const std::string& content :
        {GgufBuilder().info(name, 99, {1}, 0).build(), GgufBuilder().text(name, "a").text(name, "b").build(),
            GgufBuilder().pair("comfy.gguf.orig_shape." + name.substr(100), littleEndian(99, 4)).build()}) {
        const auto index = engine::readGguf(MemorySource{content});
        QVERIFY(!index);
        QVERIFY(index.error().detail.size() < 1000);
    }
}

QTEST_APPLESS_MAIN(TestGgufReader)
#include "test_gguf_reader.moc"
