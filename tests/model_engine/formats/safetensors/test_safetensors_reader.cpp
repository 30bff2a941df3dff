// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/safetensors/safetensors_reader.h"

#include "tests/support/index_property.h"
#include "tests/support/memory_source.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <algorithm>
#include <array>
#include <sys/resource.h>

using namespace weightroom;
using engine::Bytes;
using engine::Dtype;
using engine::ErrorCode;
using engine::Shape;
using test::MemorySource;
using test::SafetensorsBuilder;

/// The rules that a table of files does not show; the table itself is test_format_reader's.
class TestSafetensorsReader : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsNamesTypesShapesAndPlaces();
    void readsMetadata();
    void readsEveryDtype_data();
    void readsEveryDtype();
    void sortsByPosition();
    void refusesEveryTruncation();
    void truncationNamesBothSizes();
    void truncationOfTheDataNamesTheTensor();
    void failsCleanlyAtEveryRead();
    void readsOnlyTheHeader();
    void readsAHundredThousandTensors();
    void readsAHeaderAtTheLimit();
    void refusesAHeaderAboveTheLimitWithoutTakingMemory();
    void decodesTheLengthField();
    void errorsStayShort();
};

void TestSafetensorsReader::readsNamesTypesShapesAndPlaces()
{
    const std::string content = test::smallSafetensorsFile();
    const auto index = engine::readSafetensors(MemorySource{content});
    VERIFY_RESULT(index);
    const std::uint64_t header = index->headerSize.value;
    QCOMPARE(index->dataSize, Bytes{12 + 12 + 0 + 8});
    QCOMPARE(header + index->dataSize.value, content.size());
    QCOMPARE(index->tensors.size(), std::size_t{4});

    const engine::TensorEntry& weight = index->tensors[0];
    const engine::TensorEntry& bias = index->tensors[1];
    const engine::TensorEntry& empty = index->tensors[2];
    const engine::TensorEntry& scale = index->tensors[3];
    QCOMPARE(weight.name, std::string{"first.weight"});
    QCOMPARE(weight.dtype, Dtype::F16);
    QCOMPARE(weight.shape, (Shape{2, 3}));
    QCOMPARE(weight.range, (engine::ByteRange{header, Bytes{12}}));
    QCOMPARE(bias.name, std::string{"first.bias"});
    QCOMPARE(bias.range, (engine::ByteRange{header + 12, Bytes{12}}));
    QCOMPARE(empty.shape, (Shape{0, 4}));
    QCOMPARE(empty.range, (engine::ByteRange{header + 24, Bytes{0}}));
    QCOMPARE(scale.shape, Shape{});
    QCOMPARE(scale.range.end(), content.size());
    for (const engine::TensorEntry& entry : index->tensors)
        QCOMPARE(content.substr(entry.range.begin, entry.range.size.value),
            test::tensorPattern(entry.name, entry.range.size.value));
}

void TestSafetensorsReader::readsMetadata()
{
    const std::string content =
        SafetensorsBuilder().metadata("format", "pt").metadata("\"\\\n", "").metadata("", "\xe2\x82\xac").build();
    const auto index = engine::readSafetensors(MemorySource{content});
    VERIFY_RESULT(index);
    const std::map<std::string, std::string, std::less<>> expected{
        {"format", "pt"}, {"\"\\\n", ""}, {"", "\xe2\x82\xac"}};
    QVERIFY(index->metadata == expected);
}

void TestSafetensorsReader::readsEveryDtype_data()
{
    QTest::addColumn<engine::Dtype>("dtype");
    for (const engine::DtypeTraits& traits : engine::dtypeTable()) {
        if (!traits.safetensorsName.empty())
            QTest::newRow(std::string{traits.safetensorsName}.c_str()) << traits.dtype;
    }
}

void TestSafetensorsReader::readsEveryDtype()
{
    QFETCH(engine::Dtype, dtype);
    const engine::DtypeTraits& traits = engine::traitsOf(dtype);
    // Eight elements fill whole bytes, whatever the type.
    const std::string content = SafetensorsBuilder()
                                    .entry("x", traits.safetensorsName, {8}, 0, traits.bitsPerBlock)
                                    .data(std::string(traits.bitsPerBlock, 'd'))
                                    .build();
    const auto index = engine::readSafetensors(MemorySource{content});
    VERIFY_RESULT(index);
    QCOMPARE(index->tensors.at(0).dtype, dtype);
}

void TestSafetensorsReader::sortsByPosition()
{
    const std::string content = SafetensorsBuilder()
                                    .entry("first by name", "U8", {2}, 4, 6)
                                    .entry("empty", "U8", {0}, 4, 4)
                                    .entry("z", "U8", {4}, 0, 4)
                                    .data("012345")
                                    .build();
    const auto index = engine::readSafetensors(MemorySource{content});
    VERIFY_RESULT(index);
    QCOMPARE(index->tensors.at(0).name, std::string{"z"});
    QCOMPARE(index->tensors.at(1).name, std::string{"empty"});
    QCOMPARE(index->tensors.at(2).name, std::string{"first by name"});
}

/// At every byte of the header, and at every byte of the data.
void TestSafetensorsReader::refusesEveryTruncation()
{
    const std::string content = test::smallSafetensorsFile();
    for (std::size_t size = 0; size < content.size(); ++size)
        VERIFY_ERROR(engine::readSafetensors(MemorySource{content.substr(0, size)}), ErrorCode::FileTruncated);
    VERIFY_RESULT(engine::readSafetensors(MemorySource{content}));
}

void TestSafetensorsReader::truncationNamesBothSizes()
{
    const std::string content = test::smallSafetensorsFile();
    const std::size_t header = content.find('}', content.find("scale")) + 2;
    for (std::size_t size = 8; size < content.size(); ++size) {
        const auto index = engine::readSafetensors(MemorySource{content.substr(0, size)});
        QVERIFY(!index);
        QCOMPARE(index.error().context.available, std::optional{Bytes{size}});
        QCOMPARE(index.error().context.required, std::optional{Bytes{size < header ? header : content.size()}});
    }
}

void TestSafetensorsReader::truncationOfTheDataNamesTheTensor()
{
    const std::string content = test::smallSafetensorsFile();
    const auto whole = engine::readSafetensors(MemorySource{content});
    VERIFY_RESULT(whole);
    for (std::uint64_t size = whole->headerSize.value; size < content.size(); ++size) {
        const auto cut =
            std::ranges::find_if(whole->tensors, [size](const auto& entry) { return entry.range.end() > size; });
        const auto index = engine::readSafetensors(MemorySource{content.substr(0, size)});
        QVERIFY(!index);
        QVERIFY2(index.error().detail.find("'" + cut->name + "'") != std::string::npos, index.error().detail.c_str());
    }
}

void TestSafetensorsReader::failsCleanlyAtEveryRead()
{
    const std::string content = test::smallSafetensorsFile();
    const MemorySource good{content};
    VERIFY_RESULT(engine::readSafetensors(good));
    QCOMPARE(good.reads(), std::size_t{2});
    for (std::size_t reads = 0; reads < good.reads(); ++reads)
        VERIFY_ERROR(engine::readSafetensors(MemorySource(content, reads)), ErrorCode::IoError);
}

namespace {

/// Says that it has a file's size, and lets nothing but the header be read.
class HeaderOnlySource final : public engine::ByteSource {
public:
    HeaderOnlySource(std::string header, Bytes size)
        : m_header(std::move(header))
        , m_size(size)
    {
    }
    Bytes size() const override { return m_size; }
    const std::filesystem::path& path() const override { return m_header.path(); }
    engine::Result<> readAt(std::uint64_t offset, std::span<std::byte> destination) const override
    {
        return m_header.readAt(offset, destination);
    }

private:
    MemorySource m_header;
    Bytes m_size;
};

std::string headerOfOneTensor(std::uint64_t size)
{
    return test::safetensorsFile(SafetensorsBuilder().entry("big", "U8", {size}, 0, size).header());
}

} // namespace

void TestSafetensorsReader::readsOnlyTheHeader()
{
    const std::uint64_t size = 1ULL << 60U;
    const std::string header = headerOfOneTensor(size);
    const auto index = engine::readSafetensors(HeaderOnlySource(header, Bytes{header.size() + size}));
    VERIFY_RESULT(index);
    QCOMPARE(index->tensors.at(0).range.size, Bytes{size});
    VERIFY_ERROR(
        engine::readSafetensors(HeaderOnlySource(header, Bytes{header.size() + size - 1})), ErrorCode::FileTruncated);
}

void TestSafetensorsReader::readsAHundredThousandTensors()
{
    constexpr int kTensors = 100'000;
    SafetensorsBuilder builder;
    for (int i = 0; i < kTensors; ++i)
        builder.tensor("model.diffusion_model.blocks." + std::to_string(i) + ".weight", "F16", {1, 2});
    const MemorySource source{builder.build()};
    const auto index = engine::readSafetensors(source);
    VERIFY_RESULT(index);
    QCOMPARE(index->tensors.size(), std::size_t{kTensors});
    QCOMPARE(test::brokenPromise(*index, source.size()), std::string{});
    // Quadratic work would take minutes, and the time that a test has would be over.
}

void TestSafetensorsReader::readsAHeaderAtTheLimit()
{
    std::string header = "{}";
    header.resize(engine::kMaxSafetensorsHeader.value, ' ');
    VERIFY_RESULT(engine::readSafetensors(MemorySource{test::safetensorsFile(header)}));
    VERIFY_ERROR(engine::readSafetensors(MemorySource{test::safetensorsFile(header + " ")}), ErrorCode::HeaderTooLarge);
}

/// A file that really has the bytes of a header above the limit, seen by a reader that may take no more memory.
void TestSafetensorsReader::refusesAHeaderAboveTheLimitWithoutTakingMemory()
{
    rusage before{};
    ::getrusage(RUSAGE_SELF, &before);
    const std::uint64_t claimed = 1ULL << 40U;
    const std::string length = test::safetensorsFile(claimed, "{", "");
    VERIFY_ERROR(engine::readSafetensors(HeaderOnlySource(length, Bytes{claimed + 8})), ErrorCode::HeaderTooLarge);
    const std::string inside = test::safetensorsFile(engine::kMaxSafetensorsHeader.value, "{", "");
    VERIFY_ERROR(engine::readSafetensors(MemorySource{inside}), ErrorCode::FileTruncated);
    rusage after{};
    ::getrusage(RUSAGE_SELF, &after);
    // ru_maxrss counts KiB; the limit is 95 MiB.
    QVERIFY(after.ru_maxrss - before.ru_maxrss < 16 * 1024);
}

void TestSafetensorsReader::decodesTheLengthField()
{
    std::array<std::byte, 8> field{};
    QCOMPARE(engine::claimedSafetensorsHeader(field), Bytes{0});
    for (std::size_t i = 0; i < field.size(); ++i)
        field[i] = static_cast<std::byte>(i + 1);
    QCOMPARE(engine::claimedSafetensorsHeader(field), Bytes{0x0807060504030201});
}

void TestSafetensorsReader::errorsStayShort()
{
    const std::string name(5'000'000, 'n');
    const std::string content = SafetensorsBuilder().entry(name, "U8", {2}, 0, 1).data("d").build();
    const auto index = engine::readSafetensors(MemorySource{content});
    VERIFY_ERROR(index, ErrorCode::InvalidFormat);
    QVERIFY(index.error().detail.size() < 1000);
}

QTEST_APPLESS_MAIN(TestSafetensorsReader)
#include "test_safetensors_reader.moc"
