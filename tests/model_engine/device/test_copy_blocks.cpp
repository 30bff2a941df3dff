// SPDX-License-Identifier: GPL-3.0-or-later
#include "model_engine/device/copy_blocks.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <vector>

using namespace weightroom::engine;

class TestCopyBlocks : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void cutsLongStepsAndSkipsEmptyOnes();
    void stopsAtAnError();
    void testsForACancelBeforeEveryBlock();
    void reportsInPortions();
};

namespace {

constexpr Bytes kBlock = kLargestCopyBlock;

/// A step over memory that nobody touches.
CopyStep stepOf(std::uint64_t size, std::uint64_t destination)
{
    return {{reinterpret_cast<const std::byte*>(0x1000), size}, destination};
}

} // namespace

void TestCopyBlocks::cutsLongStepsAndSkipsEmptyOnes()
{
    const std::vector<CopyStep> steps{stepOf(0, 1), stepOf(10, 100), stepOf(kBlock.value * 2 + 1, 1000), stepOf(0, 1)};
    std::vector<CopyStep> blocks;
    VERIFY_RESULT(forEachBlock(steps, {}, [&](const CopyStep& block) -> Result<> {
        blocks.push_back(block);
        return {};
    }));
    QCOMPARE(blocks.size(), 4U);
    const std::vector<std::uint64_t> sizes{10, kBlock.value, kBlock.value, 1};
    const std::vector<std::uint64_t> destinations{100, 1000, 1000 + kBlock.value, 1000 + kBlock.value * 2};
    for (std::size_t i = 0; i < blocks.size(); ++i) {
        QCOMPARE(blocks[i].source.size(), sizes[i]);
        QCOMPARE(blocks[i].destination, destinations[i]);
    }
    QCOMPARE(blocks[3].source.data(), steps[2].source.data() + kBlock.value * 2);
}

void TestCopyBlocks::stopsAtAnError()
{
    const std::vector<CopyStep> steps(3, stepOf(10, 100));
    int calls = 0;
    const auto result = forEachBlock(steps, {}, [&](const CopyStep&) -> Result<> {
        if (++calls == 2)
            return fail(ErrorCode::DeviceError, "second");
        return {};
    });
    VERIFY_ERROR(result, ErrorCode::DeviceError);
    QCOMPARE(calls, 2);
}

void TestCopyBlocks::testsForACancelBeforeEveryBlock()
{
    const std::vector<CopyStep> steps{stepOf(kBlock.value * 4, 100)};
    std::stop_source stop;
    int calls = 0;
    const auto result = forEachBlock(steps, stop.get_token(), [&](const CopyStep&) -> Result<> {
        if (++calls == 2)
            stop.request_stop();
        return {};
    });
    VERIFY_ERROR(result, ErrorCode::Cancelled);
    QCOMPARE(calls, 2);
}

void TestCopyBlocks::reportsInPortions()
{
    std::vector<Bytes> reports;
    const std::function<void(Bytes)> report = [&](Bytes copied) { reports.push_back(copied); };
    CopyProgress progress{report};
    for (int i = 0; i < 20; ++i)
        progress.add(kMiB);
    QCOMPARE(reports, std::vector<Bytes>{kMiB * 16});
    progress.flush();
    progress.flush();
    QCOMPARE(reports, (std::vector<Bytes>{kMiB * 16, kMiB * 4}));

    const std::function<void(Bytes)> nobody;
    CopyProgress silent{nobody};
    silent.add(kGiB);
    silent.flush();
}

QTEST_APPLESS_MAIN(TestCopyBlocks)
#include "test_copy_blocks.moc"
