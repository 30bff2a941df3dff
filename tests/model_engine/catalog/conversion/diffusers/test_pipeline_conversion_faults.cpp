// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/conversion/diffusers/pipeline_fixture.h"
#include "tests/model_engine/catalog/conversion/interrupted_conversion.h"
#include "tests/support/file_size_limit.h"
#include "tests/support/resource_check.h"
#include "tests/support/temporary_folder.h"
#include "tests/support/verify_result.h"

#include <QTest>

#include <fstream>

using namespace weightroom::engine;
using namespace weightroom::test;

namespace fs = std::filesystem;

namespace {

constexpr ConversionTarget kFolder = ConversionTarget::Diffusers;
const std::set<std::string> kSourceOnly{"x.safetensors"};

} // namespace

/// Nothing of a folder stays behind, no file, no hidden folder, no descriptor, but what can be gone on with.
class TestPipelineConversionFaults : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init() { m_source = writeBlueprint(m_folder / "x.safetensors", checkpointOf(Architecture::Sd1)); }
    void cleanup() { fs::remove(m_source); }
    void leavesNothingWhenCancelled();
    void leavesNothingWhenTheSourceChanges();
    void leavesNothingOnAFullDisk();
    void leavesNothingWhenTheDiskFillsUp();
    void keepsATargetThatAppearsMeanwhile();
    void goesOnWithAFolder_data();
    void goesOnWithAFolder();
    void believesNoFolderWithoutAFile();

private:
    /// Blocks that a conversion without a fault gives.
    [[nodiscard]] std::size_t countBlocks()
    {
        std::size_t blocks = 0;
        const auto whole =
            convert(m_source, {.target = m_folder / "p", .format = kFolder}, [&](Bytes, Bytes) { ++blocks; });
        fs::remove_all(m_folder / "p");
        return whole ? blocks : 0;
    }

    const TemporaryFolder m_folder;
    fs::path m_source;
};

void TestPipelineConversionFaults::leavesNothingWhenCancelled()
{
    const std::size_t blocks = countBlocks();
    QVERIFY(blocks > 1000);
    const ResourceUse before = currentResources();
    for (const std::size_t cancelAt : {std::size_t{0}, std::size_t{1}, blocks / 2, blocks - 1, blocks}) {
        std::stop_source stop;
        std::size_t done = 0;
        if (cancelAt == 0)
            stop.request_stop();
        const auto cancelled = convert(
            m_source, {.target = m_folder / "p", .format = kFolder},
            [&](Bytes, Bytes) {
                if (++done == cancelAt)
                    stop.request_stop();
            },
            stop.get_token());
        VERIFY_ERROR(cancelled, ErrorCode::Cancelled);
        QCOMPARE(m_folder.entries(), kSourceOnly);
    }
    VERIFY_NOTHING_LEFT(before);
}

void TestPipelineConversionFaults::leavesNothingWhenTheSourceChanges()
{
    const auto changed = convert(m_source, {.target = m_folder / "p", .format = kFolder}, [&](Bytes, Bytes) {
        std::ofstream{m_source, std::ios::app} << "x";
    });
    VERIFY_ERROR(changed, ErrorCode::FileChanged);
    QCOMPARE(m_folder.entries(), kSourceOnly);
}

/// The error tells what all files need, not what the first one does.
void TestPipelineConversionFaults::leavesNothingOnAFullDisk()
{
    std::size_t blocks = 0;
    const auto full = [&] {
        const FileSizeLimit limit{kKiB.value};
        return convert(m_source, {.target = m_folder / "p", .format = kFolder}, [&](Bytes, Bytes) { ++blocks; });
    }();
    VERIFY_ERROR(full, ErrorCode::DiskFull);
    QCOMPARE(m_folder.entries(), kSourceOnly);
    if (blocks > 0)
        QSKIP("this file system cannot take room ahead");
    QVERIFY(full.error().context.required.value().value > fs::file_size(m_source) * 9 / 10);
}

void TestPipelineConversionFaults::leavesNothingWhenTheDiskFillsUp()
{
    const std::size_t blocks = countBlocks();
    for (const std::size_t fullAt : {std::size_t{1}, blocks / 2, blocks}) {
        std::optional<FileSizeLimit> limit;
        std::size_t done = 0;
        const auto full = convert(m_source, {.target = m_folder / "p", .format = kFolder}, [&](Bytes, Bytes) {
            if (++done == fullAt)
                limit.emplace(8);
        });
        limit.reset();
        VERIFY_ERROR(full, ErrorCode::DiskFull);
        QCOMPARE(m_folder.entries(), kSourceOnly);
    }
}

void TestPipelineConversionFaults::keepsATargetThatAppearsMeanwhile()
{
    const auto refused = convert(m_source, {.target = m_folder / "p", .format = kFolder},
        [&](Bytes, Bytes) { fs::create_directory(m_folder / "p"); });
    VERIFY_ERROR(refused, ErrorCode::AlreadyExists);
    QVERIFY(fs::is_empty(m_folder / "p"));
    fs::remove(m_folder / "p");
    QCOMPARE(m_folder.entries(), kSourceOnly);
}

void TestPipelineConversionFaults::goesOnWithAFolder_data()
{
    QTest::addColumn<bool>("isFolder");
    QTest::addColumn<double>("part");
    QTest::newRow("folder, at the beginning") << true << 0.0;
    QTest::newRow("folder, in its first file") << true << 0.3;
    QTest::newRow("folder, late") << true << 0.8;
    QTest::newRow("folder, before the last block") << true << 1.0;
    QTest::newRow("file of a folder") << false << 0.6;
}

/// From the checkpoint to a folder, or from that to a file.
void TestPipelineConversionFaults::goesOnWithAFolder()
{
    QFETCH(bool, isFolder);
    QFETCH(double, part);
    const TemporaryFolder folder;
    ConversionRequest request{.target = folder / "p", .format = kFolder, .precision = Dtype::F32};
    const auto whole = finish(m_source, request, kDurableInterval);
    VERIFY_RESULT(whole);
    if (!isFolder)
        request = {.target = folder / "y.safetensors"};
    const fs::path source = isFolder ? m_source : folder / "p";
    std::size_t blocks = 0;
    const auto expected = [&] {
        const TemporaryFolder other;
        ConversionRequest elsewhere = request;
        elsewhere.target = other / request.target.filename();
        const auto done = convert(source, elsewhere, [&](Bytes, Bytes) { ++blocks; });
        return done ? filesAt(elsewhere.target) : std::map<std::string, std::string>{};
    }();
    QVERIFY(blocks > 100);
    if (isFolder)
        fs::remove_all(request.target);
    const auto block = std::max<std::size_t>(2, static_cast<std::size_t>(part * static_cast<double>(blocks)));
    constexpr Bytes kInterval{20'000}; // points in all files
    const auto durable = abandon(source, request, block, kInterval);
    QVERIFY(durable);
    const auto rest = finish(source, request, kInterval);
    VERIFY_RESULT(rest);
    QVERIFY(rest->resumed <= *durable && *durable - rest->resumed <= kInterval * 2);
    QVERIFY(filesAt(request.target) == expected);
    if (isFolder)
        QCOMPARE(difference(*rest, *whole), std::string{});
    fs::remove_all(folder / "p");
    fs::remove_all(folder / "y.safetensors");
    QVERIFY(folder.entries().empty());
}

void TestPipelineConversionFaults::believesNoFolderWithoutAFile()
{
    const ConversionRequest request{.target = m_folder / "p", .format = kFolder};
    const std::size_t blocks = countBlocks();
    QVERIFY(abandon(m_source, request, blocks, Bytes{20'000}));
    const fs::path content = partialFolderOf(request.target) / "content";
    QVERIFY(fs::remove(content / "unet/diffusion_pytorch_model.safetensors"));
    const auto rest = finish(m_source, request);
    VERIFY_RESULT(rest);
    QCOMPARE(rest->resumed, Bytes{});
    fs::remove_all(request.target);
    QCOMPARE(m_folder.entries(), kSourceOnly);
}

QTEST_APPLESS_MAIN(TestPipelineConversionFaults)
#include "test_pipeline_conversion_faults.moc"
