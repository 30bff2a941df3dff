// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/tensor_elements.h"
#include "tests/support/memory_source.h"
#include "tests/support/safetensors_builder.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace {

/// All that is read of a tensor of a source that begins with two other bytes.
Result<std::string> elementsOf(const std::string& content, TensorEntry entry)
{
    entry.name = "t";
    entry.range.begin += 2;
    std::string all;
    const auto read =
        readElements(MemorySource{"##" + content}, entry, [&](std::span<const std::byte> bytes) -> Result<> {
            all.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            return {};
        });
    if (!read)
        return fail(read.error());
    return all;
}

TensorEntry view(Dtype dtype, Shape shape, std::vector<std::uint64_t> strides, std::uint64_t begin, std::uint64_t size)
{
    TensorEntry entry;
    entry.dtype = dtype;
    entry.shape = std::move(shape);
    entry.range = {begin, Bytes{size}};
    entry.strides = std::move(strides);
    return entry;
}

} // namespace

class TestTensorElements : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void readsInOrder_data();
    void readsInOrder();
    void readsLargeTensorsInBlocks();
    void refusesViewsOfPackedTypes();
    void endsAtTheFirstError();
};

void TestTensorElements::readsInOrder_data()
{
    QTest::addColumn<TensorEntry>("entry");
    QTest::addColumn<QByteArray>("expected"); // of "abcdefghijkl"
    const auto row = [](const char* name, TensorEntry entry, const char* expected) {
        QTest::newRow(name) << std::move(entry) << QByteArray(expected);
    };
    row("contiguous", view(Dtype::U8, {2, 3}, {}, 1, 6), "bcdefg");
    row("empty", view(Dtype::F32, {0, 3}, {}, 4, 0), "");
    row("transposed", view(Dtype::U8, {3, 2}, {1, 3}, 0, 6), "adbecf");
    row("every second column", view(Dtype::U8, {2, 3}, {6, 2}, 0, 11), "acegik");
    row("repeated", view(Dtype::U8, {2, 3}, {0, 1}, 3, 3), "defdef");
    row("two bytes an element", view(Dtype::F16, {3, 2}, {1, 3}, 0, 12), "abghcdijefkl");
    row("three dimensions", view(Dtype::U8, {2, 2, 3}, {3, 6, 1}, 0, 12), "abcghidefjkl");
}

void TestTensorElements::readsInOrder()
{
    QFETCH(TensorEntry, entry);
    QFETCH(QByteArray, expected);
    const auto elements = elementsOf("abcdefghijkl", entry);
    VERIFY_RESULT(elements);
    QCOMPARE(QByteArray::fromStdString(*elements), expected);
}

void TestTensorElements::readsLargeTensorsInBlocks()
{
    const std::uint64_t side = 1100; // more than one block
    const std::string content = tensorPattern("t", side * side);
    const auto plain = elementsOf(content, view(Dtype::U8, {side, side}, {}, 0, side * side));
    VERIFY_RESULT(plain);
    QVERIFY(*plain == content);
    const auto transposed = elementsOf(content, view(Dtype::U8, {side, side}, {1, side}, 0, side * side));
    VERIFY_RESULT(transposed);
    QCOMPARE(transposed->size(), content.size());
    for (std::uint64_t i = 0; i < side; i += 97)
        QCOMPARE((*transposed)[i * side + 5], content[5 * side + i]);
}

void TestTensorElements::refusesViewsOfPackedTypes()
{
    VERIFY_ERROR(elementsOf("abcdefghijkl", view(Dtype::F4, {2, 2}, {1, 2}, 0, 2)), ErrorCode::Unsupported);
}

void TestTensorElements::endsAtTheFirstError()
{
    const MemorySource failing{"abcdef", 0};
    const auto ignore = [](std::span<const std::byte>) -> Result<> { return {}; };
    VERIFY_ERROR(readElements(failing, view(Dtype::U8, {6}, {}, 0, 6), ignore), ErrorCode::IoError);
    VERIFY_ERROR(readElements(failing, view(Dtype::U8, {3}, {2}, 0, 5), ignore), ErrorCode::IoError);
    const MemorySource source{"abcdef"};
    const auto refuse = [](std::span<const std::byte>) -> Result<> { return fail(ErrorCode::Cancelled, "enough"); };
    VERIFY_ERROR(readElements(source, view(Dtype::U8, {6}, {}, 0, 6), refuse), ErrorCode::Cancelled);
    VERIFY_ERROR(readElements(source, view(Dtype::U8, {3}, {2}, 0, 5), refuse), ErrorCode::Cancelled);
}

QTEST_APPLESS_MAIN(TestTensorElements)
#include "test_tensor_elements.moc"
