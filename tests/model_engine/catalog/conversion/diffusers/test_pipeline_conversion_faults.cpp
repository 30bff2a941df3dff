// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/model_engine/catalog/conversion/diffusers/pipeline_fixture.h"
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

/// Nothing of a folder stays behind: no file, no hidden folder, no descriptor.
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

QTEST_APPLESS_MAIN(TestPipelineConversionFaults)
#include "test_pipeline_conversion_faults.moc"
