// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/formats/checked_cursor.h"

#include "tests/support/memory_source.h"
#include "tests/support/verify_result.h"

#include <QTest>

using namespace weightroom;
using engine::Bytes;
using engine::CheckedCursor;
using engine::ErrorCode;
using test::MemorySource;

namespace {

constexpr std::uint64_t kMost = ~std::uint64_t{0};
constexpr std::uint64_t kHalf = std::uint64_t{1} << 63U;

std::string countingBytes(std::size_t size)
{
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i)
        bytes.push_back(static_cast<char>(i + 1));
    return bytes;
}

} // namespace

class TestCheckedCursor : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void readsLittleEndianNumbers();
    void readsTextAcrossBlocks_data();
    void readsTextAcrossBlocks();
    void readsInBlocks();
    void skipsWithoutReading();
    void endsWhereTheFileEnds();
    void endsAtTheLimit();
    void namesBothSizes();
    void countsCannotOverflow();
    void aFailedStepChangesNothing();
    void aSourceThatFailsIsTriedAgain();
};

void TestCheckedCursor::readsLittleEndianNumbers()
{
    const MemorySource source{countingBytes(15) + "\xff"};
    CheckedCursor cursor{source, Bytes{100}};
    QCOMPARE(cursor.readNumber(1, "x").value(), std::uint64_t{0x01});
    QCOMPARE(cursor.readNumber(2, "x").value(), std::uint64_t{0x0302});
    QCOMPARE(cursor.readNumber(4, "x").value(), std::uint64_t{0x07060504});
    QCOMPARE(cursor.readNumber(8, "x").value(), std::uint64_t{0x0f0e0d0c0b0a0908});
    QCOMPARE(cursor.readNumber(1, "x").value(), std::uint64_t{0xff});
    QCOMPARE(cursor.position(), std::uint64_t{16});
}

void TestCheckedCursor::readsTextAcrossBlocks_data()
{
    QTest::addColumn<quint64>("block");
    for (const quint64 block : {1, 2, 3, 7, 19, 20, 21, 1000})
        QTest::addRow("blocks of %llu", block) << block;
}

void TestCheckedCursor::readsTextAcrossBlocks()
{
    QFETCH(quint64, block);
    const std::string content = countingBytes(20);
    const MemorySource source{content};
    CheckedCursor cursor{source, Bytes{100}, Bytes{block}};
    QCOMPARE(cursor.readText(1, "x").value(), content.substr(0, 1));
    QCOMPARE(cursor.readText(0, "x").value(), std::string{});
    QCOMPARE(cursor.readNumber(4, "x").value(), std::uint64_t{0x05040302});
    VERIFY_RESULT(cursor.skip(3, "x"));
    QCOMPARE(cursor.readText(12, "x").value(), content.substr(8));
    VERIFY_RESULT(cursor.readText(0, "x"));
    VERIFY_ERROR(cursor.readNumber(1, "x"), ErrorCode::FileTruncated);
}

void TestCheckedCursor::readsInBlocks()
{
    const MemorySource source{countingBytes(100)};
    CheckedCursor cursor{source, Bytes{90}, Bytes{32}};
    for (int i = 0; i < 90; ++i)
        VERIFY_RESULT(cursor.readNumber(1, "x"));
    QCOMPARE(source.reads(), std::size_t{3});
}

void TestCheckedCursor::skipsWithoutReading()
{
    const MemorySource source{std::string(1'000'000, 'x') + "end"};
    CheckedCursor cursor{source, Bytes{2'000'000}, Bytes{16}};
    VERIFY_RESULT(cursor.skip(1'000'000, "x"));
    QCOMPARE(source.reads(), std::size_t{0});
    QCOMPARE(cursor.readText(3, "x").value(), std::string{"end"});
    QCOMPARE(source.reads(), std::size_t{1});
}

void TestCheckedCursor::endsWhereTheFileEnds()
{
    const MemorySource source{countingBytes(5)};
    for (const std::uint64_t limit : {std::uint64_t{5}, std::uint64_t{6}, kMost}) {
        CheckedCursor cursor{source, Bytes{limit}};
        VERIFY_RESULT(cursor.skip(2, "x"));
        VERIFY_RESULT(cursor.expect(3, Bytes{1}, "x"));
        VERIFY_ERROR(cursor.readText(4, "x"), limit < 6 ? ErrorCode::HeaderTooLarge : ErrorCode::FileTruncated);
        VERIFY_RESULT(cursor.readText(3, "x"));
        VERIFY_RESULT(cursor.expect(0, Bytes{8}, "x"));
    }
}

void TestCheckedCursor::endsAtTheLimit()
{
    const MemorySource source{countingBytes(10)};
    CheckedCursor cursor{source, Bytes{4}};
    VERIFY_ERROR(cursor.readNumber(8, "x"), ErrorCode::HeaderTooLarge);
    VERIFY_ERROR(cursor.skip(5, "x"), ErrorCode::HeaderTooLarge);
    VERIFY_RESULT(cursor.readNumber(4, "x"));
    VERIFY_ERROR(cursor.readNumber(1, "x"), ErrorCode::HeaderTooLarge);
}

void TestCheckedCursor::namesBothSizes()
{
    const MemorySource source{countingBytes(10)};
    CheckedCursor cursor{source, Bytes{1000}};
    VERIFY_RESULT(cursor.skip(4, "x"));
    const auto cut = cursor.expect(50, Bytes{8}, "the list of things");
    VERIFY_ERROR(cut, ErrorCode::FileTruncated);
    QCOMPARE(cut.error().context.required, std::optional{Bytes{404}});
    QCOMPARE(cut.error().context.available, std::optional{Bytes{10}});
    QCOMPARE(
        cut.error().detail, std::string{"the list of things would take 400 bytes from 4 on, the file has 10 bytes"});
    const auto large = cursor.expect(1, Bytes{997}, "x");
    VERIFY_ERROR(large, ErrorCode::HeaderTooLarge);
    QCOMPARE(large.error().context.required, std::optional{Bytes{1001}});
    QCOMPARE(large.error().context.available, std::optional{Bytes{1000}});
}

void TestCheckedCursor::countsCannotOverflow()
{
    const MemorySource source{countingBytes(10)};
    CheckedCursor cursor{source, Bytes{kMost - 1}};
    VERIFY_RESULT(cursor.skip(8, "x"));
    for (const std::uint64_t count : {kMost, kMost - 8, kMost - 9, kHalf, kHalf / 4}) {
        for (const std::uint64_t size : {1, 8, 12}) {
            QVERIFY(!cursor.expect(count, Bytes{size}, "x"));
            QVERIFY(!cursor.skip(count, "x"));
            QVERIFY(!cursor.readText(count, "x"));
        }
    }
    QCOMPARE(cursor.position(), std::uint64_t{8});
}

void TestCheckedCursor::aFailedStepChangesNothing()
{
    const MemorySource source{countingBytes(10)};
    CheckedCursor cursor{source, Bytes{100}};
    VERIFY_ERROR(cursor.readText(11, "x"), ErrorCode::FileTruncated);
    VERIFY_ERROR(cursor.skip(11, "x"), ErrorCode::FileTruncated);
    VERIFY_ERROR(cursor.expect(11, Bytes{1}, "x"), ErrorCode::FileTruncated);
    QCOMPARE(cursor.position(), std::uint64_t{0});
    QCOMPARE(cursor.readNumber(1, "x").value(), std::uint64_t{1});
}

namespace {

/// Fails once, at the second read.
class StumblingSource final : public engine::ByteSource {
public:
    [[nodiscard]] Bytes size() const override { return m_source.size(); }
    [[nodiscard]] const std::filesystem::path& path() const override { return m_source.path(); }
    [[nodiscard]] engine::Result<> readAt(std::uint64_t offset, std::span<std::byte> destination) const override
    {
        if (m_source.reads() == 1 && !m_hasFailed) {
            m_hasFailed = true;
            return engine::fail(ErrorCode::IoError, "once");
        }
        return m_source.readAt(offset, destination);
    }

private:
    MemorySource m_source{countingBytes(10)};
    mutable bool m_hasFailed = false;
};

} // namespace

/// What a failed read left in the block is never taken for the file's bytes.
void TestCheckedCursor::aSourceThatFailsIsTriedAgain()
{
    const StumblingSource source;
    CheckedCursor cursor{source, Bytes{100}, Bytes{2}};
    QCOMPARE(cursor.readNumber(2, "x").value(), std::uint64_t{0x0201});
    VERIFY_ERROR(cursor.readNumber(1, "x"), ErrorCode::IoError);
    QCOMPARE(cursor.readNumber(1, "x").value(), std::uint64_t{0x03});
}

QTEST_APPLESS_MAIN(TestCheckedCursor)
#include "test_checked_cursor.moc"
