// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/safetensors/safetensors_writer.h"

#include "model_engine/formats/safetensors/safetensors_reader.h"
#include "tests/support/index_property.h"
#include "tests/support/memory_source.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <cstring>
#include <random>

using namespace weightroom;
using engine::Bytes;
using engine::Dtype;
using engine::ErrorCode;
using engine::SafetensorsPlan;
using engine::Shape;

namespace {

std::size_t sizeOf(const engine::TensorDescription& tensor)
{
    return engine::bytesOf(tensor.dtype, *tensor.shape.elements())->value;
}

/// Gives each tensor the builder's pattern, so that the file says which bytes went where.
engine::TensorFiller patternsOf(const SafetensorsPlan& plan)
{
    return [&plan](std::size_t tensor, std::uint64_t offset, std::span<std::byte> block) -> engine::Result<> {
        const std::string bytes = test::tensorPattern(plan.tensors.at(tensor).name, sizeOf(plan.tensors.at(tensor)));
        std::memcpy(block.data(), bytes.data() + offset, block.size());
        return {};
    };
}

/// The index of a file whose tensors all hold their patterns; otherwise the error says which does not.
engine::Result<engine::TensorIndex> readBack(const std::filesystem::path& path)
{
    const auto file = engine::InputFile::open(path);
    if (!file)
        return engine::fail(file.error());
    auto index = engine::readSafetensors(engine::FileSource{*file});
    if (!index)
        return index;
    for (const engine::TensorEntry& entry : index->tensors) {
        std::string bytes(entry.range.size.value, '\0');
        if (auto read = file->readAt(entry.range.begin, std::as_writable_bytes(std::span{bytes})); !read)
            return engine::fail(read.error());
        if (bytes != test::tensorPattern(entry.name, bytes.size()))
            return engine::fail(ErrorCode::VerificationFailed, "'" + entry.name + "' holds other bytes");
    }
    if (auto wrong = test::brokenPromise(*index, file->identity().size); !wrong.empty())
        return engine::fail(ErrorCode::VerificationFailed, wrong);
    return index;
}

} // namespace

class TestSafetensorsWriter : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void writesWhatTheReaderReads();
    void writesTensorsLargerThanABlock();
    void writesNoTensors();
    void alignsTheData();
    void asksForEveryByteOnceAndInOrder();
    void refusesPlans_data();
    void refusesPlans();
    void refusesAHeaderAboveTheLimit();
    void randomPlansComeBack();
};

void TestSafetensorsWriter::writesWhatTheReaderReads()
{
    const test::TemporaryFolder folder;
    const SafetensorsPlan plan{
        {{"z.weight", Dtype::F16, {3, 5}}, {"", Dtype::U8, {1}}, {"quote\"\n\\ \xe2\x82\xac", Dtype::F64, {}},
            {"empty", Dtype::Bf16, {0, 7}}, {"fp4", Dtype::F4, {2, 2}}},
        {{"format", "pt"}, {"note", "line\nnext \"quoted\""}}};
    const auto path = folder / "written.safetensors";
    const auto size = engine::writeSafetensors(path, plan, patternsOf(plan));
    VERIFY_RESULT(size);
    QCOMPARE(size->value, std::filesystem::file_size(path));
    const auto index = readBack(path);
    VERIFY_RESULT(index);
    QVERIFY(index->metadata == plan.metadata);
    QCOMPARE(index->tensors.size(), plan.tensors.size());
    const engine::TensorLookup lookup{*index};
    for (const engine::TensorDescription& tensor : plan.tensors) {
        QVERIFY(lookup.contains(tensor.name));
        QCOMPARE(lookup.find(tensor.name)->dtype, tensor.dtype);
        QCOMPARE(lookup.find(tensor.name)->shape, tensor.shape);
    }
    QCOMPARE(folder.entries(), std::set<std::string>{"written.safetensors"});
}

void TestSafetensorsWriter::writesTensorsLargerThanABlock()
{
    const test::TemporaryFolder folder;
    const std::uint64_t block = engine::kWriterBlock.value;
    const SafetensorsPlan plan{
        {{"a", Dtype::U8, {block + 1}}, {"b", Dtype::U8, {block}}, {"c", Dtype::U8, {block - 1}}}, {}};
    VERIFY_RESULT(engine::writeSafetensors(folder / "large.safetensors", plan, patternsOf(plan)));
    VERIFY_RESULT(readBack(folder / "large.safetensors"));
}

void TestSafetensorsWriter::writesNoTensors()
{
    const test::TemporaryFolder folder;
    VERIFY_RESULT(engine::writeSafetensors(folder / "none.safetensors", {}, {}));
    const auto index = readBack(folder / "none.safetensors");
    VERIFY_RESULT(index);
    QVERIFY(index->tensors.empty());
}

void TestSafetensorsWriter::alignsTheData()
{
    for (std::size_t length = 0; length < 9; ++length) {
        const auto header = engine::makeSafetensorsHeader({{{std::string(length, 'n'), Dtype::F32, {1}}}, {}});
        VERIFY_RESULT(header);
        QCOMPARE(header->size() % 8, std::size_t{0});
    }
}

void TestSafetensorsWriter::asksForEveryByteOnceAndInOrder()
{
    const test::TemporaryFolder folder;
    const std::uint64_t block = engine::kWriterBlock.value;
    const SafetensorsPlan plan{
        {{"a", Dtype::U8, {2 * block + 5}}, {"none", Dtype::U8, {0}}, {"b", Dtype::U8, {3}}}, {}};
    std::vector<std::array<std::uint64_t, 3>> asked;
    VERIFY_RESULT(engine::writeSafetensors(folder / "x.safetensors", plan,
        [&asked](std::size_t tensor, std::uint64_t offset, std::span<std::byte> bytes) -> engine::Result<> {
            asked.push_back({tensor, offset, bytes.size()});
            return {};
        }));
    const std::vector<std::array<std::uint64_t, 3>> expected{
        {0, 0, block}, {0, block, block}, {0, 2 * block, 5}, {2, 0, 3}};
    QCOMPARE(asked, expected);
}

void TestSafetensorsWriter::refusesPlans_data()
{
    const std::uint64_t half = 1ULL << 63U;
    QTest::addColumn<std::vector<engine::TensorDescription>>("tensors");
    QTest::addColumn<std::string>("mentions");
    using Tensors = std::vector<engine::TensorDescription>;
    QTest::newRow("name twice") << Tensors{{"a", Dtype::U8, {1}}, {"a", Dtype::U8, {1}}} << std::string{"'a'"};
    QTest::newRow("reserved name") << Tensors{{"__metadata__", Dtype::U8, {1}}} << std::string{"__metadata__"};
    QTest::newRow("not UTF-8") << Tensors{{"a\xff", Dtype::U8, {1}}} << std::string{"UTF-8"};
    QTest::newRow("no type") << Tensors{{"a", Dtype::Unknown, {1}}} << std::string{"'a'"};
    QTest::newRow("type of GGUF") << Tensors{{"a", Dtype::Q4_0, {32}}} << std::string{"q4_0"};
    QTest::newRow("half a byte") << Tensors{{"a", Dtype::F4, {3}}} << std::string{"'a'"};
    QTest::newRow("shape overflows") << Tensors{{"a", Dtype::U8, {half, 2}}} << std::string{"'a'"};
    QTest::newRow("bytes overflow") << Tensors{{"a", Dtype::F64, {half}}} << std::string{"'a'"};
    Tensors many;
    for (int i = 0; i < 16; ++i)
        many.push_back({"t" + std::to_string(i), Dtype::U8, {(1ULL << 61U) - 1}});
    QTest::newRow("sum overflows") << many << std::string{"'t8'"};
}

void TestSafetensorsWriter::refusesPlans()
{
    QFETCH(std::vector<engine::TensorDescription>, tensors);
    QFETCH(std::string, mentions);
    const test::TemporaryFolder folder;
    const auto written = engine::writeSafetensors(folder / "x.safetensors", {tensors, {}}, {});
    VERIFY_ERROR(written, ErrorCode::InvalidValue);
    QVERIFY2(written.error().detail.find(mentions) != std::string::npos, written.error().detail.c_str());
    QVERIFY(folder.entries().empty());
}

void TestSafetensorsWriter::refusesAHeaderAboveTheLimit()
{
    const SafetensorsPlan plan{{}, {{"text", std::string(engine::kMaxSafetensorsHeader.value, 't')}}};
    VERIFY_ERROR(engine::makeSafetensorsHeader(plan), ErrorCode::HeaderTooLarge);
    const SafetensorsPlan invalid{{}, {{"text\xff", ""}}};
    VERIFY_ERROR(engine::makeSafetensorsHeader(invalid), ErrorCode::InvalidValue);
}

namespace {

SafetensorsPlan randomPlan(std::mt19937_64& random)
{
    const auto upTo = [&random](std::uint64_t most) {
        return std::uniform_int_distribution<std::uint64_t>{0, most}(random);
    };
    const auto dtypes = engine::dtypeTable();
    SafetensorsPlan plan;
    for (std::uint64_t count = upTo(20); count > 0; --count) {
        const engine::DtypeTraits& traits = dtypes[upTo(dtypes.size() - 1)];
        if (traits.safetensorsName.empty())
            continue;
        Shape shape;
        for (std::uint64_t rank = upTo(4); rank > 0; --rank)
            shape.dimensions.push_back(upTo(6));
        // A last dimension of eight fills whole bytes for the types of four and six bits.
        shape.dimensions.push_back(8);
        plan.tensors.push_back({"tensor " + std::to_string(count) + std::string(upTo(40), '"'), traits.dtype, shape});
    }
    for (std::uint64_t count = upTo(3); count > 0; --count)
        plan.metadata.emplace("key" + std::to_string(count), std::string(upTo(50), static_cast<char>(upTo(127))));
    return plan;
}

} // namespace

void TestSafetensorsWriter::randomPlansComeBack()
{
    std::mt19937_64 random{20261123};
    for (int round = 0; round < 100; ++round) {
        const test::TemporaryFolder folder;
        const SafetensorsPlan plan = randomPlan(random);
        VERIFY_RESULT(engine::writeSafetensors(folder / "random.safetensors", plan, patternsOf(plan)));
        const auto index = readBack(folder / "random.safetensors");
        VERIFY_RESULT(index);
        QCOMPARE(index->tensors.size(), plan.tensors.size());
        QVERIFY(index->metadata == plan.metadata);
        const engine::TensorLookup lookup{*index};
        for (const engine::TensorDescription& tensor : plan.tensors) {
            QVERIFY(lookup.contains(tensor.name));
            QCOMPARE(lookup.find(tensor.name)->dtype, tensor.dtype);
            QCOMPARE(lookup.find(tensor.name)->shape, tensor.shape);
        }
    }
}

QTEST_APPLESS_MAIN(TestSafetensorsWriter)
#include "test_safetensors_writer.moc"
